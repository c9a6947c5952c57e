"""Guessing what was meant: one place for every "did you mean". Pure; anybody may call it."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

LONGEST = 60
"""Words beyond this many characters are no slips of the hand, and cost too much to compare."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the one of `known` that `word` most likely stands for, or None. Ignores case."""
    return _nearest(word, tuple(known))


@lru_cache(maxsize=2048)
def _nearest(word: str, known: tuple[str, ...]) -> str | None:
    if not word or len(word) > LONGEST:
        return None
    low = {name.casefold(): name for name in known}
    told = word.casefold().strip()
    if told in low:
        return low[told]
    found = get_close_matches(told, low, n=1, cutoff=0.6)
    return low[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the sentence that proposes the nearest of `known`, or "" where nothing is near."""
    found = nearest(word, known)
    return f"did you mean {found}?" if found else ""


def listed(names: Iterable[str], most: int = 12) -> str:
    """Return names as `a, b, c`, cut after `most` with the number of those left out."""
    told = list(names)
    more = f" and {len(told) - most} more" if len(told) > most else ""
    return ", ".join(told[:most]) + more
