"""`mwcampaign languages`: what is missing in which language."""

from __future__ import annotations

from typing import Annotated

import typer

from mwcampaign.cli._options import HERE, CampaignPathOrHere
from mwcampaign.cli._output import Format, say, say_json, table

NAMED = 5


def languages(
    path: CampaignPathOrHere = HERE,
    form: Annotated[Format, typer.Option("--format", help="How to answer.")] = Format.TEXT,
) -> None:
    """Show what each language has and lacks.

    Offline. A language that only institutions name is in the list too: their posts go out in another one.
    """
    from mwcampaign.core.parity import parities
    from mwcampaign.wire.project import open_project

    campaign = open_project(path).campaign
    found = parities(campaign)
    if form is Format.JSON:
        told = [
            {
                "language": each.language,
                "institutions": each.institutions,
                "days_without_tag": list(each.days_without_tag),
                "posts_without_words": list(each.posts_without_words),
            }
            for each in found
        ]
        say_json({"schema": "mwcampaign/languages", "version": 1, "languages": told})
        return
    days, posts = len(campaign.edition.days), len(campaign.posts)
    rows = [
        (
            each.language,
            each.institutions or "",
            f"{days - len(each.days_without_tag)} of {days}",
            f"{posts - len(each.posts_without_words)} of {posts}",
            _missing(each.days_without_tag, each.posts_without_words),
        )
        for each in found
    ]
    table("Languages", ("language", "institutions", "days with a tag", "posts with words", "missing"), rows)
    if not rows:
        say("The campaign names no language.")


def _missing(days: tuple[str, ...], posts: tuple[str, ...]) -> str:
    names = [*(f"tag of {day}" for day in days), *posts]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
