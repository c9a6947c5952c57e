"""Rendering a message of a campaign against bare jinja2 rendering the same template with the same values."""

from __future__ import annotations

from _measure import compare
from jinja2 import Environment

from mwcampaign.core.post import Campaign
from mwcampaign.core.render import Renderer

TEXT = """{{ institution.name|upper }} in {{ institution.city|title }} invites you:
today is about {{ theme.about }}{% if institution.website %}, see {{ institution.website }}{% endif %}.
Which object would you take home for a day? Tell us, we answer until {{ institution.closing|default("six") }}.
{{ tags }}"""


def main() -> None:
    """Print the ratio."""
    campaign = Campaign.model_validate(
        {
            "edition": {
                "id": "mw", "title": "t", "main_tag": "#MuseumWeek",
                "days": [{"id": "d", "date": "2026-06-08", "about": {"en": "secrets"}, "tags": {"en": "#SecretsMW"}}],
            },
            "institutions": [
                {"id": f"m{n}", "name": f"Museum number {n}", "city": "paris", "timezone": "Europe/Paris",
                 "languages": ["en"], "website": "https://museum.example"} for n in range(500)
            ],
            "accounts": [{"institution": f"m{n}", "network": "memory"} for n in range(500)],
            "posts": [{"id": "p", "day": "d", "text": TEXT}],
        }
    )  # fmt: skip
    renderer = Renderer(campaign, {}, {})
    post, theme = campaign.posts[0], campaign.edition.days[0]
    pairs = list(zip(campaign.institutions, campaign.accounts, strict=True))
    values = [renderer.values(post, theme, museum, account, "en") for museum, account in pairs]
    template = Environment(autoescape=False, trim_blocks=True, lstrip_blocks=True).from_string(TEXT)

    def ours() -> list[str]:
        return [renderer.message(post, 0, theme, museum, account, "en").text for museum, account in pairs]

    def bare() -> list[str]:
        return [template.render(told) for told in values]

    assert ours() == bare()
    compare("render one message", ours, bare, "at most 1.3", unit=len(pairs), rounds=31)


if __name__ == "__main__":
    main()
