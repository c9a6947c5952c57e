"""The two clocks: the machine's, and one that a rehearsal moves."""

from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    """The machine's clock, UTC."""

    def now(self) -> datetime:
        """Return the present instant."""
        return datetime.now(UTC)


class VirtualClock:
    """A clock that stands still until it is moved, and only moves forward."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        """Return the instant it was last moved to."""
        return self._now

    def move_to(self, instant: datetime) -> None:
        """Move forward; an instant that is past changes nothing."""
        self._now = max(self._now, instant)
