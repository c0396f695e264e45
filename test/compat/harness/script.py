"""Scripts: files of commands, one a line, and directives that begin with @ (see README.md)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from harness.comparison import (
    Among, Approximately, Besides, Exactly, Length, Matching, Unordered, UnorderedPairs,
)
from harness.quoting import QuotingError, split_line


class ScriptError(ValueError):
    """The script is not written as README.md says."""


@dataclass(frozen=True)
class Variable:
    """An argument written $name; it may stand for several, or for none."""

    name: str


@dataclass(frozen=True)
class Command:
    line_number: int
    arguments: tuple  # of bytes and Variables
    comparison: Optional[object]  # none: as usual for the command


@dataclass(frozen=True)
class Scan:
    line_number: int
    arguments: tuple  # what follows the cursor
    command: tuple = (b"SCAN",)  # what stands before it


@dataclass(frozen=True)
class Keep:
    """From here on the variable stands for the reply to a command, on each side its own."""

    line_number: int
    name: str
    arguments: tuple


@dataclass(frozen=True)
class Send:
    """A command whose reply comes later, or not at all."""

    line_number: int
    arguments: tuple
    has_reply: bool


@dataclass(frozen=True)
class Receive:
    """The reply to the oldest command that was sent and has none."""

    line_number: int
    comparison: Optional[object]
    arguments: tuple = (b"@receive",)


@dataclass(frozen=True)
class Closed:
    """The server closes the connection."""

    line_number: int


@dataclass(frozen=True)
class UseClient:
    """From here on commands go through this client."""

    number: int


@dataclass(frozen=True)
class Damage:
    """From here on the variable stands for the payload of another with one byte changed."""

    name: str
    source: str
    position: int  # of the byte


@dataclass(frozen=True)
class Sleep:
    seconds: float


@dataclass(frozen=True)
class Flush:
    pass


@dataclass(frozen=True)
class Define:
    """From here on the variable stands for these arguments."""

    name: str
    values: tuple


@dataclass(frozen=True)
class Rename:
    """From here on the variable stands for what another does."""

    name: str
    source: str


@dataclass(frozen=True)
class DefineTime:
    """From here on the variable stands for the clock's milliseconds, plus the offset."""

    name: str
    offset: int


@dataclass(frozen=True)
class For:
    name: str
    sources: tuple


@dataclass(frozen=True)
class EndFor:
    pass


@dataclass(frozen=True)
class Require:
    """The rest of the script is skipped while the target does not know the command."""

    line_number: int
    command: bytes


@dataclass(frozen=True)
class Script:
    name: str
    steps: tuple

    @classmethod
    def read(cls, path):
        return cls(Path(path).name, parse_steps(Path(path).read_text(encoding="utf-8")))


def parse_steps(text):
    return _expand_loops(_parse_lines(text))


def _parse_lines(text):
    steps = []
    comparison = None
    for line_number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            words = split_line(line)
            name = words[0][0]
            if not name.startswith(b"@"):
                steps.append(Command(line_number, _arguments(words), comparison))
                comparison = None
            elif name in COMPARISONS:
                comparison = COMPARISONS[name](*_values(words[1:]))
            elif name == b"@receive":
                steps.append(Receive(line_number, comparison))
                comparison = None
            elif comparison:
                raise ScriptError("how to compare must be told right before the command")
            elif name == b"@scan":
                steps.append(Scan(line_number, _arguments(words[1:])))
            elif name == b"@scan_of":
                arguments = _arguments(words[1:])
                if len(arguments) < 2:
                    raise ScriptError("@scan_of wants a command and a key")
                steps.append(Scan(line_number, arguments[2:], arguments[:2]))
            elif name in ACTIONS_WITH_LINE:
                steps.append(ACTIONS_WITH_LINE[name](line_number, *_arguments(words[1:])))
            else:
                steps.append(ACTIONS[name](*_values(words[1:])))
        except KeyError as error:
            raise ScriptError(f"line {line_number}: unknown directive {name.decode()}") from error
        except (QuotingError, TypeError, ValueError) as error:
            raise ScriptError(f"line {line_number}: {error}") from error
    if comparison:
        raise ScriptError("the last directive is followed by no command")
    return steps


def _expand_loops(steps):
    """Loops written out: between @for and @end stands what is done for each of the values."""
    expanded = []
    loop, body = None, []
    for step in steps:
        if isinstance(step, For):
            if loop:
                raise ScriptError("@for within @for")
            loop, body = step, []
        elif isinstance(step, EndFor):
            if not loop:
                raise ScriptError("@end without @for")
            for source in loop.sources:
                expanded += [Flush(), Rename(loop.name, source), *body]
            expanded.append(Flush())
            loop = None
        else:
            (body if loop else expanded).append(step)
    if loop:
        raise ScriptError("@for without @end")
    return tuple(expanded)


def _dump(line_number, name, key):
    return Keep(line_number, name.decode(), (b"DUMP", key))


def _keep(line_number, name, *arguments):
    return Keep(line_number, name.decode(), arguments)


def _repeat(name, count, text):
    return Define(name.decode(), (text * int(count),))


def _series(name, first, last, *templates):
    if not templates:
        raise ScriptError("@series wants words")
    return Define(name.decode(), tuple(
        template.replace(b"%d", b"%d" % number)
        for number in range(int(first), int(last) + 1) for template in templates
    ))


def _for(name, *sources):
    return For(name.decode(), tuple(source.decode() for source in sources))


def _arguments(words):
    return tuple(
        Variable(value[1:].decode()) if value.startswith(b"$") and not quoted else value
        for value, quoted in words
    )


def _values(words):
    return [value for value, _ in words]


COMPARISONS = {
    b"@exactly": Exactly,
    b"@unordered": Unordered,
    b"@pairs": UnorderedPairs,
    b"@length": Length,
    b"@approximately": lambda tolerance: Approximately(int(tolerance)),
    b"@random": lambda *choices: Among(frozenset(choices)),
    b"@matching": Matching,
    b"@besides": lambda *places: Besides(frozenset(map(int, places))),
}

ACTIONS_WITH_LINE = {
    b"@dump": _dump,
    b"@keep": _keep,
    b"@send": lambda line_number, *arguments: Send(line_number, arguments, True),
    b"@silent": lambda line_number, *arguments: Send(line_number, arguments, False),
    b"@closed": Closed,
    b"@requires": Require,
}

ACTIONS = {
    b"@flush": Flush,
    b"@client": lambda number: UseClient(int(number)),
    b"@sleep": lambda seconds: Sleep(float(seconds)),
    b"@repeat": _repeat,
    b"@series": _series,
    b"@for": _for,
    b"@end": EndFor,
    b"@damage": lambda name, source, position: Damage(
        name.decode(), source.decode(), int(position)
    ),
    b"@time": lambda name, offset: DefineTime(name.decode(), int(offset)),
}
