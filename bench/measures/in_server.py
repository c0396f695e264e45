"""kv.get, kv.set and kv.incr inside the server, beside the same in PL/pgSQL over a table of one's own

One statement calls the function for each of 200,000 keys.
"""

import harness
import peer

NAME = "in_server"
KEYS = 200_000

CALLS = [("get", "name", "v" * 100),
         ("set", "name, repeat(%s, 100)", "v" * 100),
         ("incr", "name", "1000000")]


def run(bench, section):
    with bench.session("in_server", synchronous_commit="off") as session:
        for function, arguments, value in CALLS:
            bench.fresh()
            peer.load(session, value, KEYS)
            bench.settle()
            for order in ("ordered", "shuffled"):
                harness.say(f"in_server, {function}, {order}")

                def go(schema, number):
                    given = [chr(ord("a") + number % 26)] if "%s" in arguments else []
                    took = session.timed(
                        f"SELECT count({schema}.{function}({arguments})) FROM bench.{order}", *given)
                    if function != "get":
                        bench.observer.run("VACUUM " + ("kv.durable_key" if schema == "kv" else
                                                        "bench.plain"))
                    return took
                pairs = bench.alternate(lambda n: go("kv", n), lambda n: go("bench", n))
                section.duration(f"kv.{function} / PL/pgSQL in the server, keys {order}", pairs,
                                 " us", 1.8, 2.5, factor=1e6 / KEYS, speed=True)
