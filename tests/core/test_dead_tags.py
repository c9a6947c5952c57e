"""Tags of an edition that can be no hashtag are told once, with the reason and a proposal."""

from __future__ import annotations

from datetime import date

import pytest

from mwcampaign.core.campaign import Account, Edition, Theme
from mwcampaign.core.dead_tags import can_live, hopeless_tags
from mwcampaign.core.post import Campaign


def campaign(tag: str, *networks: str) -> Campaign:
    """Return a campaign with one main tag and an account on each network."""
    theme = Theme(id="monday", date=date(2021, 6, 7), tags={"en": "#FoodMW", "fr": None})
    return Campaign(
        edition=Edition(id="e", title="t", main_tag=tag, days=(theme,)),
        accounts=tuple(Account(institution="m", network=network) for network in networks),
    )


@pytest.mark.parametrize(
    "tag", ["#MuseumWeek", "#ミュージアムウィーク", "#أسبوع_المتاحف", "#MuséeMW", "#5museums", "#微博#"]
)
def test_sound_tags_are_not_told(tag: str) -> None:
    """Letters of every script, with digits and underscores, live everywhere."""
    assert list(hopeless_tags(campaign(tag))) == []


@pytest.mark.parametrize(
    ("tag", "hint"),
    [
        ("#Museum-Week", "write #MuseumWeek"), ("#museum.week", "write #MuseumWeek"),
        ("#L’étéMW", "write #LÉtéMW"),
        ("#MuseumWeek!", "write #MuseumWeek"), ("#2021", "take a tag of letters"), ("#🎨", "take a tag of letters"),
    ],
)  # fmt: skip
def test_tags_that_are_none(tag: str, hint: str) -> None:
    """Told where they stand, once, with what ends them and what to write."""
    ((loc, what, instead),) = hopeless_tags(campaign(tag))
    assert loc == ("edition", "main_tag")
    assert what.startswith(tag)
    assert instead.startswith(hint)


def test_only_networks_with_accounts_count() -> None:
    """Bluesky and Weibo take a hyphen; whoever posts there alone is told nothing."""
    assert list(hopeless_tags(campaign("#Museum-Week", "bluesky", "weibo", "email"))) == []
    ((_, what, _),) = hopeless_tags(campaign("#Museum-Week", "bluesky", "mastodon"))
    assert "no hashtag on mastodon:" in what


def test_where_the_rule_is_not_known_it_is_not_claimed() -> None:
    """Of Instagram nobody can say for certain."""
    ((_, what, _),) = hopeless_tags(campaign("#Museum-Week", "instagram"))
    assert "may be none on instagram" in what


def test_every_days_tag_is_judged_at_its_place() -> None:
    """By language, as they stand."""
    theme = Theme(id="monday", date=date(2021, 6, 7), tags={"en": "#Food-MW", "fr": None})
    edition = Edition(id="e", title="t", main_tag="#A1", main_tags={"fr": "#B-1"}, days=(theme,))
    places = [loc for loc, _, _ in hopeless_tags(Campaign(edition=edition))]
    assert places == [("edition", "main_tags", "fr"), ("edition", "days", 0, "tags", "en")]


@pytest.mark.parametrize(("network", "lives"), [("x", False), ("mastodon", False), ("bluesky", True), ("weibo", True)])
def test_a_hyphen_by_network(network: str, lives: bool) -> None:
    """As each network's own rule has it."""
    assert can_live("#Museum-Week", network) is lives
