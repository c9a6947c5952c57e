"""What tests of the engine let other processes do: the engine's own work, watched, ended or held at any step.

Each function runs in a process of its own (see conftest.Processes); everything that outlives it is in a folder.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.delivery import ForbiddenMove, State
from mwcampaign.core.ports import Platform
from mwcampaign.engine.deliver import deliver
from mwcampaign.engine.reconcile import reconcile
from mwcampaign.errors import LedgerUnavailable
from mwcampaign.ledger.pictures import PictureStore
from mwcampaign.ledger.sqlite import SqliteLedger
from mwcampaign.schedule.tick import LEASE, Runner
from tests.fire.network import FORGETFUL, FileClock, FileNetwork, adapter
from tests.fire.spies import Spy, Told, inside

NUDGE = timedelta(seconds=1)
DECIDED = {State.DELIVERED, State.FAILED, State.MISSED, State.CANCELLED}


@dataclass(frozen=True)
class Place:
    """A folder with a ledger, pictures, a clock and a network that all processes share."""

    folder: Path
    able: Capabilities = FORGETFUL
    disk: Path | None = None
    """Where the ledger is, if elsewhere."""
    patience: float = 10.0
    """Seconds to wait for whoever else is writing to the ledger."""

    @property
    def clock(self) -> FileClock:
        """Return the clock."""
        return FileClock(self.folder / "clock")

    @property
    def path(self) -> Path:
        """Return where the ledger is."""
        return (self.disk or self.folder) / "ledger.db"

    def ledger(self) -> SqliteLedger:
        """Open the ledger."""
        return SqliteLedger(self.path, busy_timeout=self.patience)

    @property
    def pictures(self) -> PictureStore:
        """Return the pictures."""
        return PictureStore(self.folder / "pictures")

    def network(self) -> FileNetwork:
        """Return the network."""
        return FileNetwork(self.folder)

    def platforms(self, tell: Told = lambda step: None) -> Callable[[str], Platform]:
        """Return how to get at an account's adapter."""
        world = self.network()
        return lambda account: adapter(account, world, self.clock, self.able, inside(tell))


def work(place: Place, name: str, tell: Told, *, most: int = 100) -> None:
    """Look into doubts and deliver what is due, one after the other, and say each step; `most` deliveries."""
    clock, inner, platforms = place.clock, place.ledger(), place.platforms(tell)
    ledger, pictures = Spy(inner, "ledger", tell), Spy(place.pictures, "pictures", tell)
    while True:
        for doubt in inner.doubts(clock.now(), 10):
            tell("in doubt")
            platform = Spy(platforms(doubt.delivery.account), "platform", tell)
            try:
                reconcile(doubt, ledger, platform, clock)
            except ForbiddenMove:
                tell("settled elsewhere")
            else:
                tell("looked")
        claims = inner.claim(clock.now(), name, LEASE, 1) if most else []
        if not claims:
            break
        most -= 1
        tell("claimed")
        platform = Spy(platforms(claims[0].delivery.account), "platform", tell)
        try:
            deliver(claims[0], ledger, platform, pictures, clock)
        except ForbiddenMove:
            tell("lease lost")
        else:
            tell("done")
    inner.close()


def work_until(place: Place, name: str, step: int, trace: Path) -> None:
    """Work, write down each step, and kill this process at one of them (counted from 0)."""
    steps: list[str] = []

    def tell(said: str) -> None:
        steps.append(said)
        with trace.open("a", encoding="utf-8") as file:
            file.write(said + "\n")
        if len(steps) > step:
            os.kill(os.getpid(), signal.SIGKILL)

    work(place, name, tell)


def work_and_wait_at(place: Place, name: str, step: str, line: Connection) -> None:
    """Try one delivery; at the named step say so and wait; at the end tell all steps, and what the ledger refused."""
    steps: list[str] = []

    def tell(said: str) -> None:
        steps.append(said)
        if said == step:
            line.send("here")
            line.recv()

    try:
        work(place, name, tell, most=1)
    except LedgerUnavailable as error:
        steps += ["refused", error.what, error.hint]
    line.send(steps)


def take_over_and_wait_at(place: Place, name: str, step: str, line: Connection) -> None:
    """Take back what lost its lease, look until that is decided, and then as work_and_wait_at."""
    ledger, clock = place.ledger(), place.clock
    ledger.expire(clock.now())
    while ledger.counts().keys() == {State.UNKNOWN}:
        work(place, name, lambda said: None, most=0)
        clock.pass_time(NUDGE)
    ledger.close()
    work_and_wait_at(place, name, step, line)


def finish(place: Place, name: str, dead: set[str], until: datetime | None = None) -> None:
    """Run until everything is decided or `until`, and move the clock to each next instant; `dead` are gone."""
    ledger, clock = place.ledger(), place.clock
    runner = Runner(ledger, place.platforms(), place.pictures, clock, name, dead=lambda names: dead & set(names))
    while ledger.counts().keys() - DECIDED and (until is None or clock.now() < until):
        if runner.tick():
            continue
        upcoming = runner.next_instant()
        if upcoming is None:
            break
        clock.set(max(upcoming, clock.now() + NUDGE))
    ledger.close()


def share(place: Place, name: str, workers: int, together: Barrier, rounds: list[Path]) -> None:
    """Run with threads on each of these folders, beginning at the same moment as the other process."""
    for folder in rounds:
        one = Place(folder, place.able)
        ledger, clock, platforms = one.ledger(), one.clock, one.platforms()
        runner = Runner(ledger, platforms, one.pictures, clock, name, workers=workers)
        together.wait(60)
        while ledger.counts().keys() - {State.DELIVERED}:
            runner.tick()
            runner.drain(0.05)
        runner.close()
        ledger.close()
