"""A client of a server that speaks the Redis protocol, with the replies it still waits for."""

import collections
import socket

from harness.reply import read_reply

REPLY_SECONDS = 60.0
CLOSING_SECONDS = 10.0


def request(arguments):
    """A command as clients send it."""
    parts = [b"*%d\r\n" % len(arguments)]
    parts += [b"$%d\r\n%s\r\n" % (len(argument), argument) for argument in arguments]
    return b"".join(parts)


class Connection:
    def __init__(self, address):
        self.socket = socket.create_connection(address, timeout=REPLY_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = self.socket.makefile("rb")
        self.unanswered = collections.deque()

    def close(self):
        self.stream.close()
        self.socket.close()

    def send(self, arguments, has_reply=True):
        if has_reply:
            self.unanswered.append(arguments)
        self.socket.sendall(request(arguments))

    def receive(self):
        """The oldest command without a reply so far, and its reply."""
        reply = read_reply(self.stream)
        return self.unanswered.popleft(), reply

    def is_closed_by_server(self):
        self.socket.settimeout(CLOSING_SECONDS)
        try:
            return self.stream.read(1) == b""
        except ConnectionError:
            return True
        except OSError:
            return False
        finally:
            self.socket.settimeout(REPLY_SECONDS)
