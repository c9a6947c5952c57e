"""The daemon: APScheduler as a clock, never as the schedule; the ledger alone knows what is due.

Two jobs in a memory store: one at the ledger's next instant, one every few seconds for housekeeping (another process
may have applied a plan). Both do the same round. SIGTERM and ^C let what is in hand finish, and end.
"""

from __future__ import annotations

import signal
from collections.abc import Collection
from datetime import datetime, timedelta
from threading import Event as Flag
from threading import Lock
from types import FrameType

from mwcampaign.core.delivery import DeliveryKey, State
from mwcampaign.core.ledger import Ledger
from mwcampaign.core.ports import Clock
from mwcampaign.schedule.tick import Runner

HOUSEKEEPING = timedelta(seconds=5)
UNSETTLED = (State.PREPARING, State.SENDING, State.UNKNOWN, State.RETRYING)
PATIENCE = timedelta(seconds=150)
"""How long `--once` waits for a look at a doubt or a retry that is due soon."""


class Stop:
    """Asked to stop: by a signal, or by code. `signal_number` says which."""

    def __init__(self) -> None:
        self._flag = Flag()
        self.signal_number = 0

    def ask(self, number: int = 0, _frame: FrameType | None = None) -> None:
        """Ask for an end after what is in hand; a second ^C ends at once."""
        if self._flag.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.signal_number = number
        self._flag.set()

    def asked(self) -> bool:
        """Return whether an end was asked for."""
        return self._flag.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait until asked, at most so long; return whether asked."""
        return self._flag.wait(seconds)

    def on_signals(self) -> None:
        """Listen to SIGTERM and ^C."""
        signal.signal(signal.SIGTERM, self.ask)
        signal.signal(signal.SIGINT, self.ask)


def run_once(
    runner: Runner,
    ledger: Ledger,
    clock: Clock,
    stop: Stop,
    only: Collection[DeliveryKey] | None = None,
    patience: timedelta = PATIENCE,
) -> None:
    """Do everything that is due now, and wait a little for doubts, retries and what is spaced: for what ends soon."""
    until = clock.now() + patience
    while not stop.asked():
        done = runner.tick()
        if runner.busy():
            runner.drain(0.2)
        elif not done:
            upcoming = runner.next_instant()
            if upcoming is None or upcoming > until or settled(ledger, clock.now(), only):
                break
            stop.wait(min(max((upcoming - clock.now()).total_seconds(), 0.05), 1.0))
    runner.drain()


def settled(ledger: Ledger, now: datetime, only: Collection[DeliveryKey] | None) -> bool:
    """Return whether nothing that was due is open any more, but for what a person holds back."""
    if ledger.ready(now, only):
        return False
    halts = ledger.halts()
    for standing in ledger.standings(None, UNSETTLED):
        chosen = only is None or standing.delivery.key in only
        held = standing.state is State.RETRYING and (
            standing.waits or any(halt.covers(standing.delivery) for halt in halts)
        )
        if chosen and not held:
            return False
    return True


def run_daemon(runner: Runner, clock: Clock, stop: Stop, wake: Flag) -> None:
    """Work until asked to stop. `wake` is set when work in hand ended, so that the next can start at once."""
    from apscheduler.schedulers.background import BackgroundScheduler
    from apscheduler.triggers.date import DateTrigger

    scheduler = BackgroundScheduler(timezone="UTC")
    one_at_a_time = Lock()
    trouble: list[BaseException] = []

    def at(instant: datetime) -> None:
        scheduler.add_job(
            round_of_work,
            DateTrigger(instant),
            id="next",
            replace_existing=True,
            misfire_grace_time=None,
            coalesce=True,
        )

    def round_of_work() -> None:
        with one_at_a_time:
            if stop.asked() or trouble:
                return
            try:
                runner.tick()
                upcoming = runner.next_instant()
            except Exception as error:  # noqa: BLE001 - carried to the main thread, which ends with it
                trouble.append(error)
                wake.set()
                return
            # While work is in hand its end wakes us.
            if upcoming is not None:
                at(upcoming)

    scheduler.add_job(
        round_of_work,
        "interval",
        seconds=HOUSEKEEPING.total_seconds(),
        id="housekeeping",
        next_run_time=clock.now(),
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
    )
    scheduler.start()
    try:
        while not stop.asked() and not trouble:
            if wake.wait(0.5):
                wake.clear()
                round_of_work()
    finally:
        scheduler.shutdown(wait=True)
        runner.close()
    if trouble:
        raise trouble[0]
