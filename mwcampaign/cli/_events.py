"""What a run tells while it works: a live view on a terminal, JSON lines in a pipe."""

from __future__ import annotations

import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING

from mwcampaign.cli._output import console, say_json_line
from mwcampaign.cli._times import Times
from mwcampaign.core.delivery import Delivery, State
from mwcampaign.core.ledger import Ledger
from mwcampaign.core.ports import Clock
from mwcampaign.schedule.tick import Observer

if TYPE_CHECKING:
    from rich.console import RenderableType

STYLE = {
    State.DELIVERED: "green",
    State.FAILED: "bold red",
    State.MISSED: "red",
    State.UNKNOWN: "bold yellow",
    State.RETRYING: "yellow",
}


@contextmanager
def observed(edition_counts: Callable[[], Counter[State]], clock: Clock, times: Times) -> Iterator[Observer]:
    """Yield an observer that prints; `edition_counts` gives the ledger's states for the view's heading, and `times`
    tells the view's times."""
    if not sys.stdout.isatty():
        lock = Lock()

        def line(what: str, delivery: Delivery | None, state: State | None, why: str) -> None:
            with lock:
                say_json_line(event(clock, what, delivery, state, why))

        yield line
        return
    from rich.live import Live

    view = View(edition_counts, clock, times)
    with Live(view, console=console(), refresh_per_second=4, transient=False) as live:
        yield view.hear
        live.refresh()


def event(clock: Clock, what: str, delivery: Delivery | None, state: State | None, why: str) -> dict[str, object]:
    """Return one line of a run's log as plain data."""
    told: dict[str, object] = {"at": clock.now().isoformat().replace("+00:00", "Z"), "event": what}
    if delivery is not None:
        told |= {
            "key": delivery.key,
            "account": delivery.account,
            "post": delivery.post,
            "part": delivery.part,
            "due": delivery.due.isoformat().replace("+00:00", "Z"),
        }
    if state is not None:
        told["state"] = str(state)
    if why:
        told["why"] = why
    return told


class View:
    """The live view: how many in each state, and the last things that happened. All in one time: a week's institutions
    may have many."""

    def __init__(self, counts: Callable[[], Counter[State]], clock: Clock, times: Times, lines: int = 12) -> None:
        self._counts, self._clock, self._times = counts, clock, times
        self._last: deque[tuple[str, str, str]] = deque(maxlen=lines)
        self._lock = Lock()
        self._totals, self._counted = counts(), clock.now()
        # Read now: no post waits for it later.
        times.zone()

    def hear(self, what: str, delivery: Delivery | None, state: State | None, why: str) -> None:
        """Take in one event."""
        where = f"{delivery.account} · {delivery.post}" if delivery else ""
        when = self._times.bare(self._clock.now(), form="%H:%M:%S")
        told = f"{when}  {what:<12} {where}{'  ' + why if why else ''}"
        with self._lock:
            self._last.append((told, STYLE.get(state, "") if state else "", what))

    def __rich__(self) -> RenderableType:
        """Draw."""
        from rich.console import Group
        from rich.text import Text

        with self._lock:
            # Counting a large ledger takes a while: once a second is enough for eyes.
            if (now := self._clock.now()) - self._counted >= timedelta(seconds=1):
                self._totals, self._counted = self._counts(), now
            heading = Text.assemble(
                *((f"{state} {number}   ", STYLE.get(state, "")) for state, number in self._totals.items() if number)
            )
            lines = [Text(told, style=style, overflow="ellipsis", no_wrap=True) for told, style, _ in self._last]
        return Group(
            Text(f"{self._times(self._clock.now(), form='%Y-%m-%d %H:%M:%S')}   ^C stops after what is in hand"),
            heading,
            *lines,
        )


def counts_of(ledger: Ledger) -> Callable[[], Counter[State]]:
    """Return a function that counts the ledger's deliveries by state."""
    return lambda: Counter(dict(sorted(ledger.counts().items())))
