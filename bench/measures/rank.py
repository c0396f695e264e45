"""Ranks in a sorted set of 1,000,000 members, beside ZRANK of Redis through redis-benchmark

By as many clients on both sides; with one, clients and servers on one processor. Members have names
of twelve digits and whole random scores on both sides. ZRANGE reads ten members at a random rank, a
page of a leaderboard, and stands beside ZRANK, too.
"""

import elements
import harness
import redis_server

NAME = "rank"
MEMBERS = elements.ELEMENTS
FIRST_MEMBER = 100_000_000_000
PAGE = 10

LOAD = f"""
SELECT kv.zadd('board', array_agg(score), array_agg(({FIRST_MEMBER - 1} + number)::text))
FROM bench.element
"""
LOAD_REDIS = f"""
for number = 0, {MEMBERS - 1} do
    redis.call('ZADD', 'board', math.random(1000000000), string.format('%012d', number))
end
"""
RANK = (f"\\set member random({FIRST_MEMBER}, {FIRST_MEMBER + MEMBERS - 1})\n"
        "SELECT kv.zrank('board', :member);\n")
RANGE = (f"\\set start random(0, {MEMBERS - PAGE})\n\\set stop :start + {PAGE - 1}\n"
         "SELECT * FROM kv.zrange('board', :start, :stop);\n")


def run(bench, section):
    elements.fresh(bench)
    bench.observer.run(LOAD)
    elements.settle(bench)
    requests = 20_000 if bench.quick else 100_000
    with redis_server.RedisServer(bench) as server:
        server.cli("EVAL", LOAD_REDIS, "0")
        if server.cli("ZCARD", "board") != str(MEMBERS):
            raise harness.Trouble("Redis did not take the sorted set")
        for clients in (1, 8):
            for what, script in (("ZRANK", RANK), (f"ZRANGE of {PAGE} by rank", RANGE)):
                harness.say(f"rank, {what}, {clients} clients")
                pairs = bench.alternate(
                    lambda _: bench.pgbench([script], clients, bench.seconds),
                    lambda _: server.benchmark(["ZRANK", "board", "__rand_int__"], clients,
                                               requests, MEMBERS))
                section.speed(f"{what} / Redis ZRANK, {clients} client{'s'[:clients - 1]}", pairs,
                              " /s", 0.2, 0.5)
        section.text(f"Redis {server.version()}.")
