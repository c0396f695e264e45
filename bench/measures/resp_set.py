"""SET over the Redis protocol by 50 clients, beside a Redis that is as durable"""

import resp
from resp import RANDOM, Work

NAME = "resp_set"
CACHE = 1  # the database that is a cache here

# What, synchronous_commit, appendfsync, database, limits by pipeline.
KINDS = [
    ("synchronous_commit off / Redis appendfsync everysec", "off", "everysec", 0, {1: (0.75, 0.95), 16: (0.5, 0.75)}),
    ("synchronous_commit on / Redis appendfsync always", "on", "always", 0, {1: (1.0, 1.15), 16: (0.75, 0.95)}),
    ("cache database / Redis without persistence", "off", None, CACHE, {16: (0.45, 0.6)}),
]


def run(bench, section):
    for kind, commit, persistence, database, limits in KINDS:
        with resp.Pair(bench, commit, persistence) as pair:
            pair.empty()
            pair.load(resp.strings, database)
            for where, key in (("spread keys", f"key:{RANDOM}"), ("one hot key", "hot")):
                for pipeline, (must, aim) in limits.items():
                    work = Work(("SET", key, resp.VALUE), pipeline, database=database)
                    pair.compare(section, f"SET {kind}, {where}, {resp.pipelined(pipeline)}", work, must, aim)
    section.text(f"{resp.KEYS:,} keys, values of {len(resp.VALUE)} bytes, {resp.CLIENTS} clients.")
