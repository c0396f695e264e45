"""The words of commands on collections: few elements, so that they meet, of sizes around the
thresholds where a collection is stored otherwise."""

# No NUL among them: SORT ALPHA compares up to it, and may order equal ones as it likes.
MEMBERS = (
    b"", b"a", b"b", b"c", b"0", b"1", b"-1", b"01", b"2.5", b"\xff", b"\xff\xfe", b"a b", b"\r\n",
    b"x" * 63, b"x" * 64, b"x" * 65, b"y" * 300, b"9223372036854775807", b"-9223372036854775808",
    b"9223372036854775808",
)
LARGE_MEMBERS = (b"large" * 500, b"larger" * 2000)
NUMBERED = 400  # member:0 and so on
INTEGERS = 700  # more than an intset holds

# Sums of two do not depend on their order.
SCORES = (
    b"0", b"1", b"1", b"2", b"2", b"3", b"-1", b"-2.5", b"0.25", b"1e3", b"100000", b"1e15",
    b"-inf", b"+inf", b"inf", b"0x10", b"3.1", b"-0.1", b"1234567.891",
)
NOT_SCORES = (b"nan", b"abc", b"", b" 1", b"1 ", b"1e", b"(1")

# How many elements a command has, and how often.
FEW, SOME, MANY = (1, 4), (5, 40), (60, 250)


class CollectionWords:
    def __init__(self, random, words):
        self.random = random
        self.words = words

    def member(self):
        kind = self.random.random()
        if kind < 0.5:
            return b"member:%d" % self.random.randrange(NUMBERED)
        if kind < 0.65:
            return b"%d" % self.random.randrange(INTEGERS)
        if kind < 0.67:
            return self.random.choice(LARGE_MEMBERS)
        return self.random.choice(MEMBERS)

    def members(self, most=MANY):
        """Different ones, if they are many: Redis guesses a size by their number."""
        count = self._count(most)
        if count <= FEW[1]:
            return [self.member() for _ in range(count)]
        if self.words.chance(0.4):
            return [b"%d" % number for number in self.random.sample(range(INTEGERS), count)]
        return [b"member:%d" % number for number in self.random.sample(range(NUMBERED), count)]

    def value(self):
        value = self.words.value() if self.words.chance(0.7) else self.member()
        return self.member() if b"\x00" in value else value

    def score(self):
        if self.words.chance(0.6):
            return self.random.choice(SCORES)
        return b"%g" % (self.random.randint(-800, 800) / 4)

    def score_or_not(self):
        return self.score() if self.words.chance(0.97) else self.random.choice(NOT_SCORES)

    def score_bound(self):
        exclusive = b"(" if self.words.chance(0.3) else b""
        return exclusive + self.score_or_not()

    def lex_bound(self):
        kind = self.random.random()
        if kind < 0.3:
            return self.random.choice((b"-", b"+"))
        if kind < 0.33:
            return self.random.choice((b"", b"a", b"-a"))
        return self.random.choice((b"[", b"(")) + self.member()

    def index(self):
        """A position: near an end, or anywhere."""
        kind = self.random.random()
        if kind < 0.04:
            return self.words.integer_or_not()
        reach = 6 if kind < 0.6 else 300
        return b"%d" % self.random.randint(-reach, reach)

    def rank(self):
        """What LPOS may be asked for. Redis 7.2 refuses the lowest of all numbers, 7.0 does not."""
        index = self.index()
        return b"-1" if index == b"-9223372036854775808" else index

    def count(self):
        """How many: seldom many, seldom nonsense."""
        kind = self.random.random()
        if kind < 0.05:
            return self.random.choice((b"-1", b"abc", b"", b"9223372036854775808"))
        return b"%d" % self.random.randint(0, 5 if kind < 0.7 else 200)

    def limit(self):
        if self.words.chance(0.6):
            return []
        return [b"LIMIT", b"%d" % self.random.randint(-1, 8), b"%d" % self.random.randint(-1, 20)]

    def _count(self, most):
        sizes = [size for size in (FEW, SOME, MANY) if size <= most]
        weights = (75, 17, 8)[: len(sizes)]
        return self.random.randint(*self.random.choices(sizes, weights)[0])
