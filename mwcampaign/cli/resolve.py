"""`mwcampaign resolve`: a person's word on what could not be found."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from mwcampaign.cli._one import CampaignOption, Key, Why, decision
from mwcampaign.cli._options import HERE, LedgerFile
from mwcampaign.cli._output import say
from mwcampaign.core.delivery import Event, Receipt


def resolve(
    key: Key,
    url: Annotated[str | None, typer.Option("--url", help="It is public: its address.")] = None,
    absent: Annotated[bool, typer.Option("--absent", help="It is not there: it may go again.")] = False,
    why: Why = "",
    path: CampaignOption = HERE,
    ledger: LedgerFile = None,
) -> None:
    """Say what became of a post that is unknown.

    Look at the account first: `mwcampaign show KEY` tells where. With --url it counts as delivered; with --absent it is
    sent again while its window is open. Your name and reason go into the history.
    """
    if (url is None) == (not absent):
        raise typer.BadParameter("say either --url ADDRESS or --absent")
    if url is not None and not url.startswith(("https://", "http://")):
        raise typer.BadParameter("an address begins with https://", param_hint="--url")
    now = datetime.now(UTC)
    with decision(path, ledger, key) as (known, standing, who):
        receipt = None
        if url is not None:
            sealed = [one.sealed_at for one in known.attempts(standing.delivery.key) if one.sealed_at]
            # When it went out is known no better than: when it was asked for.
            receipt = Receipt(url.rstrip("/").rpartition("/")[2], url, sealed[-1] if sealed else now)
        event = Event.ABSENT if receipt is None else Event.FOUND
        state = known.decide(standing.delivery.key, event, now, who, why or "looked by a person", receipt)
    say(f"{standing.delivery.account} {standing.delivery.post}: {state}")
