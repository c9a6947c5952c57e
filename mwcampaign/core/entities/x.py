"""What X makes clickable in a text, by the rules X publishes. For checks, previews, core.text and X's adapter."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from mwcampaign.core.entities import _hosts as hosts
from mwcampaign.core.entities import _links as links
from mwcampaign.core.entities._span import Span, apart

_CYRILLIC = r"\u0400-\u04ff"
_PATH = rf"[A-Za-z{_CYRILLIC}0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&{hosts.LATIN}]"
_TAIL = links.Tail(
    path=_PATH,
    path_never_last="!*';:,.$%[]\u2013~@|&",
    query=r"[A-Za-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]",
    query_never_last="!?*'@();:+$%[].,~|",
    brackets_need=True,
)
_SCHEMES = "https?"
_SHORT = regex.compile(r"https?://t\.co/([a-z0-9]++)", regex.IGNORECASE)
_MOST_SLUG = 40

_LETTER = r"\p{L}\p{M}"
_JOINERS = r"_\u200c\u200d\ua67e\u05be\u05f3\u05f4\uff5e\u301c\u309b\u309c\u30a0\u30fb\u3003\u0f0b\u0f0c\u00b7"
_TAG = rf"{_LETTER}\p{{Nd}}{_JOINERS}"
_HASHTAG = regex.compile(rf"(?:(?<=[\ufe0e\ufe0f])|(?<![{_TAG}&]))[#＃](?![\ufe0f\u20e3])([{_TAG}]++)")
_HAS_LETTER = regex.compile(rf"[{_LETTER}]")
_TAG_GOES_ON = regex.compile(r"[#＃]|://")
_MENTION = regex.compile(
    r"(?:(?<![A-Za-z0-9_!#$%&*@＠])|(?<=(?:^|[^A-Za-z0-9_+~.-])[Rr][Tt]:?))[@＠]([A-Za-z0-9_]{1,20})"
)
_CASHTAG = regex.compile(
    rf"(?<=^|[{hosts.SPACES}{hosts.DIRECTION}])\$([A-Za-z]{{1,6}}(?:[._][A-Za-z]{{1,2}})?)"
    rf"(?=$|[{hosts.SPACES}{hosts.PUNCTUATION}])"
)


def x_urls(text: str) -> list[Span]:
    """Find the links, with a scheme or bare; each counts 23 whatever its length."""
    return [Span(start, end, text[start:end]) for start, end in url_places(text)]


def url_places(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the links start and end: for core.text, which counts a great many texts."""
    for link in links.scan(text, _SCHEMES, _TAIL):
        if link.scheme:
            end = _short_end(text, link)
            if end >= 0:
                yield link.start, end
        elif link.start == 0 or text[link.start - 1] not in "-_./":
            yield from _bare(text, link)


def _bare(text: str, link: links.Link) -> list[tuple[int, int]]:
    parts = list(hosts.latin_hosts(text, link.host, link.host_end))
    # A path belongs to the host directly in front of it, a query alone to none.
    if parts and parts[-1][1] == link.host_end and text.startswith("/", link.port_end):
        parts[-1] = (parts[-1][0], link.end)
    return parts


def _short_end(text: str, link: links.Link) -> int:
    """Return where the link ends, -1 if it is none: X's own short links have no path after the first part."""
    short = _SHORT.match(text, link.start, link.end)
    if not short:
        return link.end
    if len(short[1]) > _MOST_SLUG:
        return -1
    return _TAIL.query_end(text, short.end(), link.end)


def x_hashtags(text: str) -> list[Span]:
    """Find the hashtags: letters, marks, digits, _ and a few joiners, one letter at least; none inside links."""
    found = []
    for tag in _HASHTAG.finditer(text):
        if _HAS_LETTER.search(tag[1]) and not _TAG_GOES_ON.match(text, tag.end()):
            found.append(Span(tag.start(), tag.end(), tag[1]))
    return apart(found, x_urls(text)) if found else []


def x_mentions(text: str) -> list[Span]:
    """Find the mentions, names of 1 to 20 characters; none inside links."""
    found = []
    for name in _MENTION.finditer(text):
        if not hosts.NAME_GOES_ON.match(text, name.end()):
            found.append(Span(name.start(), name.end(), name[1]))
    return apart(found, x_urls(text)) if found else []


def x_cashtags(text: str) -> list[Span]:
    """Find the cashtags, $ and 1 to 6 letters; `text` is without the $. X allows a self-serve app one per post."""
    return [Span(tag.start(), tag.end(), tag[1]) for tag in _CASHTAG.finditer(text)]
