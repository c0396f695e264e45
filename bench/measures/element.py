"""HGET, LINDEX, SISMEMBER and ZSCORE in collections of 1,000,000, beside kv.get of 1,000,000 keys

The same names, and values of the same length. By one client, and inside the server in a statement
that reads 100,000 of them.
"""

import elements
import harness

NAME = "element"
OPERATIONS = 100_000

READS = [("HGET", elements.HASH, "kv.hget('large', {name})"),
         ("LINDEX", elements.LIST, "kv.lindex('large', {index})"),
         ("SISMEMBER", elements.SET, "kv.sismember('large', {name})"),
         ("ZSCORE", elements.SORTED_SET, "kv.zscore('large', {name})")]
LAST_NAME = elements.FIRST_NAME + elements.ELEMENTS - 1
DRAW = (f"\\set name random({elements.FIRST_NAME}, {LAST_NAME})\n"
        f"\\set index :name - {elements.FIRST_NAME}\n")


def run(bench, section):
    for command, kind, call in READS:
        harness.say(f"element, {command}")
        elements.fresh(bench)
        with bench.session("element", synchronous_commit="off") as session:
            elements.load_one(session, kind, "large")
            elements.load_strings(session)
            elements.settle(bench)

            def clients(call):
                call = call.format(name=":name", index=":index")
                return bench.pgbench([f"{DRAW}SELECT {call};\n"], 1, bench.seconds)

            def statement(call):
                call = call.format(name="name", index="number - 1")
                return session.timed(f"SELECT count({call}) FROM bench.drawn")
            pairs = bench.alternate(lambda _: clients(call), lambda _: clients("kv.get({name})"))
            section.duration(f"{command} / kv.get, time, 1 client", pairs.as_times(), " us",
                             1.3, 1.0, factor=1e6)
            pairs = bench.alternate(lambda _: statement(call), lambda _: statement("kv.get(name)"))
            section.duration(f"{command} / kv.get, time, in the server", pairs, " us", 1.3, 1.0,
                             factor=1e6 / OPERATIONS)
