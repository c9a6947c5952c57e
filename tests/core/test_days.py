"""Days of an edition are compared with each other."""

from __future__ import annotations

import pytest

from mwcampaign.core.campaign import Theme
from mwcampaign.core.days import doubtful_days


def odd(*told: str, about: tuple[str, ...] = ()) -> list[int]:
    """Return the indexes of the days that are doubted."""
    days = [
        Theme.model_validate({"id": f"d{at}", "date": date, "about": {"en": about[at]} if about else {}})
        for at, date in enumerate(told)
    ]
    return [index for index, _, _ in doubtful_days(days)]


@pytest.mark.parametrize(
    ("dates", "doubted"),
    [
        (["2021-06-07"], []),
        (["2021-06-07", "2021-06-08", "2021-08-06"], []),
        (["2021-06-07", "2021-06-08", "2021-08-08"], [2]),
        (["2020-06-07", "2021-06-08", "2021-06-09"], [0]),
        (["2021-06-07", "2022-06-08"], []),
        ([f"2021-{month:02d}-{day:02d}" for month in range(1, 13) for day in (1, 8, 15, 22)], []),
        (["2021-01-10", "2021-04-10", "2021-07-10", "2021-10-10"], []),
        (["2021-06-07", "2021-06-07"], [1]),
        (["2021-06-07", "2021-06-09", "2021-06-08", "2021-06-10"], [2]),
    ],
)
def test_far_again_or_before(dates: list[str], doubted: list[int]) -> None:
    """More than 60 days from all others, the same date, or out of order: that day, and no other. A season of many weeks
    and a tour of far places have no such day; of two nobody knows which is wrong."""
    assert odd(*dates) == doubted


def test_two_subjects_may_share_a_date() -> None:
    """Days that say what they are about, and differ, mean it."""
    assert odd("2021-06-07", "2021-06-07", about=("Music", "Sport")) == []
    assert odd("2021-06-07", "2021-06-07", about=("Music", "Music")) == [1]
