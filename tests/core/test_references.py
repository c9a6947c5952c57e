"""Names that one part of a campaign uses for another are judged without files, clock or network."""

from __future__ import annotations

from typing import Any

import pytest

from mwcampaign.core.campaign import Account, Defaults, Edition, Institution, Theme
from mwcampaign.core.findings import Level, Position
from mwcampaign.core.post import Campaign, Media, Post
from mwcampaign.core.references import Broken, check_references, leads_out
from mwcampaign.core.spelling import did_you_mean, listed, nearest

NETWORKS = {"mastodon": ("access_token",), "bluesky": ("password",), "x": ("key", "secret"), "kit": ()}
EDITION: dict[str, Any] = {
    "id": "mw21", "title": "MuseumWeek 2021", "main_tag": "#MuseumWeek",
    "days": [{"id": "monday", "date": "2021-06-07"}, {"id": "tuesday", "date": "2021-06-08"}],
}  # fmt: skip
SOUND: dict[str, Any] = {
    "edition": EDITION,
    "institutions": [
        {"id": "mill", "name": "Mill", "timezone": "Europe/Paris", "country": "FR"},
        {"id": "tower", "name": "Tower", "timezone": "Asia/Tokyo", "country": "JP"},
    ],
    "accounts": [{"institution": "mill", "network": "kit"}],
    "media": {"a.jpg": {"alt": {"en": "A boat", "fr-CA": "Un bateau"}, "credit": "Mill", "licence": "CC0-1.0"}},
}
WHOLE = Broken()


def where(*loc: str | int) -> Position:
    """Put the place of the data into the file's name."""
    return Position("/".join(map(str, loc)))


def judge(*posts: dict[str, Any], broken: Broken = WHOLE, **changes: Any) -> list[tuple[str, str]]:
    """Return (code, place) of every finding in a campaign with these posts and changes."""
    data = {**SOUND, **changes, "posts": [{"id": f"p{index}", "day": "monday", "text": "x", **post}
                                           for index, post in enumerate(posts)]}  # fmt: skip
    campaign = Campaign.model_validate(data)
    found = check_references(campaign, {"a.txt", "mill/own.txt"}, {"a.jpg", "bare.jpg"}, NETWORKS, where, broken)
    return [(one.code, one.where.file) for one in found]


def test_a_sound_campaign() -> None:
    """Nothing is said of a campaign whose names all lead somewhere."""
    assert judge(
        {"day": "every"}, {"day": ["2021-06-08", "tuesday"], "networks": ["kit"], "institutions": ["mill"]},
        {"text": None, "template": "a.txt", "media": ["a.jpg"]}, {"text": None, "template": {"fr": "own.txt"}},
        {"thread": [{"template": "a.txt"}], "variants": [{"network": "kit", "text": "y"}]},
    ) == []  # fmt: skip


@pytest.mark.parametrize(
    ("post", "told"),
    [
        ({"day": "mondy"}, ("MW201", "posts/0/day")),
        ({"day": ["monday", "every"]}, ("MW201", "posts/0/day/1")),
        ({"day": "2021-06-09"}, ("MW201", "posts/0/day")),
        ({"institutions": ["mill", "mil"]}, ("MW202", "posts/0/institutions/1")),
        ({"networks": ["kit", "myspace"]}, ("MW203", "posts/0/networks/1")),
        ({"networks": ["kit", "x"]}, ("MW208", "posts/0/networks/1")),
        ({"variants": [{"network": "myspace", "text": "y"}]}, ("MW203", "posts/0/variants/0/network")),
        ({"variants": [{"network": "bluesky", "text": "y"}]}, ("MW208", "posts/0/variants/0/network")),
        ({"text": None, "template": "b.txt"}, ("MW204", "posts/0/template")),
        ({"text": None, "template": {"en": "a.txt", "fr": "b.txt"}}, ("MW204", "posts/0/template/fr")),
        ({"thread": [{"text": "y"}, {"template": "b.txt"}]}, ("MW204", "posts/0/thread/1/template")),
        ({"thread": [{"text": "y", "variants": [{"language": "fr", "template": "b.txt"}]}]},
         ("MW204", "posts/0/thread/0/variants/0/template")),
        ({"media": ["a.jpg", "b.jpg"]}, ("MW205", "posts/0/media/1")),
        ({"media": ["bare.jpg"]}, ("MW211", "posts/0/media/0")),
        ({"media": ["../a.jpg"]}, ("MW113", "posts/0/media/0")),
        ({"text": None, "template": "/a.txt"}, ("MW113", "posts/0/template")),
        ({"media": ["a.jpg"], "text": {"en": "x", "de": "y"}}, ("MW213", "media/a.jpg/alt")),
        ({"media": ["a.jpg"], "languages": ["de"]}, ("MW213", "media/a.jpg/alt")),
        ({"variants": [{"language": "it", "text": "y", "media": ["a.jpg"]}]}, ("MW213", "media/a.jpg/alt")),
        ({"countries": ["JP"]}, ("MW210", "posts/0")),
        ({"institutions": ["tower"]}, ("MW210", "posts/0")),
        ({"institutions": []}, ("MW210", "posts/0")),
    ],
)  # fmt: skip
def test_one_wrong_name(post: dict[str, Any], told: tuple[str, str]) -> None:
    """A name that leads nowhere is one finding at that name, wherever a post may have names."""
    assert judge(post) == [told]


def test_alt_text_is_looked_up_as_a_reader_would() -> None:
    """fr is served by fr-CA and the default language counts; the same gap is told once, however many posts have it."""
    assert judge({"media": ["a.jpg"], "text": {"fr": "x"}}) == []
    assert judge({"media": ["a.jpg"]}, defaults={"language": "en"}) == []
    assert judge({"media": ["a.jpg"]}, {"media": ["a.jpg"]}, defaults={"language": "ja"}) == [
        ("MW213", "media/a.jpg/alt")
    ]
    blank = {"a.jpg": {**SOUND["media"]["a.jpg"], "alt": {"en": " "}}}
    assert judge({"media": ["a.jpg"]}, media=blank) == [("MW213", "media/a.jpg/alt")]


@pytest.mark.parametrize(
    ("account", "told"),
    [
        ({"institution": "mil", "network": "kit"}, [("MW202", "accounts/1/institution")]),
        ({"institution": "mill", "network": "kitt"}, [("MW203", "accounts/1/network")]),
        ({"institution": "mill", "network": "mastodon"}, [("MW206", "accounts/1/secrets")]),
        ({"institution": "mill", "network": "x", "secrets": {"key": "env:K"}}, [("MW206", "accounts/1/secrets")]),
        ({"institution": "*", "network": "bluesky", "secrets": {"password": "env:P_{institution}"}}, []),
    ],
)
def test_accounts(account: dict[str, Any], told: list[tuple[str, str]]) -> None:
    """Accounts name an institution, a network, and every secret the network needs; patterns need no institution."""
    assert judge({}, accounts=[*SOUND["accounts"], account]) == told


def test_missing_secrets_are_named() -> None:
    """The finding names what lacks, and a misspelt one beside it."""
    campaign = Campaign.model_validate(
        {**SOUND, "accounts": [{"institution": "mill", "network": "x", "secrets": {"secrt": "env:S", "key": "env:K"}}]}
    )
    (found,) = check_references(campaign, (), (), NETWORKS, where)
    assert "secret" in found.text and "key" not in found.text
    assert found.hint == "did you mean secret where it says secrt?"
    bare = Campaign.model_validate({**SOUND, "accounts": [{"institution": "mill", "network": "x"}]})
    (found,) = check_references(bare, (), (), NETWORKS, where)
    assert found.hint == "add secrets: {key: env:NAME, secret: env:NAME}"


def test_days_are_listed() -> None:
    """Whoever names a wrong day sees the right ones, and the likeliest first."""
    campaign = Campaign.model_validate({**SOUND, "posts": [{"id": "p", "day": "tuseday", "text": "x"}]})
    (found,) = check_references(campaign, (), (), NETWORKS, where)
    assert found.hint == "did you mean tuesday? the days are monday, tuesday"


def test_a_campaign_for_others_to_extend() -> None:
    """Without accounts or institutions one warning stands for all posts; without posts there is nothing to say."""
    assert judge({}, {}, accounts=[]) == [("MW210", "posts")]
    assert judge({}, {}, accounts=[], institutions=[]) == [("MW210", "posts")]
    assert judge(accounts=[], institutions=[]) == []


def test_a_pattern_reaches_all() -> None:
    """An account pattern is an account of every institution, but not of none."""
    pattern = [{"institution": "*", "network": "kit"}]
    assert judge({"countries": ["JP"]}, accounts=pattern) == []
    assert judge({"countries": ["DE"]}, accounts=pattern) == [("MW210", "posts/0")]


def test_names_of_records_and_templates() -> None:
    """Names given in the main file may not lead out either."""
    media = {"../b.jpg": SOUND["media"]["a.jpg"]}
    assert judge(media=media, templates={"/etc/x": "y"}) == [
        ("MW113", "templates//etc/x"),
        ("MW113", "media/../b.jpg"),
    ]


def test_what_is_broken_is_not_blamed_twice() -> None:
    """A name of something that has faults of its own is a name that exists."""
    post = {"day": ["wednesday", "2021-06-09"], "institutions": ["mil", "mill"], "networks": ["x"],
            "text": None, "template": "b.txt", "media": ["bare.jpg"]}  # fmt: skip
    assert {code for code, _ in judge(post)} == {"MW201", "MW202", "MW208", "MW204", "MW211"}
    broken = Broken(
        days=frozenset({"wednesday"}), institutions=frozenset({"mil"}), networks=frozenset({"x"}),
        media=frozenset({"bare.jpg"}), templates=frozenset({"b.txt"}), people=True,
    )  # fmt: skip
    assert judge(post, broken=broken) == []
    assert (
        judge({"day": "x", "institutions": ["y"]}, broken=Broken(edition=True, institutions_lost=True, people=True))
        == []
    )


def test_levels() -> None:
    """What stops a plan is an error; what may be meant so is a warning."""
    campaign = Campaign(
        edition=Edition(id="e", title="E", main_tag="#E", days=(Theme.model_validate(EDITION["days"][0]),)),
        defaults=Defaults(), institutions=(Institution(id="mill", name="Mill", timezone="Europe/Paris"),),
        accounts=(Account(id="a", institution="mill", network="kit"),),
        posts=(Post(id="p", day="monday", text="x", networks=("x",)),),
        media={"a.jpg": Media(alt={"en": "A"}, credit="", licence="CC0-1.0")},
    )  # fmt: skip
    found = list(check_references(campaign, (), (), NETWORKS, where))
    assert [(one.code, one.level) for one in found] == [("MW208", Level.WARNING), ("MW210", Level.WARNING)]


@pytest.mark.parametrize(
    ("name", "out"),
    [("a.txt", False), ("deep/a.txt", False), ("..a", False), ("a..b", False), ("../a", True), ("a/../b", True),
     ("/a", True), ("~/a", True), ("a\\b", True), ("C:a", True), ("a\0b", True), ("..", True)],
)  # fmt: skip
def test_names_that_lead_out(name: str, out: bool) -> None:
    """Only a plain relative path stays inside, on any system."""
    assert leads_out(name) is out


def test_spelling() -> None:
    """Slips of the hand are recognised, other words are not."""
    assert nearest("mondy", ["sunday", "monday"]) == "monday"
    assert nearest("MONDAY", ["sunday", "monday"]) == "monday"
    assert nearest("", ["monday"]) is None
    assert nearest("x" * 1000, ["x" * 1000]) is None
    assert did_you_mean("christmas", ["monday"]) == ""
    assert did_you_mean("mondy", ["monday"]) == "did you mean monday?"
    assert listed("abc", 2) == "a, b and 1 more"
