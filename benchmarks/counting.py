"""Counting and judging a message against bare jinja2 rendering a template of the same length.

`check` counts what could be too long only: the last line is what it spends on the length of a message, the one before
what counting each costs.

Prints, asserts nothing: only the ratio means anything on another machine.
"""

from __future__ import annotations

import timeit
from collections.abc import Callable

from _measure import compare
from jinja2 import Environment

from mwcampaign.core.campaign import Account
from mwcampaign.core.checks import excess
from mwcampaign.core.message import Message
from mwcampaign.core.reading import aloud, in_language
from mwcampaign.core.tagging import Tags, remarks
from mwcampaign.core.text import graphemes, mastodon_length, threads_length, weighted_length
from mwcampaign.platforms import adapter

TEMPLATE = """{{ institution.name|upper }} in {{ institution.city|title }} invites you:
today is about {{ theme.about }}{% if institution.website %}, see {{ institution.website }}{% endif %}.
Which object would you take home for a day? Tell us, we answer until {{ institution.closing|default("six") }}.
{{ tags }}"""
ABOUT = (
    "secrets",
    "secrets — “behind the scenes” 🏛️",
    "les secrets du musée 👩‍🎨",
    "日本語の秘密と物語",
    "тайны музея",
)
"""Plain English, typographic signs and emoji, French with a joined emoji, Japanese, Russian."""
MESSAGES = 500


TAGS = Tags(("#MuseumWeek",), ("#SecretsMW",), {"secretmw": "the tag of nobody"})


class NoSessions:
    """Keeps nothing."""

    def load(self, account: str) -> None:
        """Return nothing."""

    def save(self, account: str, session: str) -> None:
        """Keep nothing."""


def tags(text: str) -> object:
    """Judge the tags, for Mastodon."""
    return remarks(text, "mastodon", TAGS)


def language(text: str) -> object:
    """Judge script and direction, as if all were English."""
    return in_language(text, "en")


def _per_second(count: Callable[[str], object], texts: list[str]) -> float:
    """Return how many texts are counted in a second, the best of 31 rounds."""
    best = min(timeit.repeat(lambda: [count(text) for text in texts], number=1, repeat=31))
    return len(texts) / best


def main() -> None:
    """Print counts per second and the ratio."""
    values = [
        {
            "institution": {"name": f"Museum number {n}", "city": "paris", "website": "https://museum.example.org"},
            "theme": {"about": ABOUT[n % len(ABOUT)]},
            "tags": "#MuseumWeek #SecretsMW",
        }
        for n in range(MESSAGES)
    ]
    template = Environment(autoescape=False, trim_blocks=True, lstrip_blocks=True).from_string(TEMPLATE)
    texts = [template.render(told) for told in values]

    def ours() -> list[int]:
        return [weighted_length(text) + graphemes(text) for text in texts]

    def bare() -> list[str]:
        return [template.render(told) for told in values]

    print(f"{MESSAGES} texts, {sum(map(len, texts)) // MESSAGES} characters in the mean")
    for count in (weighted_length, graphemes, mastodon_length, threads_length, tags, aloud, language):
        rate = _per_second(count, texts)
        print(f"{count.__name__}: {rate:,.0f} texts a second, {1e6 / rate:.1f} µs each")
    messages = [Message(text, "en") for text in texts]
    networks = [
        adapter(name)(Account(id="a", institution="i", network=name), {}, NoSessions()) for name in ("x", "bluesky")
    ]

    def judged() -> list[str]:
        return [what for message in messages for platform in networks for what in excess(message, platform)]

    compare("count one message for X and Bluesky", ours, bare, "at most 0.25", unit=MESSAGES, rounds=31)
    compare("judge its length for X and Bluesky", judged, bare, "at most 0.25", unit=MESSAGES, rounds=31)


if __name__ == "__main__":
    main()
