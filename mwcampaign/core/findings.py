"""What `check` says: a Finding has a stable code, a place, what is wrong, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad: an error stops plan and publish, a warning does not, a note informs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a file: path as the user may open it; line and column count from 1, 0 means the whole file."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}:{self.column}" if self.column else f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know about a campaign. `code` is a key of core.rules.RULES."""

    code: str
    level: Level
    where: Position
    text: str
    hint: str = ""
    institutions: int = 0
    """Of how many institutions it is said; 0: it is about the files."""

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """Order by place, then code: the same campaign gives the same list."""
        return (self.where.file, self.where.line, self.where.column, self.code, self.text)
