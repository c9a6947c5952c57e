"""Several processes on one ledger: they share the work, and a killed one takes nothing with it and leaves no half."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from mwcampaign.core.delivery import State
from mwcampaign.ledger.sqlite import SqliteLedger
from mwcampaign.testing._ledger_steps import DUE, MINUTE, schedule, wish

Worker = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def worker() -> Iterator[Worker]:
    """Start `tests.ledger.worker` and wait for its first line; whatever is left of it is ended afterwards."""
    started: list[subprocess.Popen[str]] = []

    def start(first_line: str, *told: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.ledger.worker", *map(str, told)],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == first_line + "\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_two_processes_share_fifty_accounts(ledger: SqliteLedger, path: Path, tmp_path: Path, worker: Worker) -> None:
    """Six posts each, all due: every post goes out once, and an account's posts in the order they were due, whoever
    sends them."""
    wishes = {
        each.key: each
        for each in (
            wish(f"museum{number}@memory", post=f"post {post}", due=DUE - post * MINUTE)
            for number in range(50)
            for post in range(6)
        )
    }
    schedule(ledger, *wishes.values())
    public = tmp_path / "public"
    workers = [worker("ready", "share", path, name, public) for name in ("one", "two")]
    assert ledger.runners() == {"one", "two"}
    for each in workers:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    assert [each.communicate(timeout=120) for each in workers] == [("", "")] * 2
    posts = [line.split() for line in public.read_text().splitlines()]
    assert sorted(key for key, _ in posts) == sorted(wishes)
    assert {runner for _, runner in posts} == {"one", "two"}
    assert ledger.counts() == {State.DELIVERED: 300}
    sent: dict[str, list[datetime]] = defaultdict(list)
    by_name = {str(key): each for key, each in wishes.items()}
    for key, _ in posts:
        sent[by_name[key].account].append(by_name[key].due)
    assert len(sent) == 50
    assert all(times == sorted(times) for times in sent.values())
    for each_key in wishes:
        assert [line.event for line in ledger.history(each_key)] == ["schedule", "claim", "seal", "accept"]


def test_a_plan_that_was_killed_half_way_left_nothing(ledger: SqliteLedger, path: Path, worker: Worker) -> None:
    """Part of it was on disk already; the ledger is as it was before, and the plan can be applied again."""
    serial = schedule(ledger, wish())
    ledger.close()
    process = worker("nearly done", "apply", path)
    assert path.with_name(path.name + "-wal").stat().st_size > 1_000_000
    process.kill()
    process.wait()
    again = SqliteLedger(path)
    assert [each.delivery for each in again.planned("mw")] == [wish()]
    assert (again.serial(), again.accounts(), again.counts()) == (serial, {}, {State.SCHEDULED: 1})
    assert again.keys("") == [wish().key]
    first = wish("museum0@memory")
    assert schedule(again, first) > serial
    assert [line.event for line in again.history(first.key)] == ["schedule"]
    again.close()
