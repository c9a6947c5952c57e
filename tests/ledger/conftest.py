"""Ledgers on disk, and how to run a piece of code in another process on the same file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite(
    "mwcampaign.testing.ledger_contract",
    *(f"mwcampaign.testing._ledger_{room}" for room in ("attempts", "claims", "doubts", "plans", "reading", "steps")),
)

from mwcampaign.ledger.sqlite import SqliteLedger  # noqa: E402 - after the rewriting of the suite's assertions

Child = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the ledger is; its folder is not there yet."""
    return tmp_path / "state" / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[SqliteLedger]:
    """An empty ledger."""
    made = SqliteLedger(path)
    yield made
    made.close()


@pytest.fixture
def child() -> Iterator[Child]:
    """Start `tests.ledger.child` in a process of its own; whatever is left of it is ended afterwards."""
    started: list[subprocess.Popen[str]] = []

    def start(*told: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.ledger.child", *map(str, told)],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
