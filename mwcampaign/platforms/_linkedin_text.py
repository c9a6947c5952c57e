"""LinkedIn's "little text": hashtags stay hashtags, everything else is plain text, and back. Pure; only the LinkedIn
adapter uses it.

An unescaped `(` can cut a post off without a word, so every reserved character is escaped. A hashtag is sent in the
form that says where it ends, `{hashtag|\\#|tag}`: it is also the form in which LinkedIn gives hashtags back.
"""

from __future__ import annotations

import re

from mwcampaign.core.entities import hashtags

_RESERVED = re.compile(r"[\\|{}@\[\]()<>#*_~]")
_ELEMENT = re.compile(
    r"\\(?P<plain>.)"
    r"|\{hashtag\|\\?(?P<sign>[#＃])\|(?P<tag>(?:\\.|[^\\|{}])+)\}"
    r"|@\[(?P<name>(?:\\.|[^\\\[\]])*)\]\(urn:li:[^\s()]+\)",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def little(text: str) -> str:
    """Write a text as little text: its live hashtags as hashtags, all else as it reads."""
    parts, at = [], 0
    for tag in hashtags("linkedin")(text):
        parts.append(_plain(text[at : tag.start]))
        parts.append(rf"{{hashtag|\{text[tag.start]}|{_plain(text[tag.start + 1 : tag.end])}}}")
        at = tag.end
    return "".join(parts) + _plain(text[at:])


def visible(commentary: str) -> str:
    """Return what little text reads like; what is no little text stays as it is."""
    return _ELEMENT.sub(_shown, commentary)


def _plain(text: str) -> str:
    return _RESERVED.sub(r"\\\g<0>", text)


def _shown(element: re.Match[str]) -> str:
    if element["plain"] is not None:
        return element["plain"]
    told = f"{element['sign']}{element['tag']}" if element["tag"] is not None else element["name"]
    return _ESCAPE.sub(r"\1", told)
