"""What each language has, and what it lacks."""

from __future__ import annotations

from typing import Any

from mwcampaign.core.parity import parities
from tests.conftest import make_campaign


def by_language(**told: Any) -> dict[str, tuple[int, tuple[str, ...], tuple[str, ...]]]:
    """Return institutions, days and posts by language."""
    return {
        each.language: (each.institutions, each.days_without_tag, each.posts_without_words)
        for each in parities(make_campaign(**told))
    }


def test_what_is_missing_is_named() -> None:
    """A post in two languages is whole in both; one in English alone is missing in French."""
    posts = [
        {"id": "both", "day": "monday", "text": {"en": "Hi", "fr": "Bonjour"}},
        {"id": "one", "day": "monday", "text": {"en": "Hi"}},
        {"id": "all", "day": "monday", "text": "Hi"},
        {"id": "chain", "day": "monday", "text": "Hi", "thread": [{"text": {"en": "two"}}]},
        {"id": "meant", "day": "monday", "text": "Salut", "languages": ["fr"]},
    ]
    found = by_language(posts=posts)
    assert found["en"][2] == ("meant",)
    assert found["fr"][2] == ("one", "chain")


def test_days_without_a_tag_are_named() -> None:
    """A tag that is known in one language only, and one that is known to be unknown."""
    campaign = make_campaign()
    for each in parities(campaign):
        lacking = {day.id for day in campaign.edition.days if not day.tags.get(each.language)}
        if "-" not in each.language:
            assert set(each.days_without_tag) == lacking
            assert each.whole is (not lacking and not each.posts_without_words)


def test_what_most_institutions_speak_comes_first() -> None:
    """A language that only institutions name is in the list too."""
    museums = [
        {"id": f"m{number}", "name": "M", "timezone": "UTC", "languages": [language]}
        for number, language in enumerate(["de", "de", "fr"])
    ]
    found = by_language(institutions=museums, accounts=[], posts=[{"id": "a", "day": "monday", "text": {"fr": "Oui"}}])
    assert list(found)[:2] == ["de", "fr"]
    assert found["de"] == (2, ("monday", "tuesday"), ("a",))
