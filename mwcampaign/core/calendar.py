"""When: a theme's day in an institution's zone becomes a due and a closing instant.

Rule for wall times on days when clocks change: an hour that does not exist is moved forward by the length of the
gap (02:30 becomes 03:30), an hour that comes twice is taken the first time. Both are reported, never silent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

END_OF_DAY = "end of day"


@dataclass(frozen=True, slots=True)
class At:
    """A wall time; with a zone it is one instant for all, without it each institution's own."""

    wall: time
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """When a delivery is due and when it is too late, both UTC; `notes` say what was resolved on the way."""

    due: datetime
    closes: datetime
    notes: tuple[str, ...] = ()
    other_date: date | None = None
    """The institution's own date at the due instant, where it is not the theme's."""

    @property
    def plain(self) -> bool:
        """Return whether there is nothing to say of it."""
        return not self.notes and self.other_date is None and self.closes > self.due


@lru_cache(maxsize=1024)
def parse_at(told: str) -> At:
    """Read `HH:MM`, `HH:MM:SS`, either with an IANA zone behind it. Raises ValueError."""
    match = re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s+(\S+))?", told.strip())
    if not match:
        raise ValueError("a time is HH:MM, or HH:MM with a zone such as 12:00 Europe/Paris")
    hour, minute, second, zone = match.groups()
    try:
        wall = time(int(hour), int(minute), int(second or 0))
    except ValueError:
        raise ValueError(f"{told.strip()!r} is no time of day: hours go from 00 to 23, minutes to 59") from None
    if zone is not None and zone not in available_timezones():
        raise ValueError(f"there is no time zone {zone!r}; use an IANA name such as Europe/Paris")
    return At(wall, zone)


@lru_cache(maxsize=1024)
def parse_closes(told: str) -> time | timedelta | None:
    """Read when a post is too late: a wall time of the same day, a span such as `90m` or `2h`, or None for the
    end of the day. Raises ValueError."""
    words = told.strip()
    if words == END_OF_DAY:
        return None
    if match := re.fullmatch(r"(\d{1,4})\s*(m|h)", words):
        span = timedelta(**{"minutes" if match[2] == "m" else "hours": int(match[1])})
        if not span:
            raise ValueError("a window of no length is never open")
        return span
    if re.fullmatch(r"\d{1,2}:\d{2}", words):
        return parse_at(words).wall
    raise ValueError(f"closes is {END_OF_DAY!r}, a span such as 90m or 2h, or a time such as 18:00")


def resolve(day: date, wall: time, zone: ZoneInfo) -> tuple[datetime, str]:
    """Return the UTC instant of a wall time, and a note when the clocks made it special, else ""."""
    local = datetime.combine(day, wall, zone)
    first, second = local.utcoffset(), local.replace(fold=1).utcoffset()
    assert first is not None and second is not None
    instant = local.astimezone(UTC)
    if first == second:
        return instant, ""
    if first > second:
        return instant, f"{wall:%H:%M} comes twice on {day} in {zone.key}; the first is taken"
    moved = instant.astimezone(zone)
    return instant, f"{wall:%H:%M} does not exist on {day} in {zone.key}; moved to {moved:%H:%M}"


@lru_cache(maxsize=100_000)
def window(day: date, at: str, closes: str, zone: ZoneInfo) -> Window:
    """Return the window of a theme's day for one zone. Sixty thousand institutions share a few hundred answers."""
    when = parse_at(at)
    clock = ZoneInfo(when.zone) if when.zone else zone
    due, note = resolve(day, when.wall, clock)
    limit = parse_closes(closes)
    notes = [note] if note else []
    match limit:
        case None:
            end, note = resolve(day + timedelta(days=1), time(0), clock)
        case timedelta():
            end, note = due + limit, ""
        case time():
            end, note = resolve(day, limit, clock)
    if note:
        notes.append(note)
    local = due.astimezone(zone).date()
    return Window(due, end, tuple(notes), local if local != day else None)
