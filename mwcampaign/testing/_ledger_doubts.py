"""What a ledger promises about doubt. Part of mwcampaign.testing.ledger_contract."""

from __future__ import annotations

import pytest

from mwcampaign.core.delivery import DeliveryKey, Event, ForbiddenMove, State
from mwcampaign.core.ledger import Ledger
from mwcampaign.testing._ledger_steps import (
    DUE,
    LEASE,
    MINUTE,
    RUNNER,
    claim_one,
    envelope,
    in_doubt,
    receipt,
    schedule,
    sealed,
    standing_of,
    wish,
)


class DoubtPromises:
    """What may be public is never sent again; it leaves doubt by evidence only."""

    def test_a_doubt_is_looked_into_and_never_claimed(self, ledger: Ledger) -> None:
        """At once, with the request that may have become a post."""
        schedule(ledger, wish())
        claim = in_doubt(ledger)
        (doubt,) = ledger.doubts(DUE, 10)
        assert doubt.delivery == wish()
        assert doubt.attempts == tuple(ledger.attempts(wish().key))
        assert [attempt.id for attempt in doubt.attempts] == [claim.attempt.id]
        assert ledger.claim(DUE + LEASE, RUNNER, LEASE, 10) == []

    def test_every_request_ever_sealed_is_looked_for(self, ledger: Ledger) -> None:
        """Oldest first; tries that sent nothing are left out."""
        schedule(ledger, wish())
        in_doubt(ledger, payload="1")
        (doubt,) = ledger.doubts(DUE, 10)
        ledger.reconcile(doubt, Event.ABSENT, DUE, "not there")
        unsent = claim_one(ledger)
        ledger.settle(unsent.attempt.id, Event.ABANDON, DUE, "upload failed")
        in_doubt(ledger, payload="3")
        (doubt,) = ledger.doubts(DUE, 10)
        assert [attempt.envelope for attempt in doubt.attempts] == [envelope("1"), envelope("3")]

    def test_doubts_come_in_order_and_in_portions(self, ledger: Ledger) -> None:
        """The oldest first; a selection and a limit are kept."""
        wishes = [wish(f"museum{number}@memory", due=DUE - number * MINUTE) for number in range(4)]
        schedule(ledger, *wishes)
        for _ in wishes:
            in_doubt(ledger)
        told = [doubt.delivery.key for doubt in ledger.doubts(DUE, 3)]
        assert told == [each.key for each in reversed(wishes)][:3]
        assert ledger.doubts(DUE, 10, []) == []
        (chosen,) = ledger.doubts(DUE, 10, [wishes[0].key, DeliveryKey("nobody")])
        assert chosen.delivery == wishes[0]

    def test_an_inconclusive_look_is_followed_by_a_later_one(self, ledger: Ledger) -> None:
        """It stays unknown, says why, and is looked at again at the time given, not before."""
        schedule(ledger, wish())
        in_doubt(ledger)
        (doubt,) = ledger.doubts(DUE, 10)
        state = ledger.reconcile(doubt, None, DUE, "the list lags", None, DUE + 3 * MINUTE)
        assert state is State.UNKNOWN
        standing = standing_of(ledger)
        assert (standing.state, standing.not_before) == (State.UNKNOWN, DUE + 3 * MINUTE)
        assert standing.why == "the list lags"
        assert ledger.doubts(DUE + 2 * MINUTE, 10) == []
        assert ledger.next_instant(DUE) == DUE + 3 * MINUTE
        assert ledger.doubts(DUE + 3 * MINUTE, 10) == [doubt]

    def test_found_is_delivered(self, ledger: Ledger) -> None:
        """With the receipt the look brought, and a line of history."""
        schedule(ledger, wish())
        in_doubt(ledger)
        (doubt,) = ledger.doubts(DUE, 10)
        assert ledger.reconcile(doubt, Event.FOUND, DUE + MINUTE, "found", receipt()) is State.DELIVERED
        standing = standing_of(ledger)
        assert (standing.receipt, standing.not_before) == (receipt(), None)
        assert ledger.history(wish().key)[-1].event == "found"

    def test_proven_absent_is_tried_again(self, ledger: Ledger) -> None:
        """At once: its window is still open."""
        schedule(ledger, wish())
        in_doubt(ledger)
        (doubt,) = ledger.doubts(DUE, 10)
        assert ledger.reconcile(doubt, Event.ABSENT, DUE, "not there") is State.RETRYING
        assert claim_one(ledger).attempt.number == 2

    def test_evidence_has_the_right_shape(self, ledger: Ledger) -> None:
        """Found needs a receipt, nothing else may bring one, and no other word ends a doubt."""
        schedule(ledger, wish())
        in_doubt(ledger)
        (doubt,) = ledger.doubts(DUE, 10)
        for event, proof in (
            (Event.FOUND, None),
            (Event.ABSENT, receipt()),
            (Event.ACCEPT, receipt()),
            (Event.ACCEPT, None),
            (Event.RETRY, None),
        ):
            with pytest.raises(ForbiddenMove):
                ledger.reconcile(doubt, event, DUE, "", proof)
        assert standing_of(ledger).state is State.UNKNOWN

    def test_an_old_look_proves_nothing_about_a_newer_request(self, ledger: Ledger) -> None:
        """It began before the second request was sent; whatever it found, it says nothing about that one."""
        schedule(ledger, wish())
        in_doubt(ledger)
        (old,) = ledger.doubts(DUE, 10)
        ledger.reconcile(old, Event.ABSENT, DUE, "not there")
        for event in (Event.ABSENT, None):
            with pytest.raises(ForbiddenMove):
                ledger.reconcile(old, event, DUE, "late")
        in_doubt(ledger)
        for event in (Event.ABSENT, None):
            with pytest.raises(ForbiddenMove):
                ledger.reconcile(old, event, DUE, "later")
        assert standing_of(ledger).state is State.UNKNOWN

    def test_a_look_that_comes_after_the_receipt_is_refused(self, ledger: Ledger) -> None:
        """Above all when it found nothing: the post is public."""
        schedule(ledger, wish())
        claim = sealed(ledger)
        ledger.expire(DUE + LEASE)
        (doubt,) = ledger.doubts(DUE + LEASE, 10)
        ledger.settle(claim.attempt.id, Event.ACCEPT, DUE + LEASE, "", receipt())
        with pytest.raises(ForbiddenMove):
            ledger.reconcile(doubt, Event.ABSENT, DUE + LEASE, "not there")
        assert standing_of(ledger).state is State.DELIVERED
