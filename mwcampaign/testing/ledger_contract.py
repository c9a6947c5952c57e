"""The promises every ledger keeps, as tests. A ledger's test file joins them with a few lines:

    class TestMarble(LedgerContract):
        @pytest.fixture
        def ledger(self) -> Iterator[Ledger]: ...

        @pytest.fixture
        def another(self, ledger: Ledger) -> Iterator[Ledger]: ...

`ledger` is empty; `another` is a second handle on the same memory, as another process would have. What only one
ledger can do (a damaged file, a lost connection) is tested in its own file. For test code.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mwcampaign.core.delivery import TRANSITIONS, Event, ForbiddenMove, Receipt, State
from mwcampaign.core.ledger import Ledger
from mwcampaign.errors import PlanRefused
from mwcampaign.testing._ledger_attempts import AttemptPromises
from mwcampaign.testing._ledger_claims import ClaimPromises
from mwcampaign.testing._ledger_doubts import DoubtPromises
from mwcampaign.testing._ledger_hands import HaltPromises, ReviewPromises
from mwcampaign.testing._ledger_moves import CancelPromises, MissedPromises, MovePromises
from mwcampaign.testing._ledger_pace import PacePromises, SpreadPromises
from mwcampaign.testing._ledger_pauses import PausePromises
from mwcampaign.testing._ledger_plans import PlanPromises
from mwcampaign.testing._ledger_reading import ReadingPromises
from mwcampaign.testing._ledger_steps import (
    CLOSES,
    DUE,
    LEASE,
    MINUTE,
    RUNNER,
    WHO,
    change,
    claim_one,
    doubt_of,
    envelope,
    in_doubt,
    receipt,
    schedule,
    sealed,
    standing_of,
    wish,
)

__all__ = ["LedgerContract"]


class LedgerContract(
    PlanPromises,
    ClaimPromises,
    AttemptPromises,
    DoubtPromises,
    ReadingPromises,
    ReviewPromises,
    HaltPromises,
    CancelPromises,
    MovePromises,
    MissedPromises,
    PausePromises,
    PacePromises,
    SpreadPromises,
):
    """All promises. The last one walks every state and event through the ledger's own methods."""

    @pytest.mark.parametrize(("event", "proof"), [(Event.FOUND, receipt()), (Event.ABSENT, None)])
    def test_a_persons_word_ends_a_doubt(self, ledger: Ledger, event: Event, proof: Receipt | None) -> None:
        """It moves the state as evidence does, with name and reason in the history, and the serial grows."""
        schedule(ledger, wish())
        in_doubt(ledger)
        before = ledger.serial()
        assert ledger.decide(wish().key, event, DUE + MINUTE, WHO, "looked", proof) is TRANSITIONS[State.UNKNOWN, event]
        last = ledger.history(wish().key)[-1]
        assert (last.event, last.who, last.why) == (event, WHO, "looked")
        assert standing_of(ledger).receipt == proof
        assert ledger.serial() > before

    @pytest.mark.parametrize(("event", "proof"), [(Event.FOUND, None), (Event.ABSENT, receipt()), (Event.CLAIM, None)])
    def test_a_person_decides_what_a_person_can(self, ledger: Ledger, event: Event, proof: Receipt | None) -> None:
        """Delivered only with an address, and nothing but looks and second chances."""
        schedule(ledger, wish())
        in_doubt(ledger)
        with pytest.raises(ForbiddenMove):
            ledger.decide(wish().key, event, DUE + MINUTE, WHO, "looked", proof)
        assert standing_of(ledger).state is State.UNKNOWN

    @pytest.mark.parametrize("event", list(Event))
    @pytest.mark.parametrize("state", list(State))
    def test_no_move_but_those_of_the_table(self, ledger: Ledger, state: State, event: Event) -> None:
        """Each event moves a state as the table says, or is refused and changes nothing."""
        attempt = REACH[state](ledger)
        before, lines = standing_of(ledger), len(ledger.history(wish().key))
        assert before.state is state
        expected = TRANSITIONS.get((state, event))
        happened = _happen(ledger, event, attempt)
        now = standing_of(ledger)
        if expected is None:
            assert not happened
            assert now == before
            assert len(ledger.history(wish().key)) == lines
        else:
            assert happened
            assert now.state is expected
            last = ledger.history(wish().key)[-1]
            assert (last.event, last.before, last.after) == (event, state, expected)


def _happen(ledger: Ledger, event: Event, attempt: int) -> bool:
    """Let an event happen to the one delivery; return whether it was not refused."""
    now = DUE + 20 * MINUTE
    try:
        if event is Event.CLAIM:
            return bool(ledger.claim(now, RUNNER, LEASE, 1))
        if event is Event.WINDOW_CLOSED:
            return bool(ledger.close_windows(CLOSES))
        if event in {Event.WITHDRAW, Event.REVISE}:
            change(ledger, event, wish(text="Another text") if event is Event.REVISE else wish())
        elif event in {Event.RETRY, Event.CANCEL}:
            ledger.decide(wish().key, event, now, WHO, "a reason")
        elif event is Event.SEAL:
            ledger.seal(attempt, envelope(), now)
        elif event in {Event.FOUND, Event.ABSENT}:
            found = receipt() if event is Event.FOUND else None
            ledger.reconcile(doubt_of(ledger), event, now, "looked", found)
        else:
            ledger.settle(attempt, event, now, "why", receipt("late") if event is Event.ACCEPT else None)
    except (ForbiddenMove, PlanRefused):
        return False
    return True


def _scheduled(ledger: Ledger) -> int:
    """Scheduled anew after a try that was proven absent, so that even its late receipt can come."""
    schedule(ledger, wish())
    attempt = in_doubt(ledger).attempt.id
    ledger.reconcile(doubt_of(ledger), Event.ABSENT, DUE + MINUTE, "looked")
    change(ledger, Event.REVISE, wish(text="Revised"))
    return attempt


def _preparing(ledger: Ledger) -> int:
    schedule(ledger, wish())
    return claim_one(ledger, lease=60 * MINUTE).attempt.id


def _sending(ledger: Ledger) -> int:
    schedule(ledger, wish())
    return sealed(ledger, lease=60 * MINUTE).attempt.id


def _unknown(ledger: Ledger) -> int:
    schedule(ledger, wish())
    held = sealed(ledger)
    ledger.expire(DUE + LEASE)
    return held.attempt.id


def _retrying(ledger: Ledger) -> int:
    attempt = _unknown(ledger)
    ledger.reconcile(doubt_of(ledger), Event.ABSENT, DUE + LEASE, "not there")
    return attempt


def _delivered(ledger: Ledger) -> int:
    attempt = _sending(ledger)
    ledger.settle(attempt, Event.ACCEPT, DUE, "", receipt())
    return attempt


def _failed(ledger: Ledger) -> int:
    attempt = _sending(ledger)
    ledger.settle(attempt, Event.REJECT, DUE, "too long")
    return attempt


def _missed(ledger: Ledger) -> int:
    attempt = _retrying(ledger)
    ledger.close_windows(CLOSES)
    return attempt


def _cancelled(ledger: Ledger) -> int:
    attempt = _retrying(ledger)
    change(ledger, Event.WITHDRAW, wish())
    return attempt


REACH: dict[State, Callable[[Ledger], int]] = {
    State.SCHEDULED: _scheduled,
    State.PREPARING: _preparing,
    State.SENDING: _sending,
    State.UNKNOWN: _unknown,
    State.RETRYING: _retrying,
    State.DELIVERED: _delivered,
    State.FAILED: _failed,
    State.MISSED: _missed,
    State.CANCELLED: _cancelled,
}
"""How to bring a delivery into each state by the ledger's own methods; each returns its last attempt."""
