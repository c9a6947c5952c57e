"""The right theme on the right local date, clock changes included."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwcampaign.core.calendar import parse_at, parse_closes, resolve, window

PARIS, TOKYO, NEW_YORK = ZoneInfo("Europe/Paris"), ZoneInfo("Asia/Tokyo"), ZoneInfo("America/New_York")


def test_each_institution_has_the_day_in_its_own_zone() -> None:
    """Ten o'clock is ten o'clock there, and the day ends at midnight there."""
    tokyo = window(date(2026, 6, 9), "10:00", "end of day", TOKYO)
    assert (tokyo.due, tokyo.closes) == (datetime(2026, 6, 9, 1, tzinfo=UTC), datetime(2026, 6, 9, 15, tzinfo=UTC))
    assert window(date(2026, 6, 9), "10:00", "end of day", NEW_YORK).due == datetime(2026, 6, 9, 14, tzinfo=UTC)


def test_one_instant_for_all() -> None:
    """With a zone it is the same instant everywhere, and a museum whose date then differs is told."""
    everywhere = {window(date(2026, 6, 9), "01:00 Europe/Paris", "end of day", zone).due for zone in (PARIS, TOKYO)}
    assert everywhere == {datetime(2026, 6, 8, 23, tzinfo=UTC)}
    assert window(date(2026, 6, 9), "01:00 Europe/Paris", "end of day", NEW_YORK).other_date == date(2026, 6, 8)
    assert window(date(2026, 6, 9), "01:00 Europe/Paris", "end of day", PARIS).other_date is None


def test_an_hour_that_does_not_exist_moves_forward_and_is_reported() -> None:
    """On the closing Sunday of 2014 Paris has no 02:30: it becomes 03:30."""
    spring = window(date(2014, 3, 30), "02:30", "end of day", PARIS)
    assert spring.due.astimezone(PARIS).time() == time(3, 30)
    assert "does not exist" in spring.notes[0]
    assert "moved to 03:30" in spring.notes[0]
    assert spring.closes - spring.due == timedelta(hours=20, minutes=30)


def test_an_hour_that_comes_twice_is_taken_the_first_time_and_reported() -> None:
    """02:30 on a day when the clocks go back: the earlier one."""
    autumn = window(date(2014, 10, 26), "02:30", "2h", PARIS)
    assert autumn.due == datetime(2014, 10, 26, 0, 30, tzinfo=UTC)
    assert "comes twice" in autumn.notes[0]


def test_a_day_that_begins_with_a_gap() -> None:
    """Where midnight itself does not exist the day before ends when the clocks jump."""
    beirut = window(date(2023, 3, 25), "23:30", "end of day", ZoneInfo("Asia/Beirut"))
    assert beirut.closes == datetime(2023, 3, 25, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "meant"),
    [("end of day", None), ("90m", timedelta(minutes=90)), ("2h", timedelta(hours=2)), ("18:00", time(18))],
)
def test_closes_is_read(told: str, meant: time | timedelta | None) -> None:
    """A window ends at midnight, after a span, or at an hour."""
    assert parse_closes(told) == meant


@pytest.mark.parametrize("told", ["25:00", "10", "10:60", "noon", "10:00 Europe/Pariss", ""])
def test_what_is_no_time_is_refused(told: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValueError, match=r"time|hours|zone"):
        parse_at(told)


@pytest.mark.parametrize("told", ["0h", "soon", "24:00", "-2h"])
def test_what_is_no_window_is_refused(told: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValueError, match=r"closes|window|hours"):
        parse_closes(told)


@given(
    day=st.dates(date(2014, 1, 1), date(2035, 12, 31)),
    minute=st.integers(0, 24 * 60 - 1),
    zone=st.sampled_from(
        ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo", "Asia/Beirut",
         "America/Sao_Paulo", "Pacific/Apia", "Asia/Tokyo", "America/St_Johns"]
    ),
)  # fmt: skip
def test_an_independent_calendar_agrees(day: date, minute: int, zone: str) -> None:
    """The library `whenever`, told our rule, gives the same instant for every wall time of twenty years."""
    from whenever import PlainDateTime

    wall = time(minute // 60, minute % 60)
    ours, _ = resolve(day, wall, ZoneInfo(zone))
    local = PlainDateTime(day.year, day.month, day.day, wall.hour, wall.minute)
    assert ours == local.assume_tz(zone, disambiguation="compatible").to_instant().to_stdlib()
