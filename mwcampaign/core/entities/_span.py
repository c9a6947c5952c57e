"""What an entity is, and what the networks' rules share: for the modules of this package."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a text: code point offsets, end exclusive; `text` is without the # or @ that marks a tag or name."""

    start: int
    end: int
    text: str


def apart(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """Return the spans that hold their place against `taken`; both are sorted and free of overlaps.

    Of two that overlap the networks keep the one that starts first: ＃museum.org is a hashtag, a.org/#museum is none.
    """
    kept: list[Span] = []
    others = iter(taken)
    other = next(others, None)
    for span in spans:
        while other and (other.end <= span.start or (kept and other.start < kept[-1].end)):
            other = next(others, None)
        if not other or span.start <= other.start:
            kept.append(span)
    return kept
