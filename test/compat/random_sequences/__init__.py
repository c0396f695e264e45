"""Random commands from a printed seed, sent to both targets, whose whole state is compared too."""

from random_sequences.sequence import run

__all__ = ["run"]
