"""A Redis that the relay sends to, and tables with and without kv.cache_table."""

import dataclasses
import time

import harness
import redis_server

ROWS = 100_000
NAME = "bench"

TABLE = """
CREATE TABLE bench.{name} (
    id integer PRIMARY KEY,
    name text NOT NULL,
    visits integer NOT NULL DEFAULT 0
) WITH (fillfactor = 50)
"""


@dataclasses.dataclass
class Tables:
    watched: str
    plain: str


class Target:
    """The Redis, known to the relay as the target `bench`, until the end of a with block."""

    def __init__(self, bench):
        self.bench = bench
        self.redis = redis_server.RedisServer(bench)

    def __enter__(self):
        self.redis.__enter__()
        self.bench.observer.run("SELECT kv.add_target(%s, port => %s)", NAME, int(self.redis.port))
        wait(self.bench, "state = 'connected'", "the relay does not connect")
        return self

    def __exit__(self, *failure):
        run = self.bench.observer.run
        run("DROP TABLE IF EXISTS bench.watched, bench.unwatched")
        run("SELECT kv.drop_target(%s)", NAME)
        self.redis.__exit__(*failure)


def tables(bench):
    run = bench.observer.run
    for name in ("watched", "unwatched"):
        run(f"DROP TABLE IF EXISTS bench.{name}")
        run(TABLE.format(name=name))
        run(f"INSERT INTO bench.{name} SELECT i, 'name ' || i FROM generate_series(1, {ROWS}) AS i")
        run(f"VACUUM ANALYZE bench.{name}")
    run("SELECT kv.cache_table('bench.watched', 'user:{id}', target => %s)", NAME)
    return Tables("bench.watched", "bench.unwatched")


def wait(bench, condition, trouble, seconds=60):
    deadline = time.monotonic() + seconds
    while not bench.observer.one(f"SELECT {condition} FROM kv.relay_targets WHERE name = %s", NAME):
        if time.monotonic() > deadline:
            raise harness.Trouble(trouble)
        time.sleep(0.005)


def drained(bench):
    """Nothing is left from one run for the next."""
    wait(bench, "backlog = 0", "the relay does not come to an end")
