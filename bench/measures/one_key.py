"""100,000 increments of one key in one statement, beside increments of 100,000 keys"""

import harness
import peer

NAME = "one_key"
KEYS = 100_000


def run(bench, section):
    bench.fresh()
    with bench.session("one_key", synchronous_commit="off") as session:
        peer.load(session, "1000000", KEYS)
        bench.settle()
        harness.say("one_key")

        def go(call):
            took = session.timed(f"SELECT count({call}) FROM (SELECT name FROM bench.ordered"
                                 f" LIMIT {KEYS}) AS names")
            bench.observer.run("VACUUM kv.durable_key")
            return took
        pairs = bench.alternate(lambda _: go("kv.incr('counter')"), lambda _: go("kv.incr(name)"))
    section.duration("100,000 kv.incr of one key / of 100,000 keys, time", pairs, " us", 3, 1,
                     factor=1e6 / KEYS)
