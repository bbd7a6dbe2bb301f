"""One line of a check-up: what was looked at, what was found, what to do."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Check:
    """One line.

    Attributes:
        subject: What was looked at, in a word or two.
        level: How it came out.
        found: What was found.
        remedy: What to do about it; empty when nothing is to be done.
    """

    subject: str
    level: Level
    found: str
    remedy: str = ""
