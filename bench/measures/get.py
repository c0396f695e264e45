"""kv.get by clients, beside a SELECT on a table of one's own"""

import harness
import peer

NAME = "get"
KEYS = 100_000


def run(bench, section):
    bench.fresh()
    peer.load(bench.observer, "v" * 100, KEYS)
    bench.settle()
    draw = f"\\set key random({peer.FIRST_NAME}, {peer.FIRST_NAME + KEYS - 1})\n"
    ours = draw + "SELECT kv.get(:key);\n"
    by_hand = draw + peer.GET.format(table="plain", key=":key") + ";\n"
    for clients in (1, 8):
        harness.say(f"get, {clients} clients")
        pairs = bench.alternate(lambda _: bench.pgbench([ours], clients, bench.seconds),
                                lambda _: bench.pgbench([by_hand], clients, bench.seconds))
        section.speed(f"kv.get / SELECT by hand, {clients} client{'s'[:clients - 1]}", pairs,
                      " tps", 1.0, 1.05)
