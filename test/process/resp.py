"""The Redis protocol's door in process tests: a cluster with it, and clients of it.

    from resp import DoorCluster, Resp

    with DoorCluster() as cluster, Resp(cluster.resp_port) as client:
        is_(client.ask("SET", "key", "value"), b"OK", "a key is set")
"""

import pathlib
import socket
import sys

from lib import CHECKOUT, Cluster, Failed, eventually, free_port, ok

sys.path.insert(0, str(CHECKOUT / "test/compat"))

from harness.connection import request  # noqa: E402
from harness.reply import ProtocolError, read_reply  # noqa: E402

CLIENT_ROLE = "kv_clients"
ROLE = "app"  # of clients that do not AUTH
SECONDS = 60.0


def door_settings(port, database="postgres", role=ROLE):
    """What opens the door of a database on a port."""
    return {"shared_preload_libraries": "pg_kv", "kv.worker_databases": database, "kv.port": port,
            "kv.listen_addresses": "127.0.0.1", "kv.client_role": CLIENT_ROLE, "kv.default_role": role,
            "kv.enable_debug_command": "yes"}


class DoorCluster(Cluster):
    """A cluster with the extension, and an open door for the role `app`, which may do everything."""

    def __init__(self, settings=None, database="postgres", role=ROLE):
        self.resp_port = free_port()
        super().__init__(door_settings(self.resp_port, database, role) | {"fsync": "off"} | (settings or {}))
        if database != "postgres":
            self.psql(f"CREATE DATABASE {database}")
        self.psql(f"CREATE ROLE {CLIENT_ROLE} NOLOGIN; CREATE ROLE {ROLE} LOGIN IN ROLE {CLIENT_ROLE}")
        self.psql(f"CREATE EXTENSION pg_kv; SELECT kv.grant_admin('{ROLE}')", database)
        self.wait_for_door()

    def wait_for_door(self, seconds=60):
        if not eventually(lambda: answers(self.resp_port), seconds):
            raise Failed(f"nobody answers at the port of the Redis protocol\n{self.log_tail()}")

    def server_worker(self):
        """The process that serves the port."""
        pids = self.psql("SELECT pid FROM pg_stat_activity WHERE backend_type = 'pg_kv server'").split()
        return int(pids[0]) if pids else None


def answers(port):
    """Whether a server of the Redis protocol answers, if only that it wants a password."""
    try:
        with Resp(port, seconds=5) as client:
            return client.call("PING").kind in "+-"
    except (OSError, ProtocolError):
        return False


class RespError(Exception):
    """An error reply."""


def run_parts(cluster, *parts):
    """Each part of a test, also after one that was ended by an error."""
    for part in parts:
        try:
            part(cluster)
        except (OSError, ProtocolError, RespError) as error:
            ok(False, f"{part.__name__} was ended by {error!r}")
            cluster.wait_for_door()


def as_bytes(word):
    return word if isinstance(word, bytes) else str(word).encode()


def plain(reply):
    """A reply as what Python has for it."""
    if reply.kind == "-":
        return RespError(reply.value.decode(errors="replace"))
    if reply.kind == ":":
        return int(reply.value)
    if isinstance(reply.value, tuple):
        return [plain(element) for element in reply.value]
    return reply.value


class Resp:
    """A client, over TCP or, given a path, a Unix socket."""

    def __init__(self, place, protocol=2, seconds=SECONDS):
        if isinstance(place, (str, pathlib.Path)):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(seconds)
            self.socket.connect(str(place))
        else:
            self.socket = socket.create_connection(("127.0.0.1", place), timeout=seconds)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = self.socket.makefile("rb")
        if protocol != 2:
            self.ask("HELLO", protocol)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.stream.close()
        self.socket.close()

    def send(self, *words):
        self.socket.sendall(request(list(map(as_bytes, words))))

    def write(self, data):
        self.socket.sendall(data)

    def receive(self):
        return read_reply(self.stream)

    def call(self, *words):
        """The reply to a command as it came."""
        self.send(*words)
        return self.receive()

    def ask(self, *words):
        """What a command answers; raises RespError if that is an error."""
        answer = plain(self.call(*words))
        if isinstance(answer, RespError):
            raise answer
        return answer

    def pipeline(self, commands):
        """The replies to many commands sent at once."""
        self.write(b"".join(request(list(map(as_bytes, command))) for command in commands))
        return [plain(self.receive()) for _ in commands]

    def is_closed(self, seconds=10):
        """Whether the server closes the connection within that time; what it sends before is dropped."""
        self.socket.settimeout(seconds)
        try:
            while self.stream.read(1):
                pass
            return True
        except ConnectionError:
            return True
        except OSError:
            return False
