"""Cells that a spreadsheet would run are refused where they stand; what only looks like them is not."""

from __future__ import annotations

import os

import pytest

from mwcampaign.core.findings import Level
from mwcampaign.load.lines import Lines
from mwcampaign.load.sources import Sources
from mwcampaign.load.table import read_table
from tests.load.small import Folder, only

RUN = [
    "=1+1",
    "  =SUM(A1:A9)",
    '"=HYPERLINK(""https://museum.example"",""Harbour"")"',
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+9)*cmd|' /C calc'!A0",
    "-(A1+(B1))",
    "+Sheet2!A1",
    '"\t=1+1"',
    '"\tSUM(A1)"',
    '"\rcmd|x"',
    "＝1+1",
    "＠SUM(1)",
    "-СУММ(A1)",
]
HARMLESS = [
    "@museum",
    "+49 30 1234",
    "+49 (0)30 1234",
    "+49 30 1234 (Ms Post)",
    "-",
    "- -",
    "-12.5",
    "+",
    "@",
    "Harbour = home",
    "a=b",
    "Harbour (main house)!",
    "– by the water (old)",
    "-closed",
    '"12, -13"',
    "#MuseumWeek",
    '"\t12"',
]
HEADING = "id;name;timezone;note\n"


@pytest.mark.parametrize("cell", RUN)
def test_what_a_spreadsheet_would_run_is_refused(folder: Folder, cell: str) -> None:
    """The finding is an error and stands at the cell, and no campaign is made."""
    folder.write("institutions.csv", f"{HEADING}harbour;Harbour;Europe/Oslo;\nmill;Mill;Europe/Paris;{cell}\n")
    loaded = folder.load()
    found = only(loaded)
    assert (found.code, found.level) == ("MW114", Level.ERROR)
    assert found.where.line == 3
    assert found.where.column == len("mill;Mill;Europe/Paris;") + len(cell) - len(cell.lstrip(" ")) + 1
    assert loaded.campaign is None


@pytest.mark.parametrize("cell", HARMLESS)
def test_handles_numbers_and_dashes_are_cells_like_others(folder: Folder, cell: str) -> None:
    """What people write in tables every day stays possible."""
    folder.write("institutions.csv", f"{HEADING}harbour;Harbour;Europe/Oslo;\nmill;Mill;Europe/Paris;{cell}\n")
    loaded = folder.load()
    assert loaded.findings == []
    assert loaded.campaign is not None


def test_the_heading_is_made_of_cells_too() -> None:
    """A column's name can be a formula as well."""
    sources = Sources()
    read_table(Lines("id,name,timezone,=A1\nmill,Mill,Europe/Paris,x\n"), "t.csv", sources)
    (found,) = sources.findings
    assert (found.code, str(found.where)) == ("MW114", "t.csv:1:18")


def test_each_cell_of_a_line_is_told_at_its_own_place() -> None:
    """Two in one line, one of them behind a cell of two lines, are two findings."""
    sources = Sources()
    rows = read_table(Lines('id,name,timezone,note\n=x,"a\nb",=y,-\n'), "t.csv", sources)
    assert [(one.code, str(one.where)) for one in sources.findings] == [("MW114", "t.csv:2:1"), ("MW114", "t.csv:3:4")]
    assert len(rows) == 1


def test_a_table_full_of_them_is_told_in_a_few_lines() -> None:
    """Five with their places, and one more line that says where it goes on and how often."""
    sources = Sources()
    read_table(Lines("id,name,timezone\n" + "m,=a(1),=b(1)\n" * 500), "t.csv", sources)
    places = [str(one.where) for one in sources.findings]
    assert places == ["t.csv:2:3", "t.csv:2:9", "t.csv:3:3", "t.csv:3:9", "t.csv:4:3"]
    (more,) = sources.repeated()
    assert (str(more.where), "995 more times" in more.text) == ("t.csv:4:9", True)


def test_every_nameless_column_with_a_value_is_told_once() -> None:
    """Two of them in one line, and one in the next, are three findings at three places."""
    sources = Sources()
    read_table(Lines("id,,name,,timezone,\na,1,A,2,Europe/Paris,\nb,1,B,2,Europe/Paris,3\n"), "t.csv", sources)
    places = [str(one.where) for one in sources.findings]
    assert places == ["t.csv:2:3", "t.csv:2:7", "t.csv:3:22"]
    assert {one.code for one in sources.findings} == {"MW110"}


def test_file_names_that_are_not_utf_8_are_names(folder: Folder) -> None:
    """A template and a list of posts with such names are read, and the digest tells them apart."""
    digests = set()
    for name in (b"\xff.txt", b"\xfe.txt"):
        path = os.fsencode(folder.path / "templates") + b"/" + name
        try:
            with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123  # a path of bytes
                file.write("hello\n")
        except OSError:
            pytest.skip("this disk takes names of UTF-8 only")
        loaded = folder.load()
        assert loaded.findings == []
        digests.add(loaded.digest)
        os.remove(path)  # noqa: PTH107
    assert len(digests) == 2
