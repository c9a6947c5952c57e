"""YAML with places: a tree of nodes in which every node knows its file, line and column. Used inside load only.

Scalars follow the core schema of YAML 1.2: `NO`, `yes`, `10:30` and dates stay text. PyYAML's C composer does the work,
with a bound on depth; load.inspect then judges the tree.
"""

from __future__ import annotations

import gc
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from mwcampaign.core.findings import Position
from mwcampaign.load.comments import report_cut
from mwcampaign.load.inspect import BOOL, FLOAT, INT, MAX_DEPTH, NULL, STR, inspect
from mwcampaign.load.signs import report_causes, report_signs
from mwcampaign.load.sources import Sources
from mwcampaign.load.syntax import report_syntax

MAX_BYTES = 5_000_000
HIDDEN_BREAK = re.compile("[\x85\u2028\u2029]")
NOT_ALLOWED = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _TooDeep(Exception):
    pass


class _File(io.BytesIO):
    """Bytes with a name, which every mark then carries."""

    def __init__(self, data: bytes, name: str) -> None:
        super().__init__(data)
        self.name = name


class CoreLoader(yaml.CSafeLoader):
    """PyYAML's C composer with the scalars of YAML 1.2 and a bound on depth."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    _depth = 0

    # The C composer recurses on the C stack: without this bound, brackets alone end the process.
    def descend_resolver(self, current_node: Node | None, current_index: object) -> None:
        """Go one level down. Called by the composer before each node."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _TooDeep

    def ascend_resolver(self) -> None:
        """Go one level up."""
        self._depth -= 1


for _tag, _pattern, _first in (
    (NULL, r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    (BOOL, r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    (INT, r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    (
        FLOAT,
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        list("-+0123456789."),
    ),
):
    CoreLoader.add_implicit_resolver(_tag, re.compile(rf"(?:{_pattern})\Z"), _first)


@contextmanager
def without_collector() -> Iterator[None]:
    """Switch the cyclic collector off while a tree of many small objects is made, and back on if it was on."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def compose(text: str, file: str, sources: Sources) -> Node | None:
    """Return the tree of a YAML text; None for a text that says nothing, and, with a finding, for one that cannot be
    understood."""
    try:
        with without_collector():
            node = yaml.compose(_File(text.encode(), file), Loader=CoreLoader)
    except _TooDeep:
        hint = "a campaign needs no more than ten; look for brackets or indentation gone wrong"
        sources.fault("MW106", Position(file), f"lists and mappings stand more than {MAX_DEPTH} deep", hint)
        sources.give_up(file)
        return None
    except yaml.reader.ReaderError:
        _bad_character(text, file, sources)
        sources.give_up(file)
        return None
    except yaml.MarkedYAMLError as error:
        if not _hidden_break(text, file, sources) and not report_causes(text, file, _fails, sources):
            report_syntax(error, file, sources)
        sources.give_up(file)
        return None
    # With hidden breaks every place below them would be wrong, so nothing more is said of the file.
    if _hidden_break(text, file, sources) or (node is not None and not _judge(node, text, sources)):
        sources.give_up(file)
        return None
    if node is not None:
        report_cut(node, text, file, sources)
    return node


def _judge(node: Node, text: str, sources: Sources) -> bool:
    return report_signs(node, text, sources) and inspect(node, sources)


def _fails(text: str) -> tuple[int, int] | None:
    """Return the line and column, from 0, from which on a text cannot be understood, or None where it can."""
    try:
        yaml.compose(text.encode(), Loader=CoreLoader)
    except yaml.MarkedYAMLError as error:
        opened = "unexpected end" in (error.problem or "")
        mark = error.context_mark if opened and error.context_mark else error.problem_mark or error.context_mark
        return (mark.line, mark.column) if mark else (0, 0)
    except (_TooDeep, yaml.reader.ReaderError):
        return (0, 0)
    return None


def _hidden_break(text: str, file: str, sources: Sources) -> bool:
    """Report signs that end a line for YAML 1.1 only: lines would be counted differently here than in the editor."""
    hidden = HIDDEN_BREAK.search(text)
    if hidden is not None:
        what = f"an invisible line break (U+{ord(hidden[0]):04X})"
        sources.fault("MW104", place_of(text, hidden.start(), file), what, "delete it and press the return key")
    return hidden is not None


def place_of(text: str, index: int, file: str) -> Position:
    """Return the place of a character."""
    lines = re.split("\r\n|\r|\n", text[:index])
    return Position(file, len(lines), len(lines[-1]) + 1)


def _bad_character(text: str, file: str, sources: Sources) -> None:
    bad = NOT_ALLOWED.search(text)
    where = place_of(text, bad.start(), file) if bad else Position(file)
    name = f" (U+{ord(bad[0]):04X})" if bad else ""
    sources.fault("MW104", where, f"a character that YAML does not allow{name}", "delete it; it is often invisible")


def plain(node: Any) -> Any:
    """Return the data of a tree: dict, list, str, int, float, bool, None. Rows of tables give their own."""
    kind = type(node)
    if kind is ScalarNode:
        return node.value if node.tag == STR else _scalar(node)
    if kind is MappingNode:
        # Most values are plain text: a call for each would cost as much as all the rest.
        return {
            key.value: value.value if type(value) is ScalarNode and value.tag == STR else plain(value)
            for key, value in node.value
            if type(key) is ScalarNode
        }
    if kind is SequenceNode:
        return [plain(item) for item in node.value]
    return node.data()


def _scalar(node: ScalarNode) -> Any:
    told: str = node.value
    try:
        match node.tag:
            case t if t == NULL:
                return None
            case t if t == BOOL:
                return told[0] in "tT"
            case t if t == INT and len(told) < 100:
                return int(told, 0) if told[:2] in {"0o", "0x"} else int(told)
            case t if t == FLOAT:
                return float(told.lower().replace(".inf", "inf").replace(".nan", "nan"))
    except (ValueError, IndexError):
        return told
    return told
