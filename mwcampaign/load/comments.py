"""Texts that YAML cuts at a hashtag, for it takes a # behind a space for a comment. Used by load.yaml only."""

from __future__ import annotations

import re

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from mwcampaign.core.findings import Position
from mwcampaign.load.inspect import STR
from mwcampaign.load.sources import LINE, Sources

WORDS = frozenset({
    "about", "alt", "cause", "consent", "credit", "former_tags", "main_tag", "main_tags", "name", "names", "note",
    "tags", "templates", "text", "title", "warning",
})  # fmt: skip
"""Keys under which people's own words stand, there or by language; a comment behind any other value is one."""
NOT_WORDS = frozenset({"policies"})
"""Where these keys mean something else."""
HASHTAG = re.compile(r"[ \t]#(?=[\w{])")
"""What begins a comment for YAML and a hashtag for people, who put a space behind the # of a comment."""
_REST = re.compile(r"[ \t:]*[ \t](#[\w{].*)")
_COMMENT = re.compile(r"[ \t]+#([ \t].*)?$")


def report_cut(root: Node, text: str, file: str, sources: Sources) -> None:
    """Report every unquoted text that ends at a hashtag, at the hash; and put back what was cut off, so that nothing
    else is said of what its author did write."""
    if not HASHTAG.search(text):
        return
    lines = LINE.split(text)
    seen: set[int] = set()
    stack: list[tuple[Node, Node | None, bool]] = [(root, None, False)]
    while stack:
        node, key, words = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, MappingNode):
            stack += [
                (value, name, words or name.value in WORDS) for name, value in node.value if name.value not in NOT_WORDS
            ]
        elif isinstance(node, SequenceNode):
            stack += [(item, None, words) for item in node.value]
        elif words and isinstance(node, ScalarNode) and not node.style:
            _judge(node, key, lines, file, sources)


def _judge(node: ScalarNode, key: Node | None, lines: list[str], file: str, sources: Sources) -> None:
    marks = [node.end_mark]
    if key is not None and key.end_mark.line < node.start_mark.line:
        marks.append(key.end_mark)
    for mark in marks:
        line = lines[mark.line] if mark.line < len(lines) else ""
        if found := _REST.match(line, mark.column):
            hint = "put the text into quotes, or write it below | on lines of its own"
            what = "without quotes YAML takes this for a comment: the text is cut off here"
            sources.fault("MW115", Position(file, mark.line + 1, found.start(1) + 1), what, hint)
            node.value, node.tag = f"{node.value} {_COMMENT.sub('', found[1])}".strip(), STR
            return
