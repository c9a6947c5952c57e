"""What only shows when all posts of an account are seen together."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from mwcampaign.core.campaign import Institution
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.rules import RULES
from mwcampaign.core.week import CLOSE, Week

MONDAY = datetime(2021, 6, 7, 8, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def said(*posts: tuple[str, str, datetime], able: dict[str, Any] | None = None, **told: Any) -> list[list[str]]:
    """Return the codes said of each post."""
    expires = told.pop("expires", None)
    house = Institution.model_validate({"id": "mill", "name": "Mill", "timezone": "Europe/Paris"} | told)
    week = Week(
        house, "mill@kit", Capabilities("kit", 500, "characters", "here", "2026-01-01", **(able or {})), expires
    )
    for post in posts:
        week.hear(*post)
    codes = [[code for code, _, _ in sayings] for sayings in week.sayings()]
    assert {code for each in codes for code in each} <= RULES.keys()
    return codes


def test_an_ordinary_week_has_nothing_to_be_said() -> None:
    """Different texts, hours apart."""
    assert said(("a", "one", MONDAY), ("b", "two", MONDAY + HOUR), ("a", "three", MONDAY + 24 * HOUR)) == [[], [], []]


@pytest.mark.parametrize("apart", [timedelta(), MINUTE, CLOSE - MINUTE, CLOSE])
def test_posts_that_hide_each_other(apart: timedelta) -> None:
    """The later of two that are due within ten minutes, however they were written down."""
    expected = ["MW412"] if apart < CLOSE else []
    assert said(("a", "one", MONDAY), ("b", "two", MONDAY + apart)) == [[], expected]
    if apart:
        assert said(("b", "two", MONDAY + apart), ("a", "one", MONDAY)) == [expected, []]


def test_the_same_text_again() -> None:
    """Of two posts, or of one post on two days: the later one."""
    assert said(("a", "one", MONDAY), ("b", "one", MONDAY + HOUR)) == [[], ["MW413"]]
    assert said(("a", "", MONDAY), ("b", "", MONDAY + HOUR)) == [[], []]


def test_one_post_more_than_the_network_takes() -> None:
    """Said once for each time that it is too much, of the post that is one too many."""
    posts = [(f"p{one}", f"text {one}", MONDAY + one * HOUR) for one in range(6)]
    assert said(*posts, able={"quotas": ((3, 24 * 3600),)}) == [[], [], [], ["MW414"], [], []]
    assert said(*posts, able={"quotas": ((3, 3 * 3600),)}) == [[]] * 6


@pytest.mark.parametrize(("closed", "expected"), [("monday", ["MW411"]), ("2021-06-07", ["MW411"]), ("tuesday", [])])
def test_closed_days(closed: str, expected: list[str]) -> None:
    """By weekday or date, in the house's own time: in Paris it is already Monday."""
    assert said(("a", "one", datetime(2021, 6, 6, 22, 30, tzinfo=UTC)), closed=[closed]) == [expected]


@pytest.mark.parametrize(
    ("text", "hour", "expected"),
    [("Who made it?", 20, ["MW416"]), ("誰が作った？", 20, ["MW416"]), ("من صنعه؟", 20, ["MW416"]), ("Who?", 9, []),
     ("Ours.", 20, []), ("See https://museum.example/?id=1", 20, []), ("Who?", 7, []), ("Who?", 15, ["MW416"])],
)  # fmt: skip
def test_questions_when_nobody_is_there(text: str, hour: int, expected: list[str]) -> None:
    """Nine to five in Paris is seven to three in UTC; an address with a question mark asks nothing."""
    assert said(("a", text, MONDAY.replace(hour=hour)), duty="09:00-17:00") == [expected]
    assert said(("a", text, MONDAY.replace(hour=hour))) == [[]]


def test_secrets_that_end() -> None:
    """On the last day they are good."""
    posts = [("a", "one", MONDAY), ("b", "two", MONDAY + 24 * HOUR)]
    assert said(*posts, expires=date(2021, 6, 7)) == [[], ["MW415"]]


@pytest.mark.parametrize("told", [{"closed": ["mondays"]}, {"duty": "9-17"}, {"duty": "09:00-25:00"}])
def test_days_and_hours_have_one_form(told: dict[str, Any]) -> None:
    """What could be misread is refused."""
    with pytest.raises(ValidationError):
        Institution.model_validate({"id": "mill", "name": "Mill", "timezone": "Europe/Paris"} | told)
