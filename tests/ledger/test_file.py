"""The ledger's file: made, recognised, brought up to date, or refused with a message that helps."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from mwcampaign.errors import ExitCode, LedgerUnavailable
from mwcampaign.ledger.file import APPLICATION_ID, LedgerFile, migrations, statements
from mwcampaign.ledger.sqlite import SqliteLedger
from mwcampaign.testing._ledger_steps import DUE, claim_one, schedule, standing_of, wish
from tests.ledger.conftest import Child

NEXT_STEP = "CREATE TABLE note (id INTEGER PRIMARY KEY, told TEXT) STRICT;\nINSERT INTO note VALUES (1, 'a; b');\n"


def test_the_file_and_its_folder_are_made_for_the_owner_alone(ledger: SqliteLedger, path: Path) -> None:
    """Texts of posts before their time are nobody else's business."""
    assert ledger.serial() == 0
    assert path.stat().st_mode & 0o777 == 0o600
    assert {each.stat().st_mode & 0o777 for each in path.parent.iterdir()} == {0o600}


def test_looking_makes_no_file(path: Path) -> None:
    """plan, status and dry runs leave nothing behind where there is no ledger."""
    assert SqliteLedger.open_existing(path) is None
    assert not path.parent.exists()


def test_looking_at_a_file_that_was_never_written_to(path: Path) -> None:
    """Somebody is making it at this moment, or was stopped: there is no ledger yet."""
    path.parent.mkdir()
    path.touch()
    assert SqliteLedger.open_existing(path) is None
    assert path.read_bytes() == b""


def test_looking_writes_nothing(ledger: SqliteLedger, path: Path) -> None:
    """A ledger opened to read refuses to write, and its file stays byte for byte the same."""
    schedule(ledger, wish())
    ledger.close()
    before = path.read_bytes()
    looking = SqliteLedger.open_existing(path)
    assert looking is not None
    assert standing_of(looking).delivery == wish()
    with pytest.raises(LedgerUnavailable, match="cannot be opened or written"):
        looking.claim(DUE, "runner", DUE - DUE, 1)
    looking.close()
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_what_was_written_is_there_after_opening_again(ledger: SqliteLedger, path: Path) -> None:
    """The point of it all."""
    schedule(ledger, wish())
    claim = claim_one(ledger)
    ledger.close()
    again = SqliteLedger(path)
    assert again.attempts(wish().key) == [claim.attempt]
    again.close()


def test_every_commit_is_synced_unless_rehearsing(path: Path) -> None:
    """A power cut may not forget a seal; a rehearsal may forget everything."""
    for durable, level in ((True, 2), (False, 0)):
        file = LedgerFile(path, durable=durable)
        assert file.write(lambda db: db.execute("PRAGMA synchronous").fetchone()[0]) == level
        assert file.write(lambda db: db.execute("PRAGMA journal_mode").fetchone()[0]) == "wal"
        assert file.write(lambda db: db.execute("PRAGMA foreign_keys").fetchone()[0]) == 1
        file.close()


@pytest.fixture(params=["write", "read"])
def refused(request: pytest.FixtureRequest, path: Path) -> Iterator[LedgerUnavailable]:
    """Open what a test left at `path`, for writing and for looking; give the refusal. The file must stay as it is."""
    path.parent.mkdir(exist_ok=True)
    request.getfixturevalue("left")
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(LedgerUnavailable) as told:
        SqliteLedger(path) if request.param == "write" else SqliteLedger.open_existing(path)
    assert (path.read_bytes() if path.is_file() else None) == before
    assert str(path) in told.value.what
    assert told.value.hint
    assert told.value.exit_code is ExitCode.LEDGER_UNAVAILABLE
    yield told.value


class TestNoDatabase:
    """A file of something else altogether."""

    @pytest.fixture
    def left(self, path: Path) -> None:
        path.write_bytes(b"Dear diary, today the museum was closed. " * 200)

    def test_is_refused(self, refused: LedgerUnavailable) -> None:
        """And not written over."""
        assert "not a ledger" in refused.what


class TestForeignDatabase:
    """SQLite, but somebody else's."""

    @pytest.fixture
    def left(self, path: Path) -> None:
        with sqlite3.connect(path) as db:
            db.execute("CREATE TABLE delivery (id INTEGER)")
        db.close()

    def test_is_refused(self, refused: LedgerUnavailable) -> None:
        """Tables of ours are never put beside somebody else's."""
        assert "not a ledger of mwcampaign" in refused.what


class TestNewerLedger:
    """Written by a version of this program that is yet to come."""

    @pytest.fixture
    def left(self, path: Path) -> None:
        SqliteLedger(path).close()
        db = sqlite3.connect(path)
        db.execute("PRAGMA user_version = 99")
        db.close()

    def test_is_refused(self, refused: LedgerUnavailable) -> None:
        """With both numbers; nothing is changed."""
        assert "99" in refused.what
        assert str(len(migrations())) in refused.what
        assert "newer" in refused.hint


class TestFolder:
    """A folder where the file should be."""

    @pytest.fixture
    def left(self, path: Path) -> None:
        path.mkdir()

    def test_is_refused(self, refused: LedgerUnavailable) -> None:
        """In words."""
        assert "cannot be opened" in refused.what


def test_damage_is_told_and_never_begun_anew(ledger: SqliteLedger, path: Path) -> None:
    """A damaged ledger is not an empty one: an empty one would post everything again."""
    schedule(ledger, *(wish(f"museum{number}@memory", text="x" * 900) for number in range(50)))
    ledger.close()
    content = bytearray(path.read_bytes())
    # All but the first page, then the pages behind the list of tables: refused when opened, or when asked.
    for start in (4096, 4096 * 8):
        content[start:] = b"\x99" * (len(content) - start)
        path.write_bytes(content)
        attempts: tuple[Callable[[SqliteLedger], object], ...] = (
            lambda damaged: list(damaged.standings()),
            lambda damaged: damaged.claim(DUE, "runner", DUE - DUE, 1),
            lambda damaged: damaged.apply(0, [(None, wish(), None)], {}, DUE, "who"),
            lambda damaged: damaged.serial(),
            lambda damaged: damaged.next_instant(DUE),
        )
        for attempt in attempts:
            with pytest.raises(LedgerUnavailable) as told:
                attempt(SqliteLedger(path))
            assert "damaged" in told.value.what
            assert "do not begin a new one" in told.value.hint


def test_a_folder_that_cannot_be_written(child: Child) -> None:
    """The message names the file and the rights."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        told, trouble = child("unprivileged", Path(folder) / "ledger.db").communicate(timeout=60)
        assert not trouble
        assert folder in told
        assert "rights" in told


def test_a_file_that_cannot_be_written(child: Child) -> None:
    """A ledger of somebody else may be looked at, perhaps, but not written."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        SqliteLedger(path).close()
        path.chmod(0o444)
        Path(folder).chmod(0o555)
        told, trouble = child("unprivileged", path).communicate(timeout=60)
        Path(folder).chmod(0o755)
        assert not trouble
        assert str(path) in told
        assert "rights" in told


def test_a_second_handle_does_not_let_go_of_the_first_ones_locks(
    ledger: SqliteLedger, path: Path, child: Child
) -> None:
    """Opening and closing the same ledger elsewhere in the process: others still cannot take it for theirs."""
    schedule(ledger, wish())
    SqliteLedger(path).close()
    told, _ = child("exclusive", path).communicate(timeout=60)
    assert "locked" in told


def test_several_processes_make_one_ledger(path: Path, child: Child) -> None:
    """Whoever comes first makes it; the others find it made, and none is told a fault."""
    children = [child("fresh", path) for _ in range(6)]
    for each in children:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in children:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    assert [each.communicate(timeout=60) for each in children] == [("serial 0\n", "")] * 6


def test_a_file_that_somebody_is_just_making(path: Path) -> None:
    """Before the write-ahead log is on, SQLite does not wait for others; we do."""
    path.parent.mkdir()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerUnavailable, match="locked"):
        SqliteLedger(path, busy_timeout=0)
    with ThreadPoolExecutor(1) as pool:
        opening = pool.submit(SqliteLedger, path)
        wait([opening], 0.2)
        other.execute("ROLLBACK")
        other.close()
        opening.result(60).close()


def test_an_older_ledger_is_brought_up_to_date(path: Path) -> None:
    """Step by step, and what it held is still there."""
    SqliteLedger(path).close()
    steps = (*migrations(), NEXT_STEP)
    with pytest.raises(LedgerUnavailable, match="is of version"):
        LedgerFile(path, read_only=True, steps=steps)
    file = LedgerFile(path, steps=steps)
    assert file.read().execute("SELECT told FROM note").fetchone()[0] == "a; b"
    assert file.read().execute("PRAGMA user_version").fetchone()[0] == len(steps)
    assert file.read().execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
    file.close()
    with pytest.raises(LedgerUnavailable, match="knows"):
        SqliteLedger(path)


def test_a_step_that_fails_leaves_the_old_version(path: Path) -> None:
    """All steps or none: the ledger can still be used by the program that wrote it."""
    ledger = SqliteLedger(path)
    schedule(ledger, wish())
    ledger.close()
    with pytest.raises(LedgerUnavailable):
        LedgerFile(path, steps=(*migrations(), NEXT_STEP, "ALTER TABLE nowhere ADD COLUMN x;"))
    again = SqliteLedger(path)
    assert standing_of(again).delivery == wish()
    again.close()


def test_sql_is_split_as_sqlite_would() -> None:
    """A semicolon inside quotes or a comment ends nothing."""
    script = "-- one; two\nCREATE TABLE a (b);\n\nINSERT INTO a\nVALUES ('x;\ny');\n-- the end; really\n"
    first, second, rest = statements(script)
    assert first.endswith("CREATE TABLE a (b);\n")
    assert second.strip() == "INSERT INTO a\nVALUES ('x;\ny');"
    assert rest.strip() == "-- the end; really"
