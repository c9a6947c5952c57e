"""What a ledger promises about attempts. Part of mwcampaign.testing.ledger_contract."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from mwcampaign.core.delivery import Event, ForbiddenMove, State
from mwcampaign.core.ledger import Claim, Ledger
from mwcampaign.testing._ledger_steps import (
    CLOSES,
    DUE,
    LEASE,
    MINUTE,
    RUNNER,
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


class AttemptPromises:
    """The request is on disk before it is sent, and how it ended is written once."""

    def test_a_sealed_request_is_kept_byte_for_byte(self, ledger: Ledger, another: Ledger) -> None:
        """Everybody sees exactly what is being sent, before the first byte."""
        schedule(ledger, wish())
        request = envelope('{"status":"e\u0301 🏺 \\u0000","b":1}', "at://did/collection/key")
        ledger.seal(claim_one(ledger).attempt.id, request, DUE + MINUTE)
        (attempt,) = another.attempts(wish().key)
        assert (attempt.envelope, attempt.sealed_at) == (request, DUE + MINUTE)
        assert standing_of(another).state is State.SENDING

    def test_nothing_is_sealed_without_a_lease(self, ledger: Ledger) -> None:
        """Once the lease is over nothing may be sent, whether or not somebody has noticed; nor twice."""
        schedule(ledger, wish())
        claim = claim_one(ledger)
        with pytest.raises(ForbiddenMove):
            ledger.seal(claim.attempt.id, envelope(), DUE + LEASE)
        ledger.seal(claim.attempt.id, envelope(), DUE)
        with pytest.raises(ForbiddenMove):
            ledger.seal(claim.attempt.id, envelope("{}"), DUE)
        with pytest.raises(ForbiddenMove):
            ledger.seal(claim.attempt.id + 1000, envelope(), DUE)
        assert ledger.attempts(wish().key)[0].envelope == envelope()

    def test_a_lease_taken_away_cannot_be_sealed(self, ledger: Ledger) -> None:
        """The runner was taken for dead: another one may have it by now."""
        schedule(ledger, wish())
        claim = claim_one(ledger)
        ledger.expire(DUE, {RUNNER})
        with pytest.raises(ForbiddenMove):
            ledger.seal(claim.attempt.id, envelope(), DUE)
        again = claim_one(ledger, runner="other")
        with pytest.raises(ForbiddenMove):
            ledger.seal(claim.attempt.id, envelope(), DUE)
        ledger.seal(again.attempt.id, envelope(), DUE)

    @pytest.mark.parametrize(
        ("event", "state"),
        [(Event.DEFER, State.RETRYING), (Event.REJECT, State.FAILED), (Event.DOUBT, State.UNKNOWN)],
    )
    def test_how_it_ended_is_on_record(self, ledger: Ledger, event: Event, state: State) -> None:
        """State, attempt and history say the same."""
        schedule(ledger, wish())
        claim = sealed(ledger)
        assert ledger.settle(claim.attempt.id, event, DUE + MINUTE, "because") is state
        assert (standing_of(ledger).state, standing_of(ledger).why) == (state, "because")
        (attempt,) = ledger.attempts(wish().key)
        assert (attempt.ended, attempt.outcome, attempt.why) == (DUE + MINUTE, event, "because")
        line = ledger.history(wish().key)[-1]
        assert (line.at, line.event, line.before, line.after) == (DUE + MINUTE, event, State.SENDING, state)
        assert (line.who, line.why) == (RUNNER, "because")
        assert ledger.runners() == set()

    def test_delivered_is_proven(self, ledger: Ledger, another: Ledger) -> None:
        """The receipt is kept whole: id, address, time, and what replies need."""
        schedule(ledger, wish())
        claim = sealed(ledger)
        assert ledger.settle(claim.attempt.id, Event.ACCEPT, DUE, "", receipt()) is State.DELIVERED
        assert standing_of(another).receipt == receipt()
        assert another.attempts(wish().key)[0].outcome is Event.ACCEPT

    def test_no_receipt_no_delivery(self, ledger: Ledger) -> None:
        """And no receipt with anything but acceptance; the attempt stays open."""
        schedule(ledger, wish())
        claim = sealed(ledger)
        for event, proof in ((Event.ACCEPT, None), (Event.DOUBT, receipt()), (Event.REJECT, receipt())):
            with pytest.raises(ForbiddenMove):
                ledger.settle(claim.attempt.id, event, DUE, "", proof)
        assert standing_of(ledger).state is State.SENDING
        assert ledger.attempts(wish().key)[0].ended is None

    @pytest.mark.parametrize("event", [Event.SEAL, Event.CLAIM, Event.WITHDRAW, Event.FOUND, Event.WINDOW_CLOSED])
    def test_no_attempt_ends_with_anything_else(self, ledger: Ledger, event: Event) -> None:
        """Words of other moments do not end an attempt."""
        schedule(ledger, wish())
        claim = claim_one(ledger)
        with pytest.raises(ForbiddenMove):
            ledger.settle(claim.attempt.id, event, DUE)
        assert ledger.attempts(wish().key) == [claim.attempt]

    def test_what_a_lost_runner_left_is_taken_back(self, ledger: Ledger) -> None:
        """Unsent goes back; sent becomes unknown; who is alive keeps what he has."""
        schedule(ledger, wish("a@memory"), wish("b@memory"), wish("c@memory"))
        claims = {claim.delivery.account: claim for claim in ledger.claim(DUE, "lost", LEASE, 2)}
        claims |= {claim.delivery.account: claim for claim in ledger.claim(DUE, "alive", 2 * LEASE, 1)}
        unsent, sent = (claim for claim in claims.values() if claim.attempt.runner == "lost")
        ledger.seal(sent.attempt.id, envelope(), DUE)
        assert ledger.expire(DUE + LEASE - MINUTE) == []
        assert dict(ledger.expire(DUE + LEASE)) == {
            unsent.delivery.key: State.RETRYING,
            sent.delivery.key: State.UNKNOWN,
        }
        assert ledger.runners() == {"alive"}
        assert ledger.expire(DUE + LEASE) == []
        outcomes = [ledger.attempts(claim.delivery.key)[0].outcome for claim in (unsent, sent)]
        assert outcomes == [Event.ABANDON, Event.DOUBT]
        assert all(ledger.history(claim.delivery.key)[-1].why for claim in (unsent, sent))

    def test_a_dead_runner_need_not_be_waited_for(self, ledger: Ledger) -> None:
        """When a process is certainly gone, its leases are over at once."""
        schedule(ledger, wish("a@memory"), wish("b@memory"))
        gone, stays = claim_one(ledger, runner="gone"), claim_one(ledger, runner="stays")
        assert ledger.expire(DUE, {"gone", "nobody"}) == [(gone.delivery.key, State.RETRYING)]
        assert standing_of(ledger, stays.delivery.key).state is State.PREPARING

    def test_a_late_receipt_is_proof_all_the_same(self, ledger: Ledger) -> None:
        """The lease was over, the doubt on record; the receipt ends it. Told twice it changes nothing."""
        schedule(ledger, wish())
        claim = sealed(ledger)
        ledger.expire(DUE + LEASE)
        for _ in range(2):
            late = ledger.settle(claim.attempt.id, Event.ACCEPT, DUE + LEASE, "", receipt())
            assert late is State.DELIVERED
        assert standing_of(ledger).receipt == receipt()
        events = [line.event for line in ledger.history(wish().key)]
        assert events == ["schedule", "claim", "seal", "doubt", "accept"]

    @pytest.mark.parametrize("event", [Event.DEFER, Event.REJECT, Event.DOUBT, Event.ABANDON])
    def test_nothing_else_may_come_late(self, ledger: Ledger, event: Event) -> None:
        """Without a receipt a late word proves nothing."""
        schedule(ledger, wish())
        claim = sealed(ledger)
        ledger.expire(DUE + LEASE)
        with pytest.raises(ForbiddenMove):
            ledger.settle(claim.attempt.id, event, DUE + LEASE, "late")
        assert standing_of(ledger).state is State.UNKNOWN

    def test_another_receipt_does_not_replace_the_first(self, ledger: Ledger) -> None:
        """The proof that was written down stands; the second is refused aloud."""
        schedule(ledger, wish())
        claim = sealed(ledger)
        ledger.settle(claim.attempt.id, Event.ACCEPT, DUE, "", receipt("1"))
        with pytest.raises(ForbiddenMove):
            ledger.settle(claim.attempt.id, Event.ACCEPT, DUE, "", receipt("2"))
        assert standing_of(ledger).receipt == receipt("1")

    @pytest.mark.parametrize("sent", [False, True])
    def test_a_late_receipt_ends_a_second_try(self, ledger: Ledger, sent: bool) -> None:
        """Proof outranks a look that found nothing: the try in hand is closed and may not be sealed any more."""
        schedule(ledger, wish())
        first = in_doubt(ledger)
        ledger.reconcile(doubt_of(ledger), Event.ABSENT, DUE, "not there")
        second = claim_one(ledger)
        if sent:
            ledger.seal(second.attempt.id, envelope(), DUE)
        assert ledger.settle(first.attempt.id, Event.ACCEPT, DUE, "", receipt()) is State.DELIVERED
        with pytest.raises(ForbiddenMove):
            ledger.seal(second.attempt.id, envelope(), DUE)
        with pytest.raises(ForbiddenMove):
            ledger.settle(second.attempt.id, Event.DOUBT, DUE)
        assert ledger.attempts(wish().key)[1].outcome is (Event.DOUBT if sent else Event.ABANDON)
        assert ledger.claim(DUE, RUNNER, LEASE, 10) == []
        assert ledger.runners() == set()

    def test_what_cannot_be_in_time_is_missed(self, ledger: Ledger) -> None:
        """At the moment the window closes, with the reason; what is in somebody's hand is left alone."""
        waiting, held = wish("a@memory"), wish("b@memory", due=DUE - MINUTE)
        schedule(ledger, waiting, held)
        sealed(ledger, lease=timedelta(days=1))
        assert ledger.close_windows(CLOSES - MINUTE) == []
        assert ledger.close_windows(CLOSES) == [waiting.key]
        assert ledger.close_windows(CLOSES) == []
        standing = standing_of(ledger, waiting.key)
        assert standing.state is State.MISSED
        assert f"{CLOSES:%Y-%m-%d %H:%M}" in standing.why
        assert standing_of(ledger, held.key).state is State.SENDING

    def test_a_part_waits_as_long_as_its_window_is_open(self, ledger: Ledger) -> None:
        """A person may still mend the part before it; when it closes, the reason names that part."""
        first, second, third = thread(3)
        schedule(ledger, first, second, third)
        claim = sealed(ledger)
        ledger.settle(claim.attempt.id, Event.REJECT, DUE, "too long")
        assert ledger.close_windows(CLOSES - MINUTE) == []
        assert set(ledger.close_windows(CLOSES)) == {second.key, third.key}
        assert str(State.FAILED) in standing_of(ledger, second.key).why

    def test_many_threads_write_at_once(self, ledger: Ledger) -> None:
        """Each call is on disk when it returns, and one that is refused fails alone."""
        wishes = [wish(f"museum{number}@memory") for number in range(64)]
        schedule(ledger, *wishes)
        claims = ledger.claim(DUE, RUNNER, LEASE, 64)

        def send(claim: Claim) -> bool:
            ledger.seal(claim.attempt.id, envelope(claim.delivery.key), DUE)
            assert standing_of(ledger, claim.delivery.key).state is State.SENDING
            with pytest.raises(ForbiddenMove):
                ledger.seal(claim.attempt.id, envelope("twice"), DUE)
            done = ledger.settle(claim.attempt.id, Event.ACCEPT, DUE, "", receipt(claim.delivery.key))
            return done is standing_of(ledger, claim.delivery.key).state is State.DELIVERED

        with ThreadPoolExecutor(16) as pool:
            assert all(pool.map(send, claims))
        kept = {each.key: ledger.attempts(each.key)[0].envelope for each in wishes}
        assert kept == {each.key: envelope(each.key) for each in wishes}
