"""The words that random commands are made of: few keys, so that commands meet, and edge values."""

import time

STRING_KEYS = (
    b"a", b"b", b"c", b"counter", b"key:1", b"key:2", b"", b"\x00", b"\xff\xfe", b"k*[y]",
    b"K" * 3000,
)
# Each type prefers its own keys, and meets the others on theirs.
HASH_KEYS = (b"hash:1", b"hash:2")
LIST_KEYS = (b"list:1", b"list:2")
SET_KEYS = (b"set:1", b"set:2", b"set:3")
ZSET_KEYS = (b"zset:1", b"zset:2", b"zset:3")
FAMILIES = (STRING_KEYS, HASH_KEYS, LIST_KEYS, SET_KEYS, ZSET_KEYS)
KEYS = sum(FAMILIES, ())
DATABASES = (0, 1, 2)

PATTERNS = (
    b"*", b"?", b"key:*", b"[a-c]", b"[^a]", b"[c-a]", b"k\\*\\[y\\]", b"k[*]*", b"*e*", b"K*",
    b"[a-", b"\\", b"", b"a", b"*\xfe", b"nothing", b"*\x00*",
)

INTEGERS = (
    b"0", b"1", b"-1", b"2", b"10", b"99", b"-100", b"9999", b"10000", b"2147483647",
    b"4294967296", b"9223372036854775806", b"9223372036854775807", b"-9223372036854775807",
    b"-9223372036854775808",
)
NOT_INTEGERS = (
    b"9223372036854775808", b"-9223372036854775809", b"+1", b" 1", b"1 ", b"01", b"-0", b"1.0",
    b"", b"abc", b"1\x00", b"-", b"18446744073709551616",
)
FLOATS = (
    b"0.1", b"-0.1", b"3.0", b"1e3", b"-1.5e-3", b"1e-10", b"1e-17", b"1e-18", b"1e17", b"1e21",
    b"5.", b".5", b"0x10", b"+1.5", b"1e300", b"-1e300", b"3.14159265358979323846",
    b"9007199254740993", b"0.30000000000000000001",
)
NOT_FLOATS = (b"nan", b"inf", b"-inf", b"1e5000", b"1.5 ", b" 1.5", b"1.2.3", b"1e", b"abc", b"")
TEXTS = (
    b"", b"x", b"hello world", b"x" * 44, b"x" * 45, b"y" * 200, b"ohmytext", b"mynewtext",
    b"\x00", b"a\x00b\xff", b"\r\n", b"NX", "\u00fcml\u00e4ut".encode("utf-8"),
)
LONG_TEXTS = (b"z" * 2000, b"abcdefghij" * 210)


class Vocabulary:
    def __init__(self, random):
        self.random = random

    def key(self):
        return self._key_of(STRING_KEYS)

    def hash_key(self):
        return self._key_of(HASH_KEYS)

    def list_key(self):
        return self._key_of(LIST_KEYS)

    def set_key(self):
        return self._key_of(SET_KEYS)

    def zset_key(self):
        return self._key_of(ZSET_KEYS)

    def any_key(self):
        return self.random.choice(KEYS)

    def kin_keys(self):
        """Two keys, mostly of those that hold the same type."""
        if self.chance(0.15):
            return self.any_key(), self.any_key()
        family = self.random.choice(FAMILIES)
        return self.random.choice(family), self.random.choice(family)

    def _key_of(self, own):
        return self.random.choice(own) if self.chance(0.95) else self.any_key()

    def keys(self, most=4):
        return [self.key() for _ in range(self.random.randint(1, most))]

    def any_keys(self, most=4):
        return [self.any_key() for _ in range(self.random.randint(1, most))]

    def database(self):
        return b"%d" % self.random.choice(DATABASES)

    def database_or_not(self):
        if self.chance(0.9):
            return self.database()
        return self.random.choice((b"-1", b"16", b"abc", b""))

    def pattern(self):
        return self.random.choice(PATTERNS)

    def value(self):
        kind = self.random.random()
        if kind < 0.35:
            return self.integer()
        if kind < 0.55:
            return self.float()
        if kind < 0.65:
            return self.random.choice(NOT_INTEGERS + NOT_FLOATS)
        if kind < 0.68:
            return self.random.choice(LONG_TEXTS)
        return self.random.choice(TEXTS)

    def integer(self):
        if self.chance(0.5):
            return self.random.choice(INTEGERS)
        return b"%d" % self.random.randint(-1000, 1000)

    def integer_or_not(self):
        return self.integer() if self.chance(0.9) else self.random.choice(NOT_INTEGERS)

    def float(self):
        if self.chance(0.5):
            return self.random.choice(FLOATS)
        digits = self.random.randint(0, 12)
        return b"%.*f" % (digits, self.random.uniform(-1000, 1000))

    def float_or_not(self):
        return self.float() if self.chance(0.9) else self.random.choice(NOT_FLOATS)

    def index(self):
        if self.chance(0.1):
            return self.integer_or_not()
        return b"%d" % self.random.randint(-60, 60)

    def offset(self):
        if self.chance(0.1):
            return self.random.choice(
                (b"-1", b"536870912", b"9223372036854775807", b"abc", b"2100")
            )
        return b"%d" % self.random.randint(0, 60)

    # Times are long enough to end after the run, and so finely scattered that two of them, told at
    # different moments, do not meet by chance: GT and LT shall find the same on both sides.
    def seconds(self):
        return b"%d" % self.random.randint(10_000, 100_000_000)

    def milliseconds(self):
        return b"%d" % self.random.randint(10_000_000, 100_000_000_000)

    def moment_in_seconds(self):
        return b"%d" % self.random.randint(5_000_000_000, 9_000_000_000)

    def moment_in_milliseconds(self):
        return b"%d" % self.random.randint(5_000_000_000_000, 9_000_000_000_000)

    def no_time(self):
        return self.random.choice(
            (b"0", b"-1", b"abc", b"", b"1.5", b"9223372036854775807", b"9223372036854775808",
             b"-9223372036854775808", b"9223372036854776", b"-9223372036854775")
        )

    def any_case(self, word):
        return word.lower() if self.chance(0.2) else word

    def chance(self, probability):
        return self.random.random() < probability


def moment_from_now(milliseconds):
    return b"%d" % (time.time_ns() // 1_000_000 + milliseconds)
