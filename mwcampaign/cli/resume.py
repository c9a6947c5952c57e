"""`mwcampaign resume`: go on after a halt, having looked."""

from __future__ import annotations

import getpass
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from mwcampaign.cli._options import HERE, CampaignPathOrHere, LedgerFile
from mwcampaign.cli._output import note, say, table
from mwcampaign.cli._place import Place, place
from mwcampaign.cli._review import By, Reason
from mwcampaign.cli._scope import Country, Day, Institution, Network, ledger_at, scope, way_out
from mwcampaign.cli._times import Times
from mwcampaign.core.delivery import WAITING, Standing
from mwcampaign.core.ledger import Halt, Ledger
from mwcampaign.core.message import Message
from mwcampaign.errors import PlanRefused

SHOWN = 200


def resume(
    path: CampaignPathOrHere = HERE,
    country: Country = None,
    network: Network = None,
    day: Day = None,
    institution: Institution = None,
    by: By = None,
    why: Reason = "",
    yes: Annotated[bool, typer.Option("--yes", help="You have looked: do not ask.")] = False,
    hold: Annotated[bool, typer.Option("--hold", help="What came due meanwhile needs a yes first.")] = False,
    ledger: LedgerFile = None,
) -> None:
    """Go on after a halt: shows what would be sent at once, and asks.

    With --hold those posts wait until somebody approves each. What closed meanwhile is missed, never sent late.
    """
    here = place(path, ledger).with_ledger()
    kind, value = scope(path, country, network, day, institution)
    now, who, times = datetime.now(UTC), by or getpass.getuser(), Times(path)
    with ledger_at(here) as known:
        mine = next((each for each in known.halts() if (each.scope, each.value) == (kind, value)), None)
        if mine is None:
            others = "; ".join(_named(each, here) for each in known.halts()) or "nothing"
            raise PlanRefused(f"{kind} {value}".strip() + " is not halted", hint=f"halted now: {others}")
        came_due = _look(known, mine, now, times)
        if not yes and not hold and came_due:
            if not sys.stdin.isatty():
                raise PlanRefused(
                    f"{len(came_due)} would be sent at once",
                    hint=f"look at them, then: {way_out(mine, here)} --yes, or --hold instead of --yes",
                )
            typer.confirm("Send these now?", abort=True)
        known.resume(kind, value, now, who, why, hold=hold)
        say(f"resumed: {mine}, by {who}" + ("; what came due waits for a yes" if hold and came_due else ""))
        for other in known.halts():
            note(f"still halted: {_named(other, here)}; since {times(other.since)} by {other.who}: {other.why}")


def _named(halt: Halt, here: Place) -> str:
    return f"{halt} (ends with: {way_out(halt, here)})"


def _look(known: Ledger, mine: Halt, now: datetime, times: Times) -> list[Standing]:
    """Show what would go at once, and say how much comes later."""
    others = [each for each in known.halts() if each != mine]
    freed = [
        standing
        for standing in known.standings(None, WAITING)
        if mine.covers(standing.delivery) and not any(other.covers(standing.delivery) for other in others)
    ]
    at_once = [each for each in freed if each.delivery.due <= now < each.delivery.closes and not each.waits]
    over = sum(each.delivery.closes <= now for each in freed)
    if at_once:
        rows = (
            (each.delivery.key[:12], each.delivery.account, each.delivery.post,
             times(each.delivery.due, each.delivery.institution),
             " ".join(Message.from_json(each.delivery.message).text.split())[:80])
            for each in at_once[:SHOWN]
        )  # fmt: skip
        table("To look at again: these go at once", ("key", "account", "post", "due", "text"), rows)
    say(f"{len(at_once)} go at once, {len(freed) - len(at_once) - over} later, {over} are too late and will be missed")
    return at_once
