"""`mwcampaign status`: the week at a glance."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from typing import Annotated

import typer

from mwcampaign.cli._options import HERE, CampaignPathOrHere, LedgerFile
from mwcampaign.cli._output import Format, say, say_json_list, table
from mwcampaign.cli._place import place
from mwcampaign.cli._scope import way_out
from mwcampaign.cli._times import Times
from mwcampaign.cli._verdict import hints, verdict
from mwcampaign.core.delivery import WAITING, Standing, State
from mwcampaign.core.ledger import Halt
from mwcampaign.core.pacing import Pause
from mwcampaign.errors import DeliveryFailed, PlanRefused

OVERDUE = timedelta(minutes=5)
"""A waiting delivery is overdue when this long past its time: nobody is running."""
SHOWN = 50
HELD = ("held", "not approved", "halted")
RETRYING = str(State.RETRYING)


def status(
    path: CampaignPathOrHere = HERE,
    form: Annotated[Format, typer.Option("--format", help="How to answer.")] = Format.TEXT,
    ledger: LedgerFile = None,
) -> None:
    """Show the week at a glance, and what needs a look.

    States by day and network, halts, pauses, what waits for a yes, the next delivery, and every one that is overdue,
    failed, missed, unknown, tried again later, or due and held back by a person. Times are the institution's own where
    the campaign tells its zone, else UTC. Exit 0: all is well; 8: something may be public and is
    not found; else 7: something is overdue, failed or missed; else 6: a person holds back what is due, halted, or is to
    post something by hand.
    """
    from mwcampaign.wire.files import read_ledger
    from mwcampaign.wire.spool import Spool

    here = place(path, ledger)
    with read_ledger(here.ledger) as known:
        week = Week(datetime.now(UTC), known.halts() if known else [], known.pauses(datetime.now(UTC)) if known else [])
        look = Spool(week.walk(known.standings() if known else ()))
    if form is Format.JSON:
        _tell_machines(week, look)
    else:
        times = Times(path)
        _tell_stops(week, times)
        if week.waiting:
            say(f"{week.waiting} wait for a yes: {here.command('approve')}")
        _tell(week, look, times)
    if week.overdue and week.counts[State.UNKNOWN] == week.by_hand:
        raise DeliveryFailed(f"{week.overdue} overdue", hint=f"is anybody running? start with: {here.command('run')}")
    verdict(week.counts, week.by_hand, hints(here))
    if week.held or week.halts:
        told = ", ".join(str(halt) for halt in week.halts)
        ways = [f"say yes with: {here.command('approve')}"] if week.waiting else []
        ways += [f"end a halt with: {way_out(halt, here)}" for halt in week.halts]
        raise PlanRefused(
            f"{week.held} due and held back by a person" + (f"; halted: {told}" if told else ""), hint="; ".join(ways)
        )


@dataclass
class Week:
    """What there is to say of a week, however many deliveries it has: sums, and the next one."""

    now: datetime
    halts: list[Halt]
    pauses: list[Pause]
    days: dict[tuple[str, str, str], Counter[State]] = field(default_factory=lambda: defaultdict(Counter))
    counts: Counter[State] = field(default_factory=Counter)
    troubles: Counter[str] = field(default_factory=Counter)
    by_hand: int = 0
    waiting: int = 0
    upcoming: Standing | None = None

    @property
    def overdue(self) -> int:
        """Return how many are overdue."""
        return self.troubles["overdue"]

    @property
    def held(self) -> int:
        """Return how many are due and held back by a person."""
        return sum(self.troubles[name] for name in HELD)

    def walk(self, standings: Iterable[Standing]) -> Iterator[dict[str, object]]:
        """Count everything; yield what needs a look, each with its trouble."""
        for standing in standings:
            delivery = standing.delivery
            self.days[delivery.edition, delivery.theme, delivery.network][standing.state] += 1
            self.counts[standing.state] += 1
            self.waiting += standing.waits and standing.state in WAITING
            if trouble := _trouble(standing, self.now, self.halts, self.pauses):
                self.troubles[trouble] += 1
                self.by_hand += standing.handed_over
                yield {"trouble": trouble} | _told(standing)
            if standing.state in WAITING and trouble in {"", RETRYING}:
                self.upcoming = min(self.upcoming or standing, standing, key=_ready)


def _trouble(standing: Standing, now: datetime, halts: list[Halt], pauses: list[Pause]) -> str:
    delivery = standing.delivery
    if standing.handed_over:
        return "handed over"
    if standing.state in {State.UNKNOWN, State.FAILED, State.MISSED}:
        return str(standing.state)
    later = RETRYING if standing.state is State.RETRYING else ""
    if standing.state not in WAITING or _ready(standing) > now:
        return later
    if standing.held:
        return "held"
    if standing.waits:
        return "not approved"
    if any(halt.covers(delivery) for halt in halts):
        return "halted"
    # What waits because its network said so is no sign that nobody runs.
    paused = any(pause.name.split(" ")[0] in (delivery.account, delivery.network) for pause in pauses)
    return "overdue" if _ready(standing) < now - OVERDUE and not paused else later


def _ready(standing: Standing) -> datetime:
    return max(standing.delivery.due, standing.not_before or standing.delivery.due)


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


def _tell_stops(week: Week, times: Times) -> None:
    for halt in week.halts:
        say(f"Halted: {halt}, since {times(halt.since)} by {halt.who}: {halt.why}", style="bold red")
    for pause in week.pauses:
        until = f"until {times(pause.until, form='%Y-%m-%d %H:%M:%S')}" if pause.until else "for now"
        say(f"Paused: {pause.reach} {pause.name} {until}: {pause.why}", style="yellow")


def _told(standing: Standing) -> dict[str, object]:
    delivery = standing.delivery
    return {
        "key": delivery.key,
        "institution": delivery.institution,
        "account": delivery.account,
        "post": delivery.post,
        "part": delivery.part,
        "due": _when(delivery.due),
        "not_before": _when(standing.not_before) if standing.not_before else None,
        "state": str(standing.state),
        "why": standing.why or None,
    }


def _tell_machines(week: Week, look: Collection[dict[str, object]]) -> None:
    told = {
        "schema": "mwcampaign/status",
        "version": 1,
        "counts": {str(state): week.counts[state] for state in State},
        "overdue": week.overdue,
        "waiting": week.waiting,
        **_stops(week.halts, week.pauses),
        "next": _told(week.upcoming) if week.upcoming else None,
        "days": [
            {"edition": edition, "day": day, "network": network} | {str(s): n for s, n in sorted(found.items())}
            for (edition, day, network), found in week.days.items()
        ],
    }
    say_json_list(told, "look", look)


def _tell(week: Week, look: Collection[dict[str, object]], times: Times) -> None:
    if not week.counts:
        say("The ledger is empty: nothing was applied yet.")
        return
    states = [state for state in State if week.counts[state]]
    rows = [
        (edition, day, network, *(found[state] or "" for state in states))
        for (edition, day, network), found in week.days.items()
    ]
    table("Deliveries", ("edition", "day", "network", *map(str, states)), rows)
    if upcoming := week.upcoming:
        delivery = upcoming.delivery
        say(f"Next: {times(_ready(upcoming), delivery.institution)} {delivery.account} {delivery.post}")
    # What goes on by itself comes last.
    first = (one for one in look if one["trouble"] != RETRYING)
    for one in islice(chain(first, (one for one in look if one["trouble"] == RETRYING)), SHOWN):
        say(_lines(one, week.now, times))
    if len(look) > SHOWN:
        say(f"and {len(look) - SHOWN} more; all of them with --format json")


def _lines(one: dict[str, object], now: datetime, times: Times) -> str:
    """Return what there is to say of one that needs a look, and of one that is tried again, when."""
    institution = str(one["institution"])
    told = [f"due {times(datetime.fromisoformat(str(one['due'])), institution)}", *filter(None, [one["why"]])]
    if one["trouble"] == RETRYING:
        again = datetime.fromisoformat(str(one["not_before"] or one["due"]))
        told.append(f"tried again {'at ' + times(again, institution) if again > now else 'as soon as it can be'}")
    # Two lines, so that a narrow terminal shows whole words.
    return f"{one['trouble']}: {str(one['key'])[:12]} {one['account']} {one['post']}\n    {'; '.join(map(str, told))}"
