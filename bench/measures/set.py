"""kv.set by clients, beside INSERT ... ON CONFLICT DO UPDATE on a table of one's own"""

import random
import string

import harness
import peer

NAME = "set"
KEYS = 100_000

# name, cache, synchronous_commit
KINDS = [("durable, synchronous", False, "on"),
         ("durable, asynchronous", False, "off"),
         ("cache / UNLOGGED", True, "on")]


def values():
    """Several, so that most writes change the value."""
    source = random.Random(1)
    return {f"value{n}": "".join(source.choices(string.ascii_letters + string.digits, k=100))
            for n in range(4)}


def run(bench, section):
    variables = values()
    draw = f"\\set key random({peer.FIRST_NAME}, {peer.FIRST_NAME + KEYS - 1})\n"
    for kind, cache, commit in KINDS:
        table = "plain_cache" if cache else "plain"
        ours = [draw + f"SELECT kv.set(:key, :{value});\n" for value in variables]
        by_hand = [draw + peer.SET.format(table=table, key=":key", value=f":{value}") + ";\n"
                   for value in variables]
        settings = {"synchronous_commit": commit, "kv.database": int(cache)}
        bench.fresh()
        peer.load(bench.observer, "v" * 100, KEYS, cache)
        bench.settle()
        for clients in (1, 8):
            harness.say(f"set, {kind}, {clients} clients")

            def go(scripts):
                return bench.pgbench(scripts, clients, bench.seconds, variables=variables,
                                     settings=settings)
            pairs = bench.alternate(lambda _: go(ours), lambda _: go(by_hand))
            section.speed(f"kv.set / upsert by hand, {kind}, {clients} client{'s'[:clients - 1]}",
                          pairs, " tps", 1.0, 1.05)
