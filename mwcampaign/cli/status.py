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
from mwcampaign.core.ledger import Halt
from mwcampaign.core.pacing import Pause
from mwcampaign.errors import DeliveryFailed, PlanRefused

OVERDUE = timedelta(minutes=5)
"""A waiting delivery is overdue when this long past its time: nobody is running."""
SHOWN = 50
HELD = ("held", "not approved", "halted")


def status(
    path: CampaignPathOrHere = HERE,
    form: Annotated[Format, typer.Option("--format", help="How to answer.")] = Format.TEXT,
    ledger: LedgerFile = None,
) -> None:
    """Show the week at a glance, and what needs a look.

    States by day and network, halts, pauses, what waits for a yes, the next delivery, and every one that is overdue,
    failed, missed, unknown, or due and held back by a person. Exit 0: all is well; 8: something may be public and is
    not found; else 7: something is overdue, failed or missed; else 6: a person holds back what is due, halted, or is to
    post something by hand.
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
    waiting = 0
    with read_ledger(where) as known:
        halts = known.halts() if known else []
        pauses = known.pauses(now) if known else []
        for standing in known.standings() if known else ():
            delivery = standing.delivery
            days[delivery.edition, delivery.theme, delivery.network][standing.state] += 1
            counts[standing.state] += 1
            waiting += standing.waits and standing.state in WAITING
            if trouble := _trouble(standing, now, halts, pauses):
                look.append((trouble, standing))
            elif standing.state in WAITING and upcoming is None:
                upcoming = standing
    overdue = sum(trouble == "overdue" for trouble, _ in look)
    held = sum(trouble in HELD for trouble, _ in look)
    by_hand = sum(standing.handed_over for _, standing in look)
    if form is Format.JSON:
        say_json(
            {
                "schema": "mwcampaign/status",
                "version": 1,
                "counts": {str(state): counts[state] for state in State},
                "overdue": overdue,
                "waiting": waiting,
                **_stops(halts, pauses),
                "next": _told(upcoming) if upcoming else None,
                "days": [
                    {"edition": edition, "day": day, "network": network} | {str(s): n for s, n in sorted(found.items())}
                    for (edition, day, network), found in days.items()
                ],
                "look": [{"trouble": trouble} | _told(standing) for trouble, standing in look],
            }
        )
    else:
        _tell_stops(halts, pauses, waiting)
        _tell(days, look, upcoming, bool(counts))
    if overdue and counts[State.UNKNOWN] == by_hand:
        raise DeliveryFailed(f"{overdue} overdue", hint="is anybody running? start with: mwcampaign run")
    verdict(counts, by_hand)
    if held or halts:
        told = ", ".join(str(halt) for halt in halts)
        raise PlanRefused(
            f"{held} due and held back by a person" + (f"; halted: {told}" if told else ""),
            hint="say yes with: mwcampaign approve; end a halt with: mwcampaign resume",
        )


def _trouble(standing: Standing, now: datetime, halts: list[Halt], pauses: list[Pause]) -> str:
    delivery = standing.delivery
    if standing.handed_over:
        return "handed over"
    if standing.state in {State.UNKNOWN, State.FAILED, State.MISSED}:
        return str(standing.state)
    ready = max(delivery.due, standing.not_before or delivery.due)
    if standing.state not in WAITING or ready > now:
        return ""
    if standing.held:
        return "held"
    if standing.waits:
        return "not approved"
    if any(halt.covers(delivery) for halt in halts):
        return "halted"
    # What waits because its network said so is no sign that nobody runs.
    paused = any(pause.name.split(" ")[0] in (delivery.account, delivery.network) for pause in pauses)
    return "overdue" if ready < now - OVERDUE and not paused else ""


def _when(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


def _stops(halts: list[Halt], pauses: list[Pause]) -> dict[str, object]:
    return {
        "halts": [
            {"scope": each.scope, "value": each.value, "since": _when(each.since), "who": each.who, "why": each.why}
            for each in halts
        ],
        "pauses": [
            {
                "reach": each.reach,
                "name": each.name,
                "why": each.why,
                "until": _when(each.until) if each.until else None,
            }
            for each in pauses
        ],
    }


def _tell_stops(halts: list[Halt], pauses: list[Pause], waiting: int) -> None:
    for halt in halts:
        say(f"Halted: {halt}, since {halt.since:%Y-%m-%d %H:%M}Z by {halt.who}: {halt.why}", style="bold red")
    for pause in pauses:
        until = f"until {pause.until:%Y-%m-%d %H:%M:%S}Z" if pause.until else "for now"
        say(f"Paused: {pause.reach} {pause.name} {until}: {pause.why}", style="yellow")
    if waiting:
        say(f"{waiting} wait for a yes: mwcampaign approve")


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
