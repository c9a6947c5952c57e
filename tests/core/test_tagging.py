"""The week's hashtags in a text: missing, dead, nearly right, another day's, hard to read.

The mistakes are those that people made in past editions and that the guides of MuseumWeek warn of.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mwcampaign.core import tagging
from mwcampaign.core.entities import hashtags
from mwcampaign.core.rules import RULES
from mwcampaign.core.tagging import Tags, fold, remarks

OTHERS = {"musicmw": "the tag of wednesday", "coulissesmw": "the French tag of tuesday", "secretsmw": "the tag of 2015"}
WEEK = Tags(("#MuseumWeek",), ("#FoodMW",), OTHERS)
BOTH = frozenset({"main", "day"})
NONE: frozenset[str] = frozenset()
NETWORKS = ["bluesky", "instagram", "mastodon", "threads", "vk", "weibo", "x"]


def codes(text: str, network: str = "mastodon", tags: Tags = WEEK, required: frozenset[str] = BOTH) -> list[str]:
    """Return the codes alone."""
    return [remark.code for remark in remarks(text, network, tags, required)]


@pytest.mark.parametrize("network", [name for name in NETWORKS if name != "weibo"])
@pytest.mark.parametrize(
    "text",
    [
        "Good morning!\n#MuseumWeek #FoodMW",
        "#MuseumWeek: good morning #FoodMW.",
        "おはよう　#MuseumWeek　#FoodMW",
        "Bonjour à tous, #MuseumWeek et #FoodMW, #Louvre #2021",
        "#MuseumWeek\u00a0!\n#FoodMW",
    ],
)
def test_right_tags_need_no_word(text: str, network: str) -> None:
    """Both tags live: nothing to say, with other tags beside them or without."""
    assert remarks(text, network, WEEK, BOTH) == []


def test_required_tags_are_missed() -> None:
    """Each kind that is owed and is nowhere is told once, with what to add."""
    found = remarks("Good morning!", "mastodon", WEEK, BOTH)
    assert [(one.code, one.hint, one.needle) for one in found] == [
        ("MW330", "add #MuseumWeek", ""),
        ("MW330", "add #FoodMW", ""),
    ]


def test_a_post_may_be_without_tags() -> None:
    """What is not required is not missed."""
    assert codes("Good morning!", required=NONE) == []
    assert codes("Good morning! #MuseumWeek", required=frozenset({"main"})) == []
    assert codes("Good morning! #FoodMW", required=frozenset({"main"})) == ["MW330"]


def test_a_day_without_a_tag_owes_none() -> None:
    """Where the day's tag is not known nobody can ask for it."""
    assert codes("Good morning! #MuseumWeek", tags=Tags(("#MuseumWeek",), (), {})) == []


def test_every_accepted_form_will_do() -> None:
    """The main tag may have a form in the language of the post, and either is right."""
    both = Tags(("#ミュージアムウィーク", "#MuseumWeek"), (), {})
    assert codes("#ミュージアムウィーク", tags=both) == codes("#MuseumWeek", tags=both) == []


def test_the_word_without_its_hash_is_pointed_at() -> None:
    """Somebody forgot the #: the word is the place."""
    (found,) = remarks("We love museumweek! #FoodMW", "mastodon", WEEK, BOTH)
    assert (found.code, found.needle, found.hint) == ("MW330", "museumweek", "write #MuseumWeek")


DEAD = [
    ("mastodon", "(#MuseumWeek)", "'('", "(#MuseumWeek"),
    ("bluesky", "«#MuseumWeek»", "'«'", "«#MuseumWeek"),
    ("x", "美術館#MuseumWeek", "'館'", "館#MuseumWeek"),
    ("x", "our#MuseumWeek", "'r'", "r#MuseumWeek"),
    ("mastodon", "# MuseumWeek", "space", "# MuseumWeek"),
    ("x", "#Museum-Week", "'-'", "#Museum-Week"),
    ("x", "#Museum Week", "' '", "#Museum Week"),
    ("mastodon", "#Museum’Week", "'’'", "#Museum’Week"),
    ("x", "#MuseumWeekです", "'で'", "#MuseumWeekで"),
    ("x", "#MuseumWeek2021", "'2'", "#MuseumWeek2"),
    ("x", "#MuseumWeek#Louvre", "'#'", "#MuseumWeek#"),
    ("bluesky", "#MuseumWeek#Louvre", "'#'", "#MuseumWeek#"),
    ("mastodon", "#Museum\u00adWeek", "U+00AD", "#Museum\u00adWeek"),
    ("x", "#\u200bMuseumWeek", "U+200B", "#\u200bMuseumWeek"),
    ("bluesky", "\u200e#MuseumWeek", "'\\u200e'", "\u200e#MuseumWeek"),
    ("instagram", "＃MuseumWeek", "full-width", "＃MuseumWeek"),
    ("threads", "＃MuseumWeek", "full-width", "＃MuseumWeek"),
    ("threads", "#MuseumWeek)", "')'", "#MuseumWeek)"),
    ("threads", "#Louvre #MuseumWeek", "first", "#MuseumWeek"),
    ("weibo", "#MuseumWeek 今天", "both ends", "#MuseumWeek"),
    ("x", "#MuseumWeek# x", "only Weibo", "#MuseumWeek#"),
    ("vk", "#MuseumWeek@club1", "'@'", "#MuseumWeek@"),
]


@pytest.mark.parametrize(("network", "text", "why", "needle"), DEAD, ids=lambda told: ascii(told)[:40])
def test_dead_tags_are_found_with_their_reason(network: str, text: str, why: str, needle: str) -> None:
    """A tag that is written but not live is not called missing; place, reason and proposal are told."""
    (found,) = remarks(text, network, Tags(("#MuseumWeek",), (), {}), BOTH)
    assert found.code == "MW331"
    assert why in found.what
    assert found.needle == needle and needle in text
    assert "#MuseumWeek" in found.hint


@pytest.mark.parametrize(("network", "text"), [(network, text) for network, text, _, _ in DEAD])
def test_what_is_called_dead_is_dead(network: str, text: str) -> None:
    """The network's own rule does not find the tag there."""
    assert "MuseumWeek" not in [span.text for span in hashtags(network)(text)]


@pytest.mark.parametrize("tag", ["#2026", "#Museum-Week"])
def test_a_tag_that_no_text_can_make_live_is_not_asked_for(tag: str) -> None:
    """That it is none is said where the edition has it; on a network that nobody judged it for, in the post."""
    assert remarks(tag, "x", Tags((tag,), (), {}), BOTH) == []
    assert remarks("Good morning!", "x", Tags((tag,), (), {}), BOTH) == []
    (found,) = remarks(tag, "museumspace", Tags((tag,), (), {}), BOTH)
    assert (found.code, found.hint) == ("MW331", "choose another tag for this network")


def test_the_right_spelling_of_a_tag_that_is_none_is_no_lookalike() -> None:
    """An author who writes the tag as it can be live is not told to break it."""
    assert remarks("#MuseumWeek", "x", Tags(("#Museum-Week",), (), {}), BOTH) == []
    assert remarks("#Museum-Week", "bluesky", Tags(("#Museum-Week",), (), {}), BOTH) == []


@pytest.mark.parametrize("network", ["x", "mastodon", "weibo"])
def test_a_tag_that_is_live_somewhere_is_not_asked_for_again(network: str) -> None:
    """A dead copy beside a live one does no harm."""
    right = "#MuseumWeek#" if network == "weibo" else "#MuseumWeek"
    assert codes(f"{right} and #Museum-Week", network, Tags(("#MuseumWeek",), (), {})) == []


def test_weibo_proposes_its_own_form() -> None:
    """Proposals have the hash at both ends there, and nowhere else."""
    (found,) = remarks("今天 #全球博物馆周", "weibo", Tags(("#全球博物馆周#",), (), {}), BOTH)
    assert found.hint == "write #全球博物馆周#"
    assert codes("今天#全球博物馆周#", "weibo", Tags(("#全球博物馆周#",), (), {})) == []
    assert codes("今天 #全球博物馆周", "x", Tags(("#全球博物馆周#",), (), {})) == []


def test_threads_owes_one_tag() -> None:
    """One post has one topic there: the main tag comes first, and the day's need not be live."""
    assert codes("#MuseumWeek #FoodMW", "threads") == []
    assert codes("#FoodMW #MuseumWeek", "threads") == ["MW331"]
    assert codes("#FoodMW #Louvre", "threads", required=frozenset({"day"})) == []
    assert codes("#FoodMW #MuseumWeek", "threads", required=NONE) == []


def test_own_tags_and_words_are_left_alone() -> None:
    """A longer tag or plain words are no mistake where nobody asked for the week's tag."""
    for text in ("#MuseumWeekParis", "#museum week", "https://example.org/#MuseumWeek", "We are no. # 1"):
        assert codes(text, "x", required=NONE) == []


@pytest.mark.parametrize(
    ("text", "needle", "right"),
    [
        ("#FoodMV #MuseumWeek", "#FoodMV", "#FoodMW"),
        ("#FoodWM #MuseumWeek", "#FoodWM", "#FoodMW"),
        ("#FoodMW #MuseumWeak", "#MuseumWeak", "#MuseumWeek"),
        ("#FoodMW #MusuemWeek", "#MusuemWeek", "#MuseumWeek"),
        ("#FoodMW #MuseumWeeks", "#MuseumWeeks", "#MuseumWeek"),
        ("#FoodMW #Muse\u0443mWeek", "#Muse\u0443mWeek", "#MuseumWeek"),
        ("#FoodMW #\u041cuseumWeek", "#\u041cuseumWeek", "#MuseumWeek"),
        ("#FoodMW #\u039cuseumWeek", "#\u039cuseumWeek", "#MuseumWeek"),
        ("#FoodMW #M\xfcseumWeek", "#M\xfcseumWeek", "#MuseumWeek"),
        ("#FoodMW #\uff2duseumWeek", "#\uff2duseumWeek", "#MuseumWeek"),
        ("#FoodMW #\U0001d4dc\U0001d4fe\U0001d4fc\U0001d4ee\U0001d4fe\U0001d4f6Week", None, "#MuseumWeek"),
        ("#FoodMW #Museum_Week", "#Museum_Week", "#MuseumWeek"),
    ],
    ids=ascii,
)
def test_near_misses_are_found(text: str, needle: str | None, right: str) -> None:
    """One letter off, letters exchanged, look-alikes of other alphabets, accents, decorative letters."""
    found = remarks(text, "mastodon", WEEK, BOTH)
    assert [one.code for one in found if one.code != "MW330"] == ["MW332"]
    near = next(one for one in found if one.code == "MW332")
    assert right in near.hint
    assert near.needle == needle or (needle is None and near.needle in text)


def test_a_near_miss_does_not_stand_in_for_the_tag() -> None:
    """It is another tag: what is required is still missing."""
    assert codes("#FoodMW #MuseumWeak") == ["MW332", "MW330"]
    assert codes("#FoodMW #MuseumWeak", required=NONE) == ["MW332"]


def test_a_slip_beside_the_right_tag_is_no_slip() -> None:
    """#MuseumWeeks next to #MuseumWeek is meant; a look-alike never is."""
    assert codes("#MuseumWeek #FoodMW #MuseumWeeks") == []
    assert codes("#MuseumWeek #FoodMW #\u041cuseumWeek") == ["MW332"]


def test_accents_and_capitals_of_the_tag_itself() -> None:
    """A tag with an accent is right with it, composed or not, and nearly right without."""
    tags = Tags((), ("#Accesibilit\xe0MW",), {})
    assert codes("#Accesibilit\xe0MW", tags=tags) == codes("#Accesibilita\u0300MW", tags=tags) == []
    assert "MW332" in codes("#AccesibilitaMW", tags=tags)


@pytest.mark.parametrize("told", list(OTHERS.items()))
def test_tags_of_other_days_are_named(told: tuple[str, str]) -> None:
    """Another day's, language's or year's tag is told for what it is, with today's."""
    name, what = told
    (found,) = remarks(f"#MuseumWeek #FoodMW #{name.upper()}", "x", WEEK, BOTH)
    assert found.code == "MW333" and what in found.what and found.hint == "today's is #FoodMW"
    assert found.needle == f"#{name.upper()}"


def test_a_known_tag_is_never_a_near_miss() -> None:
    """#FoodMV may be somebody's tag: then it is told as that."""
    assert codes("#MuseumWeek #FoodMV", tags=Tags(("#MuseumWeek",), ("#FoodMW",), {"foodmv": "a partner's"})) == [
        "MW333",
        "MW330",
    ]


@pytest.mark.parametrize("text", ["#museumweek #FoodMW", "#MUSEUMWEEK #FoodMW"])
def test_capitals_are_advised(text: str) -> None:
    """The tag is live and right; capitals at each word are a note."""
    (found,) = remarks(text, "x", WEEK, BOTH)
    assert (found.code, found.hint) == ("MW334", "write #MuseumWeek")


def test_published_small_letters_are_not_called_wrong() -> None:
    """A tag that was published in small letters is right so."""
    assert codes("#sognimw", tags=Tags((), ("#sognimw",), {})) == []


def test_every_code_has_its_rule() -> None:
    """Whatever is told can be explained."""
    assert {"MW330", "MW331", "MW332", "MW333", "MW334", "MW340", "MW341", "MW343", "MW350", "MW351"} <= RULES.keys()


def test_fold_is_what_networks_compare() -> None:
    """Hashes, capitals and composition make no difference."""
    assert fold("#MuseumWeek") == fold("＃museumweek") == fold("#MUSEUMWEEK#") == "museumweek"
    assert fold("#Accesibilita\u0300MW") == fold("#ACCESIBILIT\xc0MW")


PIECES = st.sampled_from(
    [
        *("#MuseumWeek", "#FoodMW", "#museumweek", "#FoodMV", "#MusicMW", "#Louvre", "#MuseumWeekParis", "#2021"),
        *(" ", " ", "\n", "\u3000", ".", ",", "!", "(", ")", "#", "＃", "-", "\u200b", "です", "a", "1", "_", "’s"),
        *("MuseumWeek", "Museum", "Week", "#Museum", "https://example.org/", "@club", "\xa0", "𝓜", "ü", "\u0301"),
    ]
)
TEXTS = st.lists(PIECES, max_size=12).map("".join)


@settings(max_examples=1000, deadline=None)
@given(TEXTS, st.sampled_from(NETWORKS), st.sampled_from([BOTH, NONE, frozenset({"main"}), frozenset({"day"})]))
def test_the_short_way_says_what_the_long_way_says(text: str, network: str, required: frozenset[str]) -> None:
    """A text judged by one search, and one met before, is judged as by the full rules."""
    long_way = list(tagging._Reading(text, network, Tags(WEEK.main, WEEK.day, OTHERS)._known, required).remarks())
    assert remarks(text, network, WEEK, required) == long_way


@settings(max_examples=500, deadline=None)
@given(TEXTS, st.sampled_from(NETWORKS))
def test_every_remark_points_into_the_text(text: str, network: str) -> None:
    """A needle is a piece of the text, and each kind is told dead or missing at most once."""
    found = remarks(text, network, WEEK, BOTH)
    assert all(one.needle in text and one.what and one.hint for one in found)
    assert sum(one.code in {"MW330", "MW331"} for one in found) <= len(BOTH)


def test_what_is_remembered_is_bounded() -> None:
    """A week of unheard-of tags does not fill the memory."""
    tags = Tags(("#MuseumWeek",), (), {})
    for number in range(3 * tagging._MOST_VERDICTS):
        remarks(f"#MuseumWeek #own{number}", "x", tags, BOTH)
    assert len(tags._known.quiet) <= len(tags._known._verdicts) <= tagging._MOST_VERDICTS
