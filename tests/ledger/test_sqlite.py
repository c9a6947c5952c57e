"""What only SQLite can do to a ledger: a file cut short, a log that was torn, an odd name, a type that does not fit."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from mwcampaign.core.delivery import Event
from mwcampaign.errors import LedgerUnavailable
from mwcampaign.ledger import planning
from mwcampaign.ledger import sqlite as ledger_sqlite
from mwcampaign.ledger.file import LedgerFile
from mwcampaign.ledger.rows import DELIVERY
from mwcampaign.ledger.sqlite import SqliteLedger
from mwcampaign.testing._ledger_steps import DUE, LEASE, RUNNER, envelope, receipt, schedule, sealed, standing_of, wish

ABOUT_ONE = {
    "standing": f"SELECT {DELIVERY} WHERE d.key = ?",
    "keys": "SELECT key FROM delivery WHERE key >= ? AND key < '~' ORDER BY key LIMIT 10",
    "attempts": "SELECT a.* FROM attempt a JOIN delivery d ON d.id = a.delivery WHERE d.key = ? ORDER BY a.number",
    "history": "SELECT h.* FROM history h JOIN delivery d ON d.id = h.delivery WHERE d.key = ? ORDER BY h.id",
    "known keys of a plan": f"{ledger_sqlite.PLANNED} AND {ledger_sqlite.AMONG}",
    "rows of a plan": planning.OURS,
}


def test_every_column_keeps_its_type(ledger: SqliteLedger, path: Path) -> None:
    """All tables are STRICT: a text where a time belongs is refused by the file itself."""
    assert ledger.serial() == 0
    file = LedgerFile(path)
    tables = file.read().execute("PRAGMA table_list").fetchall()
    strict = {row["name"]: row["strict"] for row in tables if not row["name"].startswith("sqlite_")}
    tables = ("message", "account", "delivery", "attempt", "history", "serial", "edition", "halt", "pause",
              "incident")  # fmt: skip
    assert strict == dict.fromkeys(tables, 1)
    with pytest.raises(LedgerUnavailable, match="cannot store TEXT"):
        file.write(lambda db: db.execute("UPDATE serial SET value = 'soon'"))
    file.close()


@pytest.mark.parametrize("name", ABOUT_ONE)
def test_a_question_about_one_delivery_goes_down_an_index(path: Path, name: str) -> None:
    """`show` answers at once, however large the ledger is."""
    file = LedgerFile(path)
    plan = [
        row["detail"]
        for row in file.read().execute(f"EXPLAIN QUERY PLAN {ABOUT_ONE[name]}", ["[]"] * ABOUT_ONE[name].count("?"))
    ]
    file.close()
    assert any(detail.startswith("SEARCH") for detail in plan)
    assert not [detail for detail in plan if detail.startswith("SCAN") and "json_each" not in detail]


@pytest.fixture
def whole(ledger: SqliteLedger, path: Path) -> bytes:
    """The bytes of a ledger of many pages."""
    schedule(ledger, *(wish(f"museum{number}@memory", text=f"{number} " * 300) for number in range(80)))
    ledger.close()
    assert path.stat().st_size > 40 * 4096
    return path.read_bytes()


@pytest.mark.parametrize("left", [16, 99, 100, 4095, 4096, 8192, 20 * 4096 + 1, -4096])
@pytest.mark.parametrize("opening", [SqliteLedger, SqliteLedger.open_existing])
def test_a_file_cut_short_is_refused(whole: bytes, path: Path, left: int, opening: type[SqliteLedger]) -> None:
    """At once, before anything is claimed from what is left; and what is left is not touched."""
    path.write_bytes(whole[:left])
    with pytest.raises(LedgerUnavailable) as told:
        opening(path)
    assert str(path) in told.value.what
    assert "damaged" in told.value.what
    assert "backup" in told.value.hint
    assert path.read_bytes() == whole[:left]


@pytest.mark.parametrize("torn", [1, 24, 4000])
def test_a_torn_log_loses_only_what_was_being_written(
    ledger: SqliteLedger, path: Path, tmp_path: Path, torn: int
) -> None:
    """As after a power cut in the middle of a commit: that one is not there, all before it are, and work goes on."""
    schedule(ledger, wish())
    claim = sealed(ledger)
    ledger.settle(claim.attempt.id, Event.ACCEPT, DUE, "", receipt())
    copy = tmp_path / "after the power cut.db"
    shutil.copy(path, copy)
    log = path.with_name(path.name + "-wal").read_bytes()
    copy.with_name(copy.name + "-wal").write_bytes(log[:-torn])
    again = SqliteLedger(copy)
    standing = standing_of(again)
    assert (standing.state, standing.receipt) == ("sending", None)
    assert again.attempts(wish().key)[0].envelope == envelope()
    assert again.claim(DUE, RUNNER, LEASE, 10) == []
    # The receipt was told to a caller that is gone; who still has it may write it down again.
    again.settle(claim.attempt.id, Event.ACCEPT, DUE, "", receipt())
    assert standing_of(again).receipt == receipt()
    again.close()


@pytest.mark.parametrize("name", ["a b.db", "what?.db", "50%.db", "#week.db", "%20.db", "musée 🏺.db", "it's.db"])
def test_a_file_of_any_name(tmp_path: Path, name: str) -> None:
    """SQLite is told an address; no letter of a file's name is taken for anything else."""
    ledger = SqliteLedger(tmp_path / name)
    schedule(ledger, wish())
    ledger.close()
    assert [each.name for each in tmp_path.iterdir()] == [name]
    looking = SqliteLedger.open_existing(tmp_path / name)
    assert looking is not None
    assert standing_of(looking).delivery == wish()
    looking.close()


def test_rows_stay(ledger: SqliteLedger, path: Path) -> None:
    """Two open attempts, a receipt without delivery and a delivery without receipt are refused by the file itself."""
    schedule(ledger, wish())
    claim = sealed(ledger)
    ledger.close()
    db = sqlite3.connect(path)
    for lie in (
        "INSERT INTO attempt (delivery, number, runner, started, lease_until) SELECT delivery, 2, 'other', 0, 0 "
        f"FROM attempt WHERE id = {claim.attempt.id}",
        "UPDATE delivery SET state = 'delivered'",
        "UPDATE delivery SET remote_id = '113'",
        "UPDATE delivery SET state = 'perhaps'",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            db.execute(lie)
    db.close()
