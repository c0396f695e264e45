"""What the collections of the measures hold, and the tables one would write by hand for them."""

import dataclasses

ELEMENTS = 1_000_000
FIRST_NAME = 100_000_001        # of an element: names are numbers, so that pgbench can draw one
FIRST_COLLECTION = 300_000_001  # of a key with a collection
FIRST_STRING = 400_000_001      # of a key with a string beside it
COLLECTIONS = 100_000

# Elements, names and keys lie in random order; what is drawn comes in another than that of loading.
# Values are integers, for HINCRBY; scores are whole, and one member in a thousand shares its own.
TABLES = f"""
CREATE UNLOGGED TABLE bench.element AS
SELECT number, ({FIRST_NAME - 1} + number)::text AS name,
       (1000000000000000000 + number)::text AS value,
       (hashint8extended(number, 1) % 500000000 + 500000000)::double precision AS score
FROM generate_series(1::bigint, {ELEMENTS}) AS number ORDER BY hashint8(number);
CREATE UNLOGGED TABLE bench.drawn AS
SELECT * FROM bench.element ORDER BY hashint8extended(number, 2) LIMIT 100000;
CREATE UNLOGGED TABLE bench.collection AS
SELECT ({FIRST_COLLECTION - 1} + number)::text AS name,
       ({FIRST_STRING - 1} + number)::text AS string
FROM generate_series(1::bigint, {COLLECTIONS}) AS number ORDER BY hashint8(number);

CREATE TABLE bench.field (
    key text COLLATE "C", field text COLLATE "C", value text NOT NULL, PRIMARY KEY (key, field)
) WITH (fillfactor = 90);
CREATE TABLE bench.item (
    key text COLLATE "C", position bigint, value text NOT NULL, PRIMARY KEY (key, position)
);
CREATE TABLE bench.set_member (
    key text COLLATE "C", member text COLLATE "C", PRIMARY KEY (key, member)
) WITH (fillfactor = 90);
CREATE TABLE bench.sorted_member (
    key text COLLATE "C", member text COLLATE "C", score double precision NOT NULL,
    PRIMARY KEY (key, member)
);
CREATE INDEX ON bench.sorted_member (key, score, member);
VACUUM ANALYZE bench.element;
VACUUM ANALYZE bench.drawn;
VACUUM ANALYZE bench.collection;
"""
HAND_TABLES = ("bench.field", "bench.item", "bench.set_member", "bench.sorted_member")


@dataclasses.dataclass(frozen=True)
class Kind:
    """A type of collection. The calls are SQL with places for expressions."""
    name: str
    command: str    # adds an element
    add: str        # one new element: key, name, value, score
    remove: str     # the same element, or where there are no names as many
    load: str       # all of a collection: key, names, values, scores are arrays
    table: str      # the element table of pg_kv
    hand_table: str
    hand_load: str  # what fills its columns after the key


HASH = Kind("hash", "HSET", "kv.hset({key}, {name}, {value})", "kv.hdel({key}, {name})",
            "kv.hset({key}, {names}, {values})", "durable_field",
            "bench.field", "name, value")
LIST = Kind("list", "LPUSH", "kv.lpush({key}, {value})", "kv.lpop({key})",
            "kv.rpush({key}, {values})", "durable_item",
            "bench.item", "number, value")
SET = Kind("set", "SADD", "kv.sadd({key}, {name})", "kv.srem({key}, {name})",
           "kv.sadd({key}, {names})", "durable_field",
           "bench.set_member", "name")
SORTED_SET = Kind("sorted set", "ZADD", "kv.zadd({key}, {score}, {name})", "kv.zrem({key}, {name})",
                  "kv.zadd({key}, {scores}, {names})", "durable_member",
                  "bench.sorted_member", "name, score")
KINDS = (HASH, LIST, SET, SORTED_SET)

AGGREGATES = {f"{column}s": f"array_agg({column})" for column in ("name", "value", "score")}


def create(bench):
    """Once in a run: a second of work, and a hundred megabytes."""
    session = bench.observer
    if session.one("SELECT to_regclass('bench.element') IS NULL"):
        for statement in TABLES.split(";"):
            if statement.strip():
                session.run(statement)


def fresh(bench):
    """Empty tables, ours and those by hand."""
    create(bench)
    bench.fresh()
    bench.observer.run(f"TRUNCATE {', '.join(HAND_TABLES)}")


def settle(bench):
    bench.settle(HAND_TABLES)


def load_one(session, kind, key, size=ELEMENTS):
    """A collection of that many elements, in one call."""
    call = kind.load.format(key=f"'{key}'", **AGGREGATES)
    session.run(f"SELECT {call} FROM {up_to(size)}")


def up_to(size):
    return f"(SELECT * FROM bench.element WHERE number <= {size}) AS element"


def load_many(session, kind, count, size, keys="bench.collection"):
    """As many collections, all with the same elements."""
    call = kind.load.format(key="collection.name", names="%(names)s::text[]",
                            values="%(values)s::text[]", scores="%(scores)s::double precision[]")
    arrays = dict(zip(AGGREGATES, session.row(
        f"SELECT {', '.join(AGGREGATES.values())} FROM {up_to(size)}")))
    session.cursor.execute(
        f"SELECT count({call}) FROM (SELECT name FROM {keys} LIMIT {count}) AS collection", arrays)


def load_many_by_hand(session, kind, count, size, keys="bench.collection"):
    """The same into the table by hand, each collection's rows beside each other."""
    columns = ", ".join(f"element.{column}" for column in kind.hand_load.split(", "))
    session.run(f"INSERT INTO {kind.hand_table} SELECT collection.name, {columns}"
                f" FROM (SELECT name FROM {keys} LIMIT {count}) AS collection, {up_to(size)}"
                " ORDER BY collection.name, element.number")


def load_strings(session, count=ELEMENTS, size=19):
    """Keys for kv.get beside the elements: as many, of the same names and values of that size."""
    session.run("SELECT count(kv.set(name, rpad(value, %s, 'v'))) FROM"
                " (SELECT * FROM bench.element LIMIT %s) AS element", size, count)
