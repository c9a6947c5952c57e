"""What people read: the caret stands where the fault is, and nothing in a file commands a terminal or a log."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from rich.cells import cell_len

from mwcampaign.core.findings import Level
from mwcampaign.report.text import block, write
from tests.report.samples import HOSTILE, TEXTS, checked, finding


def lines(source: str, column: int, line: int = 3) -> list[str]:
    """Return the lines of one finding."""
    told = block(finding(line=line, column=column), source)
    return ["".join(text for _, text in one) for one in told]


@pytest.mark.parametrize(
    ("source", "needle"),
    [
        ("  text: Hi {{ nmae }}", "nmae"),
        ("\t\ttext:\tHi\t{{ nmae }}", "nmae"),
        ("  text: 日本の美術館 {{ nmae }}", "nmae"),
        ("  text: 👩‍👩‍👧 🇫🇷 👍🏽 e\u0301 {{ nmae }}", "nmae"),
        ("  text: שָׁלוֹם {{ nmae }}", "nmae"),
        ("  text: مَرْحَبًا {{ nmae }}", "nmae"),
        ("\x1b[31m  text: {{ nmae }}", "nmae"),
        ("nmae", "nmae"),
        ("x" * 500 + " nmae " + "y" * 500, "nmae"),
        ("日" * 500 + " nmae " + "本" * 500, "nmae"),
    ],
)
def test_the_caret_stands_under_the_column(source: str, needle: str) -> None:
    """In cells as a terminal lays them out: tabs, wide, joined, combining and right-to-left signs, long lines."""
    _, shown, caret, _ = lines(source, source.index(needle) + 1)
    before, found, _ = shown.partition(needle)
    assert found
    assert cell_len(before) == cell_len(caret.partition("^")[0])
    assert cell_len(shown) < 150


@pytest.mark.parametrize("width", [40, 60, 80, 100])
@pytest.mark.parametrize("before", ["", "text: ", "word " * 40, "日" * 90, "שלום " * 30])
@pytest.mark.parametrize("after", ["", " }}", " word" * 40, "日" * 90, " שלום" * 30])
def test_the_line_and_the_caret_fit_a_terminal(width: int, before: str, after: str) -> None:
    """Wherever the column is: no cell more than the terminal has, and what the caret points at is there."""
    told = block(finding(column=len(before) + 1), f"{before}nmae{after}", width)
    _, shown, caret, _ = ["".join(text for _, text in one) for one in told]
    assert max(cell_len(shown), cell_len(caret)) <= width
    assert cell_len(shown.partition("nmae")[0]) == cell_len(caret.partition("^")[0])
    assert "nmae" in shown


def test_right_to_left_text_is_also_told_in_words() -> None:
    """Terminals that turn such text round show the caret elsewhere, so the word at the column stands behind it."""
    source = "text: שלום {{ nmae }}"
    assert lines(source, source.index("nmae") + 1)[2].endswith("^ nmae")
    assert lines("text: {{ nmae }}", 10)[2].endswith("^")


def test_a_column_behind_the_end_of_the_line_is_shown_there() -> None:
    """Some faults are that something is missing at the end."""
    _, shown, caret, _ = lines("day:", 5)
    assert len(caret) == len(shown) + 1


@given(text=TEXTS, file=TEXTS, source=TEXTS)
def test_nothing_commands_the_terminal_or_the_log(text: str, file: str, source: str) -> None:
    """No control, no line end of a file's own, no override of direction, no workflow command, and it can be encoded."""
    told = "".join(write(checked(finding(text=text, file=file, hint=text or "x", column=2), source=source)))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", told)
    assert "##[" not in told
    assert not any(line.lstrip().startswith("::") for line in told.split("\n"))
    assert len(told.split("\n")) == 6
    told.encode("utf-8")


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_shown_instead_still_says_what_was_there(text: str) -> None:
    """Letters and signs that command nothing stay as they are."""
    kept = re.findall(r"[a-z日本]+", text)
    told = "".join(write(checked(finding(text=text))))
    assert [word for word in kept if word not in told] == []


def test_a_line_that_may_hold_a_secret_is_not_shown() -> None:
    """Without a source line there is no caret either."""
    told = list(block(finding(), None))
    assert len(told) == 2


def test_the_closing_line_counts_by_level() -> None:
    """One and many are told apart, and known findings are said to be left out."""
    told = checked(finding(), finding(line=9, level=Level.NOTE), finding(line=8, level=Level.NOTE))
    assert told.summary == "1 error, 0 warnings, 2 notes; 7 messages judged"


@pytest.mark.parametrize(("failing", "fails"), [({Level.ERROR}, False), ({Level.WARNING}, True), (set(), False)])
def test_it_fails_by_level(failing: set[Level], fails: bool) -> None:
    """A warning fails only where warnings do."""
    assert checked(finding(level=Level.WARNING), failing=frozenset(failing)).fails is fails
