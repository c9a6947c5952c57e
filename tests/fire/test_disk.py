"""The disk is full, or another program keeps the ledger to itself, exactly when a seal or an outcome is to be written.

Nothing is sent that is not sealed; what was sent and could not be written down is found; afterwards all goes on.
"""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from mwcampaign.core.delivery import State
from mwcampaign.errors import LedgerUnavailable
from mwcampaign.wire.spool import FEW, Spool
from tests.cli.conftest import PROJECT, Run, campaign, environment, run, write_campaign
from tests.conftest import make_delivery
from tests.fire import child
from tests.fire.child import Place
from tests.fire.conftest import Processes, schedule
from tests.platforms.fake_webhook import PATH, SECRET, FakeWebhook

__all__ = ["campaign", "run"]

SEAL, SETTLE = "ledger.seal: before", "ledger.settle: before"
SMALL = 2 * 1024 * 1024
Trouble = Callable[[Place, int], AbstractContextManager[object]]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes of its own; only root can make one."""
    where = tmp_path / "disk"
    where.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(where)]
    made = subprocess.run(mount, capture_output=True, text=True, check=False) if os.geteuid() == 0 else None
    if made is None or made.returncode:
        pytest.skip(f"no small disk can be mounted here: {made.stderr.strip() if made else 'not root'}")
    yield where
    subprocess.run(["umount", "--lazy", str(where)], check=True)


@contextmanager
def full(place: Place, _: int = 0) -> Iterator[None]:
    """Fill the ledger's disk to the last byte, and make room again."""
    filler = place.path.with_name("filler")
    with filler.open("wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                continue
    yield
    filler.unlink()


@contextmanager
def no_bigger_files(place: Place, process: int) -> Iterator[None]:
    """Forbid a process to let any file grow beyond what the ledger has now: SQLite meets the same refusal."""
    size = place.path.with_name(f"{place.path.name}-wal").stat().st_size
    resource.prlimit(process, resource.RLIMIT_FSIZE, (size, size))
    yield


@contextmanager
def locked(place: Place, _: int = 0) -> Iterator[None]:
    """Hold the ledger as a careless program does, from this process."""
    other = sqlite3.connect(place.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    yield
    other.close()


def meet(processes: Processes, place: Place, step: str, trouble: Trouble) -> list[str]:
    """Let a process go until the step, and there into the trouble; return its steps from there on."""
    schedule(place, make_delivery())
    here, there = processes.context.Pipe()
    process = processes.start(child.work_and_wait_at, place, "one", step, there)
    assert here.poll(60)
    assert here.recv() == "here"
    assert process.pid is not None
    with trouble(place, process.pid):
        here.send("go on")
        assert here.poll(60)
        steps: list[str] = here.recv()
        process.join(60)
    return steps[steps.index(step) :]


def refused_and_went_on(processes: Processes, place: Place, step: str, steps: list[str], word: str) -> None:
    """It was told in words with the file and what to do; nothing was sent without a seal; what was sent is proven."""
    assert steps[:2] == [step, "refused"]
    what, hint = steps[2:]
    assert str(place.path) in what
    assert word in what
    assert hint
    public = place.network().posts()
    assert len(public) == (step == SETTLE)
    ledger = place.ledger()
    assert ledger.counts() == {State.SENDING if step == SETTLE else State.PREPARING: 1}
    ledger.close()
    assert processes.run(child.finish, place, "two", {"one"}) == 0
    (post,) = place.network().posts()
    assert [post] == public or step == SEAL
    ledger = place.ledger()
    standing = ledger.standing(make_delivery().key)
    assert standing is not None
    assert standing.receipt is not None
    assert (standing.state, standing.receipt.remote_id) == (State.DELIVERED, post.remote_id)
    ledger.close()


@pytest.mark.parametrize("step", [SEAL, SETTLE])
def test_a_full_disk(processes: Processes, place: Place, small_disk: Path, step: str) -> None:
    """A real one."""
    on_it = replace(place, disk=small_disk)
    refused_and_went_on(processes, on_it, step, meet(processes, on_it, step, full), "the disk is full")


@pytest.mark.parametrize("step", [SEAL, SETTLE])
def test_a_file_that_may_not_grow(processes: Processes, place: Place, step: str) -> None:
    """Where no disk can be made: the same refusal, by the system's limit on files."""
    refused_and_went_on(processes, place, step, meet(processes, place, step, no_bigger_files), "disk")


@pytest.mark.parametrize("step", [SEAL, SETTLE])
def test_locked_by_another_program(processes: Processes, place: Place, step: str) -> None:
    """For longer than we wait."""
    hasty = replace(place, patience=0.05)
    steps = meet(processes, hasty, step, locked)
    refused_and_went_on(processes, hasty, step, steps, "another program holds the ledger locked")


def test_the_command_on_a_full_disk(run: Run, campaign: Path, small_disk: Path) -> None:
    """Exit 5 with a sentence, and nothing sent; with room again the same command does it all."""
    ledger = small_disk / "ledger.db"
    assert run("apply", campaign, "--ledger", ledger).code == 0
    with full(Place(campaign, disk=small_disk)):
        done = run("run", campaign, "--once", "--ledger", ledger)
    assert done.code == 5, done.err
    assert str(small_disk) in done.err
    assert all(line["event"] != "delivered" for line in done.lines)
    again = run("run", campaign, "--once", "--ledger", ledger)
    assert again.code == 0, again.err
    assert [line["post"] for line in again.lines if line["event"] == "delivered"] == ["story"]


def test_another_disk_that_is_full(run: Run, campaign: Path, small_disk: Path) -> None:
    """Where SQLite keeps what it needs for a moment: that folder is named and not the ledger, and what to set."""
    with full(Place(campaign, disk=small_disk)):
        done = run("apply", campaign, env={"TMPDIR": str(small_disk)})
    assert (done.code, f"{small_disk}: the disk for temporary files is full" in done.err) == (5, True), done.err
    assert "TMPDIR" in done.err
    assert "ledger.db" not in done.err
    assert run("apply", campaign, env={"TMPDIR": str(small_disk)}).code == 0


def test_a_plan_that_finds_no_room(place: Place, small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list too long for memory is refused when it is made, with the folder, not when somebody reads it."""
    monkeypatch.setattr(tempfile, "tempdir", str(small_disk))
    with full(replace(place, disk=small_disk)), pytest.raises(LedgerUnavailable, match=str(small_disk)) as told:
        Spool(iter(range(FEW + 10)))
    assert "TMPDIR" in told.value.hint
    assert list(Spool(iter(range(FEW + 10)))) == list(range(FEW + 10))


class Filling(FakeWebhook):
    """A receiver that takes a post while the sender's disk runs full."""

    disk: Path

    def takes(self, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        """Fill the disk, and answer."""
        with self.disk.joinpath("filler").open("wb", buffering=0) as file, suppress(OSError):
            while file.write(b"x" * 1024):
                pass
        return super().takes(headers, body)


def test_what_a_full_disk_left_in_hand_holds_nothing_up(run: Run, tmp_path: Path, small_disk: Path) -> None:
    """The answer came and could not be written down: exit 5. With room again the next run takes it for what it is, at
    once and not when its lease is over: unknown, and not sent a second time."""
    server = Filling()
    server.disk = small_disk
    account = f"    server: '{server.url}'\n    options: {{plain_http: 'yes'}}\n"
    account += "    secrets: {path: 'env:HOOK_PATH', signing_secret: 'env:HOOK_SECRET'}\n"
    folder = write_campaign(tmp_path / "week", network="webhook", account=account)
    env = {"HOOK_PATH": PATH, "HOOK_SECRET": SECRET, "MWCAMPAIGN_LEDGER": str(small_disk / "ledger.db")}
    assert run("apply", folder, env=env).code == 0
    done = run("run", folder, "--once", env=env)
    assert (done.code, "the disk " in done.err) == (5, True), done.err
    (small_disk / "filler").unlink()
    command = [sys.executable, "-m", "mwcampaign", "run", str(folder), "--once"]
    with subprocess.Popen(command, env=environment(**env), cwd=PROJECT, stdout=subprocess.PIPE, text=True) as again:
        assert again.stdout is not None
        first = json.loads(again.stdout.readline() or "{}")
        again.terminate()
    assert (first.get("event"), first.get("state")) == ("lease over", "unknown")
    assert len(server.posts) == 1
    server.shutdown()
    server.server_close()


def test_the_command_while_another_program_holds_the_ledger(run: Run, campaign: Path) -> None:
    """Exit 5 after the wait, with what to do; nothing was sent, and afterwards everything is."""
    assert run("apply", campaign).code == 0
    with locked(Place(campaign, disk=campaign / ".mwcampaign")):
        done = run("run", campaign, "--once")
    assert done.code == 5, done.err
    assert "another program holds the ledger locked" in done.err
    assert "close it" in done.err
    assert all(line["event"] != "delivered" for line in done.lines)
    again = run("run", campaign, "--once")
    assert again.code == 0, again.err
    assert [line["post"] for line in again.lines if line["event"] == "delivered"] == ["story"]
