"""How a text is searched for links by X's grammar, which Mastodon extends. For x and mastodon in this package.

A link is a host with a known top-level domain, a scheme before it or not, a port, a path and a query after it. The
search goes from dot to dot, since there is no host without one, and never looks twice at a run of host characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import regex

from mwcampaign.core._tlds import TLDS
from mwcampaign.core.entities import _hosts as hosts

_DOT = regex.compile(rf"\.(?![.\-_]){hosts.HOST}")
_BACK = regex.compile(rf"(?r){hosts.HOST}*+")
_AHEAD = regex.compile(rf"{hosts.HOST}*+")
# X's library cuts an emoji in two, as UTF-16 does: the first half stands before the link, the second is the link's.
_HALVED = regex.compile(rf"(?<=[{hosts.NOT_BEFORE}])[\U00010000-\U0010ffff](?=[\-_]|\Z)")
_START = regex.compile(rf"(?:^|(?<=[^{hosts.NOT_BEFORE}]))(?![.\-_]){hosts.HOST}|{_HALVED.pattern}")
_PORT = regex.compile(r":[0-9]++")
# The usual link, between white space and with nothing in it that the full rules would judge otherwise.
_PLAIN = re.compile(
    r"(https?://)((?:[a-z0-9]++(?:-[a-z0-9]++)*+\.)+([a-z]++))(?:/[A-Za-z0-9_/-]{0,200}+)?(?=[.,!]?(?:[ \n]|\Z))"
)
_HARMLESS = frozenset(" \n\xa0.,;:!?)/'-_") | {""}
"""What may stand behind a dot that belongs to no link."""
_SHORTENER = "t.co"
"""X has a rule of its own for what follows this host."""
_NEAR = 80
_DEFAULT_SCHEME = "https://"


class Link(NamedTuple):
    """A link: `start` is where its scheme or host starts; `scheme` is "" for a bare host."""

    start: int
    scheme: str
    host: int
    host_end: int
    port_end: int
    end: int


class Tail:
    """What may follow a host: the classes of a path's and a query's characters, and which cannot be the last.

    A path may end in brackets; with `brackets_need`, only if what stands before them could end it too.
    """

    def __init__(
        self, path: str, path_never_last: str, query: str, query_never_last: str, *, brackets_need: bool
    ) -> None:
        # Two levels of brackets at most, and a class without brackets inside them: nothing to go back to.
        brackets = rf"\((?:{path}++|{path}*+\({path}++\){path}*+)\)"
        self._path = regex.compile(rf"/(?:{path}++|{brackets})*+")
        self._brackets = regex.compile(rf"(?r)(?:{brackets})*+") if brackets_need else None
        self._query = regex.compile(rf"\?{query}*+")
        self._path_never_last = path_never_last
        self._query_never_last = query_never_last

    def path_end(self, text: str, at: int) -> int:
        """Return where the path at `at` ends, `at` if there is none."""
        found = self._path.match(text, at)
        if not found:
            return at
        end: int = found.end()
        while True:
            while end > at + 1 and text[end - 1] in self._path_never_last:
                end -= 1
            brackets = self._brackets.match(text, at + 1, end) if self._brackets else None
            if (
                not brackets
                or brackets.start() in (at + 1, end)
                or text[brackets.start() - 1] not in self._path_never_last
            ):
                return end
            end = brackets.start()

    def query_end(self, text: str, at: int, last: int | None = None) -> int:
        """Return where the query at `at` ends, `at` if there is none; nothing after `last` is looked at."""
        found = self._query.match(text, at, len(text) if last is None else last)
        return at + len(found[0].rstrip(self._query_never_last)) if found else at


@cache
def _schemes(names: str) -> regex.Pattern[str]:
    return regex.compile(rf"(?ri)(?:{names})://")


def scan(text: str, schemes: str, tail: Tail) -> Iterator[Link]:
    """Yield what has the form of a link, in order, no part of the text in two; `schemes` is a pattern of names.

    A bare host that is glued to `-_./` or has no part in Latin letters is yielded too: it is no link, but a link
    cannot start inside it.
    """
    pattern = _schemes(schemes)
    free = 0
    at = 0
    while dot := _DOT.search(text, at):
        if plain := _plain(text, dot.start(), free):
            at = free = plain.end()
            yield Link(plain.start(), plain[1], plain.end(1), plain.end(2), plain.end(2), free)
            continue
        back = _BACK.match(text, 0, dot.start())
        ahead = _AHEAD.match(text, dot.start())
        assert back is not None
        assert ahead is not None
        run = hosts.cut(text, back.start(), ahead.end())
        at = ahead.end()
        label = 0
        while found := _next(text, run, label, free, pattern):
            start, host, label, host_end = found
            port = _PORT.match(text, host_end)
            port_end = port.end() if port else host_end
            end = tail.query_end(text, tail.path_end(text, port_end))
            free = end
            if _plausible(text, start, host, host_end, end):
                yield Link(start, text[start:host], host, host_end, port_end, end)
            if free >= at:
                break
            while label + 1 < len(run.start) and run.end[label] <= free:
                label += 1
        at = max(at, free)


def plain_links(text: str) -> list[tuple[int, int]] | None:
    """Return where the links stand if all are of the usual kind, None where the full rules must judge.

    Such a link is ASCII, has a scheme, and stands between white space, perhaps with a . , or ! behind it.
    """
    places: list[tuple[int, int]] = []
    free = 0
    dot = text.find(".")
    while dot >= 0:
        if text[dot + 1 : dot + 2] in _HARMLESS:
            dot = text.find(".", dot + 1)
            continue
        plain = _plain(text, dot, free)
        if plain is None or plain[2] == _SHORTENER:
            return None
        place = plain.span()
        places.append(place)
        free = place[1]
        dot = text.find(".", free)
    return places


def _plain(text: str, dot: int, free: int) -> re.Match[str] | None:
    """Return the usual kind of link around a dot: the short cut that makes counting cheap."""
    near = max(free, dot - _NEAR)
    begin = max(text.rfind(" ", near, dot), text.rfind("\n", near, dot)) + 1
    if not begin and near:
        return None
    found = _PLAIN.match(text, begin)
    if not found:
        return None
    start, end = found.span(2)
    return found if start < dot < end <= start + hosts.MOST_LABEL and found[3] in TLDS else None


def _next(
    text: str, run: hosts.Run, label: int, free: int, schemes: regex.Pattern[str]
) -> tuple[int, int, int, int] | None:
    """Return start, host, label and end of the next host in the run, None if there is none after `free`."""
    first = run.start[0]
    if label == 0 and (scheme := schemes.match(text, free, first)) and _START.match(text, scheme.start()):
        start = scheme.start()
        if (start > free or start == 0) and (end := hosts.host_end(run, text, 0, first)) >= 0:
            return start, first, 0, end
    for k in range(label, len(run.start) - 1):
        lowest = max(run.start[k], free + 1 if free and not _HALVED.match(text, free, run.end[k]) else free)
        if lowest >= run.end[k]:
            continue
        if run.reach[k + 1] < 0:
            if run.tld[k + 1] < 0:
                continue
            # The name directly before the top-level domain has no underscore; it may start after one.
            lowest = max(lowest, text.rfind("_", lowest, run.end[k]) + 1)
        found = _START.search(text, lowest, run.end[k])
        if not found:
            continue
        begin: int = found.start()
        # At the very start X takes a character for what stands before the link, if it can be that.
        if begin == 0 and _START.match(text, 1, run.end[k]):
            begin = 1
        if (end := hosts.host_end(run, text, k, begin)) >= 0:
            return begin, begin, k, end
    return None


def _plausible(text: str, start: int, host: int, host_end: int, end: int) -> bool:
    """Tell whether DNS could know the host and the link is not too long."""
    encoded = hosts.encoded_length(text[host:host_end])
    scheme = host - start or len(_DEFAULT_SCHEME)
    return encoded >= 0 and scheme + (end - start) - (host_end - host) + encoded <= hosts.MOST_URL
