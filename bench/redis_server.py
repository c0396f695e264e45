"""A Redis beside us: a server of its own, asked by redis-benchmark."""

import csv
import os
import shutil
import socket
import subprocess
import tempfile
import time

import harness


class RedisServer:
    """Runs on loopback, as PostgreSQL is asked over TCP, too, until the end of a with block.

    Its data, if it keeps any, lie beside those of PostgreSQL: persistence is None, or what
    appendfsync says.
    """

    def __init__(self, bench, persistence=None):
        if not shutil.which("redis-server") or not shutil.which("redis-benchmark"):
            raise harness.Trouble("there is no redis-server or no redis-benchmark")
        self.bench = bench
        self.persistence = ["--appendonly", "no"]
        if persistence:
            self.persistence = ["--appendonly", "yes", "--appendfsync", persistence]
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = str(free.getsockname()[1])

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="pg_kv-bench.",
                                                  dir=os.environ.get("PG_KV_CLUSTER"))
        self.process = subprocess.Popen(
            ["redis-server", "--port", self.port, "--bind", "127.0.0.1", "--save", "",
             *self.persistence, "--dir", self.folder.name], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while self.cli("PING") != "PONG":
            if time.monotonic() > deadline or self.process.poll() is not None:
                self.__exit__()
                raise harness.Trouble("redis-server does not answer")
            time.sleep(0.05)
        self.processors = os.sched_getaffinity(self.process.pid)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()

    def cli(self, *arguments):
        command = ["redis-cli", "-h", "127.0.0.1", "-p", self.port, *arguments]
        return subprocess.run(command, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL).stdout.strip()

    def version(self):
        return next(line.split(":")[1] for line in self.cli("INFO", "server").splitlines()
                    if line.startswith("redis_version"))

    def benchmark(self, command, clients, requests, names):
        """Requests per second; in a command __rand_int__ is a number of 12 digits below `names`."""
        pinned = clients == 1
        os.sched_setaffinity(self.process.pid, {self.bench.cpu} if pinned else self.processors)
        line = ["taskset", "-c", str(self.bench.cpu)] if pinned else []
        line += ["redis-benchmark", "-h", "127.0.0.1", "-p", self.port, "-c", str(clients),
                 "-n", str(requests), "-r", str(names), "--csv", *command]
        done = subprocess.run(line, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode != 0:
            raise harness.Trouble(f"redis-benchmark failed: {done.stderr.strip()[-500:]}")
        rows = [row for row in csv.reader(done.stdout.splitlines()) if row]
        return harness.Sample(float(rows[-1][1]))
