"""What only shows when the posts of all institutions are seen together: more than one application may send.

Used by core.judge; pure. It keeps one number for each minute in which something is due, however many posts that is.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from datetime import UTC, datetime

Minutes = Counter[tuple[str, int]]
"""How many posts are due, by network and minute since 1970."""


def minute(due: datetime) -> int:
    """Return the minute since 1970."""
    return int(due.timestamp()) // 60


def fullest(due: Minutes, network: str, seconds: int) -> tuple[int, datetime]:
    """Return the most posts of a network that are due within so many seconds, and when that time begins (UTC)."""
    within: deque[tuple[int, int]] = deque()
    number, most, begin = 0, 0, 0
    for at, count in sorted(_of(due, network)):
        within.append((at, count))
        number += count
        while at - within[0][0] >= seconds // 60:
            number -= within.popleft()[1]
        if number > most:
            most, begin = number, within[0][0]
    return most, datetime.fromtimestamp(begin * 60, UTC)


def _of(due: Minutes, network: str) -> Iterator[tuple[int, int]]:
    return ((at, count) for (name, at), count in due.items() if name == network)
