"""Locked, full, killed, interrupted: nothing lost, nothing sent twice, and a message that helps."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from signal import SIGINT, pthread_kill, signal
from threading import Event as Flag
from threading import main_thread

import pytest

from mwcampaign.core.delivery import Event, ForbiddenMove, State
from mwcampaign.errors import LedgerUnavailable
from mwcampaign.ledger.file import LedgerFile
from mwcampaign.ledger.sqlite import SqliteLedger
from mwcampaign.testing._ledger_steps import (
    DUE,
    LEASE,
    RUNNER,
    claim_one,
    envelope,
    receipt,
    schedule,
    sealed,
    standing_of,
    wish,
)
from tests.ledger.conftest import Child


@pytest.fixture
def impatient(ledger: SqliteLedger, path: Path) -> SqliteLedger:
    """A second handle that does not wait long for others; one delivery is in its hand."""
    schedule(ledger, wish())
    return SqliteLedger(path, busy_timeout=0.05)


def test_a_ledger_that_somebody_else_is_writing(impatient: SqliteLedger, path: Path) -> None:
    """Writing is refused in words after the wait, reading goes on, and afterwards all is as it was."""
    claim = claim_one(impatient)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    for attempt in (
        lambda: impatient.seal(claim.attempt.id, envelope(), DUE),
        lambda: impatient.settle(claim.attempt.id, Event.ABANDON, DUE),
        lambda: impatient.apply(1, [], {"a": "{}"}, DUE, "who"),
    ):
        with pytest.raises(LedgerUnavailable, match="holds the ledger locked") as told:
            attempt()
        assert str(path) in told.value.what
        assert "close it" in told.value.hint
    assert standing_of(impatient).state is State.PREPARING
    other.execute("ROLLBACK")
    other.close()
    impatient.seal(claim.attempt.id, envelope(), DUE)
    impatient.close()


def test_a_ledger_that_somebody_keeps_for_himself(path: Path) -> None:
    """Not even reading: still a sentence, not a traceback."""
    SqliteLedger(path).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    for opening in (lambda: SqliteLedger(path, busy_timeout=0.05), lambda: LedgerFile(path, busy_timeout=0.05)):
        with pytest.raises(LedgerUnavailable, match="locked"):
            opening()
    other.close()


def test_a_full_disk(path: Path, child: Child) -> None:
    """What was told to be kept is kept, what was refused is not there, and a seal that cannot be written is refused."""
    told, trouble = child("fill", path).communicate(timeout=120)
    assert not trouble
    lines = told.splitlines()
    kept = [line.split()[1] for line in lines if line.startswith("kept")]
    (refused,) = (line for line in lines if line.startswith("refused"))
    assert len(kept) > 3
    assert str(path) in refused
    assert "disk" in refused
    assert "safe" in refused
    assert lines[-1] == "not sealed"
    again = SqliteLedger(path)
    assert {each.delivery.key for each in again.standings(None, {State.PREPARING})} == set(kept)
    assert again.counts().keys() <= {State.PREPARING, State.SCHEDULED}
    schedule(again, wish("there is room again@memory"))
    again.close()


def test_a_file_that_may_not_grow(ledger: SqliteLedger, path: Path) -> None:
    """SQLite's own word for a full disk; after there is room the same handle goes on."""
    file = LedgerFile(path)
    pages = file.write(lambda db: db.execute("PRAGMA page_count").fetchone()[0])

    def much(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO account (id, body) VALUES ('a', ?)", ("x" * 100_000,))

    file.write(lambda db: db.execute(f"PRAGMA max_page_count = {pages}"))
    with pytest.raises(LedgerUnavailable, match="the disk is full") as told:
        file.write(much)
    assert "make room" in told.value.hint
    assert ledger.accounts() == {}
    file.write(lambda db: db.execute(f"PRAGMA max_page_count = {pages + 1000}"))
    file.write(much)
    assert ledger.accounts().keys() == {"a"}
    file.close()


def test_a_killed_process_leaves_its_request_behind(ledger: SqliteLedger, path: Path, child: Child) -> None:
    """Sealed, then SIGKILL: nobody sends it again; it is unknown, with the exact request to look for."""
    schedule(ledger, wish())
    ledger.close()
    process = child("seal", path, '{"text":"killed 🏺"}')
    assert process.stdout is not None
    assert process.stdout.readline() == "sealed\n"
    process.kill()
    process.wait()
    again = SqliteLedger(path)
    assert again.runners() == {"killed"}
    assert again.claim(DUE, RUNNER, LEASE, 10) == []
    assert again.expire(DUE, {"killed"}) == [(wish().key, State.UNKNOWN)]
    (doubt,) = again.doubts(DUE, 10)
    assert doubt.attempts[0].envelope == envelope('{"text":"killed 🏺"}')
    assert again.claim(DUE, RUNNER, LEASE, 10) == []
    again.close()


def test_two_processes_send_each_delivery_once(ledger: SqliteLedger, path: Path, tmp_path: Path, child: Child) -> None:
    """Three hundred deliveries, two processes that know nothing of each other: three hundred posts."""
    wishes = [wish(f"museum{number}@memory") for number in range(300)]
    schedule(ledger, *wishes)
    public = tmp_path / "public"
    workers = [child("work", path, name, public) for name in ("one", "two")]
    for each in workers:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    assert [each.communicate(timeout=120) for each in workers] == [("done\n", "")] * 2
    posts = [line.split() for line in public.read_text().splitlines()]
    assert sorted(key for key, _ in posts) == sorted(each.key for each in wishes)
    assert ledger.counts() == {State.DELIVERED: 300}


def _together(file: LedgerFile, pool: ThreadPoolExecutor, works: list[object]) -> list[object]:
    """Hand in pieces of writing while a commit is under way, so that all of them meet in the next one."""
    began, go = Flag(), Flag()

    def slow(db: sqlite3.Connection) -> None:
        began.set()
        assert go.wait(60)

    first = pool.submit(file.write, slow)
    assert began.wait(60)
    rest = [pool.submit(file.write, work) for work in works]  # type: ignore[arg-type]
    while file.waiting() < len(works):
        pass
    go.set()
    first.result(60)
    return [future.exception(60) or future.result() for future in rest]


def test_threads_share_a_commit(path: Path) -> None:
    """Eight that came while another one was written: one commit for all of them, each with its own answer."""
    file = LedgerFile(path)
    said: list[str] = []
    file.write(lambda db: db.set_trace_callback(said.append))

    def put(number: int) -> object:
        return lambda db: (
            db.execute("INSERT INTO account (id, body) VALUES (?, '{}')", (f"account {number}",)) and number
        )

    with ThreadPoolExecutor(9) as pool:
        said.clear()
        assert sorted(_together(file, pool, [put(number) for number in range(8)])) == list(range(8))  # type: ignore[type-var]
    assert said.count("COMMIT") == 2
    assert file.read().execute("SELECT count(*) FROM account").fetchone()[0] == 8
    file.close()


def test_one_that_is_refused_fails_alone(path: Path) -> None:
    """Half of it was written before it was refused: that half is gone, and the others' work is there."""
    file = LedgerFile(path)

    def put(name: str, error: Exception | None = None) -> object:
        def work(db: sqlite3.Connection) -> str:
            db.execute("INSERT INTO account (id, body) VALUES (?, '{}')", (name,))
            if error is not None:
                raise error
            return name

        return work

    forbidden = ForbiddenMove("no")
    with ThreadPoolExecutor(5) as pool:
        done = _together(file, pool, [put("a"), put("b", forbidden), put("c"), put("a")])
    assert {each for each in done if isinstance(each, str)} == {"a", "c"}
    assert forbidden in done
    # A contradiction that nobody foresaw is a refusal too, in words.
    (contradiction,) = (each for each in done if isinstance(each, LedgerUnavailable))
    assert "inconsistent" in contradiction.what
    assert {row[0] for row in file.read().execute("SELECT id FROM account")} == {"a", "c"}
    file.close()


@pytest.mark.parametrize("breaks", [sqlite3.OperationalError("disk I/O error"), KeyboardInterrupt()])
def test_when_the_commit_breaks_all_of_it_are_told(path: Path, breaks: BaseException) -> None:
    """Nobody who shared it may believe that his seal is on disk; afterwards the ledger goes on."""
    file = LedgerFile(path)

    def put(name: str) -> object:
        return lambda db: db.execute("INSERT INTO account (id, body) VALUES (?, '{}')", (name,)) and name

    def broken(db: sqlite3.Connection) -> None:
        raise breaks

    with ThreadPoolExecutor(4) as pool:
        done = _together(file, pool, [put("a"), broken, put("b")])
    assert sum(isinstance(each, LedgerUnavailable) for each in done) >= 2
    assert all(isinstance(each, LedgerUnavailable | KeyboardInterrupt) for each in done)
    assert file.read().execute("SELECT count(*) FROM account").fetchone()[0] == 0
    file.write(put("c"))  # type: ignore[arg-type]
    assert file.read().execute("SELECT id FROM account").fetchall()[0][0] == "c"
    file.close()


def test_who_is_interrupted_while_waiting_holds_nobody_up(path: Path) -> None:
    """^C in a thread that waits for its turn: its work is not done, and everybody else goes on."""
    file = LedgerFile(path)
    began, go, asked = Flag(), Flag(), Flag()

    def slow(db: sqlite3.Connection) -> None:
        began.set()
        assert go.wait(60)

    def ask(number: int, frame: object) -> None:
        if not asked.is_set():
            asked.set()
            raise KeyboardInterrupt

    def interrupt() -> None:
        while not file.waiting():
            pass
        # A signal that comes a moment before the wait does not end the wait: again, until it did.
        while not asked.is_set():
            pthread_kill(main_thread().ident or 0, SIGINT)
            asked.wait(0.02)

    done: list[str] = []
    before = signal(SIGINT, ask)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(file.write, slow)
        assert began.wait(60)
        asking = pool.submit(interrupt)
        with pytest.raises(KeyboardInterrupt):
            file.write(lambda db: done.append("never"))
        asking.result(60)
        signal(SIGINT, before)
        go.set()
        first.result(60)
        pool.submit(file.write, lambda db: done.append("afterwards")).result(60)
    assert done == ["afterwards"]
    file.close()


def test_a_closed_ledger_says_so(ledger: SqliteLedger) -> None:
    """Who still writes after the end is told, not crashed."""
    schedule(ledger, wish())
    claim = sealed(ledger)
    ledger.close()
    with pytest.raises(LedgerUnavailable):
        ledger.settle(claim.attempt.id, Event.ACCEPT, DUE, "", receipt())
    with pytest.raises(LedgerUnavailable):
        ledger.serial()
