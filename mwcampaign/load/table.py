"""Institutions from a table: comma, semicolon or tab, with the line and column of every cell. Used inside load only."""

from __future__ import annotations

import csv
import re
from array import array
from collections.abc import Iterator
from itertools import chain, islice

from mwcampaign.core.campaign import Institution
from mwcampaign.core.findings import Level, Position
from mwcampaign.core.spelling import nearest
from mwcampaign.load.lines import Lines
from mwcampaign.load.row import Rows, Table, cell_places, fitted, reader
from mwcampaign.load.sources import Sources

MAX_BYTES = 200_000_000
MAX_FAULTS = 100
FIELDS = ("id", "name", "country", "city", "timezone", "languages", "website", "closed", "duty")
REQUIRED = frozenset(name for name, field in Institution.model_fields.items() if field.is_required())
GROUPS = {"name": "names", "names": "names", "handle": "handles", "handles": "handles"}
_NAMES = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}
_SIGNS = "=＝+-@＋－＠"
# A letter or bracket, and somewhere behind it a call, a sheet's name or another program.
_ACTS = r"(?:[\d_]|[^\w\0(\[])*+(?:[^\W\d_]|[(\[])[^\0(!|]*+[(!|]"
_FORMULA = re.compile(rf"\0(?:\s*+(?:[=＝]|[+\-@＋－＠]{_ACTS})| *+[\t\r]{_ACTS})")
"""A cell, behind a NUL, that a spreadsheet would run; not @museum, +49 30 1234 or a lone dash."""

_SEPARATOR = re.compile(r"""\s*"?sep=([,;\t|])"?[,;\t|]*\s*$""", re.IGNORECASE)
"""A line before the heading, by which a spreadsheet is told what stands between cells."""


def read_table(lines: Lines, file: str, sources: Sources) -> Rows:
    """Return the rows of a table that have as many cells as its heading; all others are findings."""
    sources.tables.setdefault(file, lines)
    if lines.nul:
        lines = _without_nul(lines, file, sources)
    start, delimiter = _heading(lines)
    if start is None:
        sources.fault("MW110", Position(file), "the table is empty", f"begin with a heading: {','.join(FIELDS)}")
        return Rows(Table(file, lines, ",", []), array("L"))
    records = _records(lines, start, delimiter, file, sources)
    line, heading = next(records, (start, []))
    table = Table(file, lines, delimiter, [None] * len(heading))
    if not heading:
        return Rows(table, array("L"))
    places = list(cell_places(lines, line, delimiter))
    table.columns = _columns(heading, [Position(file, *place) for place in places], table, sources)
    _report_formulas(line, heading, table, sources)
    starts, nameless = array("L"), [number for number, name in enumerate(heading) if not name.strip()]
    for line, cells in _checked(records, len(heading), table, sources):
        starts.append(line)
        if _FORMULA.search("\0".join(["", *cells])):
            _report_formulas(line, cells, table, sources)
        if found := [number for number in nameless if cells[number].strip()]:
            nameless = [number for number in nameless if not cells[number].strip()]
            what, hint = "a value in a column without a heading of its own", "give the column a name"
            for where in _places(line, found, table):
                sources.fault("MW110", where, what, hint)
    return Rows(table, starts)


def _heading(lines: Lines) -> tuple[int | None, str]:
    """Return the index of the heading's line, if there is one, and what stands between cells."""
    delimiter = ""
    for index, line in enumerate(lines):
        if not delimiter and (told := _SEPARATOR.match(line)):
            delimiter = told[1]
        elif line.strip():
            return index, delimiter or max(",;\t", key=re.sub('"[^"]*"', "", line).count)
    return None, ""


def _report_formulas(line: int, cells: list[str], table: Table, sources: Sources) -> None:
    """Report the cells of a record that a spreadsheet would run."""
    found = [number for number, cell in enumerate(cells) if _FORMULA.match("\0" + cell)]
    for number, where in zip(found, _places(line, found, table), strict=True):
        first = cells[number].lstrip()[0]
        sign = first if first in _SIGNS else "a tab"
        what = f"this cell begins with {sign}, and a spreadsheet would run it as a formula"
        sources.fault("MW114", where, what, "write the words or the value that is meant, without the sign before it")


def _places(line: int, numbers: list[int], table: Table) -> Iterator[Position]:
    """Yield where some cells of a record begin, which is walked through once."""
    if numbers:
        places = list(cell_places(table.lines, line, table.delimiter))
        for number in numbers:
            yield Position(table.file, *(places[number] if number < len(places) else (line, 1)))


def _without_nul(lines: Lines, file: str, sources: Sources) -> Lines:
    kept = Lines()
    for index, line in enumerate(lines):
        if "\0" in line:
            where = Position(file, index + 1, line.index("\0") + 1)
            sources.fault("MW110", where, "a NUL character", "save the table again as CSV UTF-8")
        kept.add("\n" if "\0" in line else line)
    kept.end()
    return kept


def _records(lines: Lines, start: int, delimiter: str, file: str, sources: Sources) -> Iterator[tuple[int, list[str]]]:
    """Yield (line from 1, cells). After a quote that is not closed, reading goes on with the next line."""
    width = 0
    for _ in range(MAX_FAULTS):
        records = reader(lines, start, delimiter)
        begin = start
        try:
            for cells in records:
                end = start + records.line_num
                if end - begin > 1 and (len(cells) < width or (width and len(fitted(cells, width)) > width)):
                    break  # a quote swallowed the lines below
                if any(cell.strip() for cell in cells):
                    width = width or len(cells)
                    yield begin + 1, cells
                begin = end
            else:
                return
        except csv.Error:
            pass
        sources.fault(
            "MW110",
            _open_quote(lines, begin, delimiter, file),
            "a quote that is not closed, or text behind a closing quote",
            'put quotes around the whole cell, and write "" for a quote inside it',
        )
        sources.broken_rows.update(cell.strip() for cell in lines[begin].split(delimiter))
        start = begin + 1
    sources.fault("MW110", Position(file, start + 1, 1), "too many broken lines; the rest was not read", "see above")


def _open_quote(lines: Lines, index: int, delimiter: str, file: str) -> Position:
    """Return the place of the first quote in a line that is not closed in it, else of the line's last quote."""
    line = lines[index]
    column = 1
    for at, start in cell_places([line.rstrip("\r\n")], 1, delimiter):
        if at != 1:
            break
        if line[start - 1 : start] == '"':
            column = start
            if not re.match(f'"(?:[^"]|"")*"\\s*(?:{re.escape(delimiter)}|$)', line[start - 1 :]):
                break
    return Position(file, index + 1, column)


def _columns(
    heading: list[str], places: list[Position], table: Table, sources: Sources
) -> list[tuple[str, str] | None]:
    """Return what each column is: a field, a (group, key), or None where it is to be left out."""
    columns: list[tuple[str, str] | None] = []
    for raw in heading:
        name = raw.strip()
        group, colon, key = name.partition(":")
        low = group.strip().casefold()
        if not colon and name.casefold() in FIELDS:
            columns.append((name.casefold(), ""))
        elif colon and low in GROUPS and key.strip():
            columns.append((GROUPS[low], key.strip()))
        else:
            columns.append(("extra", name) if name else None)
    lacking = [name for name in FIELDS if (name, "") not in columns]
    seen: set[tuple[str, str]] = set()
    for index, column in enumerate(columns):
        where = places[index] if index < len(places) else places[-1]
        if column is None:
            continue
        if column in seen:
            sources.fault("MW105", where, f"the column {heading[index].strip()!r} is there twice", "keep one of them")
            columns[index] = None
        elif column[0] == "extra" and (meant := nearest(column[1], lacking)):
            level = Level.ERROR if meant in REQUIRED else Level.WARNING
            what = f"{column[1]!r} is taken for a column of your own, and there is no column {meant}"
            sources.fault("MW107", where, what, f"did you mean {meant}?", level)
            table.told.add(meant)
        seen.add(column)
    return columns


def _named(table: Table) -> int:
    """Return how many columns there are up to the last that has a name."""
    return max((number for number, column in enumerate(table.columns, 1) if column is not None), default=0)


def _checked(
    records: Iterator[tuple[int, list[str]]], width: int, table: Table, sources: Sources
) -> Iterator[tuple[int, list[str]]]:
    """Yield records as wide as the heading; report the others at the first cell too many, or at their end."""
    faults, sign, named = 0, _NAMES[table.delimiter], max(_named(table), 1)
    begin = list(islice(records, 2))
    # Empty cells behind the last column are a spreadsheet's where each line has them. In one line alone they may be
    # what a comma without quotes has moved.
    more = {max(len(cells) - width, 0) for _, cells in begin}
    spare = more.pop() if len(begin) == 2 and len(more) == 1 else 0
    for line, cells in chain(begin, records):
        told = fitted(cells, width) if named <= len(cells) < width or len(cells) == width + spare else cells
        if len(told) == width:
            yield line, told
            continue
        faults += 1
        if faults <= MAX_FAULTS:
            sources.broken_rows.update(cell.strip() for cell in cells)
        else:
            sources.rows_lost = True
        what = f"this line has {len(cells)} cells, the heading {width}"
        places = list(cell_places(table.lines, line, table.delimiter))
        if len(cells) > width and len(places) > width:
            hint = f"put quotes around cells that hold {sign}"
            if len(fitted(cells, width)) == width:
                hint += "; if there are none, take out the empty cells at the end of the line"
            where = Position(table.file, *places[width])
        else:
            hint = f"add what is missing; an empty cell is {sign} too"
            where = Position(table.file, line, len(table.lines[line - 1].rstrip("\r\n")) + 1)
        sources.fault("MW110", where, what, hint)
