"""A text that is too long: refused, or made shorter as its author said. Nothing is ever cut."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mwcampaign.core.parity import parities
from mwcampaign.core.post import Post
from mwcampaign.core.wanted import Wanted
from mwcampaign.core.wording import choose, languages_of
from tests.conftest import make_campaign
from tests.core.test_wish import judged, post, walk

PARTS = "Come! {{ tags }}{% if room.thanks %} Thank you all.{% endif %}{% if room.link %} example.org{% endif %}"
WHOLE = "Come! #MuseumWeek #SecretsMW Thank you all. example.org"
DROP = {"text": PARTS, "fit": {"drop": ["thanks", "link"]}}
LONG = {"text": "A long text. {{ tags }}", "fit": "variant"}


def on_a_wall(limit: int, **told: Any) -> Wanted:
    """Return what is wanted of one museum whose network takes so many characters."""
    return on_walls({"memory": limit}, **told)[0]


def on_walls(limits: dict[str, int], **told: Any) -> list[Wanted]:
    """Return what is wanted of one museum with an account of each name."""
    museum = make_campaign().model_dump()["institutions"][:1]
    accounts = [
        {"id": name, "institution": "louvre", "network": "memory", "language": "en", "limits": {"text_limit": limit}}
        for name, limit in limits.items()
    ]
    return walk(posts=post(**told), institutions=museum, accounts=accounts)


def said(wanted: Wanted) -> str:
    """Return the text."""
    assert wanted.message is not None
    return wanted.message.text


def codes(wanted: Wanted) -> list[str]:
    """Return the codes of what is said of length."""
    return [remark.code for remark in wanted.remarks if remark.code in {"MW310", "MW325", "MW326"}]


@pytest.mark.parametrize(
    ("limit", "text", "gone"),
    [
        (55, WHOLE, ""),
        (54, "Come! #MuseumWeek #SecretsMW example.org", "thanks"),
        (40, "Come! #MuseumWeek #SecretsMW example.org", "thanks"),
        (39, "Come! #MuseumWeek #SecretsMW", "thanks, link"),
    ],
)
def test_parts_go_in_their_order_until_it_fits(limit: int, text: str, gone: str) -> None:
    """No more than needed, and it is said which."""
    wanted = on_a_wall(limit, **DROP)
    assert said(wanted) == text
    assert codes(wanted) == (["MW325"] if gone else [])
    if gone:
        assert wanted.remarks[0].what == f"left out on memory, where the text is too long: {gone}"


def test_each_account_gets_as_much_as_fits_there() -> None:
    """What one network has no room for stays on the others."""
    walls = on_walls({"small": 30, "large": 500, "middle": 40}, **DROP)
    assert [len(said(wanted)) for wanted in walls] == [28, 55, 40]


def test_what_is_too_long_without_its_parts_is_an_error() -> None:
    """The words that remain are not cut."""
    wanted = on_a_wall(20, **DROP)
    assert said(wanted) == "Come! #MuseumWeek #SecretsMW"
    assert codes(wanted) == ["MW325", "MW310"]


def test_a_part_that_is_not_in_the_text_is_not_said_to_be_left_out() -> None:
    """A variant need not have all the parts."""
    text = "Come, come, come! {{ tags }}{% if room.link %} example.org{% endif %}"
    wanted = on_a_wall(45, text=text, fit={"drop": ["thanks", "link"]})
    assert wanted.remarks[0].what.endswith(": link")


def test_what_was_left_out_is_no_longer_promised() -> None:
    """An author may give up the day's tag where only one fits; its lack is advice, as in a text that never had it."""
    text = "Come and see! {{ main_tag }}{% if room.day %} {{ tag }}{% endif %}"
    remarks = on_a_wall(30, text=text, fit={"drop": ["day"]}).remarks
    levels = {remark.code: remark.level for remark in remarks}
    assert levels["MW330"] == "warning"


def test_a_name_that_the_post_does_not_give_up_is_no_name() -> None:
    """Else a slip of the pen would never go; the hint says what is meant, or what to write."""
    for name, hint in (
        ("lnk", "did you mean room.link?"),
        ("why", "say at the post that it may be left out: fit: {drop: [link, why]}"),
    ):
        text = f"{{% if room.{name} %}}x{{% endif %}}"
        (told,) = judged(posts=post(text=text, fit={"drop": ["link"]}, institutions=["louvre"]))
        assert (told.code, told.hint) == ("MW302", hint)


@pytest.mark.parametrize("more", [{}, {"fit": "variant", "variants": [{"short": True, "text": "Short. {{ tags }}"}]}])
def test_without_parts_to_drop_there_is_room_for_all(more: dict[str, Any]) -> None:
    """A template that asks serves posts that give nothing up, too."""
    assert said(on_a_wall(500, text=PARTS, **more)) == WHOLE


@pytest.mark.parametrize(
    ("told", "hint"),
    [
        ({"text": "A text. {{ tags }}"}, "shorten it, or add a variant for memory; fit: says what may be left out"),
        (DROP, "it is too long without thanks, link: shorten what remains"),
        (
            {"text": "A text. {{ tags }}", "fit": {"drop": ["thanks", "link"]}},
            "nothing in this text may be left out: put what may between {% if room.thanks %} and {% endif %}",
        ),
        (
            LONG | {"variants": [{"short": True, "network": "x", "text": "Short."}]},
            "there is no short variant for it: add one for memory",
        ),
        (
            LONG | {"variants": [{"short": True, "text": "Short, but {{ tags }}"}]},
            "this is the short variant: shorten it",
        ),
    ],
)
def test_what_to_do_about_it(told: dict[str, Any], hint: str) -> None:
    """The advice knows what was tried."""
    (remark,) = [each for each in on_a_wall(20, **told).remarks if each.code == "MW310"]
    assert remark.hint == hint


def test_what_lacks_because_it_was_left_out_is_told_so() -> None:
    """Nobody is told to write what stands there."""
    text = "Come and see! {{ main_tag }}{% if room.day %} {{ tag }}{% endif %}"
    (remark,) = [each for each in on_a_wall(30, text=text, fit={"drop": ["day"]}).remarks if each.code == "MW330"]
    assert remark.hint == "perhaps it was left out with day: let something else go first"


def test_the_short_variant_is_taken_only_where_it_must_be() -> None:
    """Elsewhere the whole text stays."""
    short = [{"short": True, "text": "Short. {{ tags }}"}]
    walls = on_walls({"small": 30, "large": 500}, **LONG, variants=short)
    assert [said(wanted) for wanted in walls] == [
        "Short. #MuseumWeek #SecretsMW",
        "A long text. #MuseumWeek #SecretsMW",
    ]
    assert [codes(wanted) for wanted in walls] == [["MW326"], []]


def test_the_most_particular_short_variant_is_taken() -> None:
    """By network and language, as among all variants; its pictures are those of the text it stands for."""
    short = [
        {"short": True, "text": "For all. {{ tags }}"},
        {"short": True, "network": "memory", "text": "Here. {{ tags }}"},
        {"short": True, "network": "x", "text": "There. {{ tags }}"},
        {"network": "memory", "media": ["a.jpg"]},
    ]
    part = Post.model_validate({"id": "p", "day": "monday", **LONG, "variants": short})
    told = [choose(part, network, "en", short=True) for network in ("memory", "x", "mastodon")]
    assert [(one.source[:5], one.media) for one in told if one] == [("Here.", ("a.jpg",)), ("There", ()), ("For a", ())]


def test_without_a_short_variant_for_it_a_network_refuses() -> None:
    """What was written for another network is not taken."""
    wanted = on_a_wall(30, **LONG, variants=[{"short": True, "network": "x", "text": "Short."}])
    assert (said(wanted), codes(wanted)) == ("A long text. #MuseumWeek #SecretsMW", ["MW310"])


def test_a_short_variant_that_is_too_long_itself_is_an_error() -> None:
    """There is nothing shorter."""
    wanted = on_a_wall(20, **LONG, variants=[{"short": True, "text": "Short. {{ tags }}"}])
    assert codes(wanted) == ["MW326", "MW310"]


def test_a_short_variant_is_no_language_of_a_post() -> None:
    """A post in English with a short form in Catalan has no Catalan text, and nobody misses one."""
    campaign = make_campaign(posts=post(**LONG, variants=[{"short": True, "language": "ca", "text": "Curt."}]))
    assert "ca" not in {each.language for each in parities(campaign)}
    assert languages_of(campaign.posts[0], campaign.defaults) == ("en",)


def test_each_part_of_a_thread_is_fitted_for_itself() -> None:
    """The others stay whole."""
    long = "And much more. {% if room.thanks %}Thank you all, dear friends.{% endif %}"
    museum = make_campaign().model_dump()["institutions"][:1]
    account = {"institution": "louvre", "network": "memory", "language": "en", "limits": {"text_limit": 43}}
    first, second = walk(
        posts=post(**DROP | {"text": "Hi, {{ tags }}"}, thread=[{"text": long}]),
        institutions=museum,
        accounts=[account],
    )
    assert (said(first), said(second)) == (
        "Hi, #MuseumWeek #SecretsMW",
        long.partition("{%")[0].strip() + " Thank you all, dear friends.",
    )
    account["limits"] = {"text_limit": 30}
    first, second = walk(
        posts=post(**DROP | {"text": "Hi, {{ tags }}"}, thread=[{"text": long}]),
        institutions=museum,
        accounts=[account],
    )
    assert (said(first), said(second)) == ("Hi, #MuseumWeek #SecretsMW", "And much more.")


@pytest.mark.parametrize(
    "told",
    [
        {"fit": "drop"},
        {"fit": {"drop": []}},
        {"fit": {"drop": "link"}},
        {"fit": {"drop": ["a link"]}},
        {"fit": {"keep": ["link"]}},
        {"fit": "variant"},
        {"variants": [{"short": True, "text": "Short"}]},
        {"fit": "variant", "variants": [{"short": True, "media": []}]},
        {"warning": "News from {{ institution.name }}"},
        {"warning": {"en": "News", "fr": "{% if room.link %}Nouvelles{% endif %}"}},
    ],
)
def test_what_cannot_be_done_is_no_policy(told: dict[str, Any]) -> None:
    """It is refused when the post is read, not when a text is too long one day."""
    with pytest.raises(ValidationError):
        Post.model_validate({"id": "p", "day": "monday", "text": "Hi"} | told)


@given(
    words=st.lists(st.text("ab cé日🏛", min_size=1, max_size=12), min_size=1, max_size=5),
    limit=st.integers(1, 60),
)
def test_a_fitted_text_never_exceeds_the_limit(words: list[str], limit: int) -> None:
    """Or it is an error; and it is the whole text less whole parts, from the first on."""
    names = [f"part{number}" for number in range(len(words))]
    parts = [f"{{% if room.{name} %}}{word}{{% endif %}}" for name, word in zip(names, words, strict=True)]
    wanted = on_a_wall(limit, text=f"Go{''.join(parts)}", fit={"drop": names})
    assert len(said(wanted)) <= limit or codes(wanted)[-1] == "MW310"
    left = ["Go" + "".join(words[number:]) for number in range(len(words) + 1)]
    assert said(wanted) in [text.strip() for text in left]
