"""What a person decided stands against the campaign, until the campaign itself says something new."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mwcampaign.core.delivery import IN_HAND, WAITING, Delivery, State
from mwcampaign.core.ledger import Planned
from mwcampaign.core.plan import Action, Plan, make_plan
from mwcampaign.core.plan_file import lines, read
from tests.conftest import DUE, make_delivery

EARLY, HOUR = DUE - timedelta(days=1), timedelta(hours=1)
CLOSES = make_delivery().closes
CANCELLED = "cancelled by organiser: a reason"
MOVED = "moved to 2026-06-08 09:00 UTC by organiser: a reason"
BY_MACHINE = replace(make_delivery(), makers=("translations",))


def plan(wishes: list[Delivery], facts: list[Planned], now: object = EARLY, **more: object) -> Plan:
    """Make a plan of the edition mw."""
    told = {"edition": "mw", "campaign_digest": "c", "ledger_serial": 3, "accounts": {}, "known_accounts": {}} | more
    return make_plan(wishes, facts, now, **told)  # type: ignore[arg-type]


def only_step(made: Plan) -> tuple[Action, str]:
    """Return the one step's action and reason."""
    (step,) = made.steps
    return step.action, step.why


@pytest.mark.parametrize("wish", [make_delivery(), make_delivery(text="new"), make_delivery(due=DUE + HOUR)])
def test_what_a_person_cancelled_stays_cancelled(wish: Delivery) -> None:
    """Whatever the campaign says of it now; the plan tells who decided so, and why."""
    made = plan([wish], [Planned(make_delivery(), State.CANCELLED, CANCELLED)])
    assert only_step(made) == (Action.KEEP, CANCELLED)
    assert made.empty


def test_what_a_person_cancelled_can_leave_the_campaign() -> None:
    """There is nothing to withdraw."""
    assert plan([], [Planned(make_delivery(), State.CANCELLED, CANCELLED)]).steps == ()


@pytest.mark.parametrize("state", sorted(WAITING))
@pytest.mark.parametrize("now", [EARLY, CLOSES + timedelta(minutes=1)])
def test_what_a_person_moved_is_kept(state: State, now: object) -> None:
    """Also when the campaign's own window is over by now."""
    made = plan([make_delivery()], [Planned(make_delivery(), state, MOVED, CLOSES + HOUR)], now)
    assert only_step(made) == (Action.KEEP, MOVED)
    assert made.empty


def test_an_edit_of_what_a_person_moved_is_made_in_its_new_window() -> None:
    """It still goes, at the person's time, though the campaign's window is over; and never after the new one."""
    fact = Planned(make_delivery(), State.SCHEDULED, MOVED, CLOSES + HOUR)
    edited = make_delivery(text="new")
    assert only_step(plan([edited], [fact], CLOSES)) == (Action.REVISE, "text changed")
    assert only_step(plan([edited], [fact], CLOSES + HOUR))[0] is Action.WITHDRAW


def test_the_campaigns_new_times_end_a_move_and_say_so() -> None:
    """A reviewer sees whose decision the plan undoes."""
    later = make_delivery(due=DUE + 2 * HOUR, closes=CLOSES)
    action, why = only_step(plan([later], [Planned(make_delivery(), State.SCHEDULED, MOVED, CLOSES + HOUR)]))
    assert action is Action.RESCHEDULE
    assert why == f"due changed; this ends: {MOVED}"


def test_new_times_that_are_over_withdraw_what_was_moved() -> None:
    """The campaign's own times count again, and they leave no chance."""
    over = make_delivery(due=DUE - 2 * HOUR, closes=DUE - HOUR)
    fact = Planned(make_delivery(), State.SCHEDULED, MOVED, CLOSES + HOUR)
    assert only_step(plan([over], [fact], DUE))[0] is Action.WITHDRAW


def test_what_was_moved_and_left_the_campaign_is_withdrawn() -> None:
    """A person gave it another time, not a life of its own."""
    fact = Planned(make_delivery(), State.SCHEDULED, MOVED, CLOSES + HOUR)
    assert only_step(plan([], [fact]))[0] is Action.WITHDRAW


@pytest.mark.parametrize(
    ("before", "after", "empty"),
    [("", "none", True), ("", "required", False), ("none", "none", True), ("none", "required", False),
     ("required", "none", False), ("required", "required", True)],
)  # fmt: skip
def test_a_change_of_policy_is_a_change(before: Any, after: Any, empty: bool) -> None:
    """Nobody loosens what a yes is needed for without a plan that says so."""
    made = plan([make_delivery()], [Planned(make_delivery(), State.SCHEDULED)], approval=after, approval_before=before)
    assert list(made.changes) == []
    assert made.empty is empty
    other = plan([make_delivery()], [Planned(make_delivery(), State.SCHEDULED)], approval=after, approval_before=after)
    assert (list(lines(made)) == list(lines(other))) is (before == after)
    assert read(lines(made, campaign="here")).plan == made


@pytest.mark.parametrize(("name", "value"), [("country", "FR"), ("essential", True), ("makers", ("translations",))])
@pytest.mark.parametrize("state", sorted(WAITING))
def test_what_decides_who_may_stop_or_approve_it_is_revised(state: State, name: str, value: object) -> None:
    """Not only a new time: it is told by name, set and unset, and reviewed like a text."""
    plain: Delivery = make_delivery()
    told = replace(plain, **{name: value})  # type: ignore[arg-type]
    for before, after in ((plain, told), (told, plain)):
        made = plan([after], [Planned(before, state)])
        assert only_step(made) == (Action.REVISE, f"{name} changed")
        (step,) = made.changes
        assert (step.before, step.after) == (before.digest, after.digest)
        assert before.digest != after.digest


@pytest.mark.parametrize(("name", "value"), [("country", "FR"), ("essential", True), ("makers", ("translations",))])
@pytest.mark.parametrize("state", sorted(IN_HAND | {State.DELIVERED}))
def test_of_what_is_public_nobody_sees_it(state: State, name: str, value: object) -> None:
    """So it is no drift."""
    told = replace(make_delivery(), **{name: value})  # type: ignore[arg-type]
    assert only_step(plan([told], [Planned(make_delivery(), state)])) == (Action.KEEP, str(state))


def test_a_yes_is_to_what_readers_see_and_who_made_it() -> None:
    """When, and in which country, are not part of it; text, makers and whether a halt stops it are."""
    content = make_delivery().content
    for same in (make_delivery(due=DUE + HOUR), replace(make_delivery(), country="FR")):
        assert same.content == content
    others = [make_delivery(text="new"), replace(make_delivery(), essential=True), BY_MACHINE]
    assert len({content, *(other.content for other in others)}) == 4


def test_a_saved_plan_keeps_makers_country_and_essential() -> None:
    """What apply writes is what was reviewed."""
    wish = replace(BY_MACHINE, country="FR", essential=True)
    saved = read(lines(plan([wish], []), campaign="here"))
    assert [step.delivery for step in saved.plan.steps] == [wish]
