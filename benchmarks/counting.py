"""Counting a message as X and Bluesky do against bare jinja2 rendering a template of the same length."""

from __future__ import annotations

from _measure import compare
from jinja2 import Environment

from mwcampaign.core.text import graphemes, weighted_length

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


def main() -> None:
    """Print the ratio."""
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
    compare("count one message", ours, bare, "at most 0.25", unit=MESSAGES, rounds=31)


if __name__ == "__main__":
    main()
