"""Doubt ends by evidence only."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mwcampaign.core.delivery import Envelope, State
from mwcampaign.errors import Ambiguous, Deferred
from tests.conftest import DUE, make_delivery
from tests.engine.conftest import Stage


def lose_the_answer(stage: Stage, moment: str = "after") -> None:
    """Schedule, and lose the answer to the one request."""
    stage.schedule()
    stage.fault = (moment, Ambiguous("no answer"))
    assert stage.deliver() is State.UNKNOWN


def test_a_post_that_went_out_is_found(stage: Stage) -> None:
    """The answer was lost, the post is there: one post, delivered, with its receipt."""
    lose_the_answer(stage)
    assert stage.look() is State.DELIVERED
    standing = stage.ledger.standing(make_delivery().key)
    assert standing is not None
    assert standing.receipt is not None
    assert len(stage.texts()) == 1


def test_a_post_proven_absent_is_sent_once(stage: Stage) -> None:
    """The request was lost on the way: absent by proof, so the very same envelope goes again."""
    lose_the_answer(stage, "before")
    assert stage.look() is State.RETRYING
    assert stage.deliver() is State.DELIVERED
    first, second = stage.ledger.attempts(make_delivery().key)
    assert first.envelope == second.envelope
    assert len(stage.texts()) == 1


def test_absence_proves_nothing_too_soon(stage: Stage) -> None:
    """A request may still be on its way: look again when the network's time is over, and only then believe it."""
    stage.platform = stage.memory(absence_after=60)
    lose_the_answer(stage, "before")
    assert stage.look() is State.UNKNOWN
    assert stage.ledger.doubts(stage.clock.now(), 10) == []
    stage.pass_time(timedelta(seconds=60))
    assert stage.look() is State.RETRYING


@pytest.mark.parametrize(
    "able", [{"lookup": "recent", "absence_after": None}, {"lookup": "none", "absence_after": None}]
)
def test_a_list_that_lags_never_proves_absence(stage: Stage, able: dict[str, object]) -> None:
    """It stays unknown, is looked at less and less often, and is never sent again."""
    stage.platform = stage.memory(**able)
    lose_the_answer(stage, "before")
    waits = []
    for _ in range(12):
        assert stage.look() is State.UNKNOWN
        again = stage.ledger.next_instant(stage.clock.now())
        assert again is not None
        waits.append(again - stage.clock.now())
        stage.pass_time(again)
    assert waits[0] == timedelta(seconds=15)
    assert max(waits) == timedelta(hours=1)
    assert stage.texts() == []


class Blind:
    """A network that cannot be asked."""

    def __init__(self, stage: Stage, error: Exception) -> None:
        self._inner, self._error = stage.platform, error

    def find(self, envelope: Envelope, since: object) -> object:
        """Fail."""
        raise self._error

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)


@pytest.mark.parametrize("error", [Deferred("down"), Ambiguous("500"), RuntimeError("bug")])
def test_a_look_that_fails_decides_nothing(stage: Stage, error: Exception) -> None:
    """The network is down, or the adapter has a bug: still unknown, with the reason."""
    lose_the_answer(stage)
    stage.platform = Blind(stage, error)  # type: ignore[assignment]
    assert stage.look() is State.UNKNOWN
    standing = stage.ledger.standing(make_delivery().key)
    assert standing is not None
    assert "could not look" in standing.why


def test_every_sealed_envelope_is_looked_for(stage: Stage) -> None:
    """The second attempt's doubt also looks for the first one's post."""
    stage.platform = stage.memory(replay_window=0)
    lose_the_answer(stage, "before")
    assert stage.look() is State.RETRYING
    stage.fault = ("after", Ambiguous("no answer"))
    assert stage.deliver() is State.UNKNOWN
    (doubt,) = stage.ledger.doubts(stage.clock.now(), 10)
    assert len(doubt.attempts) == 2
    assert stage.look() is State.DELIVERED
    assert len(stage.texts()) == 1


def test_what_is_lost_again_and_again_waits_longer_each_time(stage: Stage) -> None:
    """A request that never arrives is not repeated in one breath: the second absence waits, the third longer."""
    stage.schedule()
    waits = []
    for _ in range(4):
        stage.fault = ("before", Ambiguous("no answer"))
        assert stage.deliver() is State.UNKNOWN
        assert stage.look() is State.RETRYING
        standing = stage.ledger.standing(make_delivery().key)
        assert standing is not None
        again = standing.not_before or stage.clock.now()
        waits.append(again - stage.clock.now())
        stage.pass_time(again)
    assert waits == [timedelta(), timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120)]
    assert stage.texts() == []


def test_what_was_absent_after_its_window_is_missed(stage: Stage) -> None:
    """Proven absent, but the day is over: missed, never late."""
    lose_the_answer(stage, "before")
    stage.pass_time(DUE + timedelta(hours=13))
    assert stage.look() is State.RETRYING
    assert stage.ledger.close_windows(stage.clock.now()) == [make_delivery().key]
    assert stage.texts() == []
