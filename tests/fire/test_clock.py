"""The machine's clock jumps, forwards and back, at every moment of a delivery's life, and is set right again later.

Networks have clocks of their own, which are right. Never a second post, nothing sent after its window as far as the
machine can know, no state that lies, and nothing that waits for ever once the clock is right again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mwcampaign.core.delivery import Envelope, State
from mwcampaign.core.message import Message
from mwcampaign.errors import Ambiguous
from mwcampaign.ledger.pictures import PictureStore
from mwcampaign.ledger.sqlite import SqliteLedger
from mwcampaign.platforms.memory import MemoryNetwork, Moment
from mwcampaign.schedule.clock import VirtualClock
from mwcampaign.schedule.tick import Runner
from tests.conftest import DUE, make_delivery
from tests.fire.network import FORGETFUL, KNOWS_REPEATS, adapter

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
JUMPS = {"an hour ahead": HOUR, "a day ahead": DAY, "an hour back": -HOUR, "a day back": -DAY}
MOMENTS = ("before it is due", "between claim and seal", "after the seal", "once it is public", "between two looks")
LOST = {"answered": None, "lost on the way": "before", "the answer is lost": "after"}
MINUTES = (3, 90, 1500)
NETWORKS = {"by address": FORGETFUL, "by list": KNOWS_REPEATS}
"""One that keeps a post under the address we chose, and makes a post of every request; one that lists an account's
posts, and knows a request again for an hour."""
BEGINNING = datetime.min.replace(tzinfo=UTC)
FIRST = make_delivery("thread")
WISHES = (
    make_delivery("long"),
    make_delivery("short", account="b@memory", closes=DUE + HOUR / 2),
    make_delivery("later", account="c@memory", due=DUE + 20 * MINUTE),
    replace(FIRST, account="d@memory"),
    replace(make_delivery("thread", part=1, after=FIRST.key), account="d@memory"),
)
DECIDED = {State.DELIVERED, State.FAILED, State.MISSED, State.CANCELLED}


class WrongClock:
    """The machine's clock: the true time and an error."""

    def __init__(self, true: VirtualClock) -> None:
        self.true, self.error = true, timedelta()

    def now(self) -> datetime:
        """Return what the machine believes."""
        return self.true.now() + self.error


class Machine:
    """A runner whose clock jumps once, at a moment of the first delivery that gets there."""

    def __init__(self, folder: Path, network: str, lost: str | None, moment: str, jump: timedelta) -> None:
        self.true = VirtualClock(DUE - HOUR / 2)
        self.clock = WrongClock(self.true)
        self.moment, self.jump, self.lost = moment, jump, lost
        self.met: set[str] = set()
        self.sent: list[tuple[str, datetime]] = []
        self.ledger = SqliteLedger(folder / "ledger.db", durable=False)
        self.ledger.apply(0, ((None, wish, None) for wish in WISHES), {}, self.clock.now(), "test")
        self.world = MemoryNetwork()
        accounts = {wish.account: self._adapter(wish.account, network) for wish in WISHES}
        pictures = PictureStore(folder / "pictures")
        self.runner = Runner(self.ledger, accounts.__getitem__, pictures, self.clock, "me")

    def _adapter(self, account: str, network: str) -> Any:
        inner = adapter(account, self.world, self.true, NETWORKS[network], self._publish)
        return Interrupted(inner, self.reach, by_address=network == "by address")

    def reach(self, moment: str) -> None:
        """Let the clock jump, if this is the moment and the first time."""
        if moment == self.moment and self.jump:
            self.clock.error, self.jump = self.jump, timedelta()

    def _publish(self, moment: Moment, envelope: Envelope) -> None:
        if moment == "before":
            self.sent.append((envelope.address, self.clock.now()))
            self.reach("after the seal")
        else:
            self.reach("once it is public")
        if moment == self.lost and envelope.address not in self.met:
            self.met.add(envelope.address)
            raise Ambiguous("no answer")

    def run(self, until: datetime) -> None:
        """Work until the true time, from one instant at which something can be done to the next."""
        while self.true.now() < until:
            if self.runner.tick():
                self.reach("between two looks")
                continue
            upcoming = self.runner.next_instant()
            if upcoming is None:
                break
            wait = max(upcoming - self.clock.now(), timedelta(seconds=1))
            self.true.move_to(min(self.true.now() + min(wait, 5 * MINUTE), until))
        self.true.move_to(until)


class Interrupted:
    """An adapter before whose preparing something happens. Where `by_address`, it looks a post up by its address, else
    in the list of what was posted since a time."""

    def __init__(self, inner: Any, reach: Callable[[str], None], *, by_address: bool) -> None:
        self._inner, self._reach, self._by_address = inner, reach, by_address

    def resolve(self, message: Message) -> Any:
        """Look up names, and something happens."""
        self._reach("between claim and seal")
        return self._inner.resolve(message)

    def find(self, envelope: Envelope, since: datetime) -> Any:
        """Look."""
        return self._inner.find(envelope, BEGINNING if self._by_address else since)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


CASES = [
    pytest.param(network, moment, jump, lost, id="-".join((network, moment, when, how)))
    for network in NETWORKS
    for moment in MOMENTS
    for when, jump in JUMPS.items()
    for how, lost in LOST.items()
]


@pytest.mark.parametrize(("network", "moment", "jump", "lost"), CASES)
def test_a_clock_that_jumps(tmp_path: Path, network: str, moment: str, jump: timedelta, lost: str | None) -> None:
    """Wrong for three minutes, an hour and a half or a day, then right: no second post, nothing after its window by the
    machine's clock, everything decided; what is delivered is public, and nothing else is.

    One case a machine cannot know: its clock was ahead at the seal and the answer was lost, on a network that shows
    lists. The post stands there, earlier than it can be, and it stays unknown, for a person.
    """
    honest = {State.UNKNOWN} if network == "by list" and jump == HOUR and lost == "after" else set()
    for minutes in MINUTES:
        machine = Machine(tmp_path / str(minutes), network, lost, moment, jump)
        if moment == "before it is due":
            machine.reach(moment)
        machine.run(DUE + minutes * MINUTE)
        machine.clock.error, machine.jump = timedelta(), timedelta()
        machine.run(DUE + 4 * DAY)
        posts = Counter(post.address for post in machine.world.posts())
        assert set(posts.values()) <= {1}
        windows = {str(wish.key): wish for wish in WISHES}
        assert all(when < windows[address].closes for address, when in machine.sent)
        states = {str(standing.delivery.key): standing.state for standing in machine.ledger.standings()}
        assert set(states.values()) <= DECIDED | honest
        unknown = {key for key, state in states.items() if state is State.UNKNOWN}
        assert {key for key, state in states.items() if state is State.DELIVERED} == set(posts) - unknown
        machine.ledger.close()


def test_without_a_jump_everything_is_delivered(tmp_path: Path) -> None:
    """The week that the clock is let loose on is one in which all goes well."""
    machine = Machine(tmp_path, "by address", None, "never", timedelta())
    machine.run(DUE + 4 * DAY)
    assert machine.ledger.counts() == {State.DELIVERED: len(WISHES)}
    assert len(machine.world.posts()) == len(WISHES)
    machine.ledger.close()
