"""Lengths, against the networks' own vectors and against an independent counter.

Left out: of `WeightedTweetsCounterTest`, written for X's configuration 2, the two rows with emoji sequences, which
configuration 3 counts as one emoji; of its `tweets`, written for 140 characters, what the two rows of 141 say about
validity. The rows of Threads in `text-length-vectors.json` are in `test_text_more.py`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
import twitter_text
import unicode_segmentation_rs
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mwcampaign.core.text import (
    forbidden,
    graphemes,
    mastodon_length,
    threads_length,
    utf8_bytes,
    utf16_units,
    weibo_length,
    weighted_length,
)

VECTORS = Path(__file__).parents[1] / "conformance"
X_ROWS: dict[str, list[dict[str, Any]]] = yaml.safe_load((VECTORS / "twitter-text/validate.yml").read_text("utf-8"))[
    "tests"
]
LENGTHS: list[dict[str, Any]] = json.loads((VECTORS / "text-length-vectors.json").read_text("utf-8"))["vectors"]
BLUESKY: list[dict[str, Any]] = json.loads((VECTORS / "bluesky-richtext.json").read_text("utf-8"))["lengths"]
EMOJI_TEST = Path(twitter_text.__file__).parent / "regexp" / "emoji-test.txt"

CONFIGURATION_2_ONLY = {
    "H\U0001f431☺\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",
    "\U0001f64b\U0001f3fd\U0001f468\u200d\U0001f3a4",
}
CONFIGURATION: dict[str, Any] = json.loads((VECTORS / "twitter-text/config-v3.json").read_text("utf-8"))
AFTER_EMOJI_11 = re.compile(
    "[\U0001f90f\U0001f9af\U0001f9ba-\U0001f9bd\U0001f9cd-\U0001f9cf]|.\U0001f91d|[\U0001f46b-\U0001f46d].", re.DOTALL
)
"""What the independent counter's emoji table of 2019 has joined, and X's of 2018 has not."""


def x_rows() -> list[dict[str, Any]]:
    """Return X's rows for the configuration in force."""
    rows = [row for row in X_ROWS["WeightedTweetsCounterTest"] if row["text"] not in CONFIGURATION_2_ONLY]
    assert len(rows) == len(X_ROWS["WeightedTweetsCounterTest"]) - 2
    return rows + X_ROWS["WeightedTweetsWithDiscountedEmojiCounterTest"] + X_ROWS["UnicodeDirectionalMarkerCounterTest"]


def rows_of(network: str) -> list[Any]:
    """Return the length vectors of one network."""
    found = [pytest.param(row, id=row["id"]) for row in LENGTHS if row["platform"] == network]
    assert found
    return found


@pytest.mark.parametrize("row", x_rows(), ids=lambda row: row["description"])
def test_x_weighs_as_x_says(row: dict[str, Any]) -> None:
    """X's own rows: the weight, and whether the text may be posted."""
    told = row["expected"]
    length = weighted_length(row["text"])
    assert length == told["weightedLength"]
    assert (0 < length <= 280 and not forbidden(row["text"])) == told["valid"]


@pytest.mark.parametrize("row", X_ROWS["tweets"], ids=lambda row: row["description"])
def test_x_takes_what_was_right_at_140(row: dict[str, Any]) -> None:
    """X's oldest rows: what was short enough at 140 is so at 280, as are now the rows of 141; nothing is no post."""
    assert (0 < weighted_length(row["text"]) <= 280) == (row["expected"] or "141" in row["description"])


@pytest.mark.parametrize("row", rows_of("x"))
def test_x_lengths(row: dict[str, Any]) -> None:
    """What X's own library counts."""
    assert weighted_length(row["text"]) == row["count"]
    assert (0 < row["count"] <= row["limit"] and not forbidden(row["text"])) == row["valid"]


@pytest.mark.parametrize("row", rows_of("bluesky"))
def test_bluesky_lengths(row: dict[str, Any]) -> None:
    """Graphemes and bytes, both of which Bluesky limits."""
    assert graphemes(row["text"]) == row["count"]
    assert (graphemes(row["text"]) <= 300 and utf8_bytes(row["text"]) <= 3000) == row["valid"]


@pytest.mark.parametrize("row", rows_of("telegram"))
def test_code_units(row: dict[str, Any]) -> None:
    """UTF-16 code units, which Telegram limits."""
    assert utf16_units(row["text"]) == row["count"]
    assert (row["count"] <= row["limit"]) == row["valid"]


@pytest.mark.parametrize("row", BLUESKY, ids=lambda row: ascii(row["text"]))
def test_bluesky_units(row: dict[str, Any]) -> None:
    """Bluesky's own counts of graphemes and bytes."""
    assert (graphemes(row["text"]), utf8_bytes(row["text"])) == (row["graphemes"], row["utf8_bytes"])


@pytest.mark.parametrize("row", rows_of("mastodon"))
def test_mastodon_lengths(row: dict[str, Any]) -> None:
    """Warning and text together, links and mentions at their reduced length."""
    length = mastodon_length(row["text"], row.get("spoiler_text") or "")
    assert length == row["count"]
    assert (length <= row["limit"]) == row["valid"]


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("@alice@museum.example", 6),
        ("@alice@museum.example@x", 23),
        ("@alice@museum.example://", 24),
        ("https://museum.example.org/@alice@x.org", 23),
        ("https://museum.example.org/\u0301x", 23),
    ],
)
def test_mastodon_shortens_only_what_it_will_link(text: str, length: int) -> None:
    """What is no mention or no link is counted in full."""
    assert mastodon_length(text) == length


def test_mastodon_counts_links_as_the_server_says() -> None:
    """A server may count links otherwise."""
    assert mastodon_length("see https://museum.example.org/collection now", url_length=10) == 4 + 10 + 4


@pytest.mark.parametrize("told", ["\ufffe", "a\ufeffb", "\uffff"])
def test_forbidden(told: str) -> None:
    """X refuses three characters, wherever they stand."""
    assert forbidden(told)
    assert not forbidden("\ufffd\u202a\u2066")


@pytest.mark.parametrize(
    "count",
    [graphemes, utf8_bytes, utf16_units, weighted_length, mastodon_length, threads_length, weibo_length],
)
def test_nothing_counts_nothing(count: Any) -> None:
    """The empty text is 0 in every unit."""
    assert count("") == 0


def test_characters_weigh_as_configured() -> None:
    """Every letter of the basic plane weighs what X's configuration says, and a link too."""
    scale = CONFIGURATION["scale"]
    letters = [chr(point) for point in range(0xFFFE) if chr(point).isalpha()]
    for letter in letters:
        ranges = [told for told in CONFIGURATION["ranges"] if told["start"] <= ord(letter) <= told["end"]]
        told = ranges[0]["weight"] if ranges else CONFIGURATION["defaultWeight"]
        # What composes or decomposes under NFC is weighed as what it becomes.
        if unicodedata.is_normalized("NFC", letter):
            assert weighted_length(letter) == told // scale, ascii(letter)
    assert weighted_length("https://museum.example.org/collection/vases") == CONFIGURATION["transformedURLLength"]


def test_sequences_after_the_published_table_weigh_more() -> None:
    """When X does not say, the larger number is told: the text is short enough either way."""
    assert weighted_length("\U0001f3f3\ufe0f\u200d\u26a7\ufe0f") == 7
    assert weighted_length("\U0001f426\u200d\u2b1b") == 5


def test_every_emoji_of_the_table_weighs_two() -> None:
    """Every emoji X's table knows is 2, qualified or not; © and ® alone are 1."""
    weighed = {}
    for line in EMOJI_TEST.read_text("utf-8").splitlines():
        codes, mark, _ = line.partition(";")
        if mark and not line.startswith("#"):
            emoji = "".join(chr(int(code, 16)) for code in codes.split())
            if not AFTER_EMOJI_11.search(emoji):
                weighed[emoji] = weighted_length(emoji)
    assert len(weighed) > 3000
    assert {emoji: weight for emoji, weight in weighed.items() if weight != 2} == {"©": 1, "®": 1}


def test_a_path_belongs_to_the_host_in_front_of_it() -> None:
    """After two hosts glued together the path is counted in full: X's library skips too little or too much there."""
    glued = "Kunsthaus.chミュージアム.みんな/path"
    assert weighted_length(glued) == 23 + 2 * 6 + 1 + 2 * 3 + 5 >= twitter_text.parse_tweet(glued).weightedLength


WRONG_ELSEWHERE = re.compile(r"[^\x00-\x7F][.\-_]|。\S|xn--\S*[^\x00-\x7F]|[^\x00-\x7F]\S*xn--|_\S*/")
"""Where the independent counter differs from X's own library, whose answers are in `test_x_library.py`: a host right
behind an emoji or another script and a dot; the ideographic full stop inside a host; punycode glued to another script;
a path behind a host with an underscore. Of 121,000 random texts that have none of these, it differs in none."""

WORDS = st.sampled_from(
    [
        *("museum", "Kunsthaus.ch", "https://example.org/a_(b)", "http://museum.example/?q=1", "t.co", "www.foo.co.uk"),
        *(
            "日本語",
            "です。",
            "http://ミュージアム.みんな",
            "한국",
            "https://музей.рф",
            "é",
            "e\u0301",
            "Écomusée.fr",
            "a_b.c.com",
            "x@y.com",
        ),
        *(
            "#tag",
            "@name",
            "$ABC",
            ".",
            "/",
            "-",
            "_",
            "(",
            ")",
            ",",
            "?",
            "!",
            ":",
            " ",
            "\n",
            "\u2026",
            "\u2019",
            "€",
        ),
        *(
            "\U0001f468\u200d\U0001f469\u200d\U0001f467",
            "❤\ufe0f",
            "\U0001f1e9\U0001f1ea",
            "1\ufe0f\u20e3",
            "\U0001f64b\U0001f3fd",
        ),
        *("\U0001f3db", "©\ufe0f", "\u202a", "http://", "https://", "com", "co", "xn--a", "\ufeff", "\u3000", "\xa0"),
        *("http://t.co/abc", "http://t.co/abc?x=1", "HTTP://A.DE", ":8080", "/path", "?query=1", "[", "]", '"'),
    ]
)


@settings(max_examples=1500, deadline=None)
@given(st.lists(WORDS, max_size=14).map("".join))
def test_x_weighs_as_an_independent_counter(told: str) -> None:
    """Any mixture weighs what another implementation of X's rules says, and is refused for the same characters."""
    other = twitter_text.parse_tweet(told)
    if not WRONG_ELSEWHERE.search(told):
        assert weighted_length(told) == other.weightedLength
        assert (0 < other.weightedLength <= 280 and not forbidden(told)) == other.valid


@settings(max_examples=500, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\r©®"), max_size=60))
def test_x_weighs_any_text_without_emoji_sequences(told: str) -> None:
    """Any characters at all weigh as the other implementation says (it has © and ® wrong: X's library says 1)."""
    assert weighted_length(told) == twitter_text.parse_tweet(told).weightedLength


PIECES = st.sampled_from(
    [
        *("\r", "\n", "a", "e\u0301", "\u0301", "\u200d", "\U0001f468", "\U0001f1e6", "\U0001f3fd", "\ufe0f", "한"),
        *("\u1100", "\u1161", "क", "\u094d", "ष", "\u0e33", "ก", "\u0600", "1", "が", "\u3099", "か", "\U000e0067"),
        *("\xad", "日", "\u200b", " "),
    ]
)


@settings(max_examples=1000, deadline=None)
@given(st.one_of(st.lists(PIECES, max_size=20).map("".join), st.text(st.characters(codec="utf-8"), max_size=30)))
def test_graphemes_are_those_of_the_segmenter(told: str) -> None:
    """The short cuts change no count."""
    assert graphemes(told) == len(unicode_segmentation_rs.graphemes(told, is_extended=True))


@given(st.text(st.characters(codec="utf-8")))
def test_plain_units(told: str) -> None:
    """Bytes and code units are those of the encodings."""
    assert utf8_bytes(told) == len(told.encode("utf-8"))
    assert utf16_units(told) == sum(2 if ord(sign) > 0xFFFF else 1 for sign in told)
