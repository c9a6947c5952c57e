"""`mwcampaign reschedule`: a person gives a post another time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from mwcampaign.cli._one import CampaignOption, Key, Why, decision
from mwcampaign.cli._options import HERE, LedgerFile, instant
from mwcampaign.cli._output import note, say


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
    if due.date() != delivery.due.date():
        note(f"that is another day than {delivery.theme}'s: see that its hashtag still fits")
