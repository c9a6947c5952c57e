"""The daemon: APScheduler as a clock, never as the schedule; the ledger alone knows what is due.

Three jobs in a memory store: one at the ledger's next instant, one every few seconds for housekeeping (another process
may have applied a plan), which both do the same round; and one every few minutes that keeps tokens good. SIGTERM and
^C let what is in hand finish, and end.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from threading import Event as Flag
from threading import Lock
from types import FrameType

from mwcampaign.core.delivery import DeliveryKey, State
from mwcampaign.core.ledger import Ledger
from mwcampaign.core.ports import Clock
from mwcampaign.schedule.tick import Runner

HOUSEKEEPING = timedelta(seconds=5)
UPKEEP = timedelta(minutes=5)
"""How often what is not work, but keeps work possible, is looked after: tokens that end."""
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
            # A third one comes while Python waits for its threads: it ends the process without a word.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
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
        # Asked before the round: what ends after its look at the ledger may have left something to do.
        busy = runner.busy()
        done = runner.tick()
        if busy or runner.busy():
            runner.drain(0.2)
        elif not done:
            upcoming = runner.next_instant()
            if upcoming is None or upcoming > until or settled(runner, ledger, clock.now(), only):
                break
            stop.wait(min(max((upcoming - clock.now()).total_seconds(), 0.05), 1.0))
    runner.drain()


def settled(runner: Runner, ledger: Ledger, now: datetime, only: Collection[DeliveryKey] | None) -> bool:
    """Return whether nothing that was due is open any more, but for what needs a person: to say yes, to post or to look
    at it, or to give a secret."""
    if ledger.ready(now, only):
        return False
    halts = ledger.halts()
    for standing in ledger.standings(None, UNSETTLED):
        if (only is not None and standing.delivery.key not in only) or standing.handed_over:
            continue
        stopped = standing.waits or any(halt.covers(standing.delivery) for halt in halts)
        if standing.state is State.RETRYING and stopped:
            continue
        # Asked last: it makes the account's adapter.
        can = runner.can_look if standing.state is State.UNKNOWN else runner.can_post
        if can(standing.delivery.account):
            return False
    return True


def run_daemon(runner: Runner, clock: Clock, stop: Stop, wake: Flag, upkeep: Callable[[], None] = lambda: None) -> None:
    """Work until asked to stop. `wake` is set when work in hand ended, so that the next can start at once; `upkeep` is
    called again and again, beside the work and never twice at a time."""
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
    # Not at once: whoever starts a run has done it just before.
    scheduler.add_job(
        upkeep,
        "interval",
        seconds=UPKEEP.total_seconds(),
        id="upkeep",
        next_run_time=clock.now() + UPKEEP,
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
