"""A process is stopped (SIGSTOP) for longer than its lease, others settle its delivery, and then it wakes (SIGCONT).

It does not know that it slept: what it does next must not make a second post. The clock is the test's; nobody waits.
"""

from __future__ import annotations

import os
import signal
from datetime import timedelta
from pathlib import Path

import pytest

from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.delivery import Standing, State
from mwcampaign.schedule.tick import LEASE
from tests.conftest import make_delivery
from tests.fire import child
from tests.fire.conftest import Processes, new_place, schedule
from tests.fire.network import FORGETFUL, KNOWS_REPEATS, PROVES_NOTHING

MINUTE = timedelta(minutes=1)
CLAIMED = "claimed"
PREPARED = "ledger.seal: before"
SEALED = "ledger.seal: after"
SENDING = "platform.publish: not yet public"
PUBLIC = "platform.publish: public"
RECEIPT = "ledger.settle: before"
BEFORE_THE_SEAL = (CLAIMED, PREPARED)
AFTER_THE_SEAL = (SEALED, SENDING, PUBLIC, RECEIPT)


class Sleeper:
    """A process that is stopped at a step of its work, and its place."""

    def __init__(self, processes: Processes, folder: Path, able: Capabilities, step: str) -> None:
        self.place = new_place(folder, able)
        schedule(self.place, make_delivery())
        self._processes = processes
        self._line, line = processes.context.Pipe()
        self._process = processes.start(child.work_and_wait_at, self.place, "sleeper", step, line)
        assert self._line.poll(60)
        assert self._line.recv() == "here"
        assert self._process.pid is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def others_go_on(self) -> Standing:
        """Let its lease run out, and another process do what can be done."""
        self.place.clock.pass_time(LEASE + MINUTE)
        assert self._processes.run(child.finish, self.place, "other", set()) == 0
        return self.standing()

    def wake(self) -> list[str]:
        """Let it go on to its end; return its steps."""
        self._line.send("go on")
        assert self._process.pid is not None
        os.kill(self._process.pid, signal.SIGCONT)
        assert self._line.poll(60)
        steps: list[str] = self._line.recv()
        return steps

    def standing(self) -> Standing:
        """Return what the ledger says."""
        ledger = self.place.ledger()
        found = ledger.standing(make_delivery().key)
        ledger.close()
        assert found is not None
        return found

    def posts(self) -> list[str]:
        """Return the ids of what is public."""
        return [post.remote_id for post in self.place.network().posts()]

    def proven(self) -> bool:
        """Return whether there is one post, delivered, with the receipt of that post."""
        standing = self.standing()
        receipt = standing.receipt
        return standing.state is State.DELIVERED and receipt is not None and self.posts() == [receipt.remote_id]


@pytest.mark.parametrize("able", [KNOWS_REPEATS, PROVES_NOTHING], ids=["knows repeats", "proves nothing"])
@pytest.mark.parametrize("step", BEFORE_THE_SEAL)
def test_before_the_seal(processes: Processes, tmp_path: Path, step: str, able: Capabilities) -> None:
    """Nothing of it was sent: another one sends it; the sleeper loses its lease at the seal, and sends nothing."""
    sleeper = Sleeper(processes, tmp_path / "place", able, step)
    assert sleeper.others_go_on().state is State.DELIVERED
    steps = sleeper.wake()
    assert steps[-1] == "lease lost"
    assert "platform.publish: before" not in steps
    assert sleeper.proven()


@pytest.mark.parametrize("step", BEFORE_THE_SEAL)
@pytest.mark.parametrize("meanwhile", [CLAIMED, PREPARED, SEALED, SENDING])
def test_another_one_has_it_in_hand(processes: Processes, tmp_path: Path, step: str, meanwhile: str) -> None:
    """The sleeper wakes while the next one is on its way with the same delivery: it cannot seal in its place."""
    sleeper = Sleeper(processes, tmp_path / "place", FORGETFUL, step)
    sleeper.place.clock.pass_time(LEASE + MINUTE)
    here, there = processes.context.Pipe()
    processes.start(child.take_over_and_wait_at, sleeper.place, "second", meanwhile, there)
    assert here.poll(60)
    assert here.recv() == "here"
    steps = sleeper.wake()
    assert steps[-1] == "lease lost"
    assert "platform.publish: before" not in steps
    here.send("go on")
    assert here.poll(60)
    assert here.recv()[-1] == "done"
    assert sleeper.proven()


def test_nobody_else_was_there(processes: Processes, tmp_path: Path) -> None:
    """Its lease ran out while it slept before the seal: it does not send on a lease that anybody may have taken."""
    sleeper = Sleeper(processes, tmp_path / "place", FORGETFUL, CLAIMED)
    sleeper.place.clock.pass_time(LEASE)
    assert sleeper.wake()[-1] == "lease lost"
    assert (sleeper.standing().state, sleeper.posts()) == (State.PREPARING, [])
    assert sleeper.others_go_on().state is State.DELIVERED
    assert sleeper.proven()


@pytest.mark.parametrize("step", AFTER_THE_SEAL)
def test_after_the_seal_where_repeats_are_known(processes: Processes, tmp_path: Path, step: str) -> None:
    """Others look: what is there is found, what is not is sent again as the very same request. The sleeper's own
    request, or its late receipt, changes nothing."""
    sleeper = Sleeper(processes, tmp_path / "place", KNOWS_REPEATS, step)
    assert sleeper.others_go_on().state is State.DELIVERED
    assert sleeper.proven()
    steps = sleeper.wake()
    assert ("platform.publish: before" in steps) == (step != SEALED)
    assert steps[-1] == ("lease lost" if step == SEALED else "done")
    assert sleeper.proven()


@pytest.mark.parametrize("step", AFTER_THE_SEAL)
def test_after_the_seal_where_nobody_can_look(processes: Processes, tmp_path: Path, step: str) -> None:
    """Others cannot know: it is unknown, and stays so rather than being sent again. When the sleeper wakes, it either
    sends nothing, and unknown is the honest word, or brings the receipt, which is accepted however late."""
    sleeper = Sleeper(processes, tmp_path / "place", PROVES_NOTHING, step)
    sleeper.place.clock.pass_time(LEASE + MINUTE)
    assert processes.run(child.finish, sleeper.place, "other", set(), sleeper.place.clock.now() + 10 * LEASE) == 0
    assert sleeper.standing().state is State.UNKNOWN
    sleeper.wake()
    if step == SEALED:
        assert (sleeper.standing().state, sleeper.posts()) == (State.UNKNOWN, [])
    else:
        assert sleeper.proven()


@pytest.mark.parametrize("step", AFTER_THE_SEAL)
@pytest.mark.parametrize("meanwhile", [SEALED, SENDING, PUBLIC])
def test_both_are_asleep(processes: Processes, tmp_path: Path, step: str, meanwhile: str) -> None:
    """A second process takes over, is stopped on its own way, and both wake, the first one first: one post."""
    sleeper = Sleeper(processes, tmp_path / "place", KNOWS_REPEATS, step)
    sleeper.place.clock.pass_time(LEASE + MINUTE)
    here, there = processes.context.Pipe()
    second = processes.start(child.take_over_and_wait_at, sleeper.place, "second", meanwhile, there)
    assert here.poll(60)
    told = here.recv()
    if told == "here":
        assert second.pid is not None
        os.kill(second.pid, signal.SIGSTOP)
        sleeper.wake()
        here.send("go on")
        os.kill(second.pid, signal.SIGCONT)
        assert here.poll(60)
        here.recv()
    else:
        # There was nothing left to send: it was found.
        assert step in {PUBLIC, RECEIPT}
        sleeper.wake()
    assert processes.run(child.finish, sleeper.place, "third", set()) == 0
    assert sleeper.proven()
