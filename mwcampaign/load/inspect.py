"""Judging one file's tree: keys given twice, unknown types, trees that grow without end. Used by load.yaml only."""

from __future__ import annotations

import re

from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from mwcampaign.core.findings import Position
from mwcampaign.load.sources import LOOKS_SECRET, Sources
from mwcampaign.load.syntax import BRACES, QUOTE

MAX_DEPTH = 32
MAX_EXPANSION = 200_000
"""Nodes that aliases may make of a file."""

TAG = "tag:yaml.org,2002:"
STR, NULL, BOOL, INT, FLOAT = (TAG + name for name in ("str", "null", "bool", "int", "float"))
KNOWN_TAGS = frozenset({STR, NULL, BOOL, INT, FLOAT, TAG + "map", TAG + "seq"})


def position(node: Node) -> Position:
    """Return where a node begins."""
    mark = node.start_mark
    return Position(mark.name, mark.line + 1, mark.column + 1)


def inspect(root: Node, sources: Sources) -> bool:
    """Report keys given twice, keys that are no words, and unknown tags; return False for a tree without end."""
    seen: set[int] = set()
    stack = [root]
    shared = False
    keys = _Keys(sources)
    while stack:
        node = stack.pop()
        if node.tag not in KNOWN_TAGS:
            what = "a value that begins with ! asks for a type that campaigns do not have"
            sources.fault("MW104", position(node), what, "put the value into quotes, or delete the word with !")
        if type(node) is ScalarNode:
            continue
        if id(node) in seen:
            shared = True
            continue
        seen.add(id(node))
        if type(node) is SequenceNode:
            stack.extend(node.value)
        else:
            stack.extend(keys.judge(node))
    return not shared or _bounded(root, sources)


class _Keys:
    """Judges mappings; remembers which keys' values may be secrets."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._secret: dict[str, bool] = {}

    def judge(self, node: Node) -> list[Node]:
        """Report the mapping's faults; return the values that need a look of their own."""
        keys: dict[str, Node] = {}
        values, kept = [], []
        for key, value in node.value:
            name = key.value
            if type(key) is not ScalarNode:
                hint = "a key is one word with a colon behind it"
                if type(key) is MappingNode and key.start_mark.index == node.start_mark.index + 1:
                    self._sources.fault("MW104", position(node), BRACES, QUOTE)
                else:
                    self._sources.fault("MW104", position(key), "a list or mapping cannot be a key", hint)
            elif name in keys:
                what = f"the key {name!r} is there twice; first in line {keys[name].start_mark.line + 1}"
                self._sources.fault("MW105", position(key), what, "keep one of them, or join them")
                self._sources.torn[id(keys[name])] = keys[name]
            else:
                keys[name] = key
                kept.append((key, value))
            if type(name) is str and self._may_be_secret(name):
                withhold(value, self._sources)
            if value.tag != STR or type(value) is not ScalarNode:
                values.append(value)
        # All who read the tree then see words for keys, and the same one of two.
        node.value = kept
        return values

    def _may_be_secret(self, name: str) -> bool:
        known = self._secret.get(name)
        if known is None:
            known = self._secret[name] = LOOKS_SECRET.search(name) is not None
        return known


def _bounded(root: Node, sources: Sources) -> bool:
    """Return whether a tree with aliases stays small and ends, else report it."""
    sizes: dict[int, tuple[int, int]] = {}
    open_nodes: set[int] = set()
    stack: list[tuple[Node, bool]] = [(root, False)]
    while stack:
        node, done = stack.pop()
        children = _children(node)
        if done:
            open_nodes.discard(id(node))
            told = [sizes.get(id(child), (1, 1)) for child in children]
            size, depth = 1 + sum(each[0] for each in told), 1 + max((each[1] for each in told), default=0)
            sizes[id(node)] = (size, depth)
            if size > MAX_EXPANSION or depth > MAX_DEPTH:
                hint = "write out what is meant instead of using & and *"
                sources.fault("MW106", position(node), "too much is repeated with & and *", hint)
                return False
        elif id(node) in open_nodes:
            sources.fault("MW106", position(node), "this contains itself", "do not use * inside what & names")
            return False
        elif id(node) not in sizes:
            open_nodes.add(id(node))
            stack.append((node, True))
            stack.extend((child, False) for child in children if isinstance(child, CollectionNode))
    return True


def _children(node: Node) -> list[Node]:
    if isinstance(node, MappingNode):
        return [value for _, value in node.value]
    return list(node.value) if isinstance(node, SequenceNode) else []


def withhold(node: Node, sources: Sources) -> None:
    """Keep the lines of a value from being shown, but for references to secrets."""
    stack = [node]
    while stack:
        one = stack.pop()
        # A long text may stand under many keys, by *.
        if id(one) in sources.kept_back:
            continue
        sources.kept_back[id(one)] = one
        if isinstance(one, ScalarNode):
            if not re.fullmatch(r"(env|file|keyring):.+", one.value):
                lines = range(one.start_mark.line + 1, one.end_mark.line + 2)
                sources.withheld.update((one.start_mark.name, line) for line in lines)
        else:
            stack.extend(_children(one))
