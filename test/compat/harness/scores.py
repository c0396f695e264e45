"""Scores as Redis 7.2 prints them: Debian's 7.0 writes 17 digits, 3.1000000000000001 for 3.1."""

import math
from decimal import Decimal

from harness.reply import Reply, bulk_reply, list_reply

DOUBLE_KIND = ","
SCORE_OR_NONE = {b"ZSCORE", b"ZINCRBY", b"ZADD"}  # ZADD with INCR; else it answers an integer
NUMBERED_KEYS = {b"ZUNION", b"ZINTER", b"ZDIFF"}
ALWAYS_WITH_SCORES = {b"ZPOPMIN", b"ZPOPMAX"}
LARGEST_INTEGER = 2**62


def with_scores_of_7_2(arguments, reply):
    """The reply to a command, with its scores printed anew."""
    name = arguments[0].upper()
    if name == b"ZMPOP" and _is_list(reply):
        key, popped = reply.value
        return list_reply(reply.kind, (key, _print_every_second(popped)))
    if name == b"ZSCAN" and _is_list(reply):
        cursor, visited = reply.value
        return list_reply(reply.kind, (cursor, _print_every_second(visited)))
    if name == b"ZMSCORE" and _is_list(reply):
        return list_reply(reply.kind, tuple(map(_print, reply.value)))
    if name in SCORE_OR_NONE:
        return _print(reply)
    if name in ALWAYS_WITH_SCORES or _is_list(reply) and b"WITHSCORES" in _options(arguments):
        return _print_every_second(reply)
    return reply


def format_score(score):
    """As d2string of Redis 7.2: integers plainly, others by their shortest digits."""
    if math.isinf(score):
        return b"inf" if score > 0 else b"-inf"
    if score == 0:
        return b"-0" if math.copysign(1, score) < 0 else b"0"
    if score.is_integer() and abs(score) < LARGEST_INTEGER:
        return b"%d" % score
    sign, numbers, zeros = Decimal(repr(score)).normalize().as_tuple()
    digits = "".join(map(str, numbers))
    text = _write_digits(digits, zeros)
    return ("-" * sign + text).encode()


def _write_digits(digits, zeros):
    """The digits times ten to the power of zeros, in the notation that fpconv chooses."""
    exponent = zeros + len(digits) - 1
    if zeros >= 0 and abs(exponent) < len(digits) + 7:
        return digits + "0" * zeros
    if zeros < 0 and (zeros > -7 or abs(exponent) < 4):
        padded = digits.rjust(1 - zeros, "0")
        return padded[:zeros] + "." + padded[zeros:]
    fraction = "." + digits[1:] if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{'-' if exponent < 0 else '+'}{abs(exponent)}"


def _is_list(reply):
    return isinstance(reply.value, tuple)


def _options(arguments):
    """In upper case. A key may be called as an option is."""
    keys = int(arguments[1]) if arguments[0].upper() in NUMBERED_KEYS else 0
    return [argument.upper() for argument in arguments[2 + keys :]]


def _print(reply):
    if reply.value is None or reply.kind not in ("$", DOUBLE_KIND):
        return reply
    text = format_score(float(reply.value))
    if reply.kind == "$":
        return bulk_reply(text)
    return Reply(DOUBLE_KIND, text, b",%s\r\n" % text)


def _print_every_second(reply):
    """Scores follow their members, or stand in a pair with them."""
    if not _is_list(reply):
        return reply
    if reply.value and all(map(_is_list, reply.value)):
        return list_reply(reply.kind, tuple(map(_print_every_second, reply.value)))
    return list_reply(reply.kind, tuple(
        _print(element) if index % 2 else element for index, element in enumerate(reply.value)
    ))
