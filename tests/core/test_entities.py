"""What is clickable, against the networks' own vectors.

Left out of X's `validate.yml`: `lists` (nothing a campaign makes), `tweets` (lengths: see `test_text.py`), and
four `urls` of its separate validator of addresses that X does not find in a text: with a password, with an IPv4 or
IPv6 address for a host, and with a query that ends in +. Of `extract.yml`: `replies` (nothing a campaign makes).
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mwcampaign.core import entities
from mwcampaign.core.entities import Span, bluesky_facets, bluesky_hashtags, mastodon_hashtags, mastodon_mentions

from mwcampaign.core.entities import mastodon_urls, x_cashtags, x_hashtags, x_mentions, x_urls  # isort: skip

Rule = Callable[[str], list[Span]]

VECTORS = Path(__file__).parents[1] / "conformance"
VALID = yaml.safe_load((VECTORS / "twitter-text/validate.yml").read_text("utf-8"))["tests"]
EXTRACT = yaml.safe_load((VECTORS / "twitter-text/extract.yml").read_text("utf-8"))["tests"]
MASTODON = json.loads((VECTORS / "mastodon-hashtags.json").read_text("utf-8"))["vectors"]
BLUESKY = json.loads((VECTORS / "bluesky-richtext.json").read_text("utf-8"))
RULES: list[Rule] = [
    *(x_urls, x_hashtags, x_mentions, x_cashtags),
    *(mastodon_urls, mastodon_hashtags, mastodon_mentions, bluesky_hashtags),
]
OF_THE_VALIDATOR_ONLY = {
    "http://user:PASSW0RD@example.com:8080/login.php",
    "http://192.168.0.1/index.html?src=asdf",
    "http://[3ffe:1900:4545:3:200:f8ff:fe21:67cf]:80/index.html",
    "http://example.com?foo=$bar.;baz?BAZ&c=d-#top/?stories+",
}


def cases(rows: dict[str, Any], rules: dict[str, Rule]) -> list[Any]:
    """Return (rule, row) for every row of the named sections."""
    found = [(rule, row, f"{name}-{row['description']}") for name, rule in rules.items() for row in rows[name]]
    return [pytest.param(rule, row, id=label) for rule, row, label in found]


@pytest.mark.parametrize(
    ("rule", "row"),
    cases(
        EXTRACT,
        {
            "mentions": x_mentions, "urls": x_urls, "tco_urls_with_params": x_urls, "hashtags": x_hashtags,
            "hashtags_from_astral": x_hashtags, "cashtags": x_cashtags,
        },
    ),
)  # fmt: skip
def test_x_finds(rule: Rule, row: dict[str, Any]) -> None:
    """X's own rows: what is found in a text."""
    assert [span.text for span in rule(row["text"])] == row["expected"]


@pytest.mark.parametrize(
    ("rule", "row"),
    cases(
        EXTRACT,
        {
            "mentions_with_indices": x_mentions, "urls_with_indices": x_urls, "urls_with_directional_markers": x_urls,
            "hashtags_with_indices": x_hashtags, "cashtags_with_indices": x_cashtags,
        },
    ),
)  # fmt: skip
def test_x_finds_where(rule: Rule, row: dict[str, Any]) -> None:
    """X's own rows: where it is found."""
    names = ("url", "screen_name", "hashtag", "cashtag")
    told = [Span(*found["indices"], next(found[name] for name in names if name in found)) for found in row["expected"]]
    assert rule(row["text"]) == told


@pytest.mark.parametrize(("rule", "row"), cases(EXTRACT, {"mentions_or_lists_with_indices": x_mentions}))
def test_x_names_in_lists(rule: Rule, row: dict[str, Any]) -> None:
    """The name in front of a list's is a mention."""
    assert [(span.start, span.text) for span in rule(row["text"])] == [
        (found["indices"][0], found["screen_name"]) for found in row["expected"]
    ]


@pytest.mark.parametrize(
    ("rule", "row"),
    cases(
        VALID,
        {"urls": x_urls, "urls_without_protocol": x_urls, "hashtags": x_hashtags, "usernames": x_mentions},
    ),
)
def test_x_valid(rule: Rule, row: dict[str, Any]) -> None:
    """X's own rows: a valid one is found as a whole, an invalid one is not."""
    if row["text"] in OF_THE_VALIDATOR_ONLY:
        assert [span.text for span in rule(row["text"])] != [row["text"]]
        return
    whole = [(0, len(row["text"]))]
    assert ([(span.start, span.end) for span in rule(row["text"])] == whole) == row["expected"]


@pytest.mark.parametrize("row", MASTODON, ids=lambda row: ascii(row["text"]))
def test_mastodon_hashtags(row: dict[str, Any]) -> None:
    """Mastodon's rule, spelt out."""
    assert [span.text for span in mastodon_hashtags(row["text"])] == row["tags"]


@pytest.mark.parametrize(
    "row", [*BLUESKY["mentions_and_links"], *BLUESKY["tags"], *BLUESKY["cashtags"]], ids=lambda row: ascii(row["text"])
)
def test_bluesky_facets(row: dict[str, Any]) -> None:
    """The official client's own rows, byte for byte."""
    values = {"mention": "handle", "link": "uri", "tag": "tag"}
    assert [(facet.byte_start, facet.byte_end, facet.kind, facet.value) for facet in bluesky_facets(row["text"])] == [
        (told["byteStart"], told["byteEnd"], told["type"], told[values[told["type"]]]) for told in row["facets"]
    ]


@pytest.mark.parametrize(
    ("text", "x", "mastodon", "bluesky"),
    [
        ("#museum", ["museum"], ["museum"], ["museum"]),
        ("(#museum)", ["museum"], [], []),
        ("#2026", [], [], []),
        ("#24museum", ["24museum"], ["24museum"], ["24museum"]),
        ("#museum-night", ["museum"], ["museum"], ["museum-night"]),
        ("#museum#night", [], ["museum"], ["museum#night"]),
        ("#museum.", ["museum"], ["museum"], ["museum"]),
        ("#il·lusió", ["il·lusió"], ["il·lusió"], ["il·lusió"]),
        ("#musee_d’orsay", ["musee_d"], ["musee_d"], ["musee_d’orsay"]),
        ("日本語#タグ", [], [], []),
        ("＃タグ", ["タグ"], ["タグ"], ["タグ"]),
        ("#\U0001f3db", [], [], ["\U0001f3db"]),
        ("https://example.org/#museum", [], [], []),
    ],
)
def test_one_hashtag_three_networks(text: str, x: list[str], mastodon: list[str], bluesky: list[str]) -> None:
    """The same text makes different tags on different networks."""
    found = [[span.text for span in rule(text)] for rule in (x_hashtags, mastodon_hashtags, bluesky_hashtags)]
    assert found == [x, mastodon, bluesky]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@alice hello", ["alice"]),
        ("hello @alice@museum.example!", ["alice@museum.example"]),
        ("(@alice.b-c@museum.example).", ["alice.b-c@museum.example"]),
        ("mail a@museum.example", []),
        ("https://museum.example.org/@alice@x.org", []),
        ("name=@alice", []),
        ("@alice.", ["alice"]),
        ("@josé", []),
        ("@alice@museum.example@x", []),
        ("@alice://museum.example", []),
    ],
)
def test_mastodon_mentions(text: str, found: list[str]) -> None:
    """A mention has a name, a server perhaps, and nothing glued in front."""
    assert [span.text for span in mastodon_mentions(text)] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("#museumhttps://example.com", ["museum"]),
        ("#https://example.com", ["https"]),
        ("＃museum·://", ["museum"]),
    ],
)
def test_mastodon_hashtag_before_a_link(text: str, found: list[str]) -> None:
    """The scheme of a link glued to a hashtag is not part of the tag."""
    assert [span.text for span in mastodon_hashtags(text)] == found


def test_of_two_that_overlap_the_first_stays() -> None:
    """A tag that starts before a link is a tag, one inside a link is none, one behind a link that lost its place is."""
    assert [span.text for span in x_hashtags("＃museum.org a.org/#museum")] == ["museum"]
    assert [span.text for span in x_hashtags("＃museum.org/#week")] == ["museum", "week"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see example.com", []),
        ("(https://example.com/a_(b)).", ["https://example.com/a_(b)"]),
        ("xhttps://example.com", []),
        ("日本https://example.com/展覧会 へ", ["https://example.com/展覧会"]),
        ("gemini://example.org/ ftp://example.org/", ["gemini://example.org/"]),
        ("https://example.com/?q=美術館", ["https://example.com/?q=美術館"]),
    ],
)
def test_mastodon_urls(text: str, found: list[str]) -> None:
    """A link has a scheme; path and query may be in any script."""
    assert [span.text for span in mastodon_urls(text)] == found


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("HTTPS://Museum.example/…", ["HTTPS://Museum.example/…"]),
        ("httpbin.org", ["https://httpbin.org"]),
        ("https://", []),
        ("(museum.org).", ["https://museum.org"]),
        ("#a(https://museum.org)", ["a(https://museum.org"]),
    ],
)
def test_bluesky_edges(text: str, values: list[str]) -> None:
    """Links get a scheme if they have none; what overlaps an earlier facet is left out."""
    assert [facet.value for facet in bluesky_facets(text)] == values


SIGNS = [
    "#",
    "@",
    "$",
    "＃",
    ".",
    "/",
    ":",
    "://",
    "(",
    ")",
    " ",
    "\n",
    "_",
    "-",
    "a",
    "com",
    "museum",
    "http",
    "日",
    "é",
]
MORE = [
    "1",
    "\ufe0f",
    "\u200d",
    "\U0001f3db",
    "http://a.co/",
    "b.org",
    "@a@b.org",
    "?",
    "=",
    "·",
    ",",
    "rt",
    "＠",
    "\u20e3",
]
TEXTS = st.lists(st.sampled_from(SIGNS + MORE), max_size=25).map("".join)


@settings(max_examples=500, deadline=None)
@given(TEXTS)
def test_spans_are_in_order_and_apart(told: str) -> None:
    """Spans are sorted, never overlap, are never empty, and hold the text they say."""
    for rule in RULES:
        spans = rule(told)
        assert all(before.end <= after.start for before, after in itertools.pairwise(spans))
        assert all(span.text and told[span.start : span.end].endswith(span.text) for span in spans)


@settings(max_examples=500, deadline=None)
@given(TEXTS)
def test_facets_are_in_order_and_apart(told: str) -> None:
    """Facets are sorted, never overlap, and their bytes are whole characters that hold the value."""
    facets = bluesky_facets(told)
    assert all(before.byte_end <= after.byte_start for before, after in itertools.pairwise(facets))
    for facet in facets:
        shown = told.encode()[facet.byte_start : facet.byte_end].decode()
        assert shown
        assert facet.value.casefold().endswith(shown.lstrip("@").removeprefix("#").removeprefix("＃").casefold())


HOSTILE = [
    ".",
    "@",
    "a.",
    "#",
    "/",
    "(",
    "a.co/(",
    "a.co日-.",
    "a.co/,(b)",
    "日本.みんな",
    "🏛-",
    ".日",
    "http://a.",
    "@a@",
    "日",
    "a.co?",
    "#·",
    "_.a@#/(",
]


@pytest.mark.parametrize("piece", HOSTILE, ids=ascii)
def test_hostile_texts_end(piece: str) -> None:
    """A long text of one piece is answered by every rule; a search that starts over at each place would hang here."""
    told = piece * (100_000 // len(piece))
    for name in entities.__all__:
        if name.islower() and name != "hashtags":
            assert len(getattr(entities, name)(told)) <= len(told)
