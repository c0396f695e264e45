"""What the relay sends, beside redis-cli --pipe of the same commands; and how soon a change arrives"""

import socket
import statistics
import subprocess
import time

import harness
import relay

NAME = "relay_sending"
BACKLOG = 500_000


class Redis:
    """A connection that asks for one key again and again."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", int(port)), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, *words):
        self.socket.sendall(b"*%d\r\n" % len(words) +
                            b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in map(str.encode, words)))
        return self.socket.recv(100)


def run(bench, section):
    with relay.Target(bench) as target:
        tables = relay.tables(bench)
        sustained(bench, section, target.redis, tables.watched)
        latency(bench, section, target.redis, tables.watched)
    section.text("A backlog is made while the target is paused; it is sent from its resumption on. The latency is measured by"
                 " a client that asks Redis in a loop from the moment at which COMMIT returned.")


def sustained(bench, section, redis, table):
    """A backlog of changes, one key each, from the moment at which the target is resumed."""
    run = bench.observer.run
    commands = "".join(f"DEL user:{number + 1}\r\n" for number in range(BACKLOG)).encode()
    run("SELECT kv.uncache_table(%s)", table)
    run(f"INSERT INTO {table} SELECT i, 'name', 0 FROM generate_series({relay.ROWS + 1}, {BACKLOG}) AS i")
    run("SELECT kv.cache_table(%s, 'user:{id}', target => %s)", table, relay.NAME)
    run(f"VACUUM ANALYZE {table}")

    def ours():
        run("SELECT kv.relay_pause(%s)", relay.NAME)
        run(f"UPDATE {table} SET visits = visits + 1")
        run(f"VACUUM {table}")
        began = time.perf_counter()
        run("SELECT kv.relay_resume(%s)", relay.NAME)
        relay.drained(bench)
        return harness.Sample(BACKLOG / (time.perf_counter() - began))

    def by_hand():
        began = time.perf_counter()
        done = subprocess.run(["redis-cli", "-p", redis.port, "--pipe"], input=commands, stdout=subprocess.PIPE)
        if done.returncode != 0:
            raise harness.Trouble("redis-cli --pipe failed")
        return harness.Sample(BACKLOG / (time.perf_counter() - began))
    harness.say(f"a backlog of {BACKLOG:,} keys")
    pairs = bench.alternate(lambda _: ours(), lambda _: by_hand())
    section.speed("invalidations sent / redis-cli --pipe", pairs, " /s", 0.3, 0.6)


def latency(bench, section, redis, table):
    harness.say("commit to gone")
    client = Redis(redis.port)
    times = []
    with bench.session("relay_sending", pinned=False) as session:
        for number in range(200 if bench.quick else 2000):
            key = f"user:{number + 1}"
            client.ask("SET", key, "old")
            session.run(f"UPDATE {table} SET visits = visits + 1 WHERE id = %s", number + 1)
            began = time.perf_counter()
            while client.ask("EXISTS", key) != b":0\r\n":
                if time.perf_counter() - began > 10:
                    raise harness.Trouble(f"{key} does not go")
            times.append((time.perf_counter() - began) * 1e3)
            time.sleep(0.002)
    times.sort()
    for name, value, must, aim in (("p50", statistics.median(times), 2, 0.5),
                                   ("p99", times[int(len(times) * 0.99)], 10, 2)):
        section.goal(f"commit to key gone, idle system, {name}", value, [], must, aim, low_is_good=True, unit=" ms")
