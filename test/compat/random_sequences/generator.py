"""Makes random commands."""

from harness.comparison import Approximately, Unordered
from random_sequences.collection_commands import CollectionCommands
from random_sequences.steps import Call, RandomKey, Wait, WholeScan
from random_sequences.vocabulary import Vocabulary, moment_from_now

# How far apart the two targets' clocks may be read; times themselves differ by far more.
CLOCK_SECONDS = 5
CLOCK_MILLISECONDS = 5000

TYPES = (b"string", b"STRING", b"list", b"hash", b"set", b"zset", b"stream")

EXTREMES = (b"9223372036854775807", b"-9223372036854775808")

SHORT_LIFE_MILLISECONDS = 30
SHORT_LIFE_OVER_SECONDS = 0.1


class Generator:
    def __init__(self, random):
        self.random = random
        self.words = Vocabulary(random)
        # Whether expired keys may not have been removed yet: DBSIZE may or may not count them.
        self.expired_keys_linger = False
        weighted = (
            (10, self.set), (6, self.read), (4, self.number), (2, self.float), (4, self.edit),
            (3, self.many), (3, self.get_and_expire), (2, self.set_and_expire), (3, self.remove),
            (6, self.expire), (4, self.ask_expiry), (4, self.rename), (3, self.copy),
            (1, self.common_subsequence), (3, self.look), (2, self.list_keys),
            (3, self.other_database), (0.15, self.flush), (0.6, self.short_lives),
            (0.5, self.wrong_arity), *CollectionCommands(random, self.words).weighted,
        )
        self.weights = [weight for weight, _ in weighted]
        self.makers = [maker for _, maker in weighted]

    def steps(self):
        """The next steps: one command, or a few that belong together."""
        made = self.random.choices(self.makers, self.weights)[0]()
        return made if isinstance(made, list) else [made]

    def set(self):
        words = self.words
        options = []
        for option in (b"NX", b"XX", b"GET", b"KEEPTTL"):
            if words.chance(0.12):
                options.append([words.any_case(option)])
        if words.chance(0.3):
            options.append(self._expiry())
        if words.chance(0.02):
            options.append([b"NOTHING"])
        self.random.shuffle(options)
        return Call((b"SET", words.key(), words.value(), *sum(options, [])))

    def read(self):
        words = self.words
        return self.random.choice((
            lambda: Call((b"GET", words.key())),
            lambda: Call((b"STRLEN", words.key())),
            lambda: Call((b"MGET", *words.keys())),
            lambda: Call((b"GETRANGE", words.key(), words.index(), words.index())),
            lambda: Call((b"SUBSTR", words.key(), words.index(), words.index())),
        ))()

    def number(self):
        words = self.words
        name = self.random.choice((b"INCR", b"DECR", b"INCRBY", b"DECRBY"))
        arguments = (words.integer_or_not(),) if name.endswith(b"BY") else ()
        call = Call((name, words.key(), *arguments))
        if words.chance(0.85):
            return call
        # By itself a number seldom comes to where the next overflows.
        return [Call((b"SET", call.arguments[1], self.random.choice(EXTREMES))), call]

    def float(self):
        return Call((b"INCRBYFLOAT", self.words.key(), self.words.float_or_not()))

    def edit(self):
        words = self.words
        if words.chance(0.5):
            return Call((b"APPEND", words.key(), words.value()))
        return Call((b"SETRANGE", words.key(), words.offset(), words.value()))

    def many(self):
        words = self.words
        name = self.random.choice((b"MSET", b"MSETNX"))
        pairs = [word for key in words.keys() for word in (key, words.value())]
        return Call((name, *(pairs[:-1] if words.chance(0.03) else pairs)))

    def get_and_expire(self):
        words = self.words
        name = self.random.choice((b"GETEX", b"GETDEL", b"GETSET"))
        if name == b"GETSET":
            return Call((name, words.key(), words.value()))
        if name == b"GETDEL":
            return Call((name, words.key()))
        options = self.random.choice(([], [b"PERSIST"], self._expiry(), self._expiry()))
        return Call((name, words.key(), *options))

    def set_and_expire(self):
        words = self.words
        name = self.random.choice((b"SETEX", b"PSETEX", b"SETNX"))
        if name == b"SETNX":
            return Call((name, words.key(), words.value()))
        time = words.seconds() if name == b"SETEX" else words.milliseconds()
        return Call((name, words.key(), self._mostly(time), words.value()))

    def remove(self):
        name = self.random.choice((b"DEL", b"UNLINK", b"EXISTS", b"TOUCH", b"DEL"))
        return Call((name, *self.words.any_keys(3)))

    def expire(self):
        words = self.words
        name, time = self.random.choice((
            (b"EXPIRE", words.seconds), (b"PEXPIRE", words.milliseconds),
            (b"EXPIREAT", words.moment_in_seconds), (b"PEXPIREAT", words.moment_in_milliseconds),
        ))
        options = [option for option in (b"NX", b"XX", b"GT", b"LT") if words.chance(0.15)]
        self.random.shuffle(options)
        if words.chance(0.02):
            options.append(b"NOTHING")
        return Call((name, words.any_key(), self._mostly(time()), *map(words.any_case, options)))

    def ask_expiry(self):
        name, tolerance = self.random.choice((
            (b"TTL", CLOCK_SECONDS), (b"PTTL", CLOCK_MILLISECONDS), (b"EXPIRETIME", CLOCK_SECONDS),
            (b"PEXPIRETIME", CLOCK_MILLISECONDS), (b"PERSIST", 0),
        ))
        return Call((name, self.words.any_key()), Approximately(tolerance))

    def rename(self):
        name = self.random.choice((b"RENAME", b"RENAMENX"))
        return Call((name, *self.words.kin_keys()))

    def copy(self):
        words = self.words
        options = []
        if words.chance(0.4):
            options.append([words.any_case(b"DB"), words.database_or_not()])
        if words.chance(0.4):
            options.append([words.any_case(b"REPLACE")])
        self.random.shuffle(options)
        return Call((b"COPY", *words.kin_keys(), *sum(options, [])))

    def common_subsequence(self):
        words = self.words
        options = [option for option in ([b"LEN"], [b"IDX"], [b"WITHMATCHLEN"],
                                         [b"MINMATCHLEN", words.index()]) if words.chance(0.3)]
        self.random.shuffle(options)
        return Call((b"LCS", words.key(), words.key(), *sum(options, [])))

    def look(self):
        # OBJECT ENCODING is compared with the state.
        return Call((b"TYPE", self.words.any_key()))

    def list_keys(self):
        words = self.words
        kind = self.random.choice(("keys", "scan", "random", "size"))
        if kind == "random":
            return RandomKey()
        if kind == "keys" or self.expired_keys_linger and kind == "size":
            return Call((b"KEYS", words.pattern()), Unordered())
        if kind == "size":
            return Call((b"DBSIZE",))
        options = []
        if words.chance(0.5):
            options.append([b"MATCH", words.pattern()])
        if words.chance(0.5):
            options.append([b"COUNT", self.random.choice((b"1", b"2", b"5", b"1000"))])
        if words.chance(0.3):
            options.append([b"TYPE", self.random.choice(TYPES)])
        self.random.shuffle(options)
        return WholeScan(tuple(sum(options, [])))

    def other_database(self):
        words = self.words
        name = self.random.choice((b"SELECT", b"SELECT", b"MOVE", b"MOVE", b"SWAPDB"))
        if name == b"SELECT":
            return Call((name, words.database()))
        if name == b"MOVE":
            return Call((name, words.any_key(), words.database_or_not()))
        return Call((name, words.database_or_not(), words.database_or_not()))

    def flush(self):
        name = self.random.choice((b"FLUSHDB", b"FLUSHALL"))
        if name == b"FLUSHALL":
            self.expired_keys_linger = False
        mode = self.random.choice(((), (b"ASYNC",), (b"SYNC",)))
        return Call((name, *mode))

    def short_lives(self):
        """Different keys get a short time to live, each once, which then passes."""
        words = self.words
        self.expired_keys_linger = True
        milliseconds = b"%d" % SHORT_LIFE_MILLISECONDS
        steps = []
        for key in dict.fromkeys(words.any_keys()):
            moment = moment_from_now(SHORT_LIFE_MILLISECONDS)
            steps.append(Call(self.random.choice((
                (b"SET", key, words.value(), b"PX", milliseconds),
                (b"SET", key, words.value(), b"XX", b"PXAT", moment),
                (b"PSETEX", key, milliseconds, words.value()),
                (b"PEXPIRE", key, milliseconds), (b"PEXPIRE", key, milliseconds),
                (b"PEXPIREAT", key, moment), (b"PEXPIREAT", key, moment),
                (b"GETEX", key, b"PX", milliseconds),
                (b"GETEX", key, b"PXAT", moment),
            ))))
        steps.append(Wait(SHORT_LIFE_OVER_SECONDS))
        return steps

    def wrong_arity(self):
        name = self.random.choice((
            b"GET", b"SET", b"APPEND", b"INCRBY", b"GETRANGE", b"SETRANGE", b"MSET", b"LCS",
            b"COPY", b"EXPIRE", b"RENAME", b"MOVE", b"DEL", b"OBJECT", b"SCAN", b"KEYS",
        ))
        return Call((self.words.any_case(name),))

    def _expiry(self):
        words = self.words
        name, time = self.random.choice((
            (b"EX", words.seconds), (b"PX", words.milliseconds),
            (b"EXAT", words.moment_in_seconds), (b"PXAT", words.moment_in_milliseconds),
        ))
        return [words.any_case(name), self._mostly(time())]

    def _mostly(self, time):
        return time if self.words.chance(0.9) else self.words.no_time()
