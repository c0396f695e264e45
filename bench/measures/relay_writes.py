"""Writes to a table whose changes are sent to a Redis, beside the same table without"""

import harness
import relay

NAME = "relay_writes"
CLIENTS = 8


def run(bench, section):
    with relay.Target(bench):
        tables = relay.tables(bench)
        for commit, must, aim in (("on", 0.75, 0.9), ("off", 0.7, 0.85)):
            harness.say(f"UPDATE of a row by {CLIENTS} clients, synchronous_commit {commit}")

            def go(table):
                script = (f"\\set id random(1, {relay.ROWS})\n"
                          f"UPDATE {table} SET visits = visits + 1 WHERE id = :id;\n")
                took = bench.pgbench([script], CLIENTS, bench.seconds, settings={"synchronous_commit": commit})
                relay.drained(bench)
                bench.observer.run(f"VACUUM {table}")
                return took
            pairs = bench.alternate(lambda _: go(tables.watched), lambda _: go(tables.plain))
            section.speed(f"UPDATE of a row by {CLIENTS} clients, watched / not, synchronous_commit {commit}",
                          pairs, " tps", must, aim)
        harness.say(f"UPDATE of {relay.ROWS:,} rows")
        with bench.session("relay_writes", synchronous_commit="off") as session:

            def all_rows(table):
                took = session.timed(f"UPDATE {table} SET visits = visits + 1")
                relay.drained(bench)
                bench.observer.run(f"VACUUM {table}")
                return took
            pairs = bench.alternate(lambda _: all_rows(tables.watched), lambda _: all_rows(tables.plain))
        section.duration(f"UPDATE of {relay.ROWS:,} rows in one statement, watched / not, time", pairs, " ms", 2, 1.4,
                         factor=1e3)
    section.text("The relay and the Redis run on the same processors meanwhile.")
