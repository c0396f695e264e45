"""The whole state of a target, as its own commands tell it."""

from dataclasses import dataclass

from random_sequences.generator import CLOCK_MILLISECONDS
from random_sequences.vocabulary import DATABASES


@dataclass(frozen=True)
class KeyState:
    type: str
    encoding: str
    value: str
    expires_at: int  # negative: never

    def agrees(self, other):
        if (self.type, self.encoding, self.value) != (other.type, other.encoding, other.value):
            return False
        if self.expires_at < 0 or other.expires_at < 0:
            return self.expires_at == other.expires_at
        return abs(self.expires_at - other.expires_at) <= CLOCK_MILLISECONDS


def read_state(target):
    """Each key's state, by (database, key). Leaves the last database selected."""
    state = {}
    for database in DATABASES:
        target.call((b"SELECT", b"%d" % database))
        for key in sorted(element.value for element in target.call((b"KEYS", b"*")).value):
            state[database, key] = KeyState(
                type=str(target.call((b"TYPE", key))),
                encoding=str(target.call((b"OBJECT", b"ENCODING", key))),
                value=str(target.call((b"GET", key))),
                expires_at=int(target.call((b"PEXPIRETIME", key)).value),
            )
    return state


def first_difference(expected, actual):
    """(database, key, its state on either side), or None."""
    for place in sorted(expected.keys() | actual.keys()):
        one, other = expected.get(place), actual.get(place)
        if one is None or other is None or not one.agrees(other):
            return (*place, one, other)
    return None
