"""Redis servers for the tests of the relay: real ones, and one that only plays at it."""

import shutil
import socket
import subprocess
import tempfile
import threading

import redis

from lib import FOLDER, Cluster, eventually, free_port

servers = []


class Redis:
    """A real redis-server of the test's own, which keeps nothing."""

    def __init__(self, *options):
        self.port = free_port()
        self.options = options
        self.folder = tempfile.mkdtemp(prefix="redis.", dir=FOLDER)
        self.process = None
        servers.append(self)
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
             "--dir", self.folder, *self.options],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        eventually(self.answers)

    def answers(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self):
        self.process.kill()
        self.process.wait()

    def client(self, **options):
        return redis.Redis(port=self.port, **options)

    def destroy(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Pretender:
    """Accepts connections, and answers each command as it is told: None is silence."""

    def __init__(self, answer):
        self.answer = answer
        self.commands = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        servers.append(self)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            with connection, connection.makefile("rb") as lines:
                while line := lines.readline():
                    words = []
                    for _ in range(int(line[1:])):
                        size = int(lines.readline()[1:])
                        words.append(lines.read(size + 2)[:-2])
                    self.commands += 1
                    answer = self.answer(words)
                    if answer is not None:
                        connection.sendall(answer)
        except (OSError, ValueError):
            pass

    def destroy(self):
        self.listener.close()


def destroy_servers():
    for server in servers:
        server.destroy()
    servers.clear()


def relaying_cluster(settings=None):
    """A cluster whose database postgres has workers, and the extension."""
    cluster = Cluster({"shared_preload_libraries": "pg_kv", "kv.worker_databases": "postgres",
                       "max_worker_processes": 16} | (settings or {}))
    cluster.psql("CREATE EXTENSION pg_kv")
    return cluster


def target(cluster, column, name="default"):
    return cluster.psql(f"SELECT {column} FROM kv.relay_targets WHERE name = '{name}'")


def left(cluster):
    """How many keys are neither sent nor given up."""
    return int(cluster.psql("SELECT coalesce(sum(backlog), 0) FROM kv.relay_targets"))


def is_delivered(cluster, seconds=30):
    return eventually(lambda: left(cluster) == 0, seconds)
