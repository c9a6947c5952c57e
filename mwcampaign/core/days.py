"""Do an edition's days fit together? Pure; compares them with each other, never with today. Called by load."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from mwcampaign.core.campaign import Theme

FAR = 60
"""So many days from the nearest other day are a slip in the year or the month, where most days are nearer."""


def doubtful_days(days: Sequence[Theme]) -> Iterator[tuple[int, str, str]]:
    """Yield the index of each day whose date is far from all others, theirs again or before theirs, what is odd and
    what to do. One thing of each day; the same date is none where both days say what they are about and differ."""
    seen: dict[int, Theme] = {}
    latest = 0
    numbers = [day.date.toordinal() for day in days]
    far = _far(numbers)
    for index, (day, number) in enumerate(zip(days, numbers, strict=True)):
        if number in far:
            yield index, f"{day.date} is {far[number]} days from the nearest other day", "look at its year and month"
            continue
        before = seen.setdefault(number, day)
        if before is not day and not (before.about and day.about and before.about != day.about):
            what = f"{day.id} has the date of {before.id}, {day.date}"
            yield index, what, "correct one of them, or let both say what they are about"
        elif number < latest:
            yield index, f"{day.id} stands behind days that come after it", "put days in the order of their dates"
        latest = max(latest, number)


def _far(numbers: Sequence[int]) -> dict[int, int]:
    """Return the distance of each date that is far from all others; none where most are, as on a tour."""
    dates = sorted(set(numbers))
    gaps = [after - before for before, after in pairwise(dates)]
    nearest = {date: min(gaps[max(place - 1, 0) : place + 1], default=0) for place, date in enumerate(dates)}
    far = {date: gap for date, gap in nearest.items() if gap > FAR}
    return far if 2 * len(far) < len(dates) else {}
