"""What a ledger promises about claims. Part of mwcampaign.testing.ledger_contract."""

from __future__ import annotations

import pytest

from mwcampaign.core.delivery import DeliveryKey, Event, State
from mwcampaign.core.ledger import Ledger
from mwcampaign.testing._ledger_steps import (
    CLOSES,
    DUE,
    LEASE,
    MINUTE,
    RUNNER,
    change,
    claim_one,
    doubt_of,
    envelope,
    in_doubt,
    receipt,
    schedule,
    sealed,
    standing_of,
    thread,
    wish,
)


def claimed(ledger: Ledger, limit: int = 100, only: list[DeliveryKey] | None = None) -> list[DeliveryKey]:
    """Claim at the due time; return the keys."""
    return [claim.delivery.key for claim in ledger.claim(DUE, RUNNER, LEASE, limit, only)]


class ClaimPromises:
    """A claim gives a delivery into one hand, at its time and in its turn."""

    def test_only_inside_its_window(self, ledger: Ledger) -> None:
        """Not a moment before it is due, nor at the moment it closes."""
        schedule(ledger, wish())
        for outside in (DUE - MINUTE, CLOSES, CLOSES + MINUTE):
            assert ledger.claim(outside, RUNNER, LEASE, 10) == []
        assert claim_one(ledger, CLOSES - MINUTE).delivery == wish()

    def test_a_claim_is_a_leased_attempt(self, ledger: Ledger, another: Ledger) -> None:
        """Before it returns, everybody else knows who has it, and for how long."""
        schedule(ledger, wish())
        claim = claim_one(ledger)
        attempt = claim.attempt
        assert (attempt.key, attempt.number, attempt.runner) == (wish().key, 1, RUNNER)
        assert (attempt.started, attempt.lease_until) == (DUE, DUE + LEASE)
        assert (attempt.envelope, attempt.ended, attempt.outcome) == (None, None, None)
        assert another.attempts(wish().key) == [attempt]
        assert another.runners() == {RUNNER}
        assert (standing_of(another).state, standing_of(another).attempts) == (State.PREPARING, 1)
        assert another.claim(DUE, "other", LEASE, 10) == []

    def test_the_oldest_first_then_as_planned(self, ledger: Ledger) -> None:
        """The order is the same on every machine."""
        late = [wish(f"museum{number}@memory", due=DUE) for number in range(6)]
        early = [wish(f"gallery{number}@memory", due=DUE - MINUTE) for number in range(3)]
        schedule(ledger, *late, *early)
        told = [each.key for each in early + late]
        assert claimed(ledger, 4) + claimed(ledger, 4) + claimed(ledger, 4) == told

    @pytest.mark.parametrize("limit", [0, -1])
    def test_no_room_no_claim(self, ledger: Ledger, limit: int) -> None:
        """Who can take nothing gets nothing."""
        schedule(ledger, wish())
        assert claimed(ledger, limit) == []

    def test_one_of_an_account_at_a_time(self, ledger: Ledger) -> None:
        """An account's posts go out in order: not two in a batch, none while one is prepared or sent."""
        first, second, other = wish(post="a"), wish(post="b", due=DUE + MINUTE), wish("prado@memory", post="a")
        schedule(ledger, first, second, other)
        now = DUE + MINUTE
        claims = {claim.delivery.key: claim for claim in ledger.claim(now, RUNNER, LEASE, 10)}
        assert set(claims) == {first.key, other.key}
        assert ledger.claim(now, RUNNER, LEASE, 10) == []
        ledger.seal(claims[first.key].attempt.id, envelope(), now)
        assert ledger.claim(now, RUNNER, LEASE, 10) == []
        ledger.settle(claims[first.key].attempt.id, Event.ACCEPT, now, "", receipt())
        assert claim_one(ledger, now).delivery == second

    def test_a_doubt_does_not_hold_up_the_account(self, ledger: Ledger) -> None:
        """Looking may take hours; the account's other posts have their own time."""
        schedule(ledger, wish(post="a", due=DUE - MINUTE), wish(post="b"))
        in_doubt(ledger)
        assert claim_one(ledger).delivery == wish(post="b")

    def test_a_part_waits_for_the_part_before(self, ledger: Ledger) -> None:
        """And gets the receipts it replies to: of the part before, and of the first."""
        first, second, third = thread(3)
        schedule(ledger, third, second, first)
        one = sealed(ledger)
        assert (one.delivery, one.parent, one.root) == (first, None, None)
        ledger.settle(one.attempt.id, Event.DOUBT, DUE, "no answer")
        assert ledger.claim(DUE, RUNNER, LEASE, 10) == []
        ledger.settle(one.attempt.id, Event.ACCEPT, DUE, "", receipt("1"))
        two = sealed(ledger)
        assert (two.delivery, two.parent, two.root) == (second, receipt("1"), receipt("1"))
        ledger.settle(two.attempt.id, Event.ACCEPT, DUE, "", receipt("2"))
        three = claim_one(ledger)
        assert (three.delivery, three.parent, three.root) == (third, receipt("2"), receipt("1"))

    def test_a_part_whose_predecessor_is_not_there_is_never_sent(self, ledger: Ledger) -> None:
        """An answer to nothing would be nonsense in public."""
        schedule(ledger, thread(2)[1])
        assert claimed(ledger) == []

    def test_only_what_was_asked_for(self, ledger: Ledger) -> None:
        """A selection is a selection; an empty one is nothing, not everything."""
        wishes = [wish(f"museum{number}@memory") for number in range(4)]
        schedule(ledger, *wishes)
        assert claimed(ledger, only=[]) == []
        assert claimed(ledger, only=[wishes[2].key, DeliveryKey("nobody")]) == [wishes[2].key]

    def test_a_deferred_delivery_waits(self, ledger: Ledger) -> None:
        """The time the network asked for is kept; then it is the next try."""
        schedule(ledger, wish())
        claim = sealed(ledger)
        ledger.settle(claim.attempt.id, Event.DEFER, DUE, "busy", None, DUE + 7 * MINUTE)
        standing = standing_of(ledger)
        assert (standing.state, standing.not_before, standing.why) == (State.RETRYING, DUE + 7 * MINUTE, "busy")
        assert ledger.claim(DUE + 6 * MINUTE, RUNNER, LEASE, 10) == []
        assert claim_one(ledger, DUE + 7 * MINUTE).attempt.number == 2

    def test_a_wait_beyond_the_window_is_no_claim(self, ledger: Ledger) -> None:
        """Too late is missed, never late."""
        schedule(ledger, wish())
        claim = sealed(ledger)
        ledger.settle(claim.attempt.id, Event.DEFER, DUE, "busy", None, CLOSES + MINUTE)
        assert ledger.claim(CLOSES + MINUTE, RUNNER, LEASE, 10) == []

    def test_after_a_disproved_doubt_the_same_request_goes_again(self, ledger: Ledger) -> None:
        """A network that knows the request by its key then makes one post of both; also after a failed upload."""
        schedule(ledger, wish())
        in_doubt(ledger, payload='{"try":1}')
        ledger.reconcile(doubt_of(ledger), Event.ABSENT, DUE + MINUTE, "not there")
        second = claim_one(ledger, DUE + MINUTE)
        assert (second.sealed, second.sealed_at) == (envelope('{"try":1}'), DUE)
        ledger.settle(second.attempt.id, Event.ABANDON, DUE + MINUTE, "upload failed")
        third = claim_one(ledger, DUE + 2 * MINUTE)
        assert (third.sealed, third.sealed_at) == (envelope('{"try":1}'), DUE)

    def test_after_a_clear_no_the_request_is_made_anew(self, ledger: Ledger) -> None:
        """Deferred is certainly not published: nothing to repeat."""
        schedule(ledger, wish())
        claim = sealed(ledger)
        ledger.settle(claim.attempt.id, Event.DEFER, DUE, "busy")
        again = claim_one(ledger)
        assert (again.sealed, again.sealed_at) == (None, None)

    def test_after_a_revision_the_request_is_made_anew(self, ledger: Ledger) -> None:
        """What was reviewed last is what is sent, not what was sealed before."""
        schedule(ledger, wish())
        in_doubt(ledger)
        ledger.reconcile(doubt_of(ledger), Event.ABSENT, DUE, "not there")
        change(ledger, Event.REVISE, wish(text="New"))
        again = claim_one(ledger)
        assert (again.delivery, again.sealed, again.sealed_at) == (wish(text="New"), None, None)
