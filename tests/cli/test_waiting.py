"""While another process writes for minutes a person's word waits for it, and says so; a service goes on after it."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event as Flag

import pytest

from mwcampaign.core.delivery import Delivery
from mwcampaign.errors import LedgerUnavailable
from mwcampaign.ledger.file import LedgerFile, migrations
from mwcampaign.ledger.sqlite import SqliteLedger
from mwcampaign.wire.files import patiently
from tests.cli.conftest import PROJECT, Run, environment
from tests.conftest import make_delivery

WAITS = "another process is writing to the ledger: waiting for it\n"


@contextmanager
def started(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Start a command; it is ended afterwards."""
    command = [sys.executable, "-m", "mwcampaign", *map(str, arguments)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, env=environment(), cwd=PROJECT, text=True) as child:
        try:
            yield child
        finally:
            child.kill()


@contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """Write to the ledger, as a large apply does, until rolled back."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["halt", "WEEK"], "halted: everything"),
        (["resume", "WEEK", "--network", "memory", "--yes"], "resumed: network memory"),
        (["hold", "WEEK", "--post", "later"], "1 held"),
        (["cancel", "KEY", "--campaign", "WEEK"], "later: cancelled"),
    ],
    ids=lambda told: told[0] if isinstance(told, list) else "",
)
def test_a_persons_word_waits(run: Run, campaign: Path, command: list[str], told: str) -> None:
    """It says that it waits, and why; once the other process is done, it is done too."""
    run("apply", campaign)
    run("halt", campaign, "--network", "memory")
    key = next(step["key"] for step in run("plan", campaign, "--format", "json").json["steps"]
               if step["delivery"]["post"] == "later")  # fmt: skip
    named = {"WEEK": campaign, "KEY": key}
    with writing(campaign / ".mwcampaign" / "ledger.db") as other, started(*(named.get(w, w) for w in command)) as it:
        assert it.stderr is not None and it.stdout is not None
        assert it.stderr.readline() == WAITS
        other.execute("ROLLBACK")
        assert told in it.stdout.read()
        assert (it.wait(60), it.stderr.read()) == (0, "")


def test_a_service_waits(run: Run, campaign: Path) -> None:
    """A run that meets another process that writes goes on afterwards, and sends what is due."""
    run("apply", campaign)
    with writing(campaign / ".mwcampaign" / "ledger.db") as other, started("run", campaign) as service:
        assert service.stderr is not None and service.stdout is not None
        assert service.stderr.readline() == WAITS
        other.execute("ROLLBACK")
        assert [json.loads(service.stdout.readline())["event"] for _ in range(2)] == ["sending", "delivered"]
        service.terminate()
        assert service.wait(60) == 0


def test_a_halt_beside_the_first_apply(run: Run, campaign: Path) -> None:
    """It waits for the apply and stops all of it: nobody is told that nothing was applied."""
    assert run("resume", campaign).code == 5
    run("halt", campaign, "--day", "today")
    run("resume", campaign, "--day", "today", "--yes")
    written, done = Flag(), Flag()

    def slowly() -> Iterator[tuple[None, Delivery, None]]:
        yield None, make_delivery(), None
        written.set()
        assert done.wait(60)

    ledger = SqliteLedger(campaign / ".mwcampaign" / "ledger.db")
    with ThreadPoolExecutor(1) as pool, closing(ledger):
        applied = pool.submit(ledger.apply, ledger.serial(), slowly(), {}, datetime.now(UTC), "Ada")
        try:
            assert written.wait(60)
            with started("halt", campaign) as halt:
                assert halt.stderr is not None and halt.stdout is not None
                assert halt.stderr.readline() == WAITS
                done.set()
                assert "1 waiting are stopped" in halt.stdout.read()
                assert (halt.wait(60), halt.stderr.read()) == (0, "")
        finally:
            done.set()
        applied.result()


class Other:
    """Another process that writes, until it was asked for so many times."""

    def __init__(self, path: Path, times: int) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("BEGIN IMMEDIATE")
        self.times, self.asked = times, list[int]()

    def patience(self, waited: int) -> bool:
        """Count, and give the ledger free when it is time."""
        self.asked.append(waited)
        if waited == self.times:
            self.connection.execute("ROLLBACK")
            self.connection.close()
        return True


def test_patience_is_asked_again_and_again(tmp_path: Path) -> None:
    """Each second, until the other process is done; then what had to wait is written."""
    file = LedgerFile(tmp_path / "ledger.db")
    file.close()
    other = Other(file.path, 2)
    file = LedgerFile(file.path, patience=other.patience)
    assert file.write(lambda db: db.execute("UPDATE serial SET value = value + 1").rowcount) == 1
    file.close()
    assert other.asked == [1, 2]


def test_bringing_a_ledger_up_to_date_waits_too(tmp_path: Path) -> None:
    """The first thing that a new version of the program does."""
    path = tmp_path / "ledger.db"
    LedgerFile(path, steps=migrations()[:2]).close()
    other = Other(path, 1)
    file = LedgerFile(path, patience=other.patience)
    assert file.read().execute("PRAGMA user_version").fetchone()[0] == len(migrations())
    file.close()
    assert other.asked == [1]


def test_patience_ends(tmp_path: Path) -> None:
    """Then it is the refusal that everybody else gets after ten seconds, and nothing is written; it is told once."""
    path, said = tmp_path / "ledger.db", list[str]()
    file = LedgerFile(path, patience=patiently(said.append, most=2))
    with writing(path), pytest.raises(LedgerUnavailable, match="holds the ledger locked"):
        file.write(lambda db: db.execute("UPDATE serial SET value = value + 1"))
    assert file.read().execute("SELECT value FROM serial").fetchone()[0] == 0
    file.close()
    assert [f"{told}\n" for told in said] == [WAITS]
