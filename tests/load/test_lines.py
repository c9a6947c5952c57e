"""The lines of a table: the same whether they are in memory or on disk, and however they come."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwcampaign.load.lines import BLOCK, SMALL, Lines, NoRoom
from mwcampaign.load.sources import Sources

TEXT = st.text(st.sampled_from("ab,é館🏺\r\n\0"), max_size=40)


def cut(text: str) -> list[str]:
    """Cut a text into lines with their ends, as tables do."""
    return [line for line in re.split("(?<=\r\n)|(?<=\n)|(?<=\r)(?!\n)", text) if line]


@given(st.lists(TEXT, max_size=6))
def test_lines_are_those_of_the_whole_text(pieces: list[str]) -> None:
    """Also where a piece ends between the two characters that end a line."""
    lines = Lines()
    for piece in pieces:
        lines.add(piece)
    lines.end()
    whole = "".join(pieces)
    assert list(lines) == cut(whole)
    assert [lines[index] for index in range(len(lines))] == cut(whole)
    assert lines.nul == ("\0" in whole)


def test_many_lines_are_on_disk_and_come_from_any_place() -> None:
    """One line, the lines from one on, and two walks at once."""
    told = [f"museum{number},Musée n° {number} 館\r\n" for number in range(SMALL // 20)]
    lines = Lines("".join(told))
    assert lines[len(told) - 1] == told[-1]
    assert list(lines.since(3 * BLOCK + 7)) == told[3 * BLOCK + 7 :]
    assert list(zip(lines, lines, strict=True)) == list(zip(told, told, strict=True))
    with pytest.raises(IndexError):
        lines[len(told)]


@pytest.mark.parametrize("size", [20, 3_000_000])
@pytest.mark.parametrize("before", ["", "\ufeff"])
def test_a_file_is_read_as_its_text_would_be(tmp_path: Path, size: int, before: str) -> None:
    """The same lines and digest as of a file that is read whole, without a byte order mark."""
    path = tmp_path / "institutions.csv"
    path.write_text(before + "é館\r\n" * (size // 7), "utf-8", newline="")
    large, small = Sources(), Sources()
    lines, text = large.read_lines(path, "i.csv", 10**8), small.read_text(path, "i.csv", 10**8)
    assert lines is not None
    assert text is not None
    assert list(lines) == text.splitlines(keepends=True)
    assert large.digest() == small.digest()


@pytest.mark.parametrize(
    ("data", "code"), [(b"a,b\nMus\xe9e,x\n", "MW103"), (b"a\0b\0" * 9, "MW103"), (b"x" * 200, "MW106")]
)
def test_what_is_wrong_with_a_file_is_told_as_of_any_other(tmp_path: Path, data: bytes, code: str) -> None:
    """Not UTF-8, or too large."""
    path = tmp_path / "institutions.csv"
    path.write_bytes(data)
    sources = Sources()
    assert sources.read_lines(path, "i.csv", 100) is None
    assert [told.code for told in sources.findings] == [code]


def test_a_folder_for_temporary_files_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is named, with what to do."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(NoRoom, match="gone: cannot be written") as caught:
        Lines("x\n" * SMALL)
    assert "TMPDIR" in caught.value.hint
