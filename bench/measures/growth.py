"""Single-element commands in collections of 1,000,000, beside the same in 1,000

Inside the server, in one statement, asynchronous commit: 100,000 reads or 10,000 writes of elements
drawn at random. The small collections are 200, in the same tables; each takes its part of a
statement in one go, as the large one does. Writes are undone, and the tables vacuumed, between
rounds. kv.get of 1,000,000 keys beside 1,000 shows what of it is the memory's doing.
"""

import elements
import harness

NAME = "growth"
SMALL_COLLECTIONS = 200
SMALL = 1_000
READS = 100_000
WRITES = 10_000
TYPES = dict(zip(("hash", "list", "set", "zset"), elements.KINDS))

# Of each small collection the same share of its elements, none twice in a statement of writes.
TARGETS = """
CREATE UNLOGGED TABLE bench.large_{what} AS
SELECT 'large' AS key, name, 'n' || name AS fresh, number, value, score,
       number - 1 AS index FROM bench.drawn LIMIT {count};
CREATE UNLOGGED TABLE bench.small_{what} AS
SELECT collection.name AS key, element.name, 'n' || element.name AS fresh, number, value, score,
       number - 1 AS index
FROM (SELECT name FROM bench.collection LIMIT {collections}) AS collection,
LATERAL (SELECT * FROM bench.element WHERE number <= {size}
         ORDER BY hashtextextended(element.name, collection.name::bigint)
         LIMIT {count} / {collections}) AS element
ORDER BY collection.name;
ANALYZE bench.large_{what};
ANALYZE bench.small_{what}
"""

# Type, command, call, and what undoes it: written over the columns of the tables above. What takes
# elements that only it knows is not undone, and therefore comes last in its type.
COMMANDS = [
    ("hash", "HGET", "kv.hget(key, name)", None),
    ("hash", "HEXISTS", "kv.hexists(key, name)", None),
    ("hash", "HLEN", "kv.hlen(key)", None),
    ("hash", "HRANDFIELD", "kv.hrandfield(key)", None),
    ("hash", "HSET of a field that is there", "kv.hset(key, name, value)", ""),
    ("hash", "HSET of a new field", "kv.hset(key, fresh, value)", "kv.hdel(key, fresh)"),
    ("hash", "HINCRBY", "kv.hincrby(key, name, 1)", ""),
    ("hash", "HDEL", "kv.hdel(key, name)", "kv.hset(key, name, value)"),
    ("list", "LINDEX", "kv.lindex(key, index)", None),
    ("list", "LLEN", "kv.llen(key)", None),
    ("list", "LSET", "kv.lset(key, index, value)", ""),
    ("list", "LPUSH", "kv.lpush(key, value)", "kv.lpop(key)"),
    ("list", "RPUSH", "kv.rpush(key, value)", "kv.rpop(key)"),
    ("list", "LPOP", "kv.lpop(key)", "kv.lpush(key, value)"),
    ("list", "RPOP", "kv.rpop(key)", "kv.rpush(key, value)"),
    ("list", "LMOVE to the other end", "kv.lmove(key, key, 'left', 'right')", ""),
    ("set", "SISMEMBER", "kv.sismember(key, name)", None),
    ("set", "SCARD", "kv.scard(key)", None),
    ("set", "SRANDMEMBER", "kv.srandmember(key)", None),
    ("set", "SADD", "kv.sadd(key, fresh)", "kv.srem(key, fresh)"),
    ("set", "SREM", "kv.srem(key, name)", "kv.sadd(key, name)"),
    ("set", "SPOP", "kv.spop(key)", ""),
    ("zset", "ZSCORE", "kv.zscore(key, name)", None),
    ("zset", "ZCARD", "kv.zcard(key)", None),
    ("zset", "ZRANK", "kv.zrank(key, name)", None),
    ("zset", "ZREVRANK", "kv.zrevrank(key, name)", None),
    ("zset", "ZRANGE of one by rank", "kv.zrange(key, index, index)", None),
    ("zset", "ZRANDMEMBER", "kv.zrandmember(key)", None),
    ("zset", "ZADD of a new member", "kv.zadd(key, score, fresh)", "kv.zrem(key, fresh)"),
    ("zset", "ZADD of another score", "kv.zadd(key, 1499999999 - score, name)",
     "kv.zadd(key, score, name)"),
    ("zset", "ZINCRBY", "kv.zincrby(key, 1, name)", "kv.zincrby(key, -1, name)"),
    ("zset", "ZREM", "kv.zrem(key, name)", "kv.zadd(key, score, name)"),
    ("zset", "ZPOPMIN", "kv.zpopmin(key)", ""),
    ("zset", "ZPOPMAX", "kv.zpopmax(key)", ""),
]
# ZADD has a goal of its own.
GOALS = {"ZADD of a new member": (2, 1.3)}
ROWS = ("kv.zrange(", "kv.zpopmin(", "kv.zpopmax(")


def run(bench, section):
    elements.create(bench)
    for what, count in (("read", READS), ("write", WRITES)):
        bench.observer.run(f"DROP TABLE IF EXISTS bench.large_{what}, bench.small_{what}")
        for statement in TARGETS.format(what=what, count=count, collections=SMALL_COLLECTIONS,
                                        size=SMALL).split(";"):
            bench.observer.run(statement)
    with bench.session("growth", synchronous_commit="off") as session:
        yardstick(bench, section, session)
        for name, kind in TYPES.items():
            elements.fresh(bench)
            elements.load_many(session, kind, SMALL_COLLECTIONS, SMALL)
            elements.load_one(session, kind, "large")
            elements.settle(bench)
            for of, command, call, undo in COMMANDS:
                if of == name:
                    measure(bench, section, session, kind, command, call, undo)


def measure(bench, section, session, kind, command, call, undo):
    harness.say(f"growth, {command}")
    what, operations = ("read", READS) if undo is None else ("write", WRITES)

    def go(size):
        took = session.timed(statement(call, f"bench.{size}_{what}"))
        if undo:
            session.run(statement(undo, f"bench.{size}_{what}"))
        if undo is not None:
            bench.vacuum("durable_key", kind.table, "durable_item", "durable_block")
        return took
    pairs = bench.alternate(lambda _: go("large"), lambda _: go("small"))
    must, aim = GOALS.get(command, (1.3, 1.3))
    section.duration(f"{command}, {elements.ELEMENTS:,} / {SMALL:,} elements, time", pairs, " us",
                     must, aim, factor=1e6 / operations)


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
