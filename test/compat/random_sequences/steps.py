"""What a random sequence is made of."""

from dataclasses import dataclass
from typing import Optional


@dataclass(frozen=True)
class Call:
    arguments: tuple
    comparison: Optional[object] = None  # none: as usual for the command


@dataclass(frozen=True)
class WholeScan:
    """SCAN or its kin, from beginning to end."""

    arguments: tuple  # what follows the cursor
    command: tuple = (b"SCAN",)  # what stands before it


@dataclass(frozen=True)
class Transfer:
    """DUMP of a key and RESTORE as another, on each side by itself."""

    source: bytes
    target: bytes
    options: tuple


@dataclass(frozen=True)
class RandomKey:
    """RANDOMKEY, whose key must exist."""


@dataclass(frozen=True)
class Watch:
    """WATCH of those of the keys that exist: in tables one that comes and goes leaves no trace."""

    keys: tuple


@dataclass(frozen=True)
class Wait:
    seconds: float
