"""One new element into many small collections, and into large ones, inside the server

One statement for all, asynchronous commit, in random order of the keys. Afterwards the elements are
removed again and the tables vacuumed, so that each round finds collections of the same size.
"""

import elements
import harness

NAME = "add"
SMALL = 20
SMALL_KEYS = 50_000
LARGE = 10_000
LARGE_KEYS = 20
LARGE_OPERATIONS = 20_000  # a tenth of what the collections hold
# So many rounds give the tables the free space of tables in use.
WARMUPS = 5

STRINGS = "(SELECT name FROM bench.element LIMIT {}) AS strings"
# New elements for large collections, by turns: a collection is written once in twenty times.
TARGETS = f"""
CREATE UNLOGGED TABLE bench.target AS
SELECT collection.name AS key, 'n' || number AS name, value, score
FROM (SELECT *, row_number() OVER () AS place FROM bench.element WHERE number > {LARGE}
      LIMIT {LARGE_OPERATIONS}) AS element
JOIN (SELECT name, row_number() OVER () AS place FROM bench.collection
      LIMIT {LARGE_KEYS}) AS collection
ON element.place % {LARGE_KEYS} = collection.place % {LARGE_KEYS}
ORDER BY element.place
"""


def run(bench, section):
    elements.create(bench)
    bench.observer.run("DROP TABLE IF EXISTS bench.target")
    bench.observer.run(TARGETS)
    bench.observer.run("VACUUM ANALYZE bench.target")
    with bench.session("add", synchronous_commit="off") as session:
        for kind in elements.KINDS:
            small(bench, section, session, kind)
        for kind in elements.KINDS:
            large(bench, section, session, kind)


def small(bench, section, session, kind):
    keys = f"(SELECT name FROM bench.collection LIMIT {SMALL_KEYS}) AS collection"
    places = {"key": "name", "name": f"'{elements.FIRST_NAME + SMALL}'",
              "value": "'1000000000000000021'", "score": "250000000"}
    pairs = measure(bench, session, kind, SMALL_KEYS, SMALL, keys, places, SMALL_KEYS)
    section.duration(f"{kind.command} of a new element into {SMALL} / kv.set of an existing key",
                     pairs, " us", 1.3, 1.0, factor=1e6 / SMALL_KEYS)


def large(bench, section, session, kind):
    places = {"key": "key", "name": "name", "value": "value", "score": "score"}
    pairs = measure(bench, session, kind, LARGE_KEYS, LARGE, "bench.target", places,
                    LARGE_OPERATIONS)
    section.duration(f"{kind.command} of a new element into {LARGE:,} / kv.set of an existing key",
                     pairs, " us", 2.5, 1.7, factor=1e6 / LARGE_OPERATIONS)


def measure(bench, session, kind, collections, size, source, places, operations):
    harness.say(f"add, {kind.command} into {size}")
    elements.fresh(bench)
    elements.load_many(session, kind, collections, size)
    elements.load_strings(session, operations, 100)
    elements.settle(bench)

    def ours(_):
        took = session.timed(f"SELECT count({kind.add.format(**places)}) FROM {source}")
        session.run(f"SELECT count({kind.remove.format(**places)}) FROM {source}")
        bench.vacuum("durable_key", kind.table, "durable_item", "durable_block")
        return took

    def strings(number):
        took = session.timed(f"SELECT count(kv.set(name, %s)) FROM {STRINGS.format(operations)}",
                             chr(ord("a") + number % 26) * 100)
        bench.vacuum("durable_key")
        return took
    return bench.alternate(ours, strings, warmups=WARMUPS)
