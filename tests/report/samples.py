"""Findings to write down, and text that tries to do harm."""

from __future__ import annotations

from hypothesis import strategies as st

from mwcampaign.core.findings import Finding, Level, Position
from mwcampaign.report.checked import Checked, Entry, entries, numbered

HOSTILE = (
    "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x9b2J", "a\nb\r\nc", "::error file=x::pwned", "##[add-mask]secret",
    "100%0A,:;", "\u202egnp.exe\u202c", "\u2028\u2029", "<script>&\"']]>", "| a | `b` | \\|", "@everyone #1 <!--",
    "\ud800 \udcff \ufffe \x00", "👩‍👩‍👧 日本 שָׁלוֹם",
)  # fmt: skip
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(codec=None), max_size=60))
"""Any text at all, lone surrogates too: a file's name may hold bytes that are no UTF-8."""


def finding(
    code: str = "MW302",
    file: str = "week/posts.yaml",
    line: int = 3,
    column: int = 5,
    *,
    text: str = "no such name",
    hint: str = "look",
    level: Level = Level.ERROR,
) -> Finding:
    """Make a finding."""
    return Finding(code, level, Position(file, line, column), text, hint)


def checked(
    *findings: Finding, source: str = "  text: Hi {{ nmae }}", failing: frozenset[Level] | None = None
) -> Checked:
    """Make the record of a run with these findings, every line of every file being `source`."""
    told = tuple(numbered(entries(findings, lambda _: source)))
    return Checked(told, 7, frozenset({Level.ERROR}) if failing is None else failing)


def in_file(text: str, *findings: Finding) -> list[Entry]:
    """Return entries of findings in a file of this text."""
    lines = text.splitlines()
    return numbered(entries(findings, lambda at: lines[at.line - 1] if 0 < at.line <= len(lines) else None))
