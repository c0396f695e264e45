"""The list of differences that are meant (exceptions.txt)."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Optional

MANDATORY_FIELDS = ("script", "redis", "pg_kv", "because")
FIELDS = MANDATORY_FIELDS + ("command", "commands")


class ExceptionListError(ValueError):
    """exceptions.txt is not written as its head says."""


@dataclass(frozen=True)
class MeantDifference:
    script: str
    redis: str  # a pattern
    pg_kv: str  # a pattern
    because: str
    command: Optional[str] = None
    commands: Optional[str] = None  # instead: a pattern

    def covers(self, script, command, expected, actual):
        return (
            self.script == script
            and self._is_about(command)
            and fnmatchcase(str(expected), self.redis)
            and fnmatchcase(str(actual), self.pg_kv)
        )

    def _is_about(self, command):
        if self.commands is None:
            return self.command == command
        return fnmatchcase(command, self.commands)

    def __str__(self):
        return f"{self.script} {self.command or self.commands}"


class ExceptionList:
    def __init__(self, differences=()):
        self.differences = list(differences)
        self.used = set()

    @classmethod
    def read(cls, path):
        return cls.parse(Path(path).read_text(encoding="utf-8"))

    @classmethod
    def parse(cls, text):
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        paragraphs = "\n".join(lines).split("\n\n")
        return cls(_parse_paragraph(paragraph) for paragraph in paragraphs if paragraph.strip())

    def excuse(self, script, command, expected, actual):
        """The entry that covers this difference, or None. It then counts as used."""
        for difference in self.differences:
            if difference.covers(script, command, expected, actual):
                self.used.add(difference)
                return difference
        return None

    def unused(self, scripts):
        """Entries about these scripts that covered nothing: the difference is gone, or mistold."""
        return [
            difference
            for difference in self.differences
            if difference.script in scripts and difference not in self.used
        ]

    def without_script(self, names):
        """Entries about scripts that do not exist."""
        return [difference for difference in self.differences if difference.script not in names]


def _parse_paragraph(paragraph):
    fields = {}
    name = None
    for line in paragraph.strip("\n").splitlines():
        if line[0].isspace() and name:
            fields[name] += " " + line.strip()  # a longer reason goes on in the next line
            continue
        name, _, value = line.partition(" ")
        if name not in FIELDS or name in fields:
            raise ExceptionListError(f"unexpected line: {line}")
        fields[name] = value.strip()
    missing = [field for field in MANDATORY_FIELDS if not fields.get(field)]
    if len({"command", "commands"} & fields.keys()) != 1:
        missing.append("either command or commands")
    if missing:
        raise ExceptionListError(f"{' and '.join(missing)} missing in:\n{paragraph}")
    return MeantDifference(**fields)
