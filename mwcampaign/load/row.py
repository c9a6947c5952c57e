"""Rows of a table of institutions, and the way from a cell back to its line and column. Used inside load only."""

from __future__ import annotations

import csv
import re
from array import array
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, overload

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from mwcampaign.core.findings import Position
from mwcampaign.load.lines import Lines

STR, SEQ, MAP = "tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"
LISTS = frozenset({"languages", "closed"})
"""Columns with several values in a cell."""
_SPACES = re.compile(" *+")


class Table:
    """One file of institutions: its heading, and its lines for finding columns again."""

    __slots__ = ("columns", "delimiter", "file", "lines", "told")

    def __init__(self, file: str, lines: Lines, delimiter: str, columns: list[tuple[str, str] | None]) -> None:
        self.file, self.lines, self.delimiter, self.columns = file, lines, delimiter, columns
        self.told: set[str] = set()
        """Columns whose absence was already reported."""


class Row:
    """One institution in a table; `data` is what the model reads, `node` the same with places, made when needed."""

    __slots__ = ("_begins", "_node", "cells", "line", "table")

    def __init__(self, table: Table, line: int, cells: list[str]) -> None:
        self.table, self.line, self.cells = table, line, cells
        self._begins: list[tuple[int, int]] | None = None
        self._node: MappingNode | None = None

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
        for field in LISTS & told.keys():
            told[field] = split_list(told[field])
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
        if self._begins is None:
            self._begins = list(cell_places(self.table.lines, self.line, self.table.delimiter))
        line, column = self._begins[number] if number < len(self._begins) else (self.line, 1)
        return Position(self.table.file, line, column)

    def node(self) -> MappingNode:
        """Return the row as a tree, made once."""
        if self._node is None:
            self._node = self._tree()
        return self._node

    def _tree(self) -> MappingNode:
        pairs: dict[str, tuple[Node, Any]] = {}
        for number, (column, raw) in enumerate(zip(self.table.columns, self.cells, strict=True)):
            cell = raw.strip()
            if not cell or column is None:
                continue
            field, key = column
            mark = self._mark(self.place(number))
            # Handles are kept without @; spreadsheets are full of them.
            cell = cell.removeprefix("@") if field == "handles" else cell
            name = ScalarNode(STR, field, mark, mark)
            if key:
                inner = pairs.setdefault(field, (name, MappingNode(MAP, [], mark, mark)))[1]
                inner.value.append((ScalarNode(STR, key, mark, mark), ScalarNode(STR, cell, mark, mark)))
            elif field in LISTS:
                each = [ScalarNode(STR, one, mark, mark) for one in split_list(cell)]
                pairs[field] = (name, SequenceNode(SEQ, each, mark, mark))
            else:
                pairs[field] = (name, ScalarNode(STR, cell, mark, mark))
        mark = self._mark(self.position())
        return MappingNode(MAP, list(pairs.values()), mark, mark)

    def _mark(self, where: Position) -> Any:
        return yaml.Mark(where.file, 0, where.line - 1, where.column - 1, None, 0)


class Rows(Sequence[Row]):
    """The rows of a table, each read again from its lines when it is asked for: memory does not grow with them."""

    def __init__(self, table: Table, starts: array[int]) -> None:
        self._table, self._starts = table, starts

    def __len__(self) -> int:
        return len(self._starts)

    def __iter__(self) -> Iterator[Row]:
        return map(self._row, self._starts)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        """Return one row, or some."""
        if isinstance(index, slice):
            return [self._row(line) for line in self._starts[index]]
        return self._row(self._starts[index])

    def _row(self, line: int) -> Row:
        cells = next(reader(self._table.lines, line - 1, self._table.delimiter))
        return Row(self._table, line, fitted(cells, len(self._table.columns)))


def fitted(cells: list[str], width: int) -> list[str]:
    """Return a record as wide as its heading where only empty cells make the difference; else as it is."""
    if len(cells) < width:
        return [*cells, *[""] * (width - len(cells))]
    return cells if any(cell.strip() for cell in cells[width:]) else cells[:width]


def reader(lines: Lines, start: int, delimiter: str) -> Any:
    """Return a reader of records from a line on, counted from 0."""
    return csv.reader(lines.since(start), delimiter=delimiter, strict=True, skipinitialspace=True)


@lru_cache(maxsize=1024)
def split_list(cell: str) -> tuple[str, ...]:
    """Return what a cell lists: languages or days, separated by ; or spaces."""
    return tuple(one for one in re.split(r"[;,\s]+", cell) if one)


def cell_places(lines: Lines | list[str], line: int, delimiter: str) -> Iterator[tuple[int, int]]:
    """Yield the (line, column), from 1, at which each cell of the record in this line begins."""
    index, column = line - 1, 0
    # Cut once, and never sliced: a line may have a hundred thousand cells.
    text = lines[index]
    while True:
        column = _SPACES.match(text, column).end()  # type: ignore[union-attr]  # matches nothing at all, too
        yield index + 1, column + 1
        if text.startswith('"', column):
            column += 1
            while True:
                quote = text.find('"', column)
                if quote < 0:
                    index, column = index + 1, 0
                    if index >= len(lines):
                        return
                    text = lines[index]
                elif text.startswith('"', quote + 1):
                    column = quote + 2
                else:
                    column = quote + 1
                    break
        found = text.find(delimiter, column)
        if found < 0:
            return
        column = found + 1
