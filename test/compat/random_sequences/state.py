"""The whole state of a target, as its own commands tell it."""

from dataclasses import dataclass

from harness.quoting import shorten
from random_sequences.generator import CLOCK_MILLISECONDS
from random_sequences.vocabulary import DATABASES

# How to read a key of a type, and into how large groups its reply then falls; none if they have
# an order.
READERS = {
    b"string": ((b"GET",), (), None),
    b"list": ((b"LRANGE",), (b"0", b"-1"), None),
    b"zset": ((b"ZRANGE",), (b"0", b"-1", b"WITHSCORES"), None),
    b"set": ((b"SMEMBERS",), (), 1),
    b"hash": ((b"HGETALL",), (), 2),
}

MOST_PACKED_MEMBERS = 128
LONGEST_PACKED_MEMBER = 64
MOST_PACKED_BYTES = 8192

SHOWN_LENGTH = 600


@dataclass(frozen=True)
class KeyState:
    type: bytes
    encoding: bytes
    value: tuple  # of bytes
    expires_at: int  # negative: never

    def agrees(self, other):
        """Whether pg_kv's state, the other, is what Redis's should be."""
        if (self.type, self.value) != (other.type, other.value):
            return False
        if self.encoding != other.encoding and not self._may_be(other.encoding):
            return False
        if self.expires_at < 0 or other.expires_at < 0:
            return self.expires_at == other.expires_at
        return abs(self.expires_at - other.expires_at) <= CLOCK_MILLISECONDS

    def _may_be(self, encoding):
        """Redis 7.0 knows no listpacks for lists and sets, and SORT unpacks a sorted set there."""
        if encoding != b"listpack":
            return False
        if (self.type, self.encoding) == (b"list", b"quicklist"):
            return sum(map(len, self.value)) <= MOST_PACKED_BYTES
        members = {
            (b"set", b"hashtable"): self.value, (b"zset", b"skiplist"): self.value[::2],
        }.get((self.type, self.encoding))
        return (
            members is not None
            and len(members) <= MOST_PACKED_MEMBERS
            and max(map(len, members)) <= LONGEST_PACKED_MEMBER
        )

    def __str__(self):
        value = shorten(" ".join(map(repr, self.value)), SHOWN_LENGTH)
        return (f"{self.type.decode()} ({self.encoding.decode()}), expires at {self.expires_at}, "
                f"{len(self.value)} elements: {value}")


def read_state(target):
    """Each key's state, by (database, key). Leaves the last database selected."""
    state = {}
    for database in DATABASES:
        target.call((b"SELECT", b"%d" % database))
        for key in sorted(element.value for element in target.call((b"KEYS", b"*")).value):
            kind = target.call((b"TYPE", key)).value
            state[database, key] = KeyState(
                type=kind,
                encoding=target.call((b"OBJECT", b"ENCODING", key)).value or b"none",
                value=_read_value(target, key, kind),
                expires_at=int(target.call((b"PEXPIRETIME", key)).value),
            )
    return state


def _read_value(target, key, kind):
    if kind not in READERS:
        return ()
    before, after, group = READERS[kind]
    reply = target.call((*before, key, *after))
    if not isinstance(reply.value, tuple):
        return (reply.raw,)
    values = list(_flat(reply))
    if group is None:
        return tuple(values)
    groups = sorted(zip(*(values[start::group] for start in range(group))))
    return tuple(value for members in groups for value in members)


def _flat(reply):
    """The values in a reply; in protocol 3 pairs are lists of their own."""
    for element in reply.value:
        if isinstance(element.value, tuple):
            yield from _flat(element)
        else:
            yield element.value


def first_difference(expected, actual):
    """(database, key, its state on either side), or None."""
    for place in sorted(expected.keys() | actual.keys()):
        one, other = expected.get(place), actual.get(place)
        if one is None or other is None or not one.agrees(other):
            return (*place, one, other)
    return None
