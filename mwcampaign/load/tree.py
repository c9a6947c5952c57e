"""Trees of several files made into one, and the way back from data to places. Used inside load only.

A tree is made of yaml nodes; the entries of a list of institutions may also be rows of a table (load.row.Row).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from mwcampaign.core.findings import Position
from mwcampaign.load.inspect import TAG, position
from mwcampaign.load.row import Row
from mwcampaign.load.sources import Sources

Loc = tuple[str | int, ...]
KEYED = frozenset({("posts",), ("institutions",), ("accounts",), ("edition", "days")})
"""Lists whose entries have ids: a campaign that extends another adds to these, and overrides by id."""


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


def report_twins(root: Node, sources: Sources) -> None:
    """Report ids used twice within one campaign's own files."""
    for path in sorted(KEYED):
        node: Any = root
        for key in path:
            node = entry(node, key)
        if not isinstance(node, SequenceNode):
            continue
        # Their indexes, not themselves: a table reads its rows again, however many there are.
        first: dict[str, int] = {}
        for index, item in enumerate(node.value):
            name = identify(item, path[-1])
            if name is None:
                continue
            if name in first:
                before = place(node.value[first[name]])
                at = f"line {before.line}" if before.file == place(item).file else str(before)
                told = entry(item, "id")
                where = position(told) if isinstance(told, ScalarNode) else place(item)
                what = f"the id {name!r} is used twice; first in {at}"
                hint = "give one of the two another id"
                sources.fault("MW111", where, what, hint)
            else:
                first[name] = index


def place(item: Any) -> Position:
    """Return where a node or row begins."""
    return item.position() if isinstance(item, Row) else position(item)


def step(node: Any, part: str | int) -> Any:
    """Return the child at a key or index, or None."""
    if isinstance(part, str):
        return entry(node, part)
    if isinstance(node, SequenceNode) and 0 <= part < len(node.value):
        return node.value[part]
    return None


def key_of(node: Any, key: str) -> Any:
    """Return the node of a mapping's key itself, or None. Of a key given twice, the first."""
    if isinstance(node, Row):
        node = node.node()
    if isinstance(node, MappingNode):
        return next((name for name, _ in node.value if isinstance(name, ScalarNode) and name.value == key), None)
    return None


class Places:
    """From the data of a campaign back to its files. `origins` maps indexes of a list to those of its tree."""

    def __init__(self, root: Node | None, start: Position, sources: Sources) -> None:
        self._root, self._start, self._sources = root, start, sources
        self.origins: Mapping[str, Sequence[int]] = {}

    def find(self, loc: Loc) -> tuple[Any, Loc]:
        """Return the deepest known node on the way to a place, and the way to it."""
        node: Any = self._root
        known: list[str | int] = []
        for depth, told in enumerate(loc):
            part = told
            if depth and isinstance(part, int):
                origin = self.origins.get("/".join(map(str, loc[:depth])))
                part = origin[part] if origin is not None and 0 <= part < len(origin) else part
            below = step(node, part)
            if below is None:
                break
            node, known = below, [*known, part]
        return node, tuple(known)

    def where(self, *loc: str | int) -> Position:
        """Return the place of a value, or of its nearest ancestor that is there."""
        node, _ = self.find(loc)
        return self._start if node is None or node is self._root else place(node)

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
