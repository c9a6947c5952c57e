"""`run --once` ends when there is nothing left to do, and not a moment sooner."""

from __future__ import annotations

import signal
from datetime import timedelta
from threading import Event as Flag

import pytest

from mwcampaign.core.campaign import Account
from mwcampaign.core.delivery import Envelope, Event, State
from mwcampaign.errors import Ambiguous, CredentialMissing
from mwcampaign.platforms.memory import Memory, Moment
from mwcampaign.schedule.daemon import Stop, run_once, settled
from mwcampaign.schedule.tick import Runner
from tests.conftest import DUE, make_delivery
from tests.core.test_wish import NoSessions
from tests.engine.conftest import Stage, stage

__all__ = ["stage"]


class Meanwhile(Runner):
    """A runner whose work in hand ends at the very moment when a round has found nothing to do."""

    answered: Flag

    def tick(self) -> int:
        """Do a round; then let the network answer, and wait until that is written down."""
        done = super().tick()
        if not done:
            self.answered.set()
            self.drain()
        return done


@pytest.mark.parametrize("lost", [False, True])
def test_what_work_in_hand_makes_possible_is_done(stage: Stage, lost: bool) -> None:
    """The account's next post goes out, and a lost answer is looked for, also when the post before ends between a round
    and the question whether there is more."""
    stage.schedule(make_delivery(post="a", due=DUE - timedelta(minutes=1)), make_delivery(post="b"))
    answered = Flag()

    def slowly(moment: Moment, envelope: Envelope) -> None:
        if moment == "after" and not answered.is_set():
            assert answered.wait(30)
            if lost:
                raise Ambiguous("the answer was lost")

    account = Account(id="louvre@memory", institution="louvre", network="memory")
    network = Memory(account, {}, NoSessions(), clock=stage.clock, faults=slowly)
    working = Meanwhile(stage.ledger, lambda _: network, stage.pictures, stage.clock, "me", workers=2)
    working.answered = answered
    run_once(working, stage.ledger, stage.clock, Stop())
    working.close()
    assert stage.ledger.counts() == {State.DELIVERED: 2}


class Hasty(Stop):
    """Fails whoever wants to wait."""

    def wait(self, seconds: float) -> bool:
        """Fail."""
        pytest.fail(f"waits {seconds} s")


def test_nobody_waits_for_what_a_person_posts(stage: Stage) -> None:
    """A person needs longer than a run's patience: what is handed over is done with."""
    stage.schedule(make_delivery())
    by_hand = stage.memory(handed_over=True)
    working = Runner(stage.ledger, lambda _: by_hand, stage.pictures, stage.clock, "me")
    run_once(working, stage.ledger, stage.clock, Hasty())
    (standing,) = stage.ledger.standings()
    assert standing.handed_over
    assert stage.texts() == []


def test_nobody_waits_where_nobody_can_look(stage: Stage) -> None:
    """A network that cannot be asked will not answer in a minute either: looked at once, for the reason to be told."""
    stage.schedule(make_delivery())
    stage.fault = ("after", Ambiguous("the answer was lost"))
    silent = stage.memory(lookup="none", absence_after=None)
    working = Runner(stage.ledger, lambda _: silent, stage.pictures, stage.clock, "me")
    run_once(working, stage.ledger, stage.clock, Hasty())
    (standing,) = stage.ledger.standings()
    assert standing.state is State.UNKNOWN
    assert standing.why not in {"", "the answer was lost"}


def test_nobody_waits_for_an_account_that_cannot_be_used(stage: Stage) -> None:
    """Its secret was taken away after the post: without it nobody looks, now or in two minutes."""
    stage.schedule(make_delivery())
    stage.fault = ("after", Ambiguous("the answer was lost"))
    stage.deliver()

    def refuse(_: str) -> Memory:
        raise CredentialMissing("the secret is not there")

    working = Runner(stage.ledger, refuse, stage.pictures, stage.clock, "me")
    run_once(working, stage.ledger, stage.clock, Hasty(), patience=timedelta(minutes=10))
    assert stage.ledger.counts() == {State.UNKNOWN: 1}


def test_only_accounts_that_matter_are_asked_for(stage: Stage) -> None:
    """An adapter is made, and its secrets read, for what may still go without a person: not for posts that nobody
    chose, and not for what a person holds back."""
    stage.schedule(make_delivery(account="louvre@memory"), make_delivery(account="orsay@memory"))
    for claim in stage.ledger.claim(stage.clock.now(), "runner", timedelta(minutes=5), 10):
        soon = stage.clock.now() + timedelta(seconds=1)
        stage.ledger.settle(claim.attempt.id, Event.ABANDON, stage.clock.now(), "busy", None, soon)
    asked: list[str] = []

    def make(account: str) -> Memory:
        asked.append(account)
        return stage.platform

    working = Runner(stage.ledger, make, stage.pictures, stage.clock, "me")
    chosen = {make_delivery(account="orsay@memory").key}
    assert not settled(working, stage.ledger, stage.clock.now(), chosen)
    assert asked == ["orsay@memory"]
    stage.ledger.halt("everything", "", stage.clock.now(), "Ada", "news")
    assert settled(working, stage.ledger, stage.clock.now(), None)
    assert asked == ["orsay@memory"]


def test_a_third_interruption_ends_the_process() -> None:
    """The first lets what is in hand finish, the second ends at once, and a third needs no handler of ours any more: a
    traceback out of Python's own end helps nobody."""
    before = signal.getsignal(signal.SIGINT)
    stop = Stop()
    try:
        stop.on_signals()
        signal.raise_signal(signal.SIGINT)
        assert (stop.asked(), stop.signal_number) == (True, signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGINT, before)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
