"""kv.get, kv.set and kv.incr inside the server, beside the same in PL/pgSQL over a table of one's own

One statement calls the function for each of 200,000 keys.
"""

import harness
import peer

NAME = "in_server"
KEYS = 200_000
# Rounds before those that count: so many rewrites of all rows in single statements, with a vacuum
# after each, and the tables have the free space of tables in use.
WARMUPS = {"get": 1, "set": 4, "incr": 4}

CALLS = [("get", "name", "v" * 100),
         ("set", "name, repeat(%s, 100)", "v" * 100),
         ("incr", "name", "1000000")]
TABLES = {"kv": "kv.durable_key", "bench": "bench.plain"}
UPDATES = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relid = %s::regclass"


def run(bench, section):
    shares = []
    with bench.session("in_server", synchronous_commit="off") as session:
        def updates():
            session.run("SELECT pg_stat_force_next_flush()")
            return {schema: session.row(UPDATES, table) for schema, table in TABLES.items()}

        for function, arguments, value in CALLS:
            bench.fresh()
            peer.load(session, value, KEYS)
            bench.settle()
            warmups = WARMUPS[function]
            for order in ("ordered", "shuffled"):
                harness.say(f"in_server, {function}, {order}")
                marks = []

                def go(schema, number):
                    if schema == "kv" and number == warmups:
                        marks.append(updates())
                    given = [chr(ord("a") + number % 26)] if "%s" in arguments else []
                    took = session.timed(
                        f"SELECT count({schema}.{function}({arguments})) FROM bench.{order}", *given)
                    if function != "get":
                        bench.observer.run(f"VACUUM {TABLES[schema]}")
                    return took
                pairs = bench.alternate(lambda n: go("kv", n), lambda n: go("bench", n),
                                        warmups=warmups)
                marks.append(updates())
                section.duration(f"kv.{function} / PL/pgSQL in the server, keys {order}", pairs,
                                 " us", 1.8, 2.5, factor=1e6 / KEYS, speed=True)
                if function != "get":
                    shares.append([f"{function}, keys {order}", *(
                        hot_share(marks[0][schema], marks[1][schema]) for schema in TABLES)])
                warmups = 1
    section.figures(["HOT share of updates", "ours", "peer"], shares)


def hot_share(before, after):
    return f"{100 * (after[1] - before[1]) / (after[0] - before[0]):.0f} %"
