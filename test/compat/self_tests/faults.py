"""Targets that misbehave in one way each, as an engine with a defect would."""

from harness.reply import bulk_reply, list_reply, parse_reply


class FaultyTarget:
    """Another target, behind a fault: a function of it, the arguments and its place in the run."""

    name = "faulty"

    def __init__(self, target, fault):
        self.target = target
        self.fault = fault
        self.calls = 0
        self.has_clients = target.has_clients

    def reset(self):
        self.target.reset()

    def use_client(self, number):
        self.target.use_client(number)

    def send(self, arguments, has_reply):
        self.target.send(arguments, has_reply)

    def receive(self):
        return self.target.receive()

    def has_closed(self):
        return self.target.has_closed()

    def call(self, arguments):
        self.calls += 1
        return self.fault(self.target, list(arguments), self.calls)


def none(target, arguments, calls):
    return target.call(arguments)


def loses_one_write_in_fifty(target, arguments, calls):
    if arguments[0] == b"SET" and len(arguments) == 3 and calls % 50 == 0:
        return parse_reply(b"+OK\r\n")
    return target.call(arguments)


def append_loses_the_expiry(target, arguments, calls):
    reply = target.call(arguments)
    if arguments[0] == b"APPEND" and len(arguments) == 3:
        target.call([b"PERSIST", arguments[1]])
    return reply


def rename_leaves_the_expiry(target, arguments, calls):
    reply = target.call(arguments)
    if arguments[0] == b"RENAME" and not reply.is_error():
        target.call([b"PERSIST", arguments[2]])
    return reply


def seconds_are_milliseconds(target, arguments, calls):
    if arguments[0] == b"EXPIRE" and len(arguments) == 3 and arguments[2].isdigit():
        arguments[0] = b"PEXPIRE"
    return target.call(arguments)


def keys_do_not_die(target, arguments, calls):
    upper = [argument.upper() for argument in arguments]
    if b"PX" in upper[3:-1]:
        arguments[upper.index(b"PX", 3) + 1] = b"86400000"
    return target.call(arguments)


def keys_misses_one(target, arguments, calls):
    reply = target.call(arguments)
    if arguments[0] == b"KEYS" and isinstance(reply.value, tuple) and len(reply.value) > 3:
        kept = reply.value[1:]
        raw = b"*%d\r\n" % len(kept) + b"".join(element.raw for element in kept)
        return parse_reply(raw)
    return reply


def scan_misses_one(target, arguments, calls):
    reply = target.call(arguments)
    if arguments[0] == b"SCAN" and isinstance(reply.value, tuple) and reply.value[1].value:
        kept = reply.value[1].value[1:]
        inner = b"*%d\r\n" % len(kept) + b"".join(element.raw for element in kept)
        return parse_reply(b"*2\r\n" + reply.value[0].raw + inner)
    return reply


def random_key_is_none(target, arguments, calls):
    if arguments[0] == b"RANDOMKEY" and len(arguments) == 1:
        return parse_reply(b"$4\r\nnone\r\n")
    return target.call(arguments)


def databases_do_not_swap(target, arguments, calls):
    if arguments[0] == b"SWAPDB" and len(arguments) == 3:
        target.call(arguments)
        return target.call([b"SWAPDB", arguments[2], arguments[1]])
    return target.call(arguments)


def error_text_differs(target, arguments, calls):
    reply = target.call(arguments)
    if reply.is_error(b"ERR value is not an integer"):
        return parse_reply(b"-ERR not an integer\r\n")
    return reply


def null_is_of_another_kind(target, arguments, calls):
    reply = target.call(arguments)
    return parse_reply(b"*-1\r\n") if reply.raw == b"$-1\r\n" else reply


def wraps_at_64_bits(target, arguments, calls):
    reply = target.call(arguments)
    if reply.is_error(b"ERR increment or decrement would overflow"):
        return parse_reply(b":-9223372036854775808\r\n")
    return reply


def is_case_sensitive(target, arguments, calls):
    if arguments[0].upper() == b"SET" and b"nx" in arguments[3:]:
        return parse_reply(b"-ERR syntax error\r\n")
    return target.call(arguments)


def hset_loses_the_last_pair(target, arguments, calls):
    if arguments[0] == b"HSET" and len(arguments) >= 6 and len(arguments) % 2 == 0:
        arguments = arguments[:-2]
    return target.call(arguments)


def pops_at_the_other_end(target, arguments, calls):
    if arguments[0] == b"LPOP":
        arguments[0] = b"RPOP"
    return target.call(arguments)


def exclusive_bounds_are_inclusive(target, arguments, calls):
    if arguments[0] in (b"ZRANGEBYSCORE", b"ZCOUNT", b"ZREMRANGEBYSCORE"):
        arguments = [argument.removeprefix(b"(") or b"(" for argument in arguments]
    return target.call(arguments)


def stored_set_keeps_the_expiry(target, arguments, calls):
    if not arguments[0].endswith(b"STORE") or len(arguments) < 3:
        return target.call(arguments)
    moment = target.call([b"PEXPIRETIME", arguments[1]]).value
    reply = target.call(arguments)
    if moment.isdigit():
        target.call([b"PEXPIREAT", arguments[1], moment])
    return reply


def greater_than_is_ignored(target, arguments, calls):
    if arguments[0] == b"ZADD":
        arguments = [argument for argument in arguments if argument.upper() != b"GT"]
    return target.call(arguments)


def pops_from_the_last_key(target, arguments, calls):
    if arguments[0] in (b"LMPOP", b"ZMPOP") and arguments[1:2] == [b"2"]:
        arguments[2:4] = arguments[3:1:-1]
    return target.call(arguments)


def scores_have_a_fraction(target, arguments, calls):
    reply = target.call(arguments)
    if arguments[0] in (b"ZSCORE", b"ZINCRBY") and reply.kind == "$" and reply.value:
        return bulk_reply(b"%.17g" % float(reply.value))
    return reply


def wrong_types_are_empty(target, arguments, calls):
    reply = target.call(arguments)
    if arguments[0].startswith(b"SINTER") and reply.is_error(b"WRONGTYPE"):
        return parse_reply(b"*0\r\n")
    return reply


def sorts_by_bytes(target, arguments, calls):
    if arguments[0] == b"SORT" and len(arguments) == 2:
        arguments.append(b"ALPHA")
    return target.call(arguments)


def set_scan_misses_one(target, arguments, calls):
    reply = target.call(arguments)
    if arguments[0] == b"SSCAN" and isinstance(reply.value, tuple) and reply.value[1].value:
        cursor, visited = reply.value
        return list_reply("*", (cursor, list_reply("*", visited.value[1:])))
    return reply


def long_lists_turn_around(target, arguments, calls):
    reply = target.call(arguments)
    if arguments[0] == b"LRANGE" and isinstance(reply.value, tuple) and len(reply.value) > 60:
        return list_reply("*", reply.value[::-1])
    return reply


def watch_sees_nothing(target, arguments, calls):
    reply = target.call(arguments)
    if arguments[0] == b"WATCH" and str(reply) == "+OK":
        target.call([b"UNWATCH"])
    return reply


def discard_executes(target, arguments, calls):
    if arguments == [b"DISCARD"]:
        reply = target.call([b"EXEC"])
        return reply if reply.is_error(b"ERR") else parse_reply(b"+OK\r\n")
    return target.call(arguments)


FAULTS = (
    loses_one_write_in_fifty, append_loses_the_expiry, rename_leaves_the_expiry,
    seconds_are_milliseconds, keys_do_not_die, keys_misses_one, scan_misses_one,
    random_key_is_none, databases_do_not_swap, error_text_differs, null_is_of_another_kind,
    wraps_at_64_bits, is_case_sensitive, hset_loses_the_last_pair, pops_at_the_other_end,
    exclusive_bounds_are_inclusive, stored_set_keeps_the_expiry, greater_than_is_ignored,
    pops_from_the_last_key, scores_have_a_fraction, wrong_types_are_empty, sorts_by_bytes,
    set_scan_misses_one, long_lists_turn_around, watch_sees_nothing, discard_executes,
)
