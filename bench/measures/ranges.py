"""1,000 elements at once, beside a SELECT of 1,000 rows by key from a table of one's own

One client; 100 collections, whose rows lie together on both sides.
"""

import elements
import harness

NAME = "ranges"
COLLECTIONS = 100
ELEMENTS = 1_000

READS = [("LRANGE", elements.LIST, "SELECT * FROM kv.lrange(:key, 0, -1)",
          "SELECT value FROM bench.item WHERE key = :key ORDER BY position"),
         ("ZRANGE", elements.SORTED_SET, "SELECT member FROM kv.zrange(:key, 0, -1)",
          "SELECT member FROM bench.sorted_member WHERE key = :key ORDER BY score, member"),
         ("HGETALL", elements.HASH, "SELECT * FROM kv.hgetall(:key)",
          "SELECT field, value FROM bench.field WHERE key = :key"),
         ("SMEMBERS", elements.SET, "SELECT * FROM kv.smembers(:key)",
          "SELECT member FROM bench.set_member WHERE key = :key")]


def run(bench, section):
    for command, kind, ours, by_hand in READS:
        harness.say(f"ranges, {command}")
        elements.fresh(bench)
        with bench.session("ranges", synchronous_commit="off") as session:
            # Keys that pgbench can draw.
            session.run("CREATE TEMPORARY TABLE collection AS SELECT name FROM bench.collection"
                        f" WHERE name::bigint < {elements.FIRST_COLLECTION + COLLECTIONS}")
            elements.load_many(session, kind, COLLECTIONS, ELEMENTS, "collection")
            elements.load_many_by_hand(session, kind, COLLECTIONS, ELEMENTS, "collection")
        elements.settle(bench)
        draw = (f"\\set key random({elements.FIRST_COLLECTION},"
                f" {elements.FIRST_COLLECTION + COLLECTIONS - 1})\n")
        pairs = bench.alternate(lambda _: bench.pgbench([f"{draw}{ours};\n"], 1, bench.seconds),
                                lambda _: bench.pgbench([f"{draw}{by_hand};\n"], 1, bench.seconds))
        section.speed(f"{command} of {ELEMENTS:,} / SELECT of as many rows by hand, 1 client",
                      pairs, " tps", 1.0, 1.5)
