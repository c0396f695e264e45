"""Replies of the Redis protocol, versions 2 and 3, with the bytes they came in."""

import io
from dataclasses import dataclass
from typing import Union

from harness.quoting import escape, shorten

NULL_KIND = "_"
LINE_KINDS = "+-:,(#" + NULL_KIND
COUNTED_KINDS = "$=!"
LIST_KINDS = "*~>"
MAP_KINDS = "%"

SHOWN_LENGTH = 400


class ProtocolError(Exception):
    """What came is not a reply of the Redis protocol."""


@dataclass(frozen=True)
class Reply:
    kind: str  # the protocol's type character
    value: Union[bytes, tuple, None]  # tuple: the elements of a list, keys and values of a map
    raw: bytes

    def __str__(self):
        if self.value is None:
            return self.kind + "(null)"
        if self.kind in LINE_KINDS:
            return self.kind + escape(self.value)
        if isinstance(self.value, tuple):
            return self.kind + "[" + ", ".join(str(element) for element in self.value) + "]"
        marker = "" if self.kind == "$" else self.kind
        return marker + '"' + shorten(escape(self.value), SHOWN_LENGTH) + '"'

    def is_error(self, beginning=b""):
        return self.kind == "-" and self.value.startswith(beginning)


def read_reply(stream):
    """The next reply of a stream that has read() and readline()."""
    line = stream.readline()
    if not line:
        raise ConnectionError("the connection was closed instead of a reply")
    if not line.endswith(b"\r\n") or len(line) < 3:
        raise ProtocolError(f"not a line of the protocol: {line!r}")
    kind, text = chr(line[0]), line[1:-2]
    if kind in LINE_KINDS:
        return Reply(kind, None if kind == NULL_KIND else text, line)
    count = _read_count(kind, text)
    if count == -1:
        return Reply(kind, None, line)
    if kind in COUNTED_KINDS:
        body = stream.read(count + 2)
        if len(body) != count + 2 or not body.endswith(b"\r\n"):
            raise ProtocolError(f"{count} bytes were announced, not {len(body) - 2}")
        return Reply(kind, body[:-2], line + body)
    elements = tuple(read_reply(stream) for _ in range(count * (2 if kind in MAP_KINDS else 1)))
    return Reply(kind, elements, line + b"".join(element.raw for element in elements))


def _read_count(kind, text):
    if kind not in COUNTED_KINDS + LIST_KINDS + MAP_KINDS:
        raise ProtocolError(f"unknown type of reply: {kind!r}")
    if not text.isdigit() and text != b"-1":
        raise ProtocolError(f"not a length: {text!r}")
    return int(text)


def parse_reply(raw):
    """The one reply that the bytes hold."""
    stream = io.BytesIO(raw)
    reply = read_reply(stream)
    rest = stream.read()
    if rest:
        raise ProtocolError(f"bytes after the reply: {rest[:100]!r}")
    return reply


def list_reply(kind, elements):
    count = len(elements) // (2 if kind in MAP_KINDS else 1)
    raw = b"".join(element.raw for element in elements)
    return Reply(kind, tuple(elements), b"%s%d\r\n%s" % (kind.encode(), count, raw))


def bulk_reply(text):
    return Reply("$", text, b"$%d\r\n%s\r\n" % (len(text), text))


def status_reply(text):
    return parse_reply(b"+" + text + b"\r\n")


def error_reply(text):
    # Redis puts an error on one line, whatever the arguments that it repeats.
    return parse_reply(b"-" + text.replace(b"\r", b" ").replace(b"\n", b" ") + b"\r\n")
