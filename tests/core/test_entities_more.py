"""Hashtags on the networks besides X, Mastodon and Bluesky, by the rules that are stated and the safe one elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mwcampaign.core.entities import (
    Span,
    bluesky_hashtags,
    hashtags,
    mastodon_hashtags,
    safe_hashtags,
    threads_hashtags,
    vk_hashtags,
    weibo_hashtags,
    x_hashtags,
)

Rule = Callable[[str], list[Span]]


def names(rule: Rule, text: str) -> list[str]:
    """Return the tags found."""
    return [span.text for span in rule(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Today: #MuseumWeek #FoodMW", ["MuseumWeek"]),
        ("#museum.", ["museum"]),
        ("#a&b", ["a"]),
        ("#a@b", ["a"]),
        ("#a!b #c?d", ["a"]),
        ("#a;b", ["a"]),
        ("#museum-night", ["museum-night"]),
        ("#2026 #museum", ["museum"]),
        ("#24museum", ["24museum"]),
        ("(#museum) #night", ["night"]),
        ("#", []),
        ("#" + "a" * 50, ["a" * 50]),
        ("#" + "a" * 51 + " #b", []),
    ],
)
def test_threads_has_one_topic(text: str, found: list[str]) -> None:
    """The first tag alone is live; it ends at white space and . & @ ! ? , ; : and has more than digits."""
    assert names(threads_hashtags, text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("#全球博物馆周#", ["全球博物馆周"]),
        ("今天#全球博物馆周##博物馆与美食#开始", ["全球博物馆周", "博物馆与美食"]),
        ("#Museum Week#", ["Museum Week"]),
        ("#MuseumWeek", []),
        ("#MuseumWeek #FoodMW", []),
        ("#MuseumWeek #FoodMW#", []),
        ("##", []),
        ("# #", []),
        ("#a\nb#", []),
        ("＃博物馆＃", []),
    ],
)
def test_weibo_has_a_hash_at_both_ends(text: str, found: list[str]) -> None:
    """A topic is closed by a hash, may have spaces inside, and needs none around it."""
    assert names(weibo_hashtags, text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("#музей", ["музей"]),
        ("#музей@museum_club", ["музей@museum_club"]),
        ("#музей@museum.club!", ["музей@museum.club"]),
        ("#музей@", []),
        ("#2026@club", []),
        ("(#музей)", []),
    ],
)
def test_vk_tags_may_name_a_community(text: str, found: list[str]) -> None:
    """The community is part of the tag: it leads to that community's posts alone."""
    assert names(vk_hashtags, text) == found


SAFE = [
    ("#museum", ["museum"]),
    ("a #museum, b", ["museum"]),
    ("#museum.", ["museum"]),
    ("«#museum»", []),
    ("(see #museum).", []),
    ("see #museum?!", ["museum"]),
    ("#24museum", ["24museum"]),
    ("#ミュージアムウィーク\n#музей", ["ミュージアムウィーク", "музей"]),
    ("#संग्रहालय", ["संग्रहालय"]),
    ("(#museum)", []),
    ("#2026", []),
    ("#museum-night", []),
    ("#museum#night", []),
    ("#museum.night", []),
    ("#l’art", []),
    ("#museum\U0001f3db", []),
    ("＃タグ", []),
    ("日本語#タグ", []),
    ("# museum", []),
    ("https://example.org/#museum", []),
]


@pytest.mark.parametrize(("text", "found"), SAFE)
def test_the_safe_rule(text: str, found: list[str]) -> None:
    """White space before it, letters, digits and _ in it with one letter at least, the end of a word behind it."""
    assert names(safe_hashtags, text) == found


@pytest.mark.parametrize("rule", [x_hashtags, mastodon_hashtags, bluesky_hashtags, threads_hashtags, vk_hashtags])
@pytest.mark.parametrize("text", [text for text, found in SAFE if found])
def test_what_is_safe_is_live_wherever_the_rule_is_known(text: str, rule: Rule) -> None:
    """The safe rule promises nothing that a known one breaks (Weibo wants a form of its own)."""
    assert set(names(safe_hashtags, text)[:1]) <= set(names(rule, text))


@pytest.mark.parametrize("network", ["facebook", "instagram", "linkedin", "memory", "pixelfed", "telegram", "nowhere"])
def test_unknown_rules_are_the_safe_one(network: str) -> None:
    """Where a network does not say, or is none, the safe rule is taken."""
    assert hashtags(network) is safe_hashtags


def test_known_rules_are_found_by_name() -> None:
    """Each network that states its rule has its own."""
    known = {
        "bluesky": bluesky_hashtags,
        "mastodon": mastodon_hashtags,
        "threads": threads_hashtags,
        "vk": vk_hashtags,
        "weibo": weibo_hashtags,
        "x": x_hashtags,
    }
    assert {network: hashtags(network) for network in known} == known
