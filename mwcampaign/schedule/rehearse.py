"""Play a whole week on a virtual clock: the real engine and ledger, networks of memory."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from mwcampaign.core.delivery import Standing, State
from mwcampaign.core.ledger import Ledger
from mwcampaign.schedule.clock import VirtualClock

ENDED = frozenset({State.DELIVERED, State.FAILED, State.MISSED, State.CANCELLED})
NUDGE = timedelta(seconds=1)
AFTERWARDS = timedelta(days=1)
"""How long after the last window looks go on for what may be public."""


class Working(Protocol):
    """A runner, or a crew of them."""

    def tick(self) -> int:
        """Do everything that can be done now; return how many things were done."""

    def next_instant(self) -> datetime | None:
        """Return when there is something new to do; None when nothing ever will be."""


@dataclass(slots=True)
class Rehearsal:
    """How a rehearsed week ended: states by (day, network), and every delivery that is not delivered."""

    began: datetime
    ended: datetime
    table: dict[tuple[str, str], Counter[State]] = field(default_factory=lambda: defaultdict(Counter))
    troubles: list[Standing] = field(default_factory=list)

    @property
    def totals(self) -> Counter[State]:
        """Return the number of deliveries in each state."""
        return sum(self.table.values(), Counter())


def rehearse(
    ledger: Ledger,
    runner: Working,
    clock: VirtualClock,
    edition: str,
    day_of: Callable[[str], str],
    on_progress: Callable[[datetime], None] = lambda _: None,
) -> Rehearsal:
    """Play until nothing can be done any more, or all windows have been closed for a day.

    `day_of` gives the date of a theme's id.
    """
    began = clock.now()
    end = max((one.delivery.closes for one in ledger.standings(edition)), default=began) + AFTERWARDS
    play(runner, clock, end, on_progress)
    result = Rehearsal(began, clock.now())
    for standing in ledger.standings(edition):
        result.table[day_of(standing.delivery.theme), standing.delivery.network][standing.state] += 1
        if standing.state is not State.DELIVERED:
            result.troubles.append(standing)
    return result


def play(
    runner: Working, clock: VirtualClock, end: datetime, on_progress: Callable[[datetime], None] = lambda _: None
) -> None:
    """Move the clock from one instant at which something can be done to the next, until there is none before `end`."""
    nudges = 0
    while clock.now() < end:
        done = runner.tick()
        on_progress(clock.now())
        if done:
            nudges = 0
            continue
        upcoming = runner.next_instant()
        if upcoming is None:
            break
        if upcoming > clock.now():
            nudges = 0
            clock.move_to(min(upcoming, end))
        else:
            # Due but blocked, by a look that is still to come: let a little time pass, then more.
            nudges += 1
            clock.move_to(min(clock.now() + NUDGE * (1 << min(nudges, 12)), end))
