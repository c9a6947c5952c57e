"""What a ledger promises about plans. Part of mwcampaign.testing.ledger_contract."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from mwcampaign.core.delivery import Delivery, Event, State
from mwcampaign.core.ledger import Ledger
from mwcampaign.errors import PlanRefused
from mwcampaign.testing._ledger_steps import (
    CLOSES,
    DUE,
    LEASE,
    MINUTE,
    WHO,
    change,
    claim_one,
    schedule,
    standing_of,
    thread,
    wish,
)

ACCOUNTS = {"louvre@memory": '{"id":"louvre@memory"}', "prado@memory": '{"id":"prado@memory"}'}


class PlanPromises:
    """A plan is carried out exactly and whole, or refused without a trace."""

    def test_what_was_reviewed_is_what_is_kept(self, ledger: Ledger) -> None:
        """Every field comes back as it was given: scripts of all kinds, pictures, a thread's order."""
        wishes = [*thread(3), wish("tnm@memory", text='国立博物館 "emoji" 🏺 \u2028 e\u0301')]
        schedule(ledger, *wishes)
        assert [each.delivery for each in ledger.planned("mw")] == wishes
        assert {each.state for each in ledger.planned("mw")} == {State.SCHEDULED}
        assert list(ledger.planned("another edition")) == []

    def test_an_applied_plan_leaves_a_line_of_history(self, ledger: Ledger) -> None:
        """Who scheduled it, and when, is on record."""
        schedule(ledger, wish())
        (line,) = ledger.history(wish().key)
        assert (line.at, line.event, line.before, line.after) == (DUE - MINUTE, "schedule", None, State.SCHEDULED)
        assert line.who == WHO

    def test_the_serial_grows_with_every_plan_that_changes_something(self, ledger: Ledger) -> None:
        """And with no other: a plan without changes makes no other plan stale."""
        first = ledger.serial()
        second = schedule(ledger, wish())
        assert second > first
        assert ledger.serial() == second
        assert ledger.apply(second, [], {}, DUE, WHO) == second
        third = ledger.apply(second, [], ACCOUNTS, DUE, WHO)
        assert third > second
        assert ledger.apply(third, [], ACCOUNTS, DUE, WHO) == third == ledger.serial()

    def test_accounts_are_kept_until_they_are_described_anew(self, ledger: Ledger) -> None:
        """A plan names only what changed; the others stay."""
        ledger.apply(ledger.serial(), [], ACCOUNTS, DUE, WHO)
        ledger.apply(ledger.serial(), [], {"prado@memory": "{}"}, DUE, WHO)
        assert ledger.accounts() == ACCOUNTS | {"prado@memory": "{}"}

    def test_a_stale_plan_is_refused(self, ledger: Ledger, another: Ledger) -> None:
        """Somebody else applied a plan since this one was made: nothing of it is written."""
        serial = ledger.serial()
        schedule(another, wish("prado@memory"))
        with pytest.raises(PlanRefused):
            ledger.apply(serial, [(None, wish(), None)], ACCOUNTS, DUE, WHO)
        assert ledger.standing(wish().key) is None
        assert ledger.accounts() == {}

    def test_one_wish_that_does_not_fit_refuses_the_whole_plan(self, ledger: Ledger) -> None:
        """What exists already cannot be new; its neighbours in the plan are not written either."""
        serial = schedule(ledger, wish())
        wishes = [(None, wish("prado@memory"), None), (None, wish(text="Again"), None)]
        with pytest.raises(PlanRefused, match=wish().key[:12]):
            ledger.apply(serial, wishes, ACCOUNTS, DUE, WHO)
        assert ledger.standing(wish("prado@memory").key) is None
        assert ledger.accounts() == {}
        assert ledger.serial() == serial
        assert standing_of(ledger).delivery == wish()

    def test_a_key_twice_in_a_plan_is_refused(self, ledger: Ledger) -> None:
        """One delivery has one wish."""
        with pytest.raises(PlanRefused, match=wish().key[:12]):
            ledger.apply(ledger.serial(), [(None, wish(), None), (None, wish(text="b"), None)], {}, DUE, WHO)
        assert ledger.standing(wish().key) is None

    def test_a_refusal_names_the_first_and_counts_the_rest(self, ledger: Ledger) -> None:
        """A thousand stale steps are still one readable message."""
        wishes = [wish(f"museum{number}@memory") for number in range(1000)]
        serial = schedule(ledger, *wishes)
        with pytest.raises(PlanRefused, match="more") as refused:
            ledger.apply(serial, [(None, each, None) for each in wishes], {}, DUE, WHO)
        assert len(refused.value.what) < 2000

    def test_a_plan_that_breaks_off_leaves_nothing(self, ledger: Ledger) -> None:
        """Wishes come from a stream; when it breaks, nothing was written, and the break is told as it was."""

        def broken() -> Iterator[tuple[Event | None, Delivery, str | None]]:
            for number in range(1500):
                yield None, wish(f"museum{number}@memory"), None
            raise ValueError("torn")

        with pytest.raises(ValueError, match="torn"):
            ledger.apply(ledger.serial(), broken(), ACCOUNTS, DUE, WHO)
        assert list(ledger.planned("mw")) == []
        assert schedule(ledger, wish())

    @pytest.mark.parametrize("event", [Event.REVISE, Event.WITHDRAW])
    def test_a_change_without_the_reviewed_digest_is_refused(self, ledger: Ledger, event: Event) -> None:
        """Guards fail closed: no digest is as wrong as another one; and what is not there cannot be changed."""
        serial = schedule(ledger, wish())
        for before in (None, "", "0" * 64):
            with pytest.raises(PlanRefused, match=wish().key[:12]):
                ledger.apply(serial, [(event, wish(text="New"), before)], {}, DUE, WHO)
        other = wish("prado@memory")
        with pytest.raises(PlanRefused, match=other.key[:12]):
            ledger.apply(serial, [(event, other, other.digest)], {}, DUE, WHO)
        assert standing_of(ledger).delivery == wish()
        assert standing_of(ledger).state is State.SCHEDULED

    @pytest.mark.parametrize("event", [Event.CLAIM, Event.WINDOW_CLOSED, Event.SEAL, Event.RETRY])
    def test_a_plan_may_ask_for_nothing_else(self, ledger: Ledger, event: Event) -> None:
        """Only schedule, revise and withdraw are a plan's words."""
        schedule(ledger, wish())
        with pytest.raises(PlanRefused):
            change(ledger, event, wish(text="New"))
        assert standing_of(ledger).state is State.SCHEDULED

    def test_a_revised_delivery_starts_afresh(self, ledger: Ledger) -> None:
        """New text, new times, and neither the wait nor the reason of the try before; the number of tries stays."""
        schedule(ledger, wish())
        claim = claim_one(ledger)
        ledger.settle(claim.attempt.id, Event.ABANDON, DUE, "upload failed", None, DUE + LEASE)
        new = wish(text="New", due=DUE + MINUTE, closes=CLOSES + MINUTE)
        change(ledger, Event.REVISE, new)
        standing = standing_of(ledger)
        assert (standing.delivery, standing.state) == (new, State.SCHEDULED)
        assert (standing.not_before, standing.why, standing.attempts) == (None, "", 1)
        assert ledger.claim(DUE, "runner", LEASE, 10) == []
        assert claim_one(ledger, DUE + MINUTE).attempt.number == 2

    def test_what_was_withdrawn_can_come_back(self, ledger: Ledger) -> None:
        """Taken out of the campaign it is never claimed; put back it is."""
        schedule(ledger, wish())
        change(ledger, Event.WITHDRAW, wish())
        assert standing_of(ledger).state is State.CANCELLED
        assert ledger.claim(DUE, "runner", LEASE, 10) == []
        change(ledger, Event.REVISE, wish())
        assert claim_one(ledger).delivery == wish()

    def test_a_digest_is_of_what_the_ledger_gives_back(self, ledger: Ledger) -> None:
        """Times of another zone, or finer than the ledger keeps, do not make every later plan stale."""
        paris = timezone(timedelta(hours=2))
        odd = replace(wish(), due=(DUE + timedelta(microseconds=1234)).astimezone(paris), closes=CLOSES)
        schedule(ledger, odd)
        (planned,) = ledger.planned("mw")
        assert abs(planned.delivery.due - odd.due) < timedelta(milliseconds=1)
        change(ledger, Event.REVISE, wish(text="New"))
        assert standing_of(ledger).delivery == wish(text="New")
