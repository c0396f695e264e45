"""When two replies agree. Byte by byte is the rule; a directive in a script can relax it."""

import re
from dataclasses import dataclass

from harness.transaction import QUEUED

VERBATIM_KIND = "="


class Exactly:
    def agree(self, expected, actual):
        return expected.raw == actual.raw


class Unordered:
    """Elements of lists may come in any order, on every level."""

    def agree(self, expected, actual):
        return _sorted_form(expected) == _sorted_form(actual)


def _sorted_form(reply):
    if not isinstance(reply.value, tuple):
        return (reply.kind, repr(reply.value))
    return (reply.kind, repr(sorted(_sorted_form(element) for element in reply.value)))


class UnorderedPairs:
    """Pairs may come in any order: nested lists, or each two elements that follow another."""

    def agree(self, expected, actual):
        return _sorted_pairs(expected) == _sorted_pairs(actual)


def _sorted_pairs(reply):
    if not isinstance(reply.value, tuple):
        return reply.raw
    elements = [element.raw for element in reply.value]
    if not all(isinstance(element.value, tuple) for element in reply.value):
        elements = list(zip(elements[::2], elements[1::2])) + elements[len(elements) // 2 * 2 :]
    return (reply.kind, sorted(elements, key=repr))


class Length:
    """Only how many elements there are counts."""

    def agree(self, expected, actual):
        if not (isinstance(expected.value, tuple) and isinstance(actual.value, tuple)):
            return expected.raw == actual.raw
        return (expected.kind, len(expected.value)) == (actual.kind, len(actual.value))


@dataclass(frozen=True)
class Approximately:
    """Integers may differ by some clock ticks. Negative ones are signs, not times."""

    tolerance: int

    def agree(self, expected, actual):
        if expected.kind != ":" or actual.kind != ":":
            return expected.raw == actual.raw
        one, other = int(expected.value), int(actual.value)
        if one < 0 or other < 0:
            return one == other
        return abs(one - other) <= self.tolerance


@dataclass(frozen=True)
class Among:
    """Each side picks at random from the same choices: one, or a list of as many (or of pairs)."""

    choices: frozenset

    def agree(self, expected, actual):
        if isinstance(expected.value, tuple) and isinstance(actual.value, tuple):
            return Length().agree(expected, actual) and all(
                map(self.agree, expected.value, actual.value)
            )
        return expected.kind == actual.kind and all(
            reply.kind in "$," and reply.value in self.choices for reply in (expected, actual)
        )


@dataclass(frozen=True)
class Matching:
    """Both are of one kind, and a pattern fits both."""

    pattern: bytes

    def agree(self, expected, actual):
        return expected.kind == actual.kind and all(map(self._fits, (expected, actual)))

    def _fits(self, reply):
        if not isinstance(reply.value, bytes):
            return False
        text = reply.value[len(b"txt:"):] if reply.kind == VERBATIM_KIND else reply.value
        return re.fullmatch(self.pattern, text, re.DOTALL) is not None


@dataclass(frozen=True)
class Besides:
    """Elements at these places, counted from 0, are each side's own, but of one kind."""

    places: frozenset

    def agree(self, expected, actual):
        if not (isinstance(expected.value, tuple) and isinstance(actual.value, tuple)):
            return expected.raw == actual.raw
        return Length().agree(expected, actual) and all(
            one.kind == other.kind if place in self.places else one.raw == other.raw
            for place, (one, other) in enumerate(zip(expected.value, actual.value))
        )


@dataclass(frozen=True)
class Each:
    """The replies in that to EXEC: each as its command's would be."""

    comparisons: tuple

    def agree(self, expected, actual):
        if not (isinstance(expected.value, tuple) and isinstance(actual.value, tuple)):
            return expected.raw == actual.raw
        return Length().agree(expected, actual) and all(
            comparison.agree(one, other) for comparison, one, other
            in zip(self.comparisons, expected.value, actual.value)
        )


def of_reply(comparison, queue, arguments, expected):
    """How to compare what came: the comparison of a queued command is kept for EXEC's reply."""
    queued = queue.after(arguments, comparison or by_command(arguments), expected)
    if str(expected) == QUEUED:
        return Exactly()
    if queued is not None and comparison is None:
        return Each(tuple(queued))
    return comparison or by_command(arguments)


SETS = {b"SMEMBERS", b"SINTER", b"SUNION", b"SDIFF", b"HKEYS", b"HVALS", b"SPOP", b"SRANDMEMBER"}
PAIR_SETS = {b"HGETALL"}
PICKS_WITH_PAIRS = {b"HRANDFIELD", b"ZRANDMEMBER"}
PAIR_OPTIONS = {b"WITHVALUES", b"WITHSCORES"}


def by_command(arguments):
    """How the reply to a command is compared where nothing else is told: sets have no order."""
    name = arguments[0].upper()
    if name in SETS:
        return Unordered()
    if name in PICKS_WITH_PAIRS:
        with_pairs = any(argument.upper() in PAIR_OPTIONS for argument in arguments[2:])
        return UnorderedPairs() if with_pairs else Unordered()
    return UnorderedPairs() if name in PAIR_SETS else Exactly()
