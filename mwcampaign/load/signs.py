"""Signs that look like those of YAML and are not, as word processors make them. Used by load.yaml only.

Inside a text they are right; what tells the two apart is whether the file can be read once one is replaced.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from mwcampaign.core.findings import Position
from mwcampaign.load.sources import Sources

TRIALS = 40
"""Readings of one file in search of what keeps it from being read; fewer where it is large."""
MOST_READ = 2_000_000
"""Characters read in all these."""

_UNSEEN = "\u200b\u2060\ufeff"
_ODD = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000" + _UNSEEN
_SPACES = rf"[{_ODD}][ {_ODD}]*+"
_DASHES = "\u2010-\u2015\u2022\u2043\u2212\u00b7\uff0d"
_OPEN, _CLOSE = "“”„‟«»‘’‚‛‹›", "“”„«»‘’‹›"
_BEFORE, _BEHIND = r"[:\-,\[{][ ]++", r"(?=[ ]*+(?:\r|$|[,\]}]))"
_CANDIDATES = tuple(
    (re.compile(pattern, re.MULTILINE), wanted)
    for pattern, wanted in (
        (rf"^[ \-]*+(?P<sign>{_SPACES})", "a space"),
        (rf"(?<=[\w\"'’”,\[{{]:)(?P<sign>{_SPACES})", "a space"),
        (rf"(?<=[,\[{{])(?P<sign>{_SPACES})", "a space"),
        (rf"(?:^[ \-]*+|[{{,][ ]*+)\w[\w.\-]{{0,60}}+(?P<sign>：[ {_ODD}]*+)", "a colon"),
        (rf"^[ ]*+(?P<sign>[{_DASHES}][ {_ODD}]++)", "a hyphen"),
        (rf"{_BEFORE}(?P<sign>[{_OPEN}][^\n\"]{{0,500}}?[{_CLOSE}\"]){_BEHIND}", "a straight quote"),
        (rf"{_BEFORE}\"[^\"\n]{{0,500}}(?P<sign>[“”„]){_BEHIND}", "a straight quote"),
    )
)
_KEY_BEGINS = re.compile(rf"[{_ODD}]|[{_DASHES}](?=[ {_ODD}])")
_KEY_ATE_VALUE = re.compile(rf":(?=[{_ODD}])|：")
_LOOK = re.compile(rf"[{_ODD}{_DASHES}：]|(?:^|[:\-,\[{{])[ \t]*[{_OPEN}]", re.MULTILINE)
_DOUBLE, _SINGLE = frozenset('“”„‟«»"'), frozenset("‘’‚‛‹›'")


@dataclass(frozen=True, slots=True)
class _Sign:
    """One that may be meant for a sign of YAML: text[start:end] and what would stand there."""

    start: int
    end: int
    line: int
    wanted: str
    plain: str


def report_causes(text: str, file: str, fails: Callable[[str], tuple[int, int] | None], sources: Sources) -> bool:
    """Report every sign that keeps a text from being read; return whether there is one.

    `fails` reads a text, and returns the (line, column), from 0, at which that failed, or None.
    """
    found = False
    trials = min(TRIALS, MOST_READ // (len(text) + 1) + 1)
    at = fails(text)
    while at is not None and trials > 0:
        near = sorted(_candidates(text), key=partial(_distance, at[0]))
        for sign in near[:trials]:
            trials -= 1
            mended = text[: sign.start] + sign.plain + text[sign.end :]
            further = fails(mended)
            if further is None or further > at:
                _report(sign.wanted, text[sign.start : sign.end], _place(text, sign.start, file), sources)
                text, at, found = mended, further, True
                break
        else:
            break
    return found


def _distance(line: int, sign: _Sign) -> int:
    return abs(sign.line - line)


def _candidates(text: str) -> Iterator[_Sign]:
    for pattern, wanted in _CANDIDATES:
        line = done = 0
        for match in pattern.finditer(text):
            told, start = match["sign"], match.start("sign")
            line, done = line + text.count("\n", done, start), start
            yield _Sign(start, match.end("sign"), line, wanted, _plain(told, wanted, text[start - 1 : start]))


def _plain(told: str, wanted: str, before: str) -> str:
    if wanted == "a colon":
        return ": "
    if wanted == "a hyphen":
        return "- "
    if wanted == "a straight quote":
        return '"' if len(told) == 1 else "'" + told[1:-1].replace("'", "''") + "'"
    spaces = " " * sum(sign not in _UNSEEN for sign in told)
    return spaces or (" " if before in {":", "-"} else "")


def _report(wanted: str, told: str, where: Position, sources: Sources) -> None:
    sign = next(one for one in told if not one.isascii())
    name = unicodedata.name(sign, "sign").lower()
    name = f"{'an' if name[0] in 'aeiou' else 'a'} {name} (U+{ord(sign):04X})"
    what, hint = f"{name} stands here where YAML wants {wanted}", f"delete it and type {wanted} on the keyboard"
    if sign in _UNSEEN:
        what, hint = f"{name} stands here, and YAML takes it for a letter", "delete it; keep a space behind : and -"
    sources.fault("MW104", where, what, hint)


def _place(text: str, index: int, file: str) -> Position:
    lines = re.split("\r\n|\r|\n", text[:index])
    return Position(file, len(lines), len(lines[-1]) + 1)


def report_signs(root: Node, text: str, sources: Sources) -> bool:
    """Report what YAML read, but not as it was meant: signs that made a key of something else, and quotes that are part
    of a value. Return False where keys are not those that were meant."""
    if not _LOOK.search(text):
        return True
    sound = True
    seen: set[int] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, MappingNode):
            for key, value in node.value:
                sound = _key_is_meant(key, value, sources) and sound
                stack.append(value)
        elif isinstance(node, SequenceNode):
            stack += node.value
        elif isinstance(node, ScalarNode) and not node.style:
            _judge_quotes(node, sources)
    return sound


def _key_is_meant(key: Node, value: Node, sources: Sources) -> bool:
    if not isinstance(key, ScalarNode) or key.style:
        return True
    told, mark = key.value, key.start_mark
    if begins := _KEY_BEGINS.match(told):
        wanted, at = ("a space" if re.match(f"[{_ODD}]", told) else "a hyphen"), begins.start()
    elif told[:1] == "-" and re.match(f"[{_ODD}]", told[1:]):
        wanted, at = "a space", 1
    elif isinstance(value, ScalarNode) and not value.value and (ate := _KEY_ATE_VALUE.search(told)):
        wanted, at = ("a colon", ate.start()) if ate[0] == "：" else ("a space", ate.end())
    else:
        return True
    _report(wanted, told[at:], Position(mark.name, mark.line + 1, mark.column + at + 1), sources)
    return False


def _judge_quotes(node: ScalarNode, sources: Sources) -> None:
    told = node.value
    kind = _DOUBLE if told[:1] in _DOUBLE else _SINGLE
    if len(told) < 2 or told[0] not in kind or told[-1] not in kind or not kind.isdisjoint(told[1:-1]):
        return
    where = Position(node.start_mark.name, node.start_mark.line + 1, node.start_mark.column + 1)
    what = f"for YAML these quotes, {told[0]} and {told[-1]}, are part of the value, and would be published with it"
    sources.fault("MW116", where, what, 'write straight ones in their place ("), or around them where they are meant')
