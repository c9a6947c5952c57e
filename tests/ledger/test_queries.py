"""The size of the ledger does not show: what runs every second goes down an index, from ten rows to millions."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from mwcampaign.core.delivery import Event
from mwcampaign.ledger import claims, moves, pauses, reading, sqlite
from mwcampaign.ledger.file import LedgerFile
from mwcampaign.ledger.rows import to_ms
from mwcampaign.ledger.sqlite import SqliteLedger
from mwcampaign.testing._ledger_steps import DUE, LEASE, RUNNER, envelope, receipt, schedule, wish

CLAIMING = {"now": 0, "only": None, "spacing": 10_000, "applications": "[]", "places": "[]"}
EVERY_SECOND = {
    "claim": (claims.CLAIMABLE + claims.ORDER, CLAIMING),
    "claim while all is halted": (f"{claims.CLAIMABLE} AND d.essential = 1 {claims.ORDER}", CLAIMING),
    "next instant": (claims.NEXT, {"after": 0, "spacing": 10_000}),
    "pauses": (pauses.WAITING, {"now": 0}),
    "quota": (sqlite.ROOM.format(whose="account"), ("a", 1)),
    "shared quota": (sqlite.ROOM.format(whose="network"), ("a", 1)),
    "doubts": (sqlite.DOUBTS, {"now": 0, "only": None, "limit": 10}),
    "expire": (moves.LOST, {"now": 0, "dead": "[]"}),
    "windows": (moves.LATE, {"now": 0}),
    "open accounts": (reading.OPEN_ACCOUNTS, {}),
    "runners": (sqlite.RUNNERS, {}),
}


@pytest.mark.parametrize("name", EVERY_SECOND)
def test_no_table_is_read_through(path: Path, name: str) -> None:
    """SQLite's own account of its plan: every table is searched by an index, or read by an index that holds only
    what is open."""
    file = LedgerFile(path)
    query, told = EVERY_SECOND[name]
    plan = [row["detail"] for row in file.read().execute(f"EXPLAIN QUERY PLAN {query}", told)]
    file.close()
    open_only = ("delivery_waiting", "delivery_essential", "delivery_closing", "delivery_unknown", "delivery_in_hand",
                 "attempt_", "halt_open", "pause_until", "account_last")  # fmt: skip
    for detail in plan:
        if detail.startswith("SCAN") and "json_each" not in detail and "subquery" not in detail:
            assert any(f"USING INDEX {index}" in detail or f"COVERING INDEX {index}" in detail for index in open_only)
    assert any("INDEX" in detail for detail in plan)


@pytest.mark.parametrize("name", ["claim", "claim while all is halted", "doubts"])
def test_rows_come_in_order_without_sorting(path: Path, name: str) -> None:
    """The first due row is the first row of the index: nothing is sorted, however much is due."""
    file = LedgerFile(path)
    query, told = EVERY_SECOND[name]
    plan = [row["detail"] for row in file.read().execute(f"EXPLAIN QUERY PLAN {query}", told)]
    file.close()
    assert not [detail for detail in plan if "TEMP B-TREE" in detail]


@pytest.mark.parametrize("done", [False, True])
def test_work_does_not_grow_with_the_ledger(tmp_path: Path, done: bool) -> None:
    """Counted in steps of SQLite's machine, not in time: twenty times the week, the same claim."""
    small, large = (_steps(tmp_path / f"{size}.db", size, done) for size in (300, 6000))
    for what, count in small.items():
        assert large[what] <= 1.5 * count + 5, what


def _steps(path: Path, size: int, done: bool) -> dict[str, int]:
    """Return the steps of a claim and of the look ahead, in a ledger of that many deliveries, 30 of them due now.

    The others are still to come, or done.
    """
    ledger = SqliteLedger(path, durable=False)
    due = [wish(f"museum{number}@memory") for number in range(30)]
    if done:
        past = [wish(f"gallery{number}@memory") for number in range(size)]
        schedule(ledger, *past)
        for number, claim in enumerate(ledger.claim(DUE, RUNNER, LEASE, size)):
            ledger.seal(claim.attempt.id, envelope("{}"), DUE)
            ledger.settle(claim.attempt.id, Event.ACCEPT, DUE, "", receipt(str(number)))
        schedule(ledger, *due)
    else:
        later = DUE + timedelta(hours=1)
        schedule(ledger, *due, *(wish(f"gallery{n}@memory", due=later + n * timedelta(seconds=1)) for n in range(size)))
    ledger.close()
    file = LedgerFile(path, durable=False)
    counts = {}
    asked = claims.Asked(DUE, None, timedelta(seconds=10))
    works = {
        "claim": partial(claims.claim, asked=asked, runner=RUNNER, lease=LEASE, limit=10, share=None),
        "next": lambda db: db.execute(claims.NEXT, {"after": to_ms(DUE), "spacing": 10_000}).fetchone(),
        "late": lambda db: db.execute(moves.LATE, {"now": to_ms(DUE)}).fetchall(),
    }
    for what, work in works.items():
        counts[what] = file.write(partial(_counted, work=work))
    file.close()
    return counts


def _counted(db: sqlite3.Connection, work: object) -> int:
    passed = [0]

    def step() -> int:
        passed[0] += 1
        return 0

    db.set_progress_handler(step, 10)
    work(db)  # type: ignore[operator]
    db.set_progress_handler(None, 0)
    return passed[0]
