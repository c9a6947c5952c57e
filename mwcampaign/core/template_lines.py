"""Line breaks of templates as people mean them. For core.sandbox only; pure.

Jinja's trim_blocks takes the line break behind every block, so that a line with nothing but {% if … %} leaves no empty
line. It also takes the one behind a sentence that ends in {% endif %}, which would glue that line to the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_OPENING = re.compile(r"\{[%#{]")
_CLOSING = {"{%": "%}", "{#": "#}", "{{": "}}"}
_WORD = re.compile(r"\{%[-+]?\s*(\w*)")
_BREAK = re.compile(r"\r\n|\r|\n")
_RAW = re.compile(r"\{%[-+]?\s*raw\b")
_ENDS = {"endif": "if", "endfor": "for"}


def mend(source: str) -> str:
    """Return a template whose lines end where their author ends them. The number of each line stays."""
    if not ("%}" in source or "#}" in source) or _RAW.search(source):
        return source
    made: list[str] = []
    lines = _Lines()
    at = 0
    for start, end in _tags(source):
        text, tag = source[at:start], source[start:end]
        whole = lines.hear(text, tag)
        at, following = end, _BREAK.match(source, end)
        made.append(text)
        if following and lines.says and not tag.startswith("{{") and tag[-3] not in "+-":
            # A plus keeps the break behind it.
            tag = f"{tag[:-2]}+{tag[-2:]}"
            if whole:
                # The line is there with what it says, or not at all.
                tag, at = following[0] + tag, following.end()
                lines.next()
        made.append(tag)
    return "".join([*made, source[at:]])


def _tags(source: str) -> Iterator[tuple[int, int]]:
    """Yield where each tag begins and ends, up to one that never ends."""
    at = 0
    while opening := _OPENING.search(source, at):
        end = source.find(_CLOSING[opening[0]], opening.end())
        if end < 0:
            return
        at = end + 2
        yield opening.start(), at


@dataclass(slots=True)
class _Block:
    """An {% if %} or {% for %} that is not ended yet."""

    word: str
    first: bool
    """Its line begins with it."""
    divided: int = -1
    """The line of its last {% else %} or {% elif %}."""


class _Lines:
    """Where a template is read."""

    def __init__(self) -> None:
        self.line = 0
        self.empty = True
        """Nothing was on this line yet but blanks."""
        self.says = False
        """Something is on this line that will be read."""
        self._blocks: list[_Block] = []

    def next(self, number: int = 1) -> None:
        """Begin another line."""
        self.line, self.empty, self.says = self.line + number, True, False

    def hear(self, text: str, tag: str) -> bool:
        """Take in a text and the tag behind it; return whether that ends an {% if %} which began with its line, and is
        not divided on this one."""
        if breaks := list(_BREAK.finditer(text)):
            self.next(len(breaks))
            text = text[breaks[-1].end() :]
        first = self.empty and not text.strip()
        self.says = self.says or bool(text.strip()) or tag.startswith("{{")
        self.empty = False
        found = _WORD.match(tag)
        word = found[1] if found else ""
        if word in _ENDS.values():
            self._blocks.append(_Block(word, first))
        elif word in {"else", "elif"} and self._blocks:
            self._blocks[-1].divided = self.line
        elif word in _ENDS and self._blocks:
            ended = self._blocks.pop()
            return ended.word == _ENDS[word] == "if" and ended.first and ended.divided != self.line
        return False
