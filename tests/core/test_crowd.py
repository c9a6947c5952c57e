"""What all institutions post together: no more than one application may."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwcampaign.core.crowd import Minutes, fullest, minute
from mwcampaign.core.judge import Judge
from mwcampaign.core.render import Renderer
from mwcampaign.core.wish import Wish
from tests.conftest import make_campaign
from tests.core.test_wish import Lines, memory, post

START = datetime(2026, 6, 8, 8, 0, tzinfo=UTC)


def due(*minutes: int, network: str = "x") -> Minutes:
    """Return what is due so many minutes after the start."""
    return Counter((network, minute(START + timedelta(minutes=each))) for each in minutes)


def test_the_fullest_time_is_found() -> None:
    """Wherever it begins; the minute in which it ends is not part of it, and other networks are not."""
    told = due(0, 59, 60, 61, 61, 119) + due(61, 61, 61, network="mastodon")
    assert fullest(told, "x", 3600) == (4, START + timedelta(minutes=59))
    assert fullest(due(0, 60), "x", 3600)[0] == 1
    assert fullest(due(0, 59), "x", 3600) == (2, START)
    assert fullest(Counter(), "x", 3600)[0] == 0


@given(st.lists(st.integers(0, 300), max_size=40), st.integers(1, 200))
def test_no_time_is_fuller(minutes: list[int], span: int) -> None:
    """Counted by brute force from every minute."""
    most = max((sum(begin <= each < begin + span for each in minutes) for begin in minutes), default=0)
    assert fullest(due(*minutes), "x", span * 60)[0] == most


@pytest.mark.parametrize(("posts", "told"), [(1, ["MW418"]), (2, [])])
def test_more_than_one_application_may_send(posts: int, told: list[str]) -> None:
    """Two museums post at the same hour; whether one judge hears them or two, it is said once, at the accounts."""
    whole = make_campaign(posts=post(at="12:00 Europe/Paris", text="{{ institution.name }}"))
    renderer = Renderer(whole, {}, {})
    quotas = {"memory": ((posts, 86_400),)}
    first, second = (Judge(whole, renderer, Lines(), lambda network: quotas.get(network, ())) for _ in range(2))
    for wanted, judge in zip(Wish(whole, renderer, memory)(), (first, second), strict=True):
        judge.hear(wanted)
    first.add(second.met, second.due)
    found = [one for one in first.findings() if one.code == "MW418"]
    assert [one.code for one in found] == told
    assert all(
        one.where.file == "accounts.0.network" and "2 posts are due within 24 hours" in one.text for one in found
    )
