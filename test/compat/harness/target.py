"""Whom commands are sent to. A target takes the arguments of a command and returns its reply."""

import socket

from harness.reply import ProtocolError, error_reply, parse_reply, read_reply, status_reply
from harness.scores import with_scores_of_7_2

# Error codes of Redis besides ERR. In SQL they begin the message; ERR itself is left out there.
ERROR_CODES = (
    "BUSY", "BUSYGROUP", "BUSYKEY", "EXECABORT", "MISCONF", "NOAUTH", "NOGROUP", "NOPERM",
    "NOSCRIPT", "OOM", "READONLY", "UNKILLABLE", "WRONGPASS", "WRONGTYPE",
)

REPLY_SECONDS = 60.0


class TargetLost(Exception):
    """The connection broke: what the command did is not known."""


class Target:
    name = ""

    def connect(self):
        raise NotImplementedError

    def close(self):
        raise NotImplementedError

    def call(self, arguments):
        """The reply to a command; raises TargetLost without one."""
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
    """Whoever speaks the Redis protocol at a port."""

    def __init__(self, name, host, port, protocol):
        self.name = name
        self.address = (host, port)
        self.protocol = protocol
        self.socket = None
        self.stream = None

    def connect(self):
        try:
            self.socket = socket.create_connection(self.address, timeout=REPLY_SECONDS)
        except OSError as error:
            raise TargetLost(f"{self.name}: {error}") from error
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = self.socket.makefile("rb")
        if self.protocol != 2:
            reply = self.call([b"HELLO", b"%d" % self.protocol])
            if reply.is_error():
                raise TargetLost(f"{self.name} does not speak protocol {self.protocol}: {reply}")

    def close(self):
        if self.socket:
            self.stream.close()
            self.socket.close()
            self.socket = None

    def call(self, arguments):
        request = [b"*%d\r\n" % len(arguments)]
        request += [b"$%d\r\n%s\r\n" % (len(argument), argument) for argument in arguments]
        try:
            self.socket.sendall(b"".join(request))
            return read_reply(self.stream)
        except (OSError, ProtocolError) as error:
            raise TargetLost(f"{self.name}: {error}") from error


class RedisTarget(SocketTarget):
    """A redis-server, whose scores are told as Redis 7.2 prints them."""

    def call(self, arguments):
        return with_scores_of_7_2(arguments, super().call(arguments))


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
