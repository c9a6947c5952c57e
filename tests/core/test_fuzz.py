"""No counter, finder or judge of texts fails on any text, or needs more than its share of work for a long one.

Long texts are judged in a process of their own with a ceiling on its processor time: what is linear needs seconds for
200,000 characters, what is quadratic needs hours. Nothing else is asserted of time.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mwcampaign.core import entities, text
from mwcampaign.core.reading import aloud, in_language, of_alt
from mwcampaign.core.tagging import Tags, fold, remarks

NETWORKS = ("bluesky", "mastodon", "nowhere", "threads", "vk", "weibo", "x")
TAGS = Tags(("#MuseumWeek", "#ミュージアムウィーク"), ("#FoodMW",), {"musicmw": "the tag of wednesday"})
COUNTERS = [name for name in text.__all__ if name != "forbidden"]
FINDERS = [name for name in entities.__all__ if name.islower() and name != "hashtags"]


def judges() -> dict[str, Callable[[str], object]]:
    """Return everything that takes a text, by name."""
    found: dict[str, Callable[[str], object]] = {name: getattr(text, name) for name in text.__all__}
    found |= {name: getattr(entities, name) for name in FINDERS}
    for network in NETWORKS:
        # Nothing is remembered from one text to the next.
        found[f"remarks on {network}"] = lambda told, on=network: remarks(told, on, Tags(TAGS.main, TAGS.day, {}))
    found |= {"aloud": aloud, "fold": fold, "of_alt": lambda told: of_alt(told, told, told)}
    for language in ("en", "ru", "ar", "zz"):
        found[f"in {language}"] = lambda told, of=language: in_language(told, of)
    return found


SIGNS = st.sampled_from(
    [
        *("#", "＃", "@", "$", ".", "/", ":", "-", "_", " ", "\n", "\r\n", "(", ")", "1", "a", "M", "é", "e\u0301"),
        *("日", "م", "ש", "한", "क", "\u094d", "ष", "MuseumWeek", "FoodMW", "http://", "https://a.org/", "a.org"),
        *("\u200b", "\u200d", "\ufe0f", "\u20e3", "\xad", "\u2066", "\ufeff", "\u0301", "\U0001f3db", "\U0001f468"),
        *("\U0001f1eb", "\U0001f3fd", "\U000e0067", "\U0001d4dc", "\uff2d", "\x00", "\ud7ff", "\uffff", "\U0010ffff"),
    ]
)
TEXTS = st.one_of(st.lists(SIGNS, max_size=40).map("".join), st.text(st.characters(codec="utf-8"), max_size=80))


@pytest.mark.parametrize("name", judges())
@settings(max_examples=150, deadline=None)
@given(told=TEXTS)
def test_nothing_fails_on_any_text(name: str, told: str) -> None:
    """Any text is answered, and twice the same way."""
    judge = judges()[name]
    assert judge(told) == judge(told)


@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS)
def test_more_text_counts_for_more(told: str, more: str) -> None:
    """A line of its own below a text makes every count larger, by its own count and at most the line end."""
    for name in COUNTERS:
        count = getattr(text, name)
        if told.endswith("\r"):
            continue
        both = count(f"{told}\n{more}")
        assert max(count(told), count(more)) <= both <= count(told) + count(more) + 1


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_found_pieces_stand_where_they_are_said_to(told: str) -> None:
    """Spans are in order, apart, not empty, and inside the text; what a remark points at is in it."""
    for network in NETWORKS:
        at = 0
        for span in entities.hashtags(network)(told):
            assert at <= span.start < span.end <= len(told)
            assert span.text in told[span.start : span.end]
            at = span.end
        assert all(one.needle in told for one in remarks(told, network, TAGS))
    assert all(one.needle in told for one in (*aloud(told), *in_language(told, "ar")))


PATHOLOGICAL = [
    *("#", "＃", "# ", "#a", "#MuseumWeek", "#MuseumWeek#", "#Museum-", " #MuseumWeek2", "#_", "#\u200b", "#.", "##a"),
    *("@", "@a", "@a@b", "$A ", ".", "a.", "a.b", "a.co ", "http://", "https://a.co/", "https://a.co ", "https://a-"),
    *("a", " ", "\n", "\r\n", "\xa0", "é", "e\u0301", "\u0301", "\u200d", "\xad", "\ufe0f", "\u20e3", "1\ufe0f\u20e3"),
    *(
        "\U0001f3db",
        "\U0001f468\u200d",
        "\U0001f1eb",
        "\U0001f3fd",
        "\u2764\ufe0f ",
        "\U0001f3f4\U000e0067",
        "\n\U0001f3a8",
    ),
    *(
        "日",
        "日.",
        "が",
        "か\u3099",
        "한",
        "\u1112\u1161",
        "क\u094d",
        "م",
        "م #A ",
        "م\n",
        "\u2066",
        "\U0001d4dc",
        "\uff2d",
    ),
    *("Ж", "a\U0001f3db", "()", "https://a.co/(", "a_", "-", "_-", "·", "IMG_1", "1 ", "1_"),
]
CEILING = 150
"""Seconds of processor time for all of them; a quadratic search in a single one takes more."""
CHILD = """
from tests.core.test_fuzz import PATHOLOGICAL, judges
for piece in PATHOLOGICAL:
    for name, judge in judges().items():
        print(ascii(piece), name, flush=True)
        judge(piece * (200_000 // len(piece)))
        judge("a" + piece * (20_000 // len(piece)) + " \\U0001f3db")
"""


def test_long_texts_take_their_share_of_work() -> None:
    """Every judge answers 200,000 characters of any monotony within the ceiling; the last line names the culprit."""

    def ceiling() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (CEILING, CEILING))

    ran = subprocess.run(
        [sys.executable, "-c", CHILD],
        cwd=Path(__file__).parents[2],
        preexec_fn=ceiling,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, f"{ran.stdout.splitlines()[-1:]} {ran.stderr[-2000:]}"
