"""Makes random commands on hashes, lists, sets and sorted sets."""

from harness.comparison import Length
from random_sequences.collection_words import SOME, CollectionWords
from random_sequences.steps import Call, Transfer, WholeScan

ENDS = (b"LEFT", b"RIGHT")
EXTREMES = (b"MIN", b"MAX")
ALL = b"1000000"  # more than there ever are
LEX_KEY, NUMBERS_KEY = b"lex", b"numbers"  # which no other command uses


class CollectionCommands:
    def __init__(self, random, words):
        self.random = random
        self.words = words
        self.elements = CollectionWords(random, words)
        self.weighted = (
            (7, self.write_hash), (4, self.read_hash), (2, self.count_in_hash),
            (8, self.push), (5, self.pop), (4, self.read_list), (5, self.edit_list),
            (3, self.move_items), (8, self.write_set), (4, self.read_set), (3, self.combine_sets),
            (9, self.write_zset), (7, self.range_zset), (2, self.range_lex), (3, self.rank),
            (4, self.trim_zset), (3, self.combine_zsets), (2, self.pick), (2, self.scan),
            (2, self.sort), (1, self.transfer), (1, self.wrong_arity),
        )

    # Hashes

    def write_hash(self):
        key, name = self.words.hash_key(), self.random.choice((b"HSET", b"HSET", b"HMSET", b"HDEL",
                                                               b"HSETNX"))
        if name == b"HDEL":
            return Call((name, key, *self.elements.members()))
        if name == b"HSETNX":
            return Call((name, key, self.elements.member(), self.elements.value()))
        pairs = [word for field in self.elements.members()
                 for word in (field, self.elements.value())]
        return Call((name, key, *(pairs[:-1] if self.words.chance(0.02) else pairs)))

    def read_hash(self):
        key, member = self.words.hash_key(), self.elements.member
        return self.random.choice((
            lambda: Call((b"HGET", key, member())),
            lambda: Call((b"HMGET", key, *self.elements.members(SOME))),
            lambda: Call((b"HEXISTS", key, member())),
            lambda: Call((b"HSTRLEN", key, member())),
            lambda: Call((b"HLEN", key)),
            lambda: Call((self.random.choice((b"HGETALL", b"HKEYS", b"HVALS")), key)),
        ))()

    def count_in_hash(self):
        words, key, field = self.words, self.words.hash_key(), self.elements.member()
        if words.chance(0.6):
            return Call((b"HINCRBY", key, field, words.integer_or_not()))
        return Call((b"HINCRBYFLOAT", key, field, words.float_or_not()))

    # Lists

    def push(self):
        name = self.random.choice((b"LPUSH", b"RPUSH", b"RPUSH", b"LPUSHX", b"RPUSHX"))
        return Call((name, self.words.list_key(), *self.elements.members()))

    def pop(self):
        words = self.words
        if words.chance(0.3):
            keys = [words.list_key() for _ in range(self.random.randint(1, 3))]
            return Call((b"LMPOP", *self._numbered(keys), self.random.choice(ENDS),
                         *self._count_option()))
        name = self.random.choice((b"LPOP", b"RPOP"))
        count = [self.elements.count()] if words.chance(0.5) else []
        return Call((name, words.list_key(), *count))

    def read_list(self):
        words, elements, key = self.words, self.elements, self.words.list_key()
        kind = self.random.randrange(4)
        if kind == 0:
            return Call((b"LRANGE", key, elements.index(), elements.index()))
        if kind == 1:
            return Call((b"LINDEX", key, elements.index()))
        if kind == 2:
            return Call((b"LLEN", key))
        options = [option for option in (
            [b"RANK", elements.rank()], [b"COUNT", elements.count()],
            [b"MAXLEN", elements.count()],
        ) if words.chance(0.35)]
        self.random.shuffle(options)
        return Call((b"LPOS", key, elements.member(), *sum(options, [])))

    def edit_list(self):
        elements, key = self.elements, self.words.list_key()
        return self.random.choice((
            lambda: Call((b"LSET", key, elements.index(), elements.value())),
            lambda: Call((b"LREM", key, elements.index(), elements.member())),
            lambda: Call((b"LTRIM", key, elements.index(), elements.index())),
            lambda: Call((b"LINSERT", key, self.random.choice((b"BEFORE", b"AFTER", b"after")),
                          elements.member(), elements.value())),
        ))()

    def move_items(self):
        words = self.words
        if words.chance(0.3):
            return Call((b"RPOPLPUSH", words.list_key(), words.list_key()))
        ends = [words.any_case(self.random.choice(ENDS)) for _ in range(2)]
        return Call((b"LMOVE", words.list_key(), words.list_key(), *ends))

    # Sets

    def write_set(self):
        words, elements, kind = self.words, self.elements, self.random.random()
        if kind < 0.15:
            return Call((b"SMOVE", words.set_key(), words.set_key(), elements.member()))
        if kind < 0.18:
            return Call((b"SPOP", words.set_key(), ALL))
        name = b"SADD" if kind < 0.7 else b"SREM"
        return Call((name, words.set_key(), *elements.members()))

    def read_set(self):
        elements, key = self.elements, self.words.set_key()
        return self.random.choice((
            lambda: Call((b"SISMEMBER", key, elements.member())),
            lambda: Call((b"SMISMEMBER", key, *elements.members(SOME))),
            lambda: Call((b"SCARD", key)),
            lambda: Call((b"SMEMBERS", key)),
        ))()

    def combine_sets(self):
        words = self.words
        keys = [words.set_key() for _ in range(self.random.randint(1, 3))]
        if words.chance(0.2):
            limit = [b"LIMIT", self.elements.count()] if words.chance(0.5) else []
            return Call((b"SINTERCARD", *self._numbered(keys), *limit))
        name = self.random.choice((b"SINTER", b"SUNION", b"SDIFF"))
        if words.chance(0.5):
            return Call((name + b"STORE", words.set_key(), *keys))
        return Call((name, *keys))

    # Sorted sets

    def write_zset(self):
        words, elements, key = self.words, self.elements, self.words.zset_key()
        kind = self.random.random()
        if kind < 0.15:
            return Call((b"ZINCRBY", key, elements.score_or_not(), elements.member()))
        if kind < 0.35:
            return Call((b"ZREM", key, *elements.members()))
        options = [words.any_case(option) for option in (b"NX", b"XX", b"GT", b"LT", b"CH")
                   if words.chance(0.1)]
        # What an option keeps out may count for Redis's guess of a size.
        members = elements.members(SOME) if options else elements.members()
        if words.chance(0.05):
            options.append(b"INCR")
            members = members[:1]
        pairs = [word for member in members for word in (elements.score(), member)]
        if words.chance(0.03):
            pairs[-2] = elements.score_or_not()
        return Call((b"ZADD", key, *options, *pairs))

    def range_zset(self):
        words, elements, key = self.words, self.elements, self.words.zset_key()
        with_scores = [words.any_case(b"WITHSCORES")] if words.chance(0.4) else []
        kind = self.random.randrange(5)
        if kind == 0:
            name = self.random.choice((b"ZRANGE", b"ZREVRANGE"))
            return Call((name, key, elements.index(), elements.index(), *with_scores))
        if kind == 1:
            name = self.random.choice((b"ZRANGEBYSCORE", b"ZREVRANGEBYSCORE"))
            return Call((name, key, elements.score_bound(), elements.score_bound(), *with_scores,
                         *elements.limit()))
        by, bound = self.random.choice((
            ([], elements.index), ([b"BYSCORE"], elements.score_bound),
        ))
        reverse = [b"REV"] if words.chance(0.4) else []
        arguments = (bound(), bound(), *by, *reverse, *(elements.limit() if by else []))
        if kind == 2:
            return Call((b"ZRANGESTORE", words.zset_key(), key, *arguments))
        return Call((b"ZRANGE", key, *arguments, *with_scores))

    def range_lex(self):
        """On a copy whose scores are all equal: with others Redis promises nothing."""
        elements, key = self.elements, LEX_KEY
        bounds = (elements.lex_bound(), elements.lex_bound())
        reverse = (b"REV",) if self.words.chance(0.4) else ()
        steps = [Call((b"ZUNIONSTORE", key, b"1", self._set_or_zset(), b"WEIGHTS", b"0")),
                 self.random.choice((
                     Call((b"ZRANGEBYLEX", key, *bounds, *elements.limit())),
                     Call((b"ZREVRANGEBYLEX", key, *bounds, *elements.limit())),
                     Call((b"ZRANGE", key, *bounds, b"BYLEX", *reverse, *elements.limit())),
                     Call((b"ZRANGESTORE", key, key, *bounds, b"BYLEX", *reverse)),
                     Call((b"ZREMRANGEBYLEX", key, *bounds)),
                     Call((b"ZLEXCOUNT", key, *bounds)),
                 ))]
        return [*steps, Call((b"ZRANGE", key, b"0", b"-1")), Call((b"DEL", key))]

    def rank(self):
        elements, key = self.elements, self.words.zset_key()
        return self.random.choice((
            lambda: Call((b"ZRANK", key, elements.member())),
            lambda: Call((b"ZREVRANK", key, elements.member())),
            lambda: Call((b"ZSCORE", key, elements.member())),
            lambda: Call((b"ZMSCORE", key, *elements.members(SOME))),
            lambda: Call((b"ZCARD", key)),
            lambda: Call((b"ZCOUNT", key, elements.score_bound(), elements.score_bound())),
        ))()

    def trim_zset(self):
        words, elements, key = self.words, self.elements, self.words.zset_key()
        count = [elements.count()] if words.chance(0.4) else []
        keys = [words.zset_key() for _ in range(self.random.randint(1, 3))]
        return self.random.choice((
            lambda: Call((self.random.choice((b"ZPOPMIN", b"ZPOPMAX")), key, *count)),
            lambda: Call((b"ZMPOP", *self._numbered(keys), self.random.choice(EXTREMES),
                          *self._count_option())),
            lambda: Call((b"ZREMRANGEBYRANK", key, elements.index(), elements.index())),
            lambda: Call((b"ZREMRANGEBYSCORE", key, elements.score_bound(),
                          elements.score_bound())),
        ))()

    def combine_zsets(self):
        words = self.words
        aggregate = self.random.choice(((), (), (b"SUM",), (b"MIN",), (b"MAX",)))
        # Sums of more than two may depend on their order, where infinities meet.
        most = 3 if aggregate in ((b"MIN",), (b"MAX",)) else 2
        keys = [self._set_or_zset() for _ in range(self.random.randint(1, most))]
        if words.chance(0.15):
            limit = [b"LIMIT", self.elements.count()] if words.chance(0.5) else []
            return Call((b"ZINTERCARD", *self._numbered(keys), *limit))
        name = self.random.choice((b"ZUNION", b"ZINTER", b"ZDIFF"))
        options = []
        if name != b"ZDIFF" and words.chance(0.4):
            weights = [self.random.choice((b"1", b"2", b"0.5", b"10")) for _ in keys]
            options.append([b"WEIGHTS", *weights])
        if name != b"ZDIFF" and aggregate:
            options.append([b"AGGREGATE", *aggregate])
        stores = words.chance(0.5)
        if not stores and words.chance(0.7):
            options.append([b"WITHSCORES"])
        self.random.shuffle(options)
        head = (name + b"STORE", words.zset_key()) if stores else (name,)
        return Call((*head, *self._numbered(keys), *sum(options, [])))

    # All of them

    def pick(self):
        """Random members: only how many they are is the same on both sides."""
        name, key, option = self.random.choice((
            (b"SRANDMEMBER", self.words.set_key(), []),
            (b"HRANDFIELD", self.words.hash_key(), [b"WITHVALUES"]),
            (b"ZRANDMEMBER", self.words.zset_key(), [b"WITHSCORES"]),
        ))
        options = option if self.words.chance(0.4) else []
        if self.words.chance(0.4):
            return Call((name, key, ALL, *options))
        count = b"%d" % self.random.randint(-20, 200)
        return Call((name, key, count, *options), Length())

    def scan(self):
        words = self.words
        name, key = self.random.choice((
            (b"HSCAN", words.hash_key()), (b"SSCAN", words.set_key()), (b"ZSCAN", words.zset_key()),
        ))
        options = []
        if words.chance(0.3):
            options += [b"MATCH", self.random.choice((b"*", b"member:*", b"*1*", b"?", b""))]
        if words.chance(0.6):
            options += [b"COUNT", self.random.choice((b"1", b"3", b"10", b"1000"))]
        return WholeScan(tuple(options), (name, key))

    def sort(self):
        words = self.words
        key = self.random.choice((words.list_key, words.set_key, words.zset_key))()
        options = [option for option, chance in (
            ([b"DESC"], 0.4), (self.elements.limit(), 1.0), ([b"GET", b"#"], 0.1),
            ([b"STORE", words.list_key()], 0.3),
        ) if words.chance(chance)]
        if words.chance(0.7):
            options.append([b"ALPHA"])
            self.random.shuffle(options)
            return Call((b"SORT", key, *sum(options, [])))
        # Integers only: others Redis reads without clearing errno, which may hold an old error.
        numbers = [b"%d" % self.random.randint(-99, 99) for _ in range(self.random.randint(1, 99))]
        self.random.shuffle(options)
        return [Call((b"RPUSH", NUMBERS_KEY, *numbers)),
                Call((b"SORT", NUMBERS_KEY, *sum(options, []))), Call((b"DEL", NUMBERS_KEY))]

    def transfer(self):
        options = (b"REPLACE",) if self.words.chance(0.7) else ()
        return Transfer(*self.words.kin_keys(), options)

    def wrong_arity(self):
        name = self.random.choice((
            b"HSET", b"HGET", b"HDEL", b"HMGET", b"HINCRBY", b"HSCAN", b"LPUSH", b"LPOP",
            b"LINSERT", b"LRANGE", b"LMOVE", b"LMPOP", b"LPOS", b"SADD", b"SREM", b"SMOVE",
            b"SINTER", b"SINTERCARD", b"SUNIONSTORE", b"ZADD", b"ZRANGE", b"ZREM", b"ZINCRBY",
            b"ZMPOP", b"ZUNION", b"ZINTERSTORE", b"ZRANGESTORE", b"SORT", b"RESTORE",
        ))
        return Call((self.words.any_case(name), *([b"a"] if self.words.chance(0.5) else [])),
                    Length())

    def _set_or_zset(self):
        return self.words.set_key() if self.words.chance(0.2) else self.words.zset_key()

    def _numbered(self, keys):
        count = len(keys) if self.words.chance(0.97) else self.random.randint(0, 4)
        return (b"%d" % count, *keys)

    def _count_option(self):
        return (b"COUNT", self.elements.count()) if self.words.chance(0.5) else ()
