"""GET over the Redis protocol by 50 clients, beside a Redis without persistence; p99 latency"""

import resp
from resp import RANDOM, Work

NAME = "resp_get"
LIMITS = {1: (0.9, 1.0), 16: (0.6, 0.85)}


def run(bench, section):
    with resp.Pair(bench) as pair:
        pair.empty()
        pair.load(resp.strings)
        pair.load(lambda: [("SET", "hot", resp.VALUE)])
        for where, key in (("spread keys", f"key:{RANDOM}"), ("one hot key", "hot")):
            for pipeline, (must, aim) in LIMITS.items():
                what = f"GET / Redis, {where}, {resp.pipelined(pipeline)}"
                latencies = pair.compare(section, what, Work(("GET", key), pipeline), must, aim)
                if pipeline == 1:
                    section.duration(f"p99 latency of GET / Redis, {where}", latencies, " ms", 2, 1.2)
        section.text(f"Redis {pair.redis.version()}, without persistence; {resp.KEYS:,} keys, values of"
                     f" {len(resp.VALUE)} bytes, {resp.CLIENTS} clients.")
