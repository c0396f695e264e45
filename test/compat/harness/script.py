"""Scripts: files of commands, one a line, and directives that begin with @ (see README.md)."""

from dataclasses import dataclass
from pathlib import Path

from harness.comparison import Among, Approximately, Exactly, Unordered
from harness.quoting import QuotingError, split_line


class ScriptError(ValueError):
    """The script is not written as README.md says."""


@dataclass(frozen=True)
class Variable:
    """An argument written $name."""

    name: str


@dataclass(frozen=True)
class Command:
    line_number: int
    arguments: tuple  # of bytes and Variables
    comparison: object


@dataclass(frozen=True)
class Scan:
    line_number: int
    arguments: tuple  # what follows the cursor


@dataclass(frozen=True)
class Sleep:
    seconds: float


@dataclass(frozen=True)
class Flush:
    pass


@dataclass(frozen=True)
class Define:
    """From here on the variable stands for these bytes."""

    name: str
    value: bytes


@dataclass(frozen=True)
class DefineTime:
    """From here on the variable stands for the clock's milliseconds, plus the offset."""

    name: str
    offset: int


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
    steps = []
    comparison = Exactly()
    for line_number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            words = split_line(line)
            name = words[0][0]
            if not name.startswith(b"@"):
                steps.append(Command(line_number, _arguments(words), comparison))
                comparison = Exactly()
            elif name in COMPARISONS:
                comparison = COMPARISONS[name](*_values(words[1:]))
            elif not isinstance(comparison, Exactly):
                raise ScriptError("how to compare must be told right before the command")
            elif name == b"@scan":
                steps.append(Scan(line_number, _arguments(words[1:])))
            elif name == b"@requires":
                steps.append(Require(line_number, *_values(words[1:])))
            else:
                steps.append(ACTIONS[name](*_values(words[1:])))
        except KeyError as error:
            raise ScriptError(f"line {line_number}: unknown directive {name.decode()}") from error
        except (QuotingError, TypeError, ValueError) as error:
            raise ScriptError(f"line {line_number}: {error}") from error
    if not isinstance(comparison, Exactly):
        raise ScriptError("the last directive is followed by no command")
    return tuple(steps)


def _arguments(words):
    return tuple(
        Variable(value[1:].decode()) if value.startswith(b"$") and not quoted else value
        for value, quoted in words
    )


def _values(words):
    return [value for value, _ in words]


COMPARISONS = {
    b"@unordered": Unordered,
    b"@approximately": lambda tolerance: Approximately(int(tolerance)),
    b"@random": lambda *choices: Among(frozenset(choices)),
}

ACTIONS = {
    b"@flush": Flush,
    b"@sleep": lambda seconds: Sleep(float(seconds)),
    b"@repeat": lambda name, count, text: Define(name.decode(), text * int(count)),
    b"@time": lambda name, offset: DefineTime(name.decode(), int(offset)),
}
