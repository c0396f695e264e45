"""100,000 elements pushed to, added to and popped from one collection in one statement

Beside the same over 10,000 keys, which hold ten elements each. Collections begin and end empty.
"""

import elements
import harness

NAME = "one_collection"
OPERATIONS = 100_000
KEYS = 10_000

CALLS = f"""
CREATE UNLOGGED TABLE bench.call AS
SELECT 'the only one' AS one, 'one of many ' || place % {KEYS} AS many, name, value, score
FROM (SELECT *, row_number() OVER () AS place FROM bench.drawn) AS element
"""
LPUSH = "kv.lpush({key}, value)"
ZADD = "kv.zadd({key}, score, name)"
# What is measured, what comes before each run or after it, outside of what is timed.
OPERATION = [
    ("LPUSH", None, LPUSH, "kv.lpop({key})"),
    ("LPOP until empty", LPUSH, "kv.lpop({key})", None),
    ("RPOP until empty", LPUSH, "kv.rpop({key})", None),
    ("ZADD", None, ZADD, "kv.zrem({key}, name)"),
    ("ZPOPMIN until empty", ZADD, "kv.zpopmin({key})", None),
    ("ZPOPMAX until empty", ZADD, "kv.zpopmax({key})", None),
]
TABLES = ("durable_key", "durable_item", "durable_member", "durable_block",
          "durable_dropped_collection")


def run(bench, section):
    elements.fresh(bench)
    bench.observer.run("DROP TABLE IF EXISTS bench.call")
    bench.observer.run(CALLS)
    bench.observer.run("VACUUM ANALYZE bench.call")
    elements.settle(bench)
    with bench.session("one_collection", synchronous_commit="off") as session:
        for what, before, call, after in OPERATION:
            harness.say(f"one_collection, {what}")

            def go(key):
                if before:
                    session.run(statement(before, key))
                took = session.timed(statement(call, key))
                if after:
                    session.run(statement(after, key))
                if session.one("SELECT kv.dbsize()"):
                    raise harness.Trouble(f"{what} left keys behind")
                bench.vacuum(*TABLES)
                return took
            pairs = bench.alternate(lambda _: go("one"), lambda _: go("many"))
            section.duration(f"{OPERATIONS:,} {what}, one key / {KEYS:,} keys, time", pairs, " us",
                             3, 1.2, factor=1e6 / OPERATIONS)


def statement(call, key):
    # ZPOPMIN and ZPOPMAX answer with rows.
    if "pop" in call:
        return f"SELECT count(*) FROM (SELECT {call.format(key=key)} FROM bench.call) AS popped"
    return f"SELECT count({call.format(key=key)}) FROM bench.call"
