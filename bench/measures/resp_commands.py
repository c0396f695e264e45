"""Other commands over the Redis protocol by 50 clients, beside a Redis without persistence

With synchronous_commit off. What a command takes away is put there before each run, on both sides,
and not timed; what it adds is removed then.
"""

import resp
from resp import KEYS, RANDOM, VALUE, Work

NAME = "resp_commands"
LIMITS = {1: (0.5, 0.8), 16: (0.25, 0.5)}
LONGEST = 2     # seconds
LISTS = 1000    # of a hundred elements, for LRANGE
BATCH = 100     # elements in one command of a preparation


def emptied(_):
    return [("FLUSHDB",)]


def filled(name, several, element):
    """As many elements as will be taken, in one collection or spread over `several`."""
    def prepare(requests):
        yield ("FLUSHDB",)
        left = requests
        number = 0
        each = min(BATCH, -(-requests // several))
        while left > 0:
            key = "hot" if several == 1 else f"spread:{number % several:012}"
            elements = [word for place in range(each) for word in element(number * each + place)]
            yield (name, key, *elements)
            left -= each
            number += 1
    return prepare


def item(_):
    return (VALUE,)


def member(number):
    return (number % 1000, f"element:{number:012}")


def lists(_):
    for number in range(LISTS):
        yield ("DEL", f"spread:{number:012}")
        yield ("RPUSH", f"spread:{number:012}", *[VALUE] * 100)


def works(pipeline):
    """Name of the command, where, and the work."""
    element = f"element:{RANDOM}"
    for where, key, several in (("spread keys", f"spread:{RANDOM}", KEYS), ("one hot key", "hot", 1)):
        def work(*command, names=KEYS, prepare=emptied):
            return where, Work(command, pipeline, names, prepare=prepare, longest=LONGEST)
        yield "INCR", *work("INCR", key)
        yield "LPUSH", *work("LPUSH", key, VALUE)
        yield "RPOP", *work("RPOP", key, prepare=filled("RPUSH", several, item))
        yield "SADD", *work("SADD", key, element)
        yield "HSET", *work("HSET", key, element, VALUE)
        yield "ZADD", *work("ZADD", key, RANDOM, element)
        yield "ZPOPMIN", *work("ZPOPMIN", key, prepare=filled("ZADD", several, member))
        yield "LRANGE_100", *work("LRANGE", key, "0", "99", names=LISTS, prepare=lists if several > 1 else one_list)
        keys = [f"key:{RANDOM}"] * 10 if several > 1 else [f"hot:{number}" for number in range(10)]
        yield "MSET of 10", *work("MSET", *[word for name in keys for word in (name, VALUE)])


def one_list(_):
    return [("DEL", "hot"), ("RPUSH", "hot", *[VALUE] * 100)]


def run(bench, section):
    with resp.Pair(bench) as pair:
        pair.empty()
        for pipeline, (must, aim) in LIMITS.items():
            for name, where, work in works(pipeline):
                pair.compare(section, f"{name} / Redis, {where}, {resp.pipelined(pipeline)}", work, must, aim)
        section.text(f"Redis {pair.redis.version()}, without persistence; synchronous_commit off; keys among {KEYS:,}"
                     f" (LRANGE_100: {LISTS:,}), values of {len(VALUE)} bytes, {resp.CLIENTS} clients.")
