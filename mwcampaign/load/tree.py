"""Trees of several files made into one, and the way back from data to places. Used inside load only.

A tree is made of yaml nodes; the entries of a list of institutions may also be rows of a table (load.row.Row).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from mwcampaign.core.findings import Position
from mwcampaign.load.inspect import NULL, STR, TAG, position
from mwcampaign.load.row import Row, Rows
from mwcampaign.load.sources import Sources

Loc = tuple[str | int, ...]
KEYED = frozenset({("posts",), ("institutions",), ("accounts",), ("edition", "days")})
"""Lists whose entries have ids: a campaign that extends another adds to these, and overrides by id."""
KNOWN = 256
"""Mappings whose keys are kept at hand."""


def entry(node: object, key: str) -> Any:
    """Return the value of a mapping's key, or None."""
    if isinstance(node, Row):
        node = node.node()
    if isinstance(node, MappingNode):
        for name, value in node.value:
            if isinstance(name, ScalarNode) and name.value == key:
                return value
    return None


def mapping(pairs: list[tuple[Node, Node]], like: Node) -> MappingNode:
    """Make a mapping that stands where another node stands."""
    return MappingNode(TAG + "map", pairs, like.start_mark, like.end_mark)


def sequence(items: list[Any], like: Node) -> SequenceNode:
    """Make a list that stands where another node stands."""
    return SequenceNode(TAG + "seq", items, like.start_mark, like.end_mark)


def identify(item: object, kind: str) -> str | None:
    """Return the id of an entry of posts, days, institutions or accounts; accounts may have one unsaid."""
    if isinstance(item, Row):
        return item.id()
    told = entry(item, "id")
    if isinstance(told, ScalarNode):
        return str(told.value)
    if kind == "accounts":
        owner, network = entry(item, "institution"), entry(item, "network")
        if isinstance(owner, ScalarNode) and isinstance(network, ScalarNode):
            return f"{owner.value}@{network.value}"
    return None


def merge(base: Any, ours: Any, path: tuple[str, ...] = ()) -> Any:
    """Return `ours` on top of `base`: mappings key by key, lists of things with ids by id, all else replaced."""
    if isinstance(base, Row) and isinstance(ours, (Row, MappingNode)):
        base = base.node()
    if isinstance(ours, Row) and isinstance(base, MappingNode):
        ours = ours.node()
    if isinstance(base, MappingNode) and isinstance(ours, MappingNode):
        mine = {key.value: value for key, value in ours.value if isinstance(key, ScalarNode)}
        keys = {key.value: key for key, _ in ours.value if isinstance(key, ScalarNode)}
        pairs: list[tuple[Node, Any]] = []
        for key, value in base.value:
            name: Any = key.value if isinstance(key, ScalarNode) else id(key)
            if name in mine:
                pairs.append((keys[name], merge(value, mine.pop(name), (*path, name))))
            else:
                pairs.append((key, value))
        pairs += [(keys[name], value) for name, value in mine.items()]
        return mapping(pairs, ours)
    if path in KEYED and isinstance(base, SequenceNode) and isinstance(ours, SequenceNode):
        return _merge_by_id(base, ours, path)
    return ours


def _merge_by_id(base: SequenceNode, ours: SequenceNode, path: tuple[str, ...]) -> SequenceNode:
    items = list(base.value)
    places = {name: index for index, item in enumerate(items) if (name := identify(item, path[-1])) is not None}
    for item in ours.value:
        index = places.get(identify(item, path[-1]) or "")
        if index is None:
            items.append(item)
        else:
            items[index] = merge(items[index], item, (*path, "*"))
    return sequence(items, ours)


def place(item: Any) -> Position:
    """Return where a node or row begins."""
    return item.position() if isinstance(item, Row) else position(item)


def says_nothing(node: Any) -> bool:
    """Return whether a value is not there, or empty."""
    return node is None or (isinstance(node, ScalarNode) and node.tag == NULL)


def without(pairs: list[tuple[Node, Any]], *names: str) -> list[tuple[Node, Any]]:
    """Return the other keys with their values."""
    return [(key, value) for key, value in pairs if key.value not in names]


def join(pairs: list[tuple[Node, Any]], kind: str, more: list[Node], like: Node) -> list[tuple[Node, Any]]:
    """Return the main file's keys with further lists put behind its own; what is no list stays, to be refused."""
    own = next((value for key, value in pairs if key.value == kind), None)
    if not more or (own is not None and not isinstance(own, SequenceNode) and own.tag != NULL):
        return pairs
    lists = [*([own] if isinstance(own, SequenceNode) else []), *more]
    if strange := next((node for node in lists if not isinstance(node, SequenceNode)), None):
        joined: Node = strange
    elif len(lists) == 1:
        joined = lists[0]
    else:
        joined = SequenceNode(
            TAG + "seq", [item for node in lists for item in node.value], like.start_mark, like.end_mark
        )
    return [*without(pairs, kind), (key_or(pairs, kind, joined), joined)]


def key_or(pairs: list[tuple[Node, Any]], name: str, like: Node) -> Node:
    """Return the key as it is written, or one that stands where something else does."""
    told = next((key for key, _ in pairs if key.value == name), None)
    return told or ScalarNode(STR, name, like.start_mark, like.end_mark)


class Places:
    """From the data of a campaign back to its files. `origins` maps indexes of a list to those of its tree."""

    def __init__(self, root: Node | None, start: Position, sources: Sources) -> None:
        self._root, self._start, self._sources = root, start, sources
        self.origins: Mapping[str, Sequence[int]] = {}
        self._keys: dict[int, tuple[Node, dict[str, tuple[Node, Any]]]] = {}
        self._row: tuple[Any, int, Row | None] = (None, -1, None)

    def below(self, node: Any, part: str | int) -> Any:
        """Return the child at a key or index, or None."""
        if isinstance(part, str):
            return self._pairs(node).get(part, (None, None))[1]
        if not isinstance(node, SequenceNode) or not 0 <= part < len(node.value):
            return None
        if not isinstance(node.value, Rows):
            return node.value[part]
        # A row may have a hundred thousand cells, each with a fault: it is read once for all of them.
        if self._row[:2] != (node.value, part):
            self._row = (node.value, part, node.value[part])
        return self._row[2]

    def key(self, node: Any, name: str) -> Any:
        """Return the node of a mapping's key itself, or None."""
        return self._pairs(node).get(name, (None, None))[0]

    def _pairs(self, node: Any) -> dict[str, tuple[Node, Any]]:
        """Return a mapping's keys and values by name, made once: it may have as many keys as faults."""
        if isinstance(node, Row):
            node = node.node()
        if not isinstance(node, MappingNode):
            return {}
        if id(node) not in self._keys:
            if len(self._keys) >= KNOWN:
                self._keys.clear()
            pairs: dict[str, tuple[Node, Any]] = {
                key.value: (key, value) for key, value in node.value if isinstance(key, ScalarNode)
            }
            # With the node itself, or another might be made under its number.
            self._keys[id(node)] = (node, pairs)
        return self._keys[id(node)][1]

    def find(self, loc: Loc) -> tuple[Any, Loc]:
        """Return the deepest known node on the way to a place, and the way to it."""
        node: Any = self._root
        known: list[str | int] = []
        for depth, told in enumerate(loc):
            part = told
            if depth and isinstance(part, int):
                origin = self.origins.get("/".join(map(str, loc[:depth])))
                part = origin[part] if origin is not None and 0 <= part < len(origin) else part
            below = self.below(node, part)
            if below is None:
                break
            node, known = below, [*known, part]
        return node, tuple(known)

    def where(self, *loc: str | int) -> Position:
        """Return the place of a value, or of its nearest ancestor that is there."""
        node, _ = self.find(loc)
        return self._start if node is None or node is self._root else place(node)

    def where_named(self, *loc: str | int) -> Position:
        """Return the place of a value's key, or of its nearest ancestor that is there."""
        node, known = self.find(loc[:-1])
        key = self.key(node, str(loc[-1])) if len(known) == len(loc) - 1 else None
        return self.where(*loc) if key is None else place(key)

    def text(self, loc: Loc, line: int, needle: str = "") -> Position:
        """Return the place of a line (from 1) of a text, exact in literal blocks (|), else where the text begins."""
        node, known = self.find(loc)
        start = self.where(*loc)
        if len(known) != len(loc) or not isinstance(node, ScalarNode) or node.style != "|":
            return start
        lines = self._sources.lines(start.file)
        number = start.line + max(line, 1)
        # The end of a block can be the end of the file, where no line is left.
        if number > min(node.end_mark.line + 1, len(lines)):
            return start
        told = lines[number - 1]
        column = told.find(needle) if needle else -1
        return Position(start.file, number, (column if column >= 0 else len(told) - len(told.lstrip())) + 1)
