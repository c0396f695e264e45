"""HGETALL of 20 fields, beside kv.get

By one client, and inside the server in a join that reads each of 100,000 keys.
"""

import elements
import harness

NAME = "hgetall"
FIELDS = 20
KEYS = elements.COLLECTIONS


def run(bench, section):
    elements.fresh(bench)
    with bench.session("hgetall", synchronous_commit="off") as session:
        elements.load_many(session, elements.HASH, KEYS, FIELDS)
        session.run("SELECT count(kv.set(string, repeat('v', 100))) FROM bench.collection")
        elements.settle(bench)
        harness.say("hgetall, by one client")

        def clients(first, statement):
            last = first + KEYS - 1
            return bench.pgbench([f"\\set key random({first}, {last})\n{statement};\n"], 1,
                                 bench.seconds)
        pairs = bench.alternate(
            lambda _: clients(elements.FIRST_COLLECTION, "SELECT * FROM kv.hgetall(:key)"),
            lambda _: clients(elements.FIRST_STRING, "SELECT kv.get(:key)"))
        section.duration(f"HGETALL of {FIELDS} fields / kv.get, time, 1 client", pairs.as_times(),
                         " us", 2, 1.5, factor=1e6)

        harness.say("hgetall, in the server")
        pairs = bench.alternate(
            lambda _: session.timed("SELECT count(*) FROM bench.collection, kv.hgetall(name)"),
            lambda _: session.timed("SELECT count(kv.get(string)) FROM bench.collection"))
        section.duration(f"HGETALL of {FIELDS} fields / kv.get, time, in the server", pairs, " us",
                         2, 1.5, factor=1e6 / KEYS)
