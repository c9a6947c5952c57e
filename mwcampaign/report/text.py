"""Findings for people: place, code, what, the source line with a caret, what to do.

Lines are made of pieces with a role, so that the command line can colour them; `write` gives the same without roles.
"""

from __future__ import annotations

from collections.abc import Iterator

from mwcampaign.core.findings import Finding
from mwcampaign.report.checked import Checked
from mwcampaign.report.plain import JOINER, plain

Piece = tuple[str, str]
"""A role (place, error, warning, note, source, hint, "" for plain words) and its text."""

MOST = 60
"""Cells of the source line that are shown at most on each side of the caret."""
LEAST = 8
"""Cells that are shown on each side however narrow a terminal is."""
WIDTH = 200
"""A width in which both sides have room."""
WORD = 20
"""Cells of the word that is told behind a caret."""
NEAR = 200
"""Characters that are looked at on each side: several may share a cell."""


def write(checked: Checked) -> Iterator[str]:
    """Yield every finding and the closing line, for a pipe or a file."""
    for entry in checked.entries:
        for line in block(entry.finding, entry.source):
            yield "".join(text for _, text in line) + "\n"
    yield checked.summary + "\n"


def block(finding: Finding, source: str | None = None, width: int = WIDTH) -> Iterator[tuple[Piece, ...]]:
    """Yield the lines of one finding. Nothing in them commands a terminal or a CI log.

    The source line and its caret take at most so many cells: where a terminal wrapped them, the caret would be lost.
    """
    place = plain(str(finding.where))
    if place.startswith("::"):
        # A CI log would take a line that begins so for a command.
        place = JOINER + place
    level = str(finding.level)
    yield ("place", place), ("", " "), (level, level), ("", f" {finding.code} {plain(finding.text)}")
    if source is not None and finding.where.column:
        yield from _pointed(source, finding.where.line, finding.where.column, width)
    if finding.hint:
        yield (("hint", f"    → {plain(finding.hint)}"),)


def _pointed(source: str, line: int, column: int, width: int) -> Iterator[tuple[Piece, ...]]:
    """Yield the source line and a caret under the column, counted in cells as a terminal lays them out."""
    from rich.cells import cell_len

    # A campaign may stand in one line: no more of it is looked at than may be shown.
    start, end = max(0, column - 1 - NEAR), column - 1 + NEAR
    before, after = plain(source[start : column - 1]), plain(source[column - 1 : end])
    turned = any(_turns(sign) for sign in before + after)
    # A number in front also keeps a line that begins with :: from being a command of the CI log.
    gutter = f"    {line} | "
    # What is not needed behind the caret is room before it; each side may get a … of its own.
    room = width - len(gutter) - 2
    wanted = max(cell_len(after), WORD + 2 if turned else 0)
    left = min(MOST, max(LEAST, room - min(wanted, room // 2)))
    if start or cell_len(before) > left:
        before = "…" + _fitted(before[::-1], left)[::-1]
    right = min(MOST, max(LEAST, room - cell_len(before)))
    if end < len(source) or cell_len(after) > right:
        after = _fitted(after, right) + "…"
    caret = " " * (len(gutter) - 2) + "| " + " " * cell_len(before) + "^"
    if turned:
        # Terminals that turn right-to-left text round show the caret elsewhere: say what it points at.
        caret += f" {_fitted(after.split(' ')[0], min(WORD, right))}"
    yield (("source", gutter + plain(before + after)),)
    yield (("source", caret),)


def _fitted(text: str, cells: int) -> str:
    """Return as much of the beginning as fits."""
    from rich.cells import cell_len

    cut = text[:cells]
    while cell_len(cut) > cells:
        cut = cut[:-1]
    return cut


def _turns(sign: str) -> bool:
    from unicodedata import bidirectional

    return bidirectional(sign) in {"R", "AL", "AN"}
