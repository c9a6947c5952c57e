"""What a ledger promises of what a person decides against the campaign: cancel and move; and of the reasons given for
what was missed. Part of mwcampaign.testing.ledger_contract.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from mwcampaign.core.delivery import Delivery, Event, ForbiddenMove, State
from mwcampaign.core.ledger import Ledger, Planned
from mwcampaign.core.plan import Action, Step, make_plan
from mwcampaign.testing._ledger_hands import REVIEWER, goes, policy, say
from mwcampaign.testing._ledger_steps import (
    CLOSES,
    DUE,
    LEASE,
    MINUTE,
    RUNNER,
    WHO,
    claim_one,
    in_doubt,
    receipt,
    schedule,
    sealed,
    standing_of,
    thread,
    wish,
)

HOUR = timedelta(hours=1)


def replanned(ledger: Ledger, *wishes: Delivery) -> list[Step]:
    """Plan the campaign again and carry the plan out; return its steps."""
    plan = make_plan(
        wishes, ledger.planned("mw"), DUE, edition="mw", campaign_digest="", ledger_serial=ledger.serial(),
        accounts={}, known_accounts={},
    )  # fmt: skip
    events = {Action.REVISE: Event.REVISE, Action.RESCHEDULE: Event.REVISE, Action.WITHDRAW: Event.WITHDRAW}
    told = [(events[step.action], step.delivery, step.before) for step in plan.changes]
    ledger.apply(plan.ledger_serial, told, {}, DUE, WHO)
    return list(plan.steps)


def _cancelled(ledger: Ledger) -> None:
    ledger.decide(wish().key, Event.CANCEL, DUE, WHO, "a reason")


def _failed(ledger: Ledger) -> None:
    ledger.settle(sealed(ledger).attempt.id, Event.REJECT, DUE, "too long")


def _delivered(ledger: Ledger) -> None:
    ledger.settle(sealed(ledger).attempt.id, Event.ACCEPT, DUE, "", receipt())


class CancelPromises:
    """What a person cancels stays cancelled, until a person says otherwise."""

    def test_a_cancelled_part_takes_those_behind_it_along(self, ledger: Ledger) -> None:
        """Parts before it go on; a second word undoes the first, for all of them."""
        one, two, three = thread(3)
        schedule(ledger, one, two, three)
        before = ledger.serial()
        assert ledger.decide(two.key, Event.CANCEL, DUE, WHO, "a reason") is State.CANCELLED
        assert ledger.serial() > before
        assert [standing_of(ledger, each.key).state for each in (one, two, three)] == [
            State.SCHEDULED,
            State.CANCELLED,
            State.CANCELLED,
        ]
        assert "a reason" in standing_of(ledger, three.key).by_hand
        assert ledger.history(three.key)[-1].who == WHO
        assert ledger.decide(two.key, Event.RETRY, DUE, WHO, "after all") is State.SCHEDULED
        for part in (two, three):
            assert (standing_of(ledger, part.key).state, standing_of(ledger, part.key).by_hand) == (State.SCHEDULED, "")

    def test_no_plan_brings_back_what_a_person_cancelled(self, ledger: Ledger) -> None:
        """Not even when the campaign edits it; what a plan withdrew it does bring back."""
        wishes = [wish(), wish("prado@memory")]
        schedule(ledger, *wishes)
        _cancelled(ledger)
        replanned(ledger, wishes[0])
        edited = wish(text="Edited")
        steps = {step.key: step for step in replanned(ledger, edited, wishes[1])}
        assert steps[edited.key].action is Action.KEEP
        assert WHO in steps[edited.key].why
        assert steps[wishes[1].key].action is Action.REVISE
        assert goes(ledger) == {wishes[1].key}

    @pytest.mark.parametrize("reach", [_delivered, in_doubt, sealed, claim_one])
    def test_what_is_in_hand_or_public_cannot_be_cancelled(
        self, ledger: Ledger, reach: Callable[[Ledger], object]
    ) -> None:
        """Nobody is told that something stopped which goes out."""
        schedule(ledger, wish())
        reach(ledger)
        before = standing_of(ledger)
        with pytest.raises(ForbiddenMove):
            _cancelled(ledger)
        assert standing_of(ledger) == before


class MovePromises:
    """A person may give other times than the campaign."""

    def test_a_moved_delivery_goes_at_its_new_time(self, ledger: Ledger, another: Ledger) -> None:
        """With the parts behind it and the yes it has; who moved it is on record."""
        one, two = thread(2)
        policy(ledger, "required", one, two)
        say(ledger, one, two)
        before = ledger.serial()
        assert another.move(one.key, DUE + HOUR, CLOSES + HOUR, DUE, WHO, "a reason") is State.SCHEDULED
        assert ledger.serial() > before
        for part in (one, two):
            standing = standing_of(ledger, part.key)
            assert (standing.delivery.due, standing.delivery.closes) == (DUE + HOUR, CLOSES + HOUR)
            assert standing.approved_by == REVIEWER
            assert WHO in standing.by_hand
            assert "a reason" in standing.by_hand
        assert goes(ledger, DUE + HOUR - MINUTE) == set()
        assert goes(ledger, CLOSES + HOUR - MINUTE) == {one.key}

    def test_plans_keep_what_a_person_moved(self, ledger: Ledger) -> None:
        """They see the campaign's own times, so nothing differs; an edit of the text leaves the new time."""
        schedule(ledger, wish())
        ledger.move(wish().key, DUE + HOUR, CLOSES + HOUR, DUE, WHO, "a reason")
        (planned,) = ledger.planned("mw")
        assert planned == Planned(wish(), State.SCHEDULED, standing_of(ledger).by_hand, CLOSES + HOUR)
        assert [step.action for step in replanned(ledger, wish())] == [Action.KEEP]
        assert [step.action for step in replanned(ledger, wish(text="Edited"))] == [Action.REVISE]
        assert standing_of(ledger).delivery == wish(text="Edited", due=DUE + HOUR, closes=CLOSES + HOUR)
        assert standing_of(ledger).by_hand
        assert goes(ledger) == set()
        assert goes(ledger, DUE + HOUR) == {wish().key}

    def test_the_campaigns_own_new_times_end_a_move(self, ledger: Ledger) -> None:
        """The last word about time counts."""
        schedule(ledger, wish())
        ledger.move(wish().key, DUE + HOUR, CLOSES + HOUR, DUE, WHO, "a reason")
        new = wish(due=DUE + MINUTE)
        assert [step.action for step in replanned(ledger, new)] == [Action.RESCHEDULE]
        assert (standing_of(ledger).delivery, standing_of(ledger).by_hand) == (new, "")
        (planned,) = ledger.planned("mw")
        assert planned == Planned(new, State.SCHEDULED)
        assert goes(ledger, DUE + MINUTE) == {new.key}

    def test_what_was_missed_gets_another_chance(self, ledger: Ledger) -> None:
        """With the parts that were missed behind it; without other times there is none."""
        one, two = thread(2)
        schedule(ledger, one, two)
        ledger.close_windows(CLOSES)
        with pytest.raises(ForbiddenMove):
            ledger.decide(one.key, Event.RETRY, CLOSES, WHO, "again")
        assert ledger.move(one.key, CLOSES, CLOSES + HOUR, CLOSES, WHO, "again") is State.SCHEDULED
        assert standing_of(ledger, two.key).state is State.SCHEDULED
        assert goes(ledger, CLOSES) == {one.key}

    @pytest.mark.parametrize("reach", [_delivered, in_doubt, sealed, claim_one, _failed, _cancelled])
    def test_only_what_waits_or_was_missed_is_moved(self, ledger: Ledger, reach: Callable[[Ledger], object]) -> None:
        """What is public has its time, and a failure is mended first."""
        schedule(ledger, wish())
        reach(ledger)
        before = standing_of(ledger)
        with pytest.raises(ForbiddenMove):
            ledger.move(wish().key, DUE + HOUR, CLOSES + HOUR, DUE, WHO, "a reason")
        assert standing_of(ledger) == before

    def test_no_move_into_the_past_or_into_no_window(self, ledger: Ledger) -> None:
        """A time at which it could never go is refused."""
        schedule(ledger, wish())
        for due, closes, now in ((DUE, DUE, DUE - HOUR), (DUE + HOUR, DUE, DUE - HOUR), (DUE, DUE + HOUR, DUE + HOUR)):
            with pytest.raises(ForbiddenMove):
                ledger.move(wish().key, due, closes, now, WHO, "a reason")
        assert standing_of(ledger).delivery == wish()


class MissedPromises:
    """Why something was missed is told."""

    def test_the_cause_is_named(self, ledger: Ledger) -> None:
        """Nobody approved it, somebody held it, a halt, or the last try's trouble."""
        held, unread = wish("louvre@memory"), wish("met@memory")
        halted, tried = wish("prado@memory", edition="other"), wish("tnm@memory", edition="other")
        policy(ledger, "required", held, unread, halted, tried)
        say(ledger, held, yes=False)
        (claim,) = ledger.claim(DUE, RUNNER, LEASE, 1, [tried.key])
        ledger.settle(claim.attempt.id, Event.ABANDON, DUE, "busy", None, CLOSES + HOUR)
        ledger.halt("institution", "prado", DUE, WHO, "a reason")
        ledger.close_windows(CLOSES)
        told = {each.key: standing_of(ledger, each.key).why for each in (held, unread, halted, tried)}
        assert all("too late" in why for why in told.values())
        assert f"held by {REVIEWER}" in told[held.key]
        assert "nobody approved" in told[unread.key]
        assert "halted" in told[halted.key]
        assert "busy" in told[tried.key]

    def test_a_part_behind_a_missed_one_is_missed(self, ledger: Ledger) -> None:
        """Also when its own window is still open: it would answer to nothing."""
        one, _ = thread(2)
        two = wish(part=1, after=one.key, closes=CLOSES + HOUR)
        schedule(ledger, one, two)
        assert ledger.close_windows(CLOSES - MINUTE) == []
        assert set(ledger.close_windows(CLOSES)) == {one.key, two.key}
        assert standing_of(ledger, two.key).state is State.MISSED
        assert "the part before it" in standing_of(ledger, two.key).why
