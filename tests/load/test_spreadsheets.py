"""Tables as spreadsheets save them: with a line that names the separator, and empty cells behind the last column."""

from __future__ import annotations

import pytest

from mwcampaign.load.lines import Lines
from mwcampaign.load.row import Rows
from mwcampaign.load.sources import Sources
from mwcampaign.load.table import read_table


def read(text: str) -> tuple[Rows, list[str]]:
    """Return the rows of a table, and the findings as CODE LINE:COLUMN."""
    sources = Sources()
    rows = read_table(Lines(text), "t.csv", sources)
    return rows, [f"{one.code} {one.where.line}:{one.where.column}" for one in sources.findings]


@pytest.mark.parametrize(
    ("sign", "line"), [(";", "sep=;"), (",", "SEP=,"), ("\t", "sep=\t"), ("|", '"sep=|"'), (";", "sep=;;;")]
)
def test_the_line_that_names_the_separator(sign: str, line: str) -> None:
    """It is no heading; cells are cut where it says, and their places are those in the file."""
    rows, found = read("\r\n".join([line, sign.join(["id", "name"]), sign.join(["mill", '"Mill; House, Garden"'])]))
    assert found == []
    assert [row.data() for row in rows] == [{"id": "mill", "name": "Mill; House, Garden"}]
    assert str(rows[0].position("name")) == "t.csv:3:6"


def test_a_separator_and_nothing_else() -> None:
    """Such a table is as empty as one without."""
    rows, found = read("sep=;\n\n")
    assert (len(rows), found) == (0, ["MW110 0:0"])


@pytest.mark.parametrize(
    "text",
    [
        "id,name\na,A,,,\nb,B,,,\n",
        "id,name,,,\na,A,,,\nb,B,,,\n",
        "id,name,,,\na,A\nb,B,\n",
        'id,name\n"a",A,, ,\nb,"B",,,\n',
    ],
)
def test_empty_cells_behind_the_last_column_are_nothing(text: str) -> None:
    """Be they in every line, or in the heading and in some; a row is the same each time it is read."""
    rows, found = read(text)
    assert found == []
    assert [row.data() for row in rows] == [{"id": "a", "name": "A"}, {"id": "b", "name": "B"}]


def test_cells_of_two_lines_keep_them() -> None:
    """A line break inside quotes and empty cells at the end go together."""
    rows, found = read('id,name\na,"A\nA",,\nb,"B\nB",,\n')
    assert (found, [row.data()["name"] for row in rows]) == ([], ["A\nA", "B\nB"])


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("id,name\na,A,,x\nb,B,,\n", "MW110 2:5"),
        ("id,name,city\na,House, Garden,\nb,B,Paris\nc,C,Lyon\n", "MW110 2:17"),
        ("id,name,city\na,A,Oslo\nb,House, Garden,\n", "MW110 3:17"),
        ("id,name,city\na,A,Oslo,\nb,B,Oslo,\nc,House, Garden,,\n", "MW110 4:17"),
        ("id,name,city\na,A\n", "MW110 2:4"),
    ],
)
def test_a_comma_without_quotes_is_still_told(text: str, place: str) -> None:
    """An empty cell that one line alone has too many is what such a comma moved; a value too many is one anyway."""
    _, found = read(text)
    assert found == [place]
