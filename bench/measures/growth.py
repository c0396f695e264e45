"""Single-element commands in collections of 1,000,000, beside the same in 1,000

By one client, a transaction each, and inside the server, in one statement of 100,000 reads or 10,000
writes; elements drawn at random, asynchronous commit. The small collections are 200, in the same
tables; each takes its part of a statement in one go, as the large one does. Writes are undone: by
the client after each, as a second transaction that is measured with it, in the server outside of
what is timed, with a vacuum. kv.get of 1,000,000 keys beside 1,000 shows what of it is the memory's
doing.
"""

import re

import elements
import harness

NAME = "growth"
SMALL_COLLECTIONS = 200
SMALL = 1_000
READS = 100_000
WRITES = 10_000
TYPES = dict(zip(("hash", "list", "set", "zset"), elements.KINDS))

# Of each small collection the same share of its elements, none twice in a statement of writes. The
# small collections have neighbouring names, so that pgbench can draw one.
SMALL_KEYS = f"""
CREATE UNLOGGED TABLE bench.small_collection AS SELECT name FROM bench.collection
WHERE name::bigint < {elements.FIRST_COLLECTION + SMALL_COLLECTIONS}
"""
TARGETS = f"""
CREATE UNLOGGED TABLE bench.large_{{what}} AS
SELECT 'large' AS key, name, 'n' || name AS fresh, number, value, score,
       number - 1 AS index FROM bench.drawn LIMIT {{count}};
CREATE UNLOGGED TABLE bench.small_{{what}} AS
SELECT collection.name AS key, element.name, 'n' || element.name AS fresh, number, value, score,
       number - 1 AS index
FROM bench.small_collection AS collection,
LATERAL (SELECT * FROM bench.element WHERE number <= {SMALL}
         ORDER BY hashtextextended(element.name, collection.name::bigint)
         LIMIT {{count}} / {SMALL_COLLECTIONS}) AS element
ORDER BY collection.name;
ANALYZE bench.large_{{what}};
ANALYZE bench.small_{{what}}
"""
# The same columns as variables of pgbench.
DRAW = f"""
\\set number random(1, :size)
\\set name {elements.FIRST_NAME - 1} + :number
\\set fresh :name + 800000000
\\set index :number - 1
\\set value 1000000000000000000 + :number
\\set score random(500000000, 999999999)
"""
DRAW_KEY = {
    "large": "",
    "small": f"\\set key random({elements.FIRST_COLLECTION},"
             f" {elements.FIRST_COLLECTION + SMALL_COLLECTIONS - 1})\n",
}
VARIABLES = {"large": {"key": "large", "size": elements.ELEMENTS}, "small": {"size": SMALL}}

NOTHING = ""     # undoes what leaves the collection's size as it is
CANNOT = None    # undo what takes elements that only it knows: it comes last in its type
# Type, command, call, and for a write what undoes it: over the columns of the tables above.
COMMANDS = [
    ("hash", "HGET", "kv.hget(key, name)"),
    ("hash", "HEXISTS", "kv.hexists(key, name)"),
    ("hash", "HLEN", "kv.hlen(key)"),
    ("hash", "HRANDFIELD", "kv.hrandfield(key)"),
    ("hash", "HSET of a field that is there", "kv.hset(key, name, value)", NOTHING),
    ("hash", "HSET of a new field", "kv.hset(key, fresh, value)", "kv.hdel(key, fresh)"),
    ("hash", "HINCRBY", "kv.hincrby(key, name, 1)", NOTHING),
    ("hash", "HDEL", "kv.hdel(key, name)", "kv.hset(key, name, value)"),
    ("list", "LINDEX", "kv.lindex(key, index)"),
    ("list", "LLEN", "kv.llen(key)"),
    ("list", "LSET", "kv.lset(key, index, value)", NOTHING),
    ("list", "LPUSH", "kv.lpush(key, value)", "kv.lpop(key)"),
    ("list", "RPUSH", "kv.rpush(key, value)", "kv.rpop(key)"),
    ("list", "LPOP", "kv.lpop(key)", "kv.lpush(key, value)"),
    ("list", "RPOP", "kv.rpop(key)", "kv.rpush(key, value)"),
    ("list", "LMOVE to the other end", "kv.lmove(key, key, 'left', 'right')", NOTHING),
    ("set", "SISMEMBER", "kv.sismember(key, name)"),
    ("set", "SCARD", "kv.scard(key)"),
    ("set", "SRANDMEMBER", "kv.srandmember(key)"),
    ("set", "SADD", "kv.sadd(key, fresh)", "kv.srem(key, fresh)"),
    ("set", "SREM", "kv.srem(key, name)", "kv.sadd(key, name)"),
    ("set", "SPOP", "kv.spop(key)", CANNOT),
    ("zset", "ZSCORE", "kv.zscore(key, name)"),
    ("zset", "ZCARD", "kv.zcard(key)"),
    ("zset", "ZRANK", "kv.zrank(key, name)"),
    ("zset", "ZREVRANK", "kv.zrevrank(key, name)"),
    ("zset", "ZRANGE of one by rank", "kv.zrange(key, index, index)"),
    ("zset", "ZRANDMEMBER", "kv.zrandmember(key)"),
    ("zset", "ZADD of a new member", "kv.zadd(key, score, fresh)", "kv.zrem(key, fresh)"),
    ("zset", "ZADD of another score", "kv.zadd(key, 1499999999 - score, name)",
     "kv.zadd(key, score, name)"),
    ("zset", "ZINCRBY", "kv.zincrby(key, 1, name)", "kv.zincrby(key, -1, name)"),
    ("zset", "ZREM", "kv.zrem(key, name)", "kv.zadd(key, score, name)"),
    ("zset", "ZPOPMIN", "kv.zpopmin(key)", CANNOT),
    ("zset", "ZPOPMAX", "kv.zpopmax(key)", CANNOT),
]
# ZADD has a goal of its own.
GOAL = (1.3, 1.3)
GOALS = {"ZADD of a new member": (2, 1.3)}
SIZES = f"{elements.ELEMENTS:,} / {SMALL:,} elements, time"
ROWS = ("kv.zrange(", "kv.zpopmin(", "kv.zpopmax(")


def run(bench, section):
    elements.create(bench)
    bench.observer.run("DROP TABLE IF EXISTS bench.small_collection, bench.large_read,"
                       " bench.small_read, bench.large_write, bench.small_write")
    bench.observer.run(SMALL_KEYS)
    for what, count in (("read", READS), ("write", WRITES)):
        for part in TARGETS.format(what=what, count=count).split(";"):
            bench.observer.run(part)
    with bench.session("growth", synchronous_commit="off") as session:
        yardstick(bench, section, session)
        for name, kind in TYPES.items():
            elements.fresh(bench)
            elements.load_many(session, kind, SMALL_COLLECTIONS, SMALL, "bench.small_collection")
            elements.load_one(session, kind, "large")
            elements.settle(bench)
            for of, command, call, *undo in COMMANDS:
                if of == name:
                    harness.say(f"growth, {command}")
                    if undo != [CANNOT]:
                        by_client(bench, section, kind, command, [call, *filter(None, undo)])
                    in_server(bench, section, session, kind, command, call, undo)


def by_client(bench, section, kind, command, calls):
    lines = "".join(f"SELECT {'* FROM ' if call.startswith(ROWS) else ''}{variables(call)};\n"
                    for call in calls)

    def go(size):
        took = bench.pgbench([DRAW_KEY[size] + DRAW + lines], 1, 1, variables=VARIABLES[size],
                             settings={"synchronous_commit": "off"})
        vacuum(bench, kind)
        return took
    pairs = bench.alternate(lambda _: go("large"), lambda _: go("small"))
    section.duration(f"{command}{' and back' if len(calls) > 1 else ''}, {SIZES}, 1 client",
                     pairs.as_times(), " us", *GOALS.get(command, GOAL), factor=1e6)


def in_server(bench, section, session, kind, command, call, undo):
    what, operations = ("write", WRITES) if undo else ("read", READS)

    def go(size):
        took = session.timed(statement(call, f"bench.{size}_{what}"))
        for back in filter(None, undo):
            session.run(statement(back, f"bench.{size}_{what}"))
        if undo:
            vacuum(bench, kind)
        return took
    pairs = bench.alternate(lambda _: go("large"), lambda _: go("small"))
    section.duration(f"{command}, {SIZES}, in the server", pairs, " us",
                     *GOALS.get(command, GOAL), factor=1e6 / operations)


def vacuum(bench, kind):
    bench.vacuum("durable_key", kind.table, "durable_item", "durable_block")


def variables(call):
    return re.sub(r"\b(key|name|fresh|index|value|score)\b", r":\1", call)


def statement(call, table):
    if call.startswith(ROWS):
        return f"SELECT count(*) FROM (SELECT {call} FROM {table}) AS element"
    return f"SELECT count({call}) FROM {table}"


def yardstick(bench, section, session):
    """The same for keys: figures without a goal."""
    harness.say("growth, kv.get")
    elements.fresh(bench)
    elements.load_strings(session)
    elements.settle(bench)
    pairs = bench.alternate(lambda _: session.timed(statement("kv.get(name)", "bench.large_read")),
                            lambda _: session.timed(statement("kv.get(name)", "bench.small_read")))
    large, small = (f"{harness.median(samples) * 1e6 / READS:.2f} us"
                    for samples in (pairs.ours, pairs.peer))
    spread = f"{min(pairs.ratios()):.2f} to {max(pairs.ratios()):.2f}"
    section.figures(
        ["for comparison", f"{elements.ELEMENTS:,} keys", f"{SMALL:,} keys", "ratio", "from, to"],
        [["kv.get", large, small, f"{pairs.ratio():.2f}", spread]])
