"""`mwcampaign status`: the week at a glance."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from mwcampaign.cli._options import HERE, CampaignPathOrHere, LedgerFile
from mwcampaign.cli._output import Format, say, say_json, table
from mwcampaign.cli._verdict import verdict
from mwcampaign.core.delivery import WAITING, Standing, State
from mwcampaign.errors import DeliveryFailed

OVERDUE = timedelta(minutes=5)
"""A waiting delivery is overdue when this long past its time: nobody is running."""
SHOWN = 50


def status(
    path: CampaignPathOrHere = HERE,
    form: Annotated[Format, typer.Option("--format", help="How to answer.")] = Format.TEXT,
    ledger: LedgerFile = None,
) -> None:
    """Show the week at a glance, and what needs a look.

    States by day and network, the next delivery, and every one that is overdue, failed, missed or unknown. Exit 0:
    all is well; 7: something is overdue, failed or missed; 8: something may be public and is not found.
    """
    from mwcampaign.wire.files import ledger_path, read_ledger
    from mwcampaign.wire.settings import settings

    folder = path if path.is_dir() else path.parent
    where = ledger_path(folder, settings(ledger=ledger).ledger)
    now = datetime.now(UTC)
    days: dict[tuple[str, str, str], Counter[State]] = defaultdict(Counter)
    look: list[tuple[str, Standing]] = []
    counts: Counter[State] = Counter()
    upcoming: Standing | None = None
    with read_ledger(where) as known:
        for standing in known.standings() if known else ():
            delivery = standing.delivery
            days[delivery.edition, delivery.theme, delivery.network][standing.state] += 1
            counts[standing.state] += 1
            if trouble := _trouble(standing, now):
                look.append((trouble, standing))
            elif standing.state in WAITING and upcoming is None:
                upcoming = standing
    overdue = sum(trouble == "overdue" for trouble, _ in look)
    if form is Format.JSON:
        say_json(
            {
                "schema": "mwcampaign/status",
                "version": 1,
                "counts": {str(state): counts[state] for state in State},
                "overdue": overdue,
                "next": _told(upcoming) if upcoming else None,
                "days": [
                    {"edition": edition, "day": day, "network": network} | {str(s): n for s, n in sorted(found.items())}
                    for (edition, day, network), found in days.items()
                ],
                "look": [{"trouble": trouble} | _told(standing) for trouble, standing in look],
            }
        )
    else:
        _tell(days, look, upcoming, bool(counts))
    verdict(counts)
    if overdue:
        raise DeliveryFailed(f"{overdue} overdue", hint="is anybody running? start with: mwcampaign run")


def _trouble(standing: Standing, now: datetime) -> str:
    if standing.state in {State.UNKNOWN, State.FAILED, State.MISSED}:
        return str(standing.state)
    if (
        standing.state in WAITING
        and max(standing.delivery.due, standing.not_before or standing.delivery.due) < now - OVERDUE
    ):
        return "overdue"
    return ""


def _told(standing: Standing) -> dict[str, object]:
    delivery = standing.delivery
    return {
        "key": delivery.key,
        "account": delivery.account,
        "post": delivery.post,
        "part": delivery.part,
        "due": delivery.due.isoformat().replace("+00:00", "Z"),
        "state": str(standing.state),
        "why": standing.why or None,
    }


def _tell(
    days: dict[tuple[str, str, str], Counter[State]],
    look: list[tuple[str, Standing]],
    upcoming: Standing | None,
    any_: bool,
) -> None:
    if not any_:
        say("The ledger is empty: nothing was applied yet.")
        return
    states = [state for state in State if any(found[state] for found in days.values())]
    rows = [
        (edition, day, network, *(found[state] or "" for state in states))
        for (edition, day, network), found in days.items()
    ]
    table("Deliveries", ("edition", "day", "network", *map(str, states)), rows)
    if upcoming:
        say(f"Next: {upcoming.delivery.due:%Y-%m-%d %H:%M}Z {upcoming.delivery.account} {upcoming.delivery.post}")
    for trouble, standing in look[:SHOWN]:
        delivery = standing.delivery
        what = f"{trouble}: {delivery.key[:12]} {delivery.account} {delivery.post}"
        say(f"{what} due {delivery.due:%Y-%m-%d %H:%M}Z: {standing.why}")
    if len(look) > SHOWN:
        say(f"and {len(look) - SHOWN} more; all of them with --format json")
