"""Which finding is which, from one run to the next, while lines move: for fingerprints and baselines.

A finding is known by its code, its file, where it stands among the file's keys and ids, and its text without what
changes by the way: figures, and for whom it was said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mwcampaign.core.findings import Finding, Position
from mwcampaign.report.plain import slashed

Line = Callable[[Position], str | None]
"""Gives the line of text at a place, or None where there is none or it must not be shown."""

FIGURE = re.compile(r"(?<![\w'\".#@/-])\d[\d,.]*(?![\w'\"@/-])")
FOR_WHOM = re.compile(r" \([^()]*\)$")
KEY = re.compile(r"(?P<indent>\s*)(?P<dashes>(?:-\s+)*)(?P<open>\{\s*)?(?P<key>[\w.-]+)\s*:(?:\s|$)(?P<rest>.*)")
ID = re.compile(r"""\bid:\s*["']?([^\s,}"']+)""")


@dataclass(frozen=True, slots=True, order=True)
class Identity:
    """What two findings share when they are the same one; `at` is a path of keys and ids such as posts/story/text."""

    file: str
    code: str
    at: str
    text: str


def identities(findings: Iterable[Finding], line: Line) -> list[Identity]:
    """Return the identity of each finding, in their order."""
    told = list(findings)
    last: dict[str, int] = {}
    for one in told:
        last[one.where.file] = max(last.get(one.where.file, 0), one.where.line)
    outlines = {file: _outline(file, number, line) for file, number in last.items()}
    return [
        Identity(slashed(one.where.file), one.code, outlines[one.where.file].get(one.where.line, ""), _text(one.text))
        for one in told
    ]


def _text(text: str) -> str:
    return FIGURE.sub("N", FOR_WHOM.sub("", text))


class _Place:
    """A key or a list's entry that is open while its lines are read; an entry takes its id when that comes."""

    def __init__(self, indent: int, name: str, *, entry: bool = False, text: bool = False) -> None:
        self.indent, self.name, self.entry, self.text = indent, name, entry, text


def _outline(file: str, last: int, line: Line) -> dict[int, str]:
    """Return the path of keys and ids of each line up to `last`; {} where a file has none."""
    if not last or not file.endswith((".yaml", ".yml", ".csv")):
        return {}
    lines = {number: line(Position(file, number)) for number in range(1, last + 40)}
    if file.endswith(".csv"):
        return {number: re.split("[,;\t]", told, maxsplit=1)[0].strip('"') for number, told in lines.items() if told}
    opened: list[_Place] = []
    paths: dict[int, tuple[_Place, ...]] = {}
    for number, told in lines.items():
        if told is not None and told.strip() and not told.lstrip().startswith("#"):
            opened = _open(told, opened)
        paths[number] = tuple(opened)
    return {number: "/".join(place.name for place in path) for number, path in paths.items()}


def _open(told: str, opened: list[_Place]) -> list[_Place]:
    """Return the places that are open on a line, given those that were open before it."""
    indent = len(told) - len(told.lstrip())
    if opened and opened[-1].text and indent > opened[-1].indent:
        return opened
    found = KEY.match(told)
    if found is None or found["dashes"]:
        # Text, or an entry: it closes what is as deep as itself, but a list may stand as deep as its key.
        opened = [one for one in opened if one.indent < indent or (one.indent == indent and not one.entry)]
    else:
        opened = [one for one in opened if one.indent < indent]
    if found is None:
        return opened
    if found["dashes"]:
        name = ID.search(told) if found["open"] or found["key"] == "id" else None
        opened.append(_Place(indent, name[1] if name else "-", entry=True))
    if found["open"]:
        return opened
    if found["key"] == "id":
        entry = next((one for one in reversed(opened) if one.entry), None)
        if entry is not None and (value := found["rest"].split("#")[0].strip().strip("\"'")):
            entry.name = value
        return opened
    # What stands deeper below | or > is text, whatever it looks like.
    text = found["rest"].lstrip().startswith(("|", ">"))
    opened.append(_Place(indent + len(found["dashes"]), found["key"], text=text))
    return opened
