"""The daemon's clock calls the upkeep too, beside the work."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Event
from typing import cast

from mwcampaign.schedule.clock import VirtualClock
from mwcampaign.schedule.daemon import UPKEEP, Stop, run_daemon
from mwcampaign.schedule.tick import Runner


class Idle:
    """A runner without work."""

    def __init__(self) -> None:
        self.closed = Event()

    def tick(self) -> int:
        """Do nothing."""
        return 0

    def next_instant(self) -> datetime | None:
        """Return that nothing will ever be due."""
        return None

    def close(self) -> None:
        """Tell it."""
        self.closed.set()


def test_the_upkeep_is_called_and_may_take_its_time() -> None:
    """Its first call comes when its time has come by the run's clock; the end waits for a call that is under way."""
    stop, idle, waited = Stop(), Idle(), list[bool]()

    def upkeep() -> None:
        stop.ask()
        # The daemon is on its way out by now; a token that is being exchanged must still be kept.
        waited.append(not idle.closed.wait(0.2))

    # A clock that is behind by as much as the first call waits: it has come when the daemon begins.
    clock = VirtualClock(datetime.now(UTC) - UPKEEP)
    run_daemon(cast(Runner, idle), clock, stop, Event(), upkeep)
    assert waited == [True]
