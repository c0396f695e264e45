"""Our door and a Redis beside it, both asked by redis-benchmark, by turns."""

import csv
import dataclasses
import os
import socket
import subprocess
import time

import psycopg2

import harness
import redis_server

CLIENTS = 50
KEYS = 100_000
RANDOM = "__rand_int__"  # redis-benchmark puts a number of 12 digits in its place
VALUE = "v" * 100
FIRST_REQUESTS = 20_000
MOST_REQUESTS = 3_000_000


class Client:
    """Sends what is needed before a measurement, in pipelines."""

    BATCH = 500

    def __init__(self, port, database=0):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self.stream = self.socket.makefile("rb")
        self.all([("SELECT", database)])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def all(self, commands):
        batch = []
        for command in commands:
            batch.append(command)
            if len(batch) == self.BATCH:
                self.send(batch)
                batch = []
        self.send(batch)

    def send(self, commands):
        """Commands whose replies are one line."""
        self.socket.sendall(b"".join(map(encode, commands)))
        for command in commands:
            reply = self.stream.readline()
            if not reply or reply[:1] not in b"+:":
                raise harness.Trouble(f"{command[0]} is answered with {reply!r}")


def encode(command):
    words = [str(word).encode() for word in command]
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


class Side:
    """One of the two servers: where it is, and what it was found to do in a second."""

    def __init__(self, bench, port, pid):
        self.bench = bench
        self.port = int(port)
        self.pid = pid
        self.rates = {}

    def client(self, database=0):
        return Client(self.port, database)

    def run(self, work):
        """One run of a Work, some seconds long; of latencies too."""
        requests = self.requests(work)
        with self.client(work.database) as client:
            if work.prepare:
                client.all(work.prepare(requests))
        cpu = harness.processor_seconds(self.pid) if self.pid else None
        row = benchmark(self.port, work, requests)
        if cpu is not None:
            now = harness.processor_seconds(self.pid)
            cpu = (now - cpu) / requests if now else None
        rate = float(row["rps"])
        self.rates[work.key()] = rate
        return harness.Sample(rate, cpu), harness.Sample(float(row["p99_latency_ms"]))

    def requests(self, work):
        rate = self.rates.get(work.key())
        wanted = FIRST_REQUESTS if rate is None else int(rate * work.seconds(self.bench))
        return min(max(wanted, 1000), MOST_REQUESTS)


@dataclasses.dataclass(frozen=True)
class Work:
    """A command as redis-benchmark repeats it."""
    command: tuple
    pipeline: int
    names: int = KEYS       # how many numbers there are for RANDOM
    database: int = 0
    prepare: object = None  # of a number of requests: the commands that go before
    longest: float = 3

    def key(self):
        return (self.command, self.pipeline, self.database)

    def seconds(self, bench):
        return min(bench.seconds, self.longest)


def benchmark(port, work, requests):
    line = ["redis-benchmark", "-h", "127.0.0.1", "-p", str(port), "-c", str(CLIENTS), "-n", str(requests),
            "-P", str(work.pipeline), "-r", str(work.names), "--dbnum", str(work.database), "--csv", *work.command]
    done = subprocess.run(line, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    rows = list(csv.DictReader(done.stdout.splitlines()))
    if done.returncode != 0 or not rows or "rror" in done.stdout + done.stderr:
        raise harness.Trouble(f"redis-benchmark failed: {(done.stdout + done.stderr).strip()[-500:]}")
    return rows[-1]


class Door(Side):
    """pg_kv's port of the Redis protocol; KV_PORT names another."""

    def __init__(self, bench):
        one = bench.observer.one
        port = os.environ.get("KV_PORT") or one("SELECT current_setting('kv.port', true)")
        pid = one("SELECT min(pid) FROM pg_stat_activity WHERE backend_type = 'pg_kv server'"
                  " AND datname = current_database()")
        if not port or port == "0":
            raise harness.Trouble("the database serves no port of the Redis protocol: kv.port is 0")
        super().__init__(bench, port, pid if bench.is_local else None)
        try:
            with self.client() as client:
                client.all([("PING",), ("FLUSHALL",)])
        except OSError as error:
            raise harness.Trouble(f"nobody answers at port {port}: {error}") from None

    def use_commit(self, mode):
        """synchronous_commit of the server, as a reload sets it; None is what it was."""
        run = self.bench.observer.run
        run("ALTER SYSTEM RESET synchronous_commit" if mode is None
            else f"ALTER SYSTEM SET synchronous_commit = {mode}")
        run("SELECT pg_reload_conf()")
        time.sleep(1)


class Pair:
    """Both servers, the Redis with one kind of persistence, until the end of a with block."""

    def __init__(self, bench, commit="off", persistence=None):
        self.bench = bench
        self.commit = commit
        self.redis = redis_server.RedisServer(bench, persistence)

    def __enter__(self):
        self.door = Door(self.bench)
        self.redis.__enter__()
        self.peer = Side(self.bench, self.redis.port, self.redis.process.pid)
        self.door.use_commit(self.commit)
        return self

    def __exit__(self, *failure):
        self.redis.__exit__(*failure)
        try:
            self.door.use_commit(None)
        except psycopg2.Error:
            if not failure[0]:
                raise

    def load(self, commands, database=0):
        """The same on both sides. commands() makes them anew for each."""
        for side in (self.door, self.peer):
            with side.client(database) as client:
                client.all(commands())
        self.bench.settle()

    def empty(self):
        self.load(lambda: [("FLUSHALL",)])

    def compare(self, section, what, work, must, aim):
        """Requests per second, and the pairs of 99th percentiles of latency with them."""
        harness.say(what)
        latencies = harness.Pairs([], [])

        def run(side, found):
            rate, latency = side.run(work)
            found.append(latency)
            return rate
        pairs = self.bench.alternate(lambda _: run(self.door, latencies.ours),
                                     lambda _: run(self.peer, latencies.peer), warmups=2)
        if section:
            section.speed(what, pairs, " /s", must, aim)
        for found in (latencies.ours, latencies.peer):
            del found[:2]
        return latencies


def pipelined(pipeline):
    return "one per round trip" if pipeline == 1 else f"{pipeline} per round trip"


def strings(names=KEYS):
    """SET of all the keys that key() names."""
    return (("SET", f"key:{number:012}", VALUE) for number in range(names))
