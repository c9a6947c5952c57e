"""A person who is told, a clock that is moved by hand, and a ledger of incidents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Condition, Event
from typing import Any

import pytest

from mwcampaign.core.delivery import Delivery, State
from mwcampaign.notice.incident import Incidents
from mwcampaign.notice.memory import MemoryIncidents
from mwcampaign.notice.notices import Notices
from mwcampaign.schedule.clock import VirtualClock
from tests.conftest import DUE, make_delivery

PATIENCE = 20.0
"""Seconds after which a test that waits for a thread has failed."""


class Person:
    """Keeps the letters that arrive. `fails` of them are refused first; while `gate` is shut nothing is answered."""

    name = "letterbox"

    def __init__(self, fails: int = 0, error: Exception | None = None) -> None:
        self.letters: list[tuple[str, str]] = []
        self.fails, self.error = fails, error
        self.gate, self.entered = Event(), Event()
        self.gate.set()
        self.tries = 0
        self._changed = Condition()

    def send(self, title: str, body: str) -> bool:
        """Take a letter, or not."""
        self.entered.set()
        assert self.gate.wait(PATIENCE)
        with self._changed:
            self.tries += 1
            is_taken = self.tries > self.fails
            if is_taken:
                self.letters.append((title, body))
            self._changed.notify_all()
        if not is_taken and self.error:
            raise self.error
        return is_taken

    def has_letter(self, seconds: float) -> bool:
        """Return whether a letter is there, or comes within so many seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: bool(self.letters), seconds)

    def wait(self, letters: int = 0, tries: int = 0) -> None:
        """Wait until so many arrived or were tried."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.letters) >= letters and self.tries >= tries, PATIENCE)


class Desk:
    """One Notices with its person, and the words for what a runner tells."""

    def __init__(self, incidents: Incidents, clock: VirtualClock, *people: Person, **more: Any) -> None:
        self.incidents, self.clock, self.people = incidents, clock, people
        self.remarks: list[str] = []
        remark = more.pop("remark", self.remarks.append)
        self.notices = Notices(incidents, people, clock, remark, poll=0.005, **more)

    def hear(self, state: State, account: str = "louvre@memory", post: str = "story", what: str = "") -> Delivery:
        """Tell the notices that a delivery came into a state."""
        delivery = make_delivery(post=post, account=account)
        self.notices.hear(what or str(state), delivery, state, "the network said: Anna, anna@example.org")
        return delivery

    def pass_time(self, span: timedelta) -> None:
        """Move the clock."""
        self.clock.move_to(self.clock.now() + span)


@pytest.fixture
def incidents() -> Incidents:
    """A memory of incidents that outlives one run."""
    return MemoryIncidents()


@pytest.fixture
def clock() -> VirtualClock:
    """Monday 8 June 2026, 08:00 UTC, until it is moved."""
    return VirtualClock(DUE)


@pytest.fixture
def desk(incidents: Incidents, clock: VirtualClock) -> Iterator[Callable[..., Desk]]:
    """A maker of desks on one clock and one memory; all are closed at the end."""
    made: list[Desk] = []

    def make(*people: Person, **more: Any) -> Desk:
        made.append(Desk(more.pop("incidents", incidents), clock, *people, **more))
        return made[-1]

    yield make
    for one in made:
        for person in one.people:
            person.gate.set()
        one.notices.close(PATIENCE)
