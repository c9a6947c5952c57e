"""What Mastodon makes clickable in a text, by the rules of its servers. For checks, previews and core.text."""

from __future__ import annotations

import regex

from mwcampaign.core.entities import _hosts as hosts
from mwcampaign.core.entities import _links as links
from mwcampaign.core.entities._span import Span, apart

_SCHEMES = "https?|dat|dweb|ipfs|ipns|ssb|gopher|gemini"
_BEYOND_ASCII = r"\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef\U00010000-\U000efffd"
_TAIL = links.Tail(
    path=r"[^\p{White_Space}()<>?]",
    path_never_last="!*\"'「」;:=,.$%[]~&|@",
    query=rf"[A-Za-z0-9!?*'();:&=+$/%#\[\]\-_.,~|@\^{_BEYOND_ASCII}]",
    query_never_last="!?*'();:+$%[].,~|@^",
    brackets_need=False,
)
_WORD = r"\p{L}\p{M}\p{Nd}\p{Pc}"
_SEPARATORS = "·・\u200c"
_HASHTAG = regex.compile(rf"(?:^|(?<=\s))[#＃]([{_WORD}][{_WORD}{_SEPARATORS}]*+)", regex.MULTILINE)
_HAS_LETTER = regex.compile(r"\p{Alphabetic}")
_HAS_INNER = regex.compile(rf"(?<=.)[_{_SEPARATORS}](?=.)", regex.DOTALL)
_SCHEME_LAST = regex.compile("(?<=.)https?$")
_MENTION = regex.compile(
    rf"(?<![=/{_WORD}])@([A-Za-z0-9_]++(?:[.-]++[A-Za-z0-9_]++)*+)"
    rf"(?:@(?=[{_WORD}.-]{{2}})([.-]*+[{_WORD}]++(?:[.-]++[{_WORD}]++)*+))?"
)


def mastodon_urls(text: str) -> list[Span]:
    """Find the links a server shortens in its count; without a scheme there is none.

    xmpp: and magnet: addresses, clickable but counted in full, are not among them.
    """
    if "://" not in text:
        return []
    return [
        Span(link.start, link.end, text[link.start : link.end])
        for link in links.scan(text, _SCHEMES, _TAIL)
        if link.scheme
    ]


def mastodon_hashtags(text: str) -> list[Span]:
    """Find the hashtags: at the start of a line or after white space, not of digits only; none inside links."""
    found = []
    for tag in _HASHTAG.finditer(text):
        name = tag[1].rstrip(_SEPARATORS)
        if text.startswith("://", tag.start(1) + len(name)):
            name = _SCHEME_LAST.sub("", name)
        if _HAS_LETTER.search(name) or _HAS_INNER.search(name):
            found.append(Span(tag.start(), tag.start(1) + len(name), name))
    return apart(found, mastodon_urls(text)) if found else []


def mastodon_mentions(text: str) -> list[Span]:
    """Find the mentions; `text` is user or user@host. None inside links."""
    found = [
        Span(name.start(), name.end(), name[0][1:])
        for name in _MENTION.finditer(text)
        if not hosts.NAME_GOES_ON.match(text, name.end())
    ]
    return apart(found, mastodon_urls(text)) if found else []
