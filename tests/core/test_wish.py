"""What a campaign asks for, and what there is to say of it."""

from __future__ import annotations

from typing import Any

import pytest

from mwcampaign.core.campaign import Account
from mwcampaign.core.delivery import delivery_key
from mwcampaign.core.findings import Finding, Position
from mwcampaign.core.judge import Judge
from mwcampaign.core.ports import Platform
from mwcampaign.core.render import Renderer
from mwcampaign.core.wanted import Selection, Wanted
from mwcampaign.core.wish import Wish
from mwcampaign.platforms.memory import Memory
from tests.conftest import make_campaign


class NoSessions:
    """Keeps nothing."""

    def load(self, account: str) -> str | None:
        """Return None."""

    def save(self, account: str, session: str) -> None:
        """Keep nothing."""


class Lines:
    """Sources whose places are the locations themselves."""

    def where(self, *loc: str | int) -> Position:
        """Return the location as a file name."""
        return Position(".".join(map(str, loc)))

    def text_position(self, loc: tuple[str | int, ...], line_in_text: int, needle: str = "") -> Position:
        """Return the location and line."""
        return Position(".".join(map(str, loc)), line_in_text, 7 if needle else 0)

    def template_position(self, name: str, line: int, needle: str = "") -> Position:
        """Return the template's name and line."""
        return Position(name, line, 7 if needle else 0)

    def source_line(self, position: Position) -> str | None:
        """There are no files here."""
        return None


def memory(account: Account) -> Platform:
    """Return an adapter that counts characters."""
    return Memory(account, {}, NoSessions())


ALL = Selection()


def walk(only: Selection = ALL, templates: dict[str, str] | None = None, **changes: Any) -> list[Wanted]:
    """Walk the small campaign with changes."""
    campaign = make_campaign(**changes)
    return list(Wish(campaign, Renderer(campaign, templates or {}, {}), memory)(only))


def judged(templates: dict[str, str] | None = None, **changes: Any) -> list[Finding]:
    """Judge the small campaign with changes."""
    campaign = make_campaign(**changes)
    renderer = Renderer(campaign, templates or {}, {})
    judge = Judge(campaign, renderer, Lines())
    for wanted in Wish(campaign, renderer, memory)():
        judge.hear(wanted)
    return judge.findings()


def post(**told: Any) -> list[dict[str, Any]]:
    """Return one post on Monday."""
    return [{"id": "p", "day": "monday", "text": "Hi"} | told]


def test_every_museum_has_the_post_on_its_own_account() -> None:
    """One delivery each, named by edition, post with day, account and part."""
    wish = walk()
    assert [wanted.account.id for wanted in wish] == ["louvre@memory", "tnm@memory"]
    assert wish[0].delivery is not None
    assert wish[0].delivery.key == delivery_key("mw", "story:monday", "louvre@memory", 0)
    assert wish[0].delivery.due != wish[1].delivery.due  # type: ignore[union-attr]


def test_a_post_on_every_day_is_a_delivery_a_day() -> None:
    """Seven days are seven deliveries, each with its theme's tag."""
    museum = make_campaign().model_dump()["institutions"][:1]
    account = {"institution": "louvre", "network": "memory", "language": "en"}
    wish = walk(posts=post(day="every", text="{{ tag }}"), institutions=museum, accounts=[account])
    assert [wanted.message.text for wanted in wish if wanted.message] == ["#SecretsMW", "#PeopleMW"]
    assert len({wanted.delivery.key for wanted in wish if wanted.delivery}) == 2


def test_posts_for_some_stand_among_those_for_all() -> None:
    """As their author wrote them, each for whom it names."""
    posts = [
        {"id": "a", "day": "monday", "text": "a"},
        {"id": "b", "day": "monday", "text": "b", "institutions": ["tnm", "louvre", "tnm"]},
        {"id": "c", "day": "monday", "text": "c", "countries": ["JP"]},
        {"id": "d", "day": "monday", "text": "d", "institutions": ["tnm"]},
        {"id": "e", "day": "monday", "text": "e"},
    ]
    told = [(wanted.institution.id, wanted.post.id) for wanted in walk(posts=posts)]
    assert [post for who, post in told if who == "louvre"] == ["a", "b", "e"]
    assert [post for who, post in told if who == "tnm"] == ["a", "b", "c", "d", "e"]


def test_a_thread_is_a_chain() -> None:
    """Each part waits for the one before."""
    first, second, third = walk(posts=post(thread=[{"text": "two"}, {"text": "three"}]))[:3]
    assert first.delivery and second.delivery and third.delivery
    assert (first.delivery.after, second.delivery.after, third.delivery.after) == (
        None,
        first.delivery.key,
        second.delivery.key,
    )


@pytest.mark.parametrize(
    ("told", "accounts"),
    [
        ({"countries": ["FR"]}, ["louvre@memory"]),
        ({"institutions": ["tnm"]}, ["tnm@memory"]),
        ({"networks": ["mastodon"]}, []),
        ({}, ["louvre@memory", "tnm@memory"]),
    ],
)
def test_a_post_may_be_for_some(told: dict[str, Any], accounts: list[str]) -> None:
    """By country, institution or network."""
    assert [wanted.account.id for wanted in walk(posts=post(**told))] == accounts


@pytest.mark.parametrize(
    ("only", "number"),
    [
        (Selection(posts=frozenset({"story"})), 2),
        (Selection(posts=frozenset({"other"})), 0),
        (Selection(days=frozenset({"2026-06-08"})), 2),
        (Selection(days=frozenset({"monday"})), 2),
        (Selection(days=frozenset({"tuesday"})), 0),
        (Selection(institutions=frozenset({"tnm"})), 1),
        (Selection(networks=frozenset({"x"})), 0),
        (Selection(languages=frozenset({"fr"})), 1),
        (Selection(accounts=frozenset({"tnm@memory"})), 1),
    ],
)
def test_a_selection_chooses(only: Selection, number: int) -> None:
    """By any of its names."""
    assert len(walk(only)) == number


def test_the_same_remark_of_many_museums_is_one_finding() -> None:
    """Sixty thousand lines help nobody."""
    found = next(each for each in judged(posts=post(text="x" * 501, languages=["fr", "en"])) if each.code == "MW310")
    assert (found.code, found.where.file) == ("MW310", "posts.0.text")
    assert "2 institutions, first: louvre" in found.text
    assert "501 of 500" in found.text


def test_a_misspelt_name_is_proposed() -> None:
    """The hint names what was probably meant, with where it is found."""
    (found,) = judged(posts=post(text="one\n{{ institution.nmae }}", languages=["fr", "en"]))
    assert (found.code, found.where, found.hint) == (
        "MW302", Position("posts.0.text", 2, 7), "did you mean institution.name?",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("told", "code", "place"),
    [
        ({"text": ""}, "MW311", "posts.0.text"),
        ({"text": {"en": "{{ x }}", "fr": "Oui"}}, "MW302", "posts.0.text.en"),
        ({"thread": [{"text": "{{ x }}"}]}, "MW302", "posts.0.thread.0.text"),
        ({"variants": [{"network": "memory", "text": "{{ x }}"}]}, "MW302", "posts.0.variants.0.text"),
        ({"template": "t.txt", "text": None}, "MW302", "t.txt"),
        ({"at": "09:00", "closes": "08:00"}, "MW404", "posts.0.closes"),
        ({"at": "01:00 Asia/Tokyo"}, "MW403", "posts.0.at"),
        ({"warning": "dust", "text": "x" * 499}, "MW310", "posts.0.text"),
    ],
)
def test_every_remark_has_its_place(told: dict[str, Any], code: str, place: str) -> None:
    """In the wording that was taken: part, variant, language, template file, or the post's hours."""
    assert (code, place) in {(one.code, one.where.file) for one in judged({"t.txt": "{{ x }}"}, posts=post(**told))}


def test_clock_changes_are_reported() -> None:
    """An hour that does not exist that day is moved, and said."""
    edition = {"id": "mw14", "title": "t", "main_tag": "#MuseumWeek", "days": [{"id": "sunday", "date": "2014-03-30"}]}
    found = judged(edition=edition, posts=[{"id": "p", "day": "sunday", "at": "02:30", "text": "Hi"}])
    assert [(one.code, one.level) for one in found if one.code == "MW401"] == [("MW401", "warning")]


def test_a_language_left_out_is_noted() -> None:
    """A French museum, a French set, and no French text: somebody should know."""
    (note,) = judged(posts=post(text={"en": "Hi {{ tags }}"}, institutions=["louvre"]), accounts=[
        {"institution": "louvre", "network": "memory"}], institutions=[
        {"id": "louvre", "name": "Louvre", "timezone": "Europe/Paris", "languages": ["fr"]}])  # fmt: skip
    assert (note.code, note.level) == ("MW318", "note")
    assert "hashtags in fr" in note.text


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("{{ institution.nmae }}", "did you mean institution.name?"),
        ("{{ institution.nom }}", "institution has city, country, "),
        ("{{ institution.fax }}", "institution has "),
        ("{{ theme.hashtag }}", "did you mean tag, without theme? theme has about, date, id, tags"),
        ("{{ instituton }}", "did you mean institution?"),
    ],
)
def test_a_misspelt_name_is_looked_for_where_it_stood(text: str, hint: str) -> None:
    """Behind a name and a dot it is one of what that has; else one of all."""
    told = [one.hint for one in judged(posts=post(text=text)) if one.code == "MW302"]
    assert told[0].startswith(hint)
    assert "main_tag" not in told[0]


@pytest.mark.parametrize("text", ["", " \n ", "\u200b\u00a0\u200b", "\u2060\ufeff\u3000"])
def test_what_nobody_sees_is_no_text(text: str) -> None:
    """Blanks of all kinds would be a public post without a word."""
    assert "MW311" in {remark.code for remark in walk(posts=post(text=text))[0].remarks}


def test_a_day_told_twice_is_one_day() -> None:
    """By its name and by its date: two deliveries would have one name."""
    date = make_campaign().edition.days[0].date.isoformat()
    assert [one.theme.id for one in walk(posts=post(day=["monday", date, "monday"]))] == ["monday", "monday"]


def test_a_sign_alone_is_a_text() -> None:
    """An emoji is seen."""
    assert "MW311" not in {remark.code for remark in walk(posts=post(text="\U0001f3db"))[0].remarks}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{{ room.thanks }}", "true and false are no text"),
        ("{{ institution }}", "write one of them, id, name, city"),
        ("{{ theme.tags }}", "this is no text, but has parts"),
        ("{{ 'a' ~ room.thanks }}", "true and false are no text"),
        ("{{ range(3) }}", "this is no text: a list"),
        ("{{ room }}", "this is no text"),
    ],
)
def test_only_words_and_numbers_are_written(text: str, what: str) -> None:
    """Nobody wants to read True or a list's brackets in public."""
    (remark,) = [each for each in walk(posts=post(text=text))[0].remarks if each.code == "MW306"]
    assert what in remark.what
