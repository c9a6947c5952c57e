"""A plan is the difference; every state of a delivery has its step."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from mwcampaign.core.delivery import IN_HAND, WAITING, Delivery, State
from mwcampaign.core.ledger import Planned
from mwcampaign.core.plan import Action, Numbers, Plan, make_plan
from mwcampaign.core.plan_file import lines, read
from mwcampaign.errors import PlanRefused
from tests.conftest import DUE, make_delivery

EARLY, LATE = DUE - timedelta(days=1), DUE + timedelta(days=2)


def plan(wishes: list[Delivery], facts: list[Planned], now: object = EARLY, **more: object) -> Plan:
    """Make a plan of the edition mw."""
    told = {"edition": "mw", "campaign_digest": "c", "ledger_serial": 3, "accounts": {}, "known_accounts": {}} | more
    return make_plan(wishes, facts, now, **told)  # type: ignore[arg-type]


def only_step(made: Plan) -> tuple[Action, str]:
    """Return the one step's action and reason."""
    (step,) = made.steps
    return step.action, step.why


def test_what_is_new_is_scheduled() -> None:
    """The first plan of a campaign."""
    assert only_step(plan([make_delivery()], [])) == (Action.SCHEDULE, "new")


@pytest.mark.parametrize("state", [state for state in State if state is not State.CANCELLED])
def test_nothing_changed_is_nothing_to_do(state: State) -> None:
    """A plan after apply is empty, whatever happened since."""
    made = plan([make_delivery()], [Planned(make_delivery(), state)])
    assert only_step(made) == (Action.KEEP, str(state))
    assert made.empty


@pytest.mark.parametrize("state", sorted(WAITING))
def test_a_changed_text_is_revised_and_a_changed_hour_rescheduled(state: State) -> None:
    """Nothing of it is public: the wish wins."""
    fact = Planned(make_delivery(), state)
    assert only_step(plan([make_delivery(text="new")], [fact])) == (Action.REVISE, "text changed")
    later = make_delivery(due=DUE + timedelta(hours=1), closes=make_delivery().closes)
    assert only_step(plan([later], [fact])) == (Action.RESCHEDULE, "due changed")


@pytest.mark.parametrize("state", sorted(IN_HAND | {State.DELIVERED}))
def test_what_may_be_public_is_never_touched(state: State) -> None:
    """A difference is told as drift; it is not sent again."""
    fact = Planned(make_delivery(), state)
    made = plan([make_delivery(text="new")], [fact])
    assert only_step(made)[0] is Action.DRIFT
    assert made.empty
    assert only_step(plan([make_delivery(due=DUE + timedelta(hours=1))], [fact]))[0] in {Action.KEEP, Action.DRIFT}
    assert only_step(plan([], [fact]))[0] is Action.DRIFT


@pytest.mark.parametrize("state", sorted(WAITING))
def test_what_is_no_longer_wanted_is_withdrawn(state: State) -> None:
    """A post taken out of the campaign is taken out of the ledger."""
    assert only_step(plan([], [Planned(make_delivery(), state)])) == (Action.WITHDRAW, "no longer in the campaign")


@pytest.mark.parametrize("state", [State.FAILED, State.MISSED])
def test_what_failed_and_was_mended_goes_again(state: State) -> None:
    """A changed text is a new chance; the same text is not."""
    fact = Planned(make_delivery(), state)
    assert only_step(plan([make_delivery(text="mended")], [fact]))[0] is Action.REVISE
    assert plan([], [fact]).steps == ()


def test_a_withdrawn_post_can_come_back() -> None:
    """Taken out and put back unchanged."""
    made = plan([make_delivery()], [Planned(make_delivery(), State.CANCELLED)])
    assert only_step(made) == (Action.REVISE, "wanted again; it was cancelled")


def test_what_is_too_late_is_told_and_never_scheduled() -> None:
    """Too late is missed, never late."""
    assert only_step(plan([make_delivery()], [], LATE))[0] is Action.LATE
    moved = make_delivery(due=DUE - timedelta(days=1), closes=DUE - timedelta(hours=12))
    assert only_step(plan([moved], [Planned(make_delivery(), State.SCHEDULED)], DUE))[0] is Action.WITHDRAW


def test_a_delivered_post_moved_to_another_day_is_not_sent_twice() -> None:
    """The new day is a new key; the plan sees that the old one is public."""
    moved = make_delivery(theme="tuesday", due=DUE + timedelta(days=1))
    made = plan([moved], [Planned(make_delivery(), State.DELIVERED)])
    assert {step.action for step in made.steps} == {Action.DRIFT}
    assert any("give the post a new id" in step.why for step in made.steps)
    assert {step.action for step in plan([moved], [Planned(make_delivery(), State.SCHEDULED)]).steps} == {
        Action.SCHEDULE,
        Action.WITHDRAW,
    }


def test_equal_input_gives_equal_bytes_in_any_order() -> None:
    """Reviewed in one place, made again in another."""
    wishes = [make_delivery(post=name) for name in "abc"]
    one, two = plan(wishes, []), plan(wishes[::-1], [])
    assert list(lines(one)) == list(lines(two))


def test_a_saved_plan_comes_back_whole() -> None:
    """What is read is what was written."""
    made = plan(
        [make_delivery(text="😀 été")],
        [Planned(make_delivery(post="old"), State.SCHEDULED)],
        accounts={"a": '{"id":"a"}'},
    )
    written = list(lines(made, campaign="here"))
    saved = read(written)
    assert (saved.plan, saved.besides) == (made, {"campaign": "here"})
    # Whoever opens it in an editor may have it indented.
    assert read(json.dumps(json.loads("\n".join(written)), indent=2).splitlines()).plan == made
    assert json.loads("\n".join(lines(made))) == json.loads("\n".join(written))["plan"]


def _altered(data: dict[str, object], name: str) -> dict[str, object]:
    match name:
        case "text":
            data["steps"][0]["delivery"]["message"]["text"] = "evil"  # type: ignore[index]
        case "digest":
            del data["digest"]
        case "version":
            data["version"] = 99
        case "steps":
            data["steps"] = [{}]
        case "schema":
            data["schema"] = "something else"
    return data


@pytest.mark.parametrize("name", ["text", "digest", "version", "steps", "schema"])
def test_an_altered_plan_is_refused(name: str) -> None:
    """What was reviewed is what is sent: a guard that cannot check refuses."""
    data = json.loads("\n".join(lines(plan([make_delivery()], []), campaign="here")))
    data["plan"] = _altered(data["plan"], name)
    with pytest.raises(PlanRefused):
        read([json.dumps(data)])


def test_a_plan_that_was_altered_line_by_line_is_refused() -> None:
    """A line less, a line twice, another text, another number, half a file: none of it passes."""
    made = plan([make_delivery(post=name) for name in "abc"], [], accounts={"a": "1", "b": "2"})
    written = list(lines(made, campaign="here"))
    assert read(written).plan == made
    for number, line in enumerate(written):
        before, after = written[:number], written[number + 1 :]
        altered = [[*before, *after], before]
        altered += [[*before, line, line, *after]] if "museum" in line else []
        for one, other in (("museum", "musuem"), ('"schedule": 3', '"schedule": 2'), ('"mw"', '"mv"'), ("10:", "11:")):
            altered += [[*before, line.replace(one, other), *after]] if one in line else []
        for each in altered:
            with pytest.raises(PlanRefused):
                read(each)


def test_numbers() -> None:
    """A set of bits says of each number whether it is in it, however large."""
    numbers = Numbers()
    told = [0, 1, 7, 8, 100, 100_000]
    for number in told:
        numbers.add(number)
    assert [number for number in range(200_000) if number in numbers] == told
    assert "1" not in numbers


def test_accounts_are_part_of_the_plan() -> None:
    """A moved server is a change somebody should see."""
    made = plan([], [], accounts={"a": "1", "b": "2"}, known_accounts={"a": "1", "b": "1"})
    assert (dict(made.accounts), made.empty) == ({"b": "2"}, False)


def test_a_thread_changed_after_its_first_part_is_out() -> None:
    """What is delivered stays, what waits is revised."""
    first = make_delivery(text="1")
    second = make_delivery(text="2", part=1, after=first.key)
    made = plan(
        [first, replace(second, message=make_delivery(text="2b").message)],
        [Planned(first, State.DELIVERED), Planned(second, State.SCHEDULED)],
    )
    assert [step.action for step in made.steps] == [Action.KEEP, Action.REVISE]
