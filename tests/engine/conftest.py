"""A ledger on disk, a clock that is moved by hand, and a network in memory that misbehaves on demand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mwcampaign.core.campaign import Account
from mwcampaign.core.delivery import Delivery, Envelope, State
from mwcampaign.core.ledger import Claim
from mwcampaign.engine.deliver import deliver
from mwcampaign.engine.reconcile import reconcile
from mwcampaign.ledger.pictures import PictureStore
from mwcampaign.ledger.sqlite import SqliteLedger
from mwcampaign.platforms.memory import Memory, MemoryNetwork
from mwcampaign.schedule.clock import VirtualClock
from tests.conftest import DUE, make_delivery
from tests.core.test_wish import NoSessions

LEASE = timedelta(minutes=5)


class Stage:
    """One account on a network in memory, with a real ledger. `fault` is raised once, before or after the post."""

    def __init__(self, folder: Path) -> None:
        self.clock = VirtualClock(DUE)
        self.ledger = SqliteLedger(folder / "ledger.db", durable=False)
        self.pictures = PictureStore(folder / "pictures")
        self.world = MemoryNetwork()
        self.fault: tuple[str, BaseException] | None = None
        self.platform = self.memory()

    def memory(self, **capabilities: Any) -> Memory:
        """Return the account's adapter, with other capabilities if told."""
        account = Account(id="louvre@memory", institution="louvre", network="memory")
        able = replace(Memory.capabilities, **capabilities)
        return Memory(
            account, {}, NoSessions(), world=self.world, imitates=able, clock=self.clock, faults=self._misbehave
        )

    def _misbehave(self, moment: str, envelope: Envelope) -> None:
        if self.fault is not None and self.fault[0] == moment:
            fault, self.fault = self.fault[1], None
            raise fault

    def schedule(self, *wishes: Delivery) -> None:
        """Put wishes into the ledger."""
        self.ledger.apply(
            self.ledger.serial(), ((None, wish, None) for wish in wishes or (make_delivery(),)), {}, DUE, "test"
        )

    def claim(self) -> Claim:
        """Claim what is due; there must be exactly one."""
        (claim,) = self.ledger.claim(self.clock.now(), "runner", LEASE, 10)
        return claim

    def deliver(self) -> State:
        """Claim and deliver."""
        return deliver(self.claim(), self.ledger, self.platform, self.pictures, self.clock)

    def look(self) -> State:
        """Look into the one doubt that is due."""
        (doubt,) = self.ledger.doubts(self.clock.now(), 10)
        return reconcile(doubt, self.ledger, self.platform, self.clock)

    def texts(self) -> list[str]:
        """Return what is public."""
        return [post.text for post in self.world.posts()]

    def pass_time(self, span: timedelta | datetime) -> None:
        """Let time pass."""
        self.clock.move_to(span if isinstance(span, datetime) else self.clock.now() + span)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A stage with nothing scheduled."""
    made = Stage(tmp_path)
    yield made
    made.ledger.close()
