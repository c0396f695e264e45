"""When two replies agree. Byte by byte is the rule; a directive in a script can relax it."""

from dataclasses import dataclass


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
    """Each side picks at random from the same choices."""

    choices: frozenset

    def agree(self, expected, actual):
        return all(
            reply.kind == "$" and reply.value in self.choices for reply in (expected, actual)
        )
