"""One round of work: what is due goes out, one post at a time per account, and lost runners hold nothing up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from mwcampaign.core.delivery import Delivery, State
from mwcampaign.errors import Ambiguous, CredentialMissing, Deferred, LedgerUnavailable
from mwcampaign.schedule.daemon import Stop, run_once
from mwcampaign.schedule.presence import Presence
from mwcampaign.schedule.rehearse import rehearse
from mwcampaign.schedule.tick import LEASE, Runner
from tests.conftest import DUE, make_delivery
from tests.engine.conftest import Stage, stage

__all__ = ["stage"]


def runner(stage: Stage, *, workers: int = 0, **more: object) -> Runner:
    """Return a runner on the stage's one account."""
    told = {
        "platform_of": lambda _: stage.platform,
        "pictures": stage.pictures,
        "clock": stage.clock,
        "name": "me",
    } | more
    return Runner(stage.ledger, workers=workers, **told)  # type: ignore[arg-type]


def test_one_post_at_a_time_per_account(stage: Stage) -> None:
    """Three due posts of one account go out one after the other, in order of their time."""
    wishes = [
        make_delivery(post=name, due=DUE - timedelta(minutes=minutes))
        for name, minutes in zip("abc", (3, 2, 1), strict=True)
    ]
    stage.schedule(*wishes)
    working = runner(stage)
    assert [working.tick() for _ in range(4)] == [1, 1, 1, 0]
    assert [post.address for post in stage.world.posts()] == [wish.key for wish in wishes]


def test_threads_work_on_several_accounts_at_once(stage: Stage) -> None:
    """Every account's post goes out once, whichever thread took it."""
    stage.schedule(*(make_delivery(account=f"m{number}@memory") for number in range(20)))
    told: list[str] = []

    def hear(what: str, delivery: Delivery | None, state: State | None, why: str) -> None:
        if state is State.DELIVERED and delivery:
            told.append(delivery.account)

    working = runner(stage, workers=4, observer=hear)
    run_once(working, stage.ledger, stage.clock, Stop())
    working.close()
    assert sorted(told) == sorted(f"m{number}@memory" for number in range(20))
    assert len(stage.texts()) == 20


def test_a_part_waits_for_the_part_before_it(stage: Stage) -> None:
    """Part 2 is never out before part 1, whatever happens to part 1."""
    first = make_delivery()
    second = make_delivery(part=1, text="second", after=first.key)
    stage.schedule(first, second)
    stage.fault = ("before", Deferred("busy", timedelta(minutes=10)))
    working = runner(stage)
    while working.tick():
        pass
    assert stage.texts() == []
    stage.pass_time(timedelta(minutes=10))
    while working.tick():
        pass
    assert stage.texts() == ["Hello #MuseumWeek", "second"]
    assert stage.world.posts()[1].reply_to == stage.world.posts()[0].remote_id


def test_a_thread_whose_first_part_is_missed_is_missed_whole(stage: Stage) -> None:
    """Nothing out of date is sent after an outage, and the second part says why."""
    first = make_delivery()
    second = make_delivery(part=1, after=first.key)
    stage.schedule(first, second)
    stage.pass_time(timedelta(hours=13))
    while runner(stage).tick():
        pass
    assert stage.ledger.counts() == {State.MISSED: 2}
    assert stage.texts() == []


def test_an_account_without_its_secret_waits_and_the_others_go_on(stage: Stage) -> None:
    """A secret that vanished holds up its own account only, with the reason in the ledger."""
    stage.schedule(make_delivery(account="a@memory"), make_delivery(account="b@memory"))

    def platform_of(name: str) -> object:
        if name == "a@memory":
            raise CredentialMissing("env:A is not set")
        return stage.platform

    working = runner(stage, platform_of=platform_of)
    while working.tick():
        pass
    assert len(stage.texts()) == 1
    (waiting,) = stage.ledger.standings(states=[State.RETRYING])
    assert (waiting.delivery.account, waiting.why) == ("a@memory", "env:A is not set")


def test_a_dead_runners_work_is_taken_back_at_once(stage: Stage) -> None:
    """Killed after its seal: looked up without waiting for the lease, and found."""
    stage.schedule()
    claim = stage.ledger.claim(stage.clock.now(), "killed", LEASE, 1)[0]
    envelope = stage.platform.prepare(*_of(claim))
    stage.ledger.seal(claim.attempt.id, envelope, stage.clock.now())
    stage.platform.publish(envelope)
    alone = runner(stage)
    assert alone.tick() == 0
    knowing = runner(stage, dead=lambda names: set(names) & {"killed"})
    while knowing.tick():
        pass
    assert stage.ledger.counts() == {State.DELIVERED: 1}
    assert len(stage.texts()) == 1


def _of(claim: object) -> tuple[object, ...]:
    from mwcampaign.core.message import Message
    from mwcampaign.core.ports import Handles

    return Message.from_json(claim.delivery.message), Handles(), claim.delivery.key, DUE  # type: ignore[attr-defined]


def test_without_the_ledger_nothing_goes_on(stage: Stage) -> None:
    """A ledger that cannot be written stops the run, with its own words."""
    stage.schedule()
    working = runner(stage, workers=1)

    def full(*_: object) -> None:
        raise LedgerUnavailable("the disk is full")

    working._ledger = Broken(stage.ledger, full)  # type: ignore[assignment]
    with pytest.raises(LedgerUnavailable, match="the disk is full"):
        run_once(working, stage.ledger, stage.clock, Stop())
    working.close()
    assert stage.texts() == []


class Broken:
    """A ledger whose seals fail."""

    def __init__(self, inner: object, seal: object) -> None:
        self._inner, self.seal = inner, seal

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)


def test_a_rehearsal_waits_for_looks_on_its_own_clock(stage: Stage) -> None:
    """Doubts and retries take hours on the virtual clock and no time on ours."""
    stage.platform = stage.memory(absence_after=60)
    stage.schedule(make_delivery(), make_delivery(post="later", due=DUE + timedelta(days=1)))
    stage.fault = ("before", Ambiguous("lost"))
    result = rehearse(stage.ledger, runner(stage), stage.clock, "mw", lambda theme: theme)
    assert result.totals == {State.DELIVERED: 2}
    assert stage.clock.now() >= DUE + timedelta(days=1)
    assert result.troubles == []


def test_what_can_never_be_decided_ends_as_unknown(stage: Stage) -> None:
    """A rehearsal ends even when a doubt never does, and says so."""
    stage.platform = stage.memory(lookup="none", absence_after=None)
    stage.schedule()
    stage.fault = ("after", Ambiguous("lost"))
    result = rehearse(stage.ledger, runner(stage), stage.clock, "mw", lambda theme: theme)
    assert result.totals == {State.UNKNOWN: 1}
    assert [one.state for one in result.troubles] == [State.UNKNOWN]


def test_presence_tells_the_dead_from_the_living(tmp_path: Path) -> None:
    """A killed process is dead, a living one is not, an unknown name is nobody's to judge."""
    living = Presence(tmp_path)
    code = (
        "import time, pathlib; from mwcampaign.schedule.presence import Presence; "
        f"p = Presence(pathlib.Path({str(tmp_path)!r})); print(p.name, flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    name = child.stdout.readline().strip()
    watching = Presence(tmp_path)
    assert watching.dead([name, living.name, "elsewhere-1-abc"]) == set()
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    assert watching.dead([name, living.name, "elsewhere-1-abc"]) == {name}
    living.close()
    watching.close()
    assert list(tmp_path.iterdir()) == []
