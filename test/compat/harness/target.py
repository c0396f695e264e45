"""Whom commands are sent to. A target takes the arguments of a command and returns its reply."""

from harness.connection import Connection
from harness.reply import ProtocolError, error_reply, list_reply, parse_reply, status_reply
from harness.scores import with_scores_of_7_2
from harness.transaction import Queue

# Error codes of Redis besides ERR. In SQL they begin the message; ERR itself is left out there.
ERROR_CODES = (
    "BUSY", "BUSYGROUP", "BUSYKEY", "EXECABORT", "MISCONF", "NOAUTH", "NOGROUP", "NOPERM",
    "NOSCRIPT", "OOM", "READONLY", "UNKILLABLE", "WRONGPASS", "WRONGTYPE",
)

FIRST_CLIENT = 1


class TargetLost(Exception):
    """The connection broke: what the command did is not known."""


class Target:
    name = ""
    has_clients = False

    def connect(self):
        raise NotImplementedError

    def close(self):
        raise NotImplementedError

    def call(self, arguments):
        """The reply to a command; raises TargetLost without one."""
        raise NotImplementedError

    def use_client(self, number):
        """From here on commands go through this client, one of several."""
        raise NotImplementedError

    def reset(self):
        """Connects anew, to database 0 of an empty server."""
        self.close()
        self.connect()
        for command in ([b"SELECT", b"0"], [b"FLUSHALL"]):
            reply = self.call(command)
            if str(reply) != "+OK":
                raise TargetLost(f"{self.name} answers {command[0].decode()} with {reply}")


class SocketTarget(Target):
    """Whoever speaks the Redis protocol at a port. Commands go through one of several clients."""

    has_clients = True

    def __init__(self, name, host, port, protocol):
        self.name = name
        self.address = (host, port)
        self.protocol = protocol
        self.connections = {}
        self.client = FIRST_CLIENT

    def use_client(self, number):
        self.client = number

    def connect(self):
        try:
            self.connections[self.client] = Connection(self.address)
        except OSError as error:
            raise TargetLost(f"{self.name}: {error}") from error
        if self.protocol != 2:
            reply = self.call([b"HELLO", b"%d" % self.protocol])
            if reply.is_error():
                raise TargetLost(f"{self.name} does not speak protocol {self.protocol}: {reply}")

    def close(self):
        """Closes the connections of all clients; the first is the current one again."""
        for connection in self.connections.values():
            connection.close()
        self.connections.clear()
        self.client = FIRST_CLIENT

    def call(self, arguments):
        self.send(arguments)
        return self.receive()

    def send(self, arguments, has_reply=True):
        try:
            self._connection().send(arguments, has_reply)
        except OSError as error:
            raise TargetLost(f"{self.name}: {error}") from error

    def receive(self):
        """The reply to the oldest command of this client that has none."""
        try:
            arguments, reply = self._connection().receive()
        except (OSError, ProtocolError) as error:
            raise TargetLost(f"{self.name}: {error}") from error
        return self.translate(arguments, reply)

    def translate(self, arguments, reply):
        return reply

    def has_closed(self):
        """Whether the server closes the connection of this client, which is gone afterwards."""
        connection = self._connection()
        try:
            return connection.is_closed_by_server()
        finally:
            connection.close()
            del self.connections[self.client]

    def _connection(self):
        if self.client not in self.connections:
            self.connect()
        return self.connections[self.client]


class RedisTarget(SocketTarget):
    """A redis-server, whose scores are told as Redis 7.2 prints them."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.queues = {}

    def connect(self):
        self.queues[self.client] = Queue()
        super().connect()

    def translate(self, arguments, reply):
        queued = self.queues[self.client].after(arguments, arguments, reply)
        if queued is None or not isinstance(reply.value, tuple):
            return with_scores_of_7_2(arguments, reply)
        return list_reply(reply.kind, tuple(map(with_scores_of_7_2, queued, reply.value)))


class SqlTarget(Target):
    """pg_kv through kv.call, which returns the reply of the Redis protocol as bytea."""

    name = "pg_kv"

    def __init__(self):
        self.connection = None

    def connect(self):
        import psycopg2  # here, because the other targets can do without

        try:
            self.connection = psycopg2.connect("")  # libpq reads PGHOST and its kin
        except psycopg2.Error as error:
            raise TargetLost(f"{self.name}: {error}") from error
        self.connection.autocommit = True
        with self.connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = off")  # nothing here outlives a crash

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None

    def call(self, arguments):
        import psycopg2

        try:
            with self.connection.cursor() as cursor:
                if arguments[0].upper() == b"SELECT" and len(arguments) == 2:
                    return self._select_database(cursor, arguments[1])
                cursor.execute(
                    "SELECT kv.call(VARIADIC %s::bytea[])",
                    ([psycopg2.Binary(argument) for argument in arguments],),
                )
                return parse_reply(bytes(cursor.fetchone()[0]))
        except (ProtocolError, TypeError) as error:  # TypeError: NULL instead of a reply
            raise TargetLost(f"{self.name}: {error}") from error
        except psycopg2.Error as error:
            if self.connection.closed or error.diag.message_primary is None:
                raise TargetLost(f"{self.name}: {error}") from error
            return error_reply(self._redis_error(error.diag.message_primary))

    @staticmethod
    def _select_database(cursor, number):
        cursor.execute("SELECT set_config('kv.database', %s, false)", (number.decode("utf-8"),))
        return status_reply(b"OK")

    @staticmethod
    def _redis_error(message):
        code = message.partition(" ")[0]
        prefix = "" if code in ERROR_CODES else "ERR "
        return (prefix + message).encode("utf-8", "surrogateescape")
