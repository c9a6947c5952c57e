"""`mwcampaign reschedule`: a person gives a post another time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from mwcampaign.cli._one import CampaignOption, Key, Why, decision
from mwcampaign.cli._options import HERE, LedgerFile, instant
from mwcampaign.cli._output import note, say
from mwcampaign.core.delivery import Delivery


def reschedule(
    key: Key,
    to: Annotated[str, typer.Option("--to", help="The new time, with its offset: 2021-06-07T15:00+02:00.")],
    closes: Annotated[
        str | None, typer.Option("--closes", help="When it is too late. Default: as long after as before.")
    ] = None,
    why: Why = "",
    path: CampaignOption = HERE,
    ledger: LedgerFile = None,
) -> None:
    """Give a post another time than the campaign does, with the parts of a thread behind it.

    A yes stands, for the message is the same. Later plans keep the new time until the campaign's own changes.
    """
    due = instant(to)
    with decision(path, ledger, key) as (known, standing, who):
        delivery = standing.delivery
        end = instant(closes) if closes else due + max(delivery.closes - delivery.due, timedelta(minutes=1))
        known.move(delivery.key, due, end, datetime.now(UTC), who, why or "(no reason given)")
    say(f"{delivery.account} {delivery.post}: due {due:%Y-%m-%d %H:%M}Z, closes {end:%Y-%m-%d %H:%M}Z")
    _tell_another_day(path, delivery, due)


def _tell_another_day(path: Path, delivery: Delivery, due: datetime) -> None:
    """Say when the new time is not on the theme's date where the museum is, or when that cannot be known."""
    from mwcampaign.wire.project import open_project

    campaign = open_project(path).loaded.remains
    theme = campaign.edition.by_day.get(delivery.theme) if campaign else None
    museum = next((one for one in campaign.institutions if one.id == delivery.institution), None) if campaign else None
    if theme is None or museum is None:
        note(f"whether that is still {delivery.theme}'s day could not be read from the campaign: see for yourself")
    elif (day := due.astimezone(museum.zone).date()) != theme.date:
        note(f"in {museum.timezone} that is {day}, not {theme.date}, the day of {theme.id}: see that its hashtag fits")
