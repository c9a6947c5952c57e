"""Institutions from a table: comma, semicolon or tab, with the line and column of every cell. Used inside load only."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from mwcampaign.core.campaign import Institution
from mwcampaign.core.findings import Level, Position
from mwcampaign.core.spelling import nearest
from mwcampaign.load.sources import Sources

MAX_BYTES = 200_000_000
MAX_FAULTS = 100
FIELDS = ("id", "name", "country", "city", "timezone", "languages", "website")
REQUIRED = frozenset(name for name, field in Institution.model_fields.items() if field.is_required())
GROUPS = {"name": "names", "names": "names", "handle": "handles", "handles": "handles"}
STR, SEQ, MAP = "tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"


class Table:
    """One file of institutions: its heading, and its lines for finding columns again."""

    __slots__ = ("columns", "delimiter", "file", "lines", "told")

    def __init__(self, file: str, lines: list[str], delimiter: str, columns: list[tuple[str, str] | None]) -> None:
        self.file, self.lines, self.delimiter, self.columns = file, lines, delimiter, columns
        self.told: set[str] = set()
        """Columns whose absence was already reported."""


class Row:
    """One institution in a table; `data` is what the model reads, `node` the same with places, made when needed."""

    __slots__ = ("cells", "line", "table")

    def __init__(self, table: Table, line: int, cells: list[str]) -> None:
        self.table, self.line, self.cells = table, line, cells

    def id(self) -> str | None:
        """Return the id, if it has one."""
        for column, cell in zip(self.table.columns, self.cells, strict=True):
            if column == ("id", ""):
                return cell.strip() or None
        return None

    def data(self) -> dict[str, Any]:
        """Return the fields that are not empty."""
        told: dict[str, Any] = {}
        for column, raw in zip(self.table.columns, self.cells, strict=True):
            if raw and column is not None and (cell := raw.strip()):
                field, key = column
                if not key:
                    told[field] = cell
                elif field in told:
                    told[field][key] = cell
                else:
                    told[field] = {key: cell}
        if "languages" in told:
            told["languages"] = split_languages(told["languages"])
        if "handles" in told:
            told["handles"] = {network: handle.removeprefix("@") for network, handle in told["handles"].items()}
        return told

    def position(self, field: str = "", key: str = "") -> Position:
        """Return the place of a cell, or of the row."""
        if field and (field, key) in self.table.columns:
            return self.place(self.table.columns.index((field, key)))
        return Position(self.table.file, self.line, 1)

    def place(self, number: int) -> Position:
        """Return where the cell of a column begins."""
        cells = list(cell_places(self.table.lines, self.line, self.table.delimiter))
        line, column = cells[number] if number < len(cells) else (self.line, 1)
        return Position(self.table.file, line, column)

    def node(self) -> MappingNode:
        """Return the row as a tree."""
        pairs: dict[str, tuple[Node, Any]] = {}
        for column, raw in zip(self.table.columns, self.cells, strict=True):
            cell = raw.strip()
            if not cell or column is None:
                continue
            field, key = column
            mark = self._mark(self.position(field, key))
            # Handles are kept without @; spreadsheets are full of them.
            cell = cell.removeprefix("@") if field == "handles" else cell
            name = ScalarNode(STR, field, mark, mark)
            if key:
                inner = pairs.setdefault(field, (name, MappingNode(MAP, [], mark, mark)))[1]
                inner.value.append((ScalarNode(STR, key, mark, mark), ScalarNode(STR, cell, mark, mark)))
            elif field == "languages":
                each = [ScalarNode(STR, one, mark, mark) for one in split_languages(cell)]
                pairs[field] = (name, SequenceNode(SEQ, each, mark, mark))
            else:
                pairs[field] = (name, ScalarNode(STR, cell, mark, mark))
        mark = self._mark(self.position())
        return MappingNode(MAP, list(pairs.values()), mark, mark)

    def _mark(self, where: Position) -> Any:
        return yaml.Mark(where.file, 0, where.line - 1, where.column - 1, None, 0)


@lru_cache(maxsize=1024)
def split_languages(cell: str) -> tuple[str, ...]:
    """Return the languages of a cell: separated by ; or spaces."""
    return tuple(one for one in re.split(r"[;,\s]+", cell) if one)


def read_table(text: str, file: str, sources: Sources) -> list[Row]:
    """Return the rows of a table that have as many cells as its heading; all others are findings."""
    lines = list(io.StringIO(text, newline=""))
    if "\0" in text:
        _nul(lines, file, sources)
    start = next((index for index, line in enumerate(lines) if line.strip()), None)
    if start is None:
        sources.fault("MW110", Position(file), "the table is empty", f"begin with a heading: {','.join(FIELDS)}")
        return []
    delimiter = max(",;\t", key=re.sub('"[^"]*"', "", lines[start]).count)
    records = _records(lines, start, delimiter, file, sources)
    line, heading = next(records, (start, []))
    if not heading:
        return []
    table = Table(file, lines, delimiter, [None] * len(heading))
    places = list(cell_places(lines, line, delimiter))
    table.columns = _columns(heading, [Position(file, *place) for place in places], table, sources)
    rows = [Row(table, line, cells) for line, cells in _checked(records, len(heading), table, sources)]
    _nameless(rows, heading, sources)
    return rows


def _nul(lines: list[str], file: str, sources: Sources) -> None:
    for index, line in enumerate(lines):
        if "\0" in line:
            where = Position(file, index + 1, line.index("\0") + 1)
            sources.fault("MW110", where, "a NUL character", "save the table again as CSV UTF-8")
            lines[index] = "\n"


def _records(
    lines: list[str], start: int, delimiter: str, file: str, sources: Sources
) -> Iterator[tuple[int, list[str]]]:
    """Yield (line from 1, cells). After a quote that is not closed, reading goes on with the next line."""
    width = 0
    for _ in range(MAX_FAULTS):
        reader = csv.reader(islice(lines, start, None), delimiter=delimiter, strict=True, skipinitialspace=True)
        begin = start
        try:
            for cells in reader:
                end = start + reader.line_num
                if width and end - begin > 1 and len(cells) != width:
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


def _open_quote(lines: list[str], index: int, delimiter: str, file: str) -> Position:
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


def cell_places(lines: list[str], line: int, delimiter: str) -> Iterator[tuple[int, int]]:
    """Yield the (line, column), from 1, at which each cell of the record in this line begins."""
    index, column = line - 1, 0
    while True:
        text = lines[index]
        column += len(text[column:]) - len(text[column:].lstrip(" "))
        yield index + 1, column + 1
        if text[column : column + 1] == '"':
            column += 1
            while True:
                quote = lines[index].find('"', column)
                if quote < 0:
                    index, column = index + 1, 0
                    if index >= len(lines):
                        return
                elif lines[index][quote + 1 : quote + 2] == '"':
                    column = quote + 2
                else:
                    column = quote + 1
                    break
        found = lines[index].find(delimiter, column)
        if found < 0:
            return
        column = found + 1


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
    for index, column in enumerate(columns):
        where = places[index] if index < len(places) else places[-1]
        if column is None:
            continue
        if column in columns[:index]:
            sources.fault("MW105", where, f"the column {heading[index].strip()!r} is there twice", "keep one of them")
            columns[index] = None
        elif column[0] == "extra" and (meant := nearest(column[1], lacking)):
            level = Level.ERROR if meant in REQUIRED else Level.WARNING
            what = f"{column[1]!r} is taken for a column of your own, and there is no column {meant}"
            sources.fault("MW107", where, what, f"did you mean {meant}?", level)
            table.told.add(meant)
    return columns


def _checked(
    records: Iterable[tuple[int, list[str]]], width: int, table: Table, sources: Sources
) -> Iterator[tuple[int, list[str]]]:
    """Yield records as wide as the heading; report the others at the first cell too many, or at their end."""
    faults, sign = 0, {",": "a comma", ";": "a semicolon", "\t": "a tab"}[table.delimiter]
    for line, cells in records:
        if len(cells) == width:
            yield line, cells
            continue
        faults += 1
        sources.broken_rows.update(cell.strip() for cell in cells)
        if faults == MAX_FAULTS:
            where = Position(table.file, line, 1)
            sources.fault("MW110", where, "too many broken lines; the others are not listed", "see above")
        if faults >= MAX_FAULTS:
            continue
        what = f"this line has {len(cells)} cells, the heading {width}"
        places = list(cell_places(table.lines, line, table.delimiter))
        if len(cells) > width and len(places) > width:
            where, hint = Position(table.file, *places[width]), f"put quotes around cells that hold {sign}"
        else:
            hint = f"add what is missing; an empty cell is {sign} too"
            where = Position(table.file, line, len(table.lines[line - 1].rstrip("\r\n")) + 1)
        sources.fault("MW110", where, what, hint)


def _nameless(rows: list[Row], heading: list[str], sources: Sources) -> None:
    """Report values in columns whose heading is empty, once for each column."""
    for number, name in enumerate(heading):
        if not name.strip() and (row := next((row for row in rows if row.cells[number].strip()), None)):
            where = row.place(number)
            sources.fault("MW110", where, "a value in a column without a heading of its own", "give the column a name")
