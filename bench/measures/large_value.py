"""kv.set of a value of 3 KB, beside a value of 1 KB

Random text, which does not compress; 20,000 keys in one statement.
"""

import random
import string

import harness

NAME = "large_value"
KEYS = 20_000


def run(bench, section):
    source = random.Random(2)
    bench.fresh()
    with bench.session("large_value", synchronous_commit="off") as session:
        bench.settle()
        harness.say("large_value")

        def go(size):
            value = "".join(source.choices(string.ascii_letters + string.digits, k=size))
            took = session.timed(f"SELECT count(kv.set(%s || name, %s)) FROM (SELECT name"
                                 f" FROM bench.shuffled LIMIT {KEYS}) AS names", f"{size}:", value)
            bench.observer.run("VACUUM kv.durable_key")
            return took
        pairs = bench.alternate(lambda _: go(3072), lambda _: go(1024))
    section.duration("kv.set of 3 KB / of 1 KB, time", pairs, " us", 2.5, 2, factor=1e6 / KEYS)
