"""SIGKILL at every step of the engine: whoever comes next finishes the work, and every post is public exactly once.

The network here makes a new post of every request, so that nothing but the engine keeps a second one from going out.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mwcampaign.core.delivery import Delivery, Event, State
from mwcampaign.testing import samples
from tests.conftest import make_delivery
from tests.fire import child
from tests.fire.child import Place
from tests.fire.conftest import Processes, new_place, schedule

NAMES = {
    "claimed": "claimed",
    "ledger.room: before": "before a quota is looked at",
    "ledger.room: after": "there is room in the quota",
    "pictures.get: before": "before a picture is read",
    "pictures.get: after": "picture read",
    "platform.upload: before": "before an upload",
    "platform.upload: after": "uploaded",
    "platform.resolve: before": "before names are looked up",
    "platform.resolve: after": "resolved",
    "platform.stage: before": "before a draft is made",
    "platform.stage: after": "the draft is made",
    "platform.prepare: before": "before the request is prepared",
    "platform.prepare: after": "prepared",
    "ledger.seal: before": "before the seal",
    "ledger.seal: after": "sealed",
    "platform.publish: before": "before publish",
    "platform.publish: not yet public": "inside publish, not yet public",
    "platform.publish: public": "public, not yet answered",
    "platform.publish: after": "answered",
    "platform.allowances: before": "before asking what is still allowed",
    "platform.allowances: after": "told what is still allowed",
    "ledger.settle: before": "answered, before settle",
    "ledger.settle: after": "settled",
    "done": "delivered",
    "in doubt": "in doubt",
    "platform.find: before": "before the look",
    "platform.find: after": "looked, nothing written",
    "ledger.reconcile: before": "before the look is written",
    "ledger.reconcile: after": "the look is written",
    "looked": "doubt ended",
}
"""Every step there is, in the engine's words and in ours. A step that is not here has no test: give it a name."""

_QUOTA = ("claimed", "before a quota is looked at", "there is room in the quota")
_PICTURES = ("before a picture is read", "picture read") * 2 + ("before an upload", "uploaded") * 2
_SENDING = (
    "before names are looked up",
    "resolved",
    "before a draft is made",
    "the draft is made",
    "before the request is prepared",
    "prepared",
    "before the seal",
    "sealed",
    "before publish",
    "inside publish, not yet public",
    "public, not yet answered",
    "answered",
    "before asking what is still allowed",
    "told what is still allowed",
    "answered, before settle",
    "settled",
    "delivered",
)
LOOK = (
    "in doubt",
    "before the look",
    "looked, nothing written",
    "before the look is written",
    "the look is written",
    "doubt ended",
)
THREAD = tuple(f"part one: {step}" for step in (*_QUOTA, *_PICTURES, *_SENDING)) + tuple(
    f"part two: {step}" for step in (*_QUOTA, *_SENDING)
)
"""The whole life of a post with two pictures and of the part behind it."""
SENDING, PUBLIC = "inside publish, not yet public", "public, not yet answered"
FIRST = make_delivery()
SECOND = make_delivery(part=1, text="second", after=FIRST.key)


def wishes(place: Place) -> tuple[Delivery, Delivery]:
    """Keep two pictures; return a post with them and the part behind it."""
    for number in (0, 1):
        place.pictures.put(samples.picture(number)[1])
    return replace(FIRST, message=samples.message("first", 2).to_json()), SECOND


@pytest.fixture
def week(place: Place) -> Place:
    """A thread that is due."""
    schedule(place, *wishes(place))
    return place


def named(trace: Path) -> Iterator[str]:
    """Yield the steps that a process passed, by their names."""
    part = 0
    for line in trace.read_text("utf-8").splitlines():
        assert line in NAMES, f"the engine has a step without a name: {line}"
        part += line == "claimed"
        yield f"part {('one', 'two')[part - 1]}: {NAMES[line]}" if part else NAMES[line]


def test_every_step_has_a_name(week: Place, processes: Processes) -> None:
    """Nobody interrupts: every named step is passed once, in order, and there is none besides."""
    trace = week.folder / "trace"
    assert processes.run(child.work_until, week, "one", len(THREAD), trace) == 0
    assert tuple(named(trace)) == THREAD
    posted_once(week)


@pytest.mark.parametrize("step", range(len(THREAD)), ids=THREAD)
@pytest.mark.parametrize("again", [False, True], ids=["killed once", "killed twice"])
def test_killed_at_every_step(week: Place, processes: Processes, step: int, again: bool) -> None:
    """The process is gone at once; the next one, which may be killed as far on its own way, or the one after it, ends
    with one post for each part, in order, and with the receipts of these posts."""
    trace = week.folder / "trace"
    assert processes.run(child.work_until, week, "one", step, trace) == -signal.SIGKILL
    assert list(named(trace))[-1] == THREAD[step]
    if again:
        take_back(week, "one")
        code = processes.run(child.work_until, week, "two", step, week.folder / "trace 2")
        assert code in {-signal.SIGKILL, 0}
    assert processes.run(child.finish, week, "three", {"one", "two"}) == 0
    posted_once(week)


@pytest.mark.parametrize("step", range(len(LOOK)), ids=LOOK)
@pytest.mark.parametrize("public", [False, True], ids=["nothing is public", "it is public"])
def test_killed_while_looking(week: Place, processes: Processes, step: int, public: bool) -> None:
    """The process that looks into a doubt is killed too: the next look says the same, and there is one post."""
    at = THREAD.index(f"part one: {PUBLIC if public else SENDING}")
    assert processes.run(child.work_until, week, "one", at, week.folder / "trace 1") == -signal.SIGKILL
    take_back(week, "one")
    trace = week.folder / "trace 2"
    assert processes.run(child.work_until, week, "two", step, trace) == -signal.SIGKILL
    assert tuple(named(trace)) == LOOK[: step + 1]
    assert len(week.network().posts()) == public
    assert processes.run(child.finish, week, "three", {"two"}) == 0
    posted_once(week)


def take_back(place: Place, dead: str) -> None:
    """Say that a process is gone: what it had sealed is unknown now, the rest goes again."""
    ledger = place.ledger()
    ledger.expire(place.clock.now(), {dead})
    ledger.close()


def posted_once(place: Place) -> None:
    """Each part is public exactly once, as it was sealed, in order, and the ledger holds the proof of it."""
    first, second = place.network().posts()
    assert (first.text, second.text) == ("first", "second")
    assert first.alts == tuple(samples.picture(number)[0].alt for number in (0, 1))
    assert (first.reply_to, second.reply_to) == (None, first.remote_id)
    ledger = place.ledger()
    for key, post in ((FIRST.key, first), (SECOND.key, second)):
        standing = ledger.standing(key)
        assert standing is not None
        assert standing.state is State.DELIVERED
        assert standing.receipt is not None
        assert (standing.receipt.remote_id, standing.receipt.posted_at) == (post.remote_id, post.posted_at)
        attempts = ledger.attempts(key)
        assert all(each.ended is not None and each.outcome is not None for each in attempts)
        told = [json.loads(each.envelope.payload)["text"] for each in attempts if each.envelope]
        assert set(told) == {post.text}
        assert [each.outcome for each in attempts].count(Event.ACCEPT) <= 1
    ledger.close()


@pytest.mark.parametrize("public", [False, True], ids=["nothing is public", "it is public"])
def test_two_that_look_at_the_same_time(tmp_path: Path, processes: Processes, public: bool) -> None:
    """One has looked and is killed before it could write it down, when another one has settled the matter: the order of
    their looks changes nothing."""
    place = new_place(tmp_path / "looks")
    schedule(place, *wishes(place))
    at = THREAD.index(f"part one: {PUBLIC if public else SENDING}")
    assert processes.run(child.work_until, place, "one", at, place.folder / "trace 1") == -signal.SIGKILL
    take_back(place, "one")
    here, there = processes.context.Pipe()
    processes.start(child.work_and_wait_at, place, "slow", "platform.find: after", there)
    assert here.poll(60)
    assert here.recv() == "here"
    assert processes.run(child.finish, place, "quick", set()) == 0
    posted_once(place)
    here.send("go on")
    assert here.poll(60)
    assert here.recv()[-1] == "settled elsewhere"
    posted_once(place)


def test_an_old_look(place: Place, processes: Processes) -> None:
    """One has seen that nothing is there, and is slow to write it down; meanwhile another one saw it too, sent again,
    and was killed with the post public: the old look says nothing about that, and there is one post."""
    schedule(place, *wishes(place))
    lost, public = (THREAD.index(f"part one: {step}") for step in (SENDING, PUBLIC))
    assert processes.run(child.work_until, place, "one", lost, place.folder / "trace 1") == -signal.SIGKILL
    take_back(place, "one")
    here, there = processes.context.Pipe()
    processes.start(child.work_and_wait_at, place, "slow", "platform.find: after", there)
    assert here.poll(60)
    assert here.recv() == "here"
    step = len(LOOK) + public
    assert processes.run(child.work_until, place, "two", step, place.folder / "trace 2") == -signal.SIGKILL
    assert len(place.network().posts()) == 1
    take_back(place, "two")
    here.send("go on")
    assert here.poll(60)
    assert "settled elsewhere" in here.recv()
    assert processes.run(child.finish, place, "three", set()) == 0
    posted_once(place)
