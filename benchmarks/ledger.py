"""The ledger against bare loops of SQL on the same disk: whole lives in batches, lone seals, plans, and size."""

from __future__ import annotations

import hashlib
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from _measure import compare

from mwcampaign.core.delivery import Delivery, Envelope, Event, Receipt, delivery_key
from mwcampaign.core.ledger import Claim
from mwcampaign.core.message import Message
from mwcampaign.ledger.sqlite import SqliteLedger

DUE = datetime(2026, 6, 8, 8, tzinfo=UTC)
LEASE = timedelta(minutes=5)
BATCH = 100
THREADS = 16
UNIT = 500
TEXT = "A morning in the museum, and which object you would take home for a day. " * 2
PAYLOAD = '{"status":"' + TEXT + '"}'
BARE = """
CREATE TABLE delivery (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, due INTEGER, state INTEGER, body TEXT,
    lease INTEGER, payload TEXT, url TEXT);
CREATE INDEX waiting ON delivery (due, id) WHERE state = 0;"""


def wishes(name: str, number: int) -> Iterator[Delivery]:
    """Yield wishes, each of an account of its own, all due now; three share a text."""
    for one in range(number):
        account = f"{name}{one}@memory"
        message = Message(f"{TEXT}{one // 3}", "en").to_json()
        key = delivery_key("mw", name, account, 0)
        closes = DUE + 12 * LEASE
        yield Delivery(key, "mw", name, 0, account, account, "memory", "monday", DUE, closes, message)


def bare(path: Path, number: int) -> sqlite3.Connection:
    """Return a database of one table, as durable as the ledger, with so many rows due."""
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;" + BARE)
    fill(db, "bare", number)
    return db


def fill(db: sqlite3.Connection, name: str, number: int) -> None:
    """Insert rows as fast as it goes."""
    rows = ((hashlib.sha256(f"{name}{one}".encode()).hexdigest(), one, TEXT) for one in range(number))
    db.execute("BEGIN IMMEDIATE")
    db.executemany("INSERT INTO delivery (key, due, state, body) VALUES (?, ?, 0, ?)", rows)
    db.execute("COMMIT")


def filled(path: Path, number: int) -> SqliteLedger:
    """Return a ledger with so many deliveries due."""
    ledger = SqliteLedger(path)
    ledger.apply(0, ((None, wish, None) for wish in wishes("week", number)), {}, DUE, "benchmark")
    return ledger


def claims(ledger: SqliteLedger) -> Iterator[Claim]:
    """Yield so many claims, taken in batches."""
    for _ in range(UNIT // BATCH):
        yield from ledger.claim(DUE, "benchmark", LEASE, BATCH)


def lives(folder: Path, pool: ThreadPoolExecutor) -> None:
    """Claim in batches, seal and settle from many threads, against three bare commits for each batch."""
    ledger, db = filled(folder / "lives.db", UNIT * 10), bare(folder / "bare lives.db", UNIT * 10)

    def live(claim: Claim) -> None:
        ledger.seal(claim.attempt.id, Envelope("address", PAYLOAD), DUE)
        proof = Receipt(claim.delivery.key, "https://memory.invalid/1", DUE)
        ledger.settle(claim.attempt.id, Event.ACCEPT, DUE, "", proof)

    def ours() -> None:
        list(pool.map(live, claims(ledger)))

    def loop() -> None:
        for _ in range(UNIT // BATCH):
            taken = db.execute(
                "UPDATE delivery SET state = 1, lease = 1 WHERE id IN "
                "(SELECT id FROM delivery WHERE state = 0 AND due <= ? ORDER BY due, id LIMIT ?) RETURNING id",
                (10**9, BATCH),
            ).fetchall()
            for statement, told in (("state = 2, payload", PAYLOAD), ("state = 3, url", "https://memory.invalid/1")):
                db.execute("BEGIN IMMEDIATE")
                db.executemany(f"UPDATE delivery SET {statement} = ? WHERE id = ?", [(told, row[0]) for row in taken])
                db.execute("COMMIT")

    compare(f"one life, {THREADS} threads, against a bare table in batches", ours, loop, "none", rounds=7, unit=UNIT)


def lone_seals(folder: Path) -> None:
    """Seal one by one, nobody else writing, against bare one-row commits."""
    ledger, db = filled(folder / "seals.db", UNIT * 10), bare(folder / "bare seals.db", UNIT)
    number = count(1)

    def ours(taken: list[Claim]) -> None:
        for claim in taken:
            ledger.seal(claim.attempt.id, Envelope("address", PAYLOAD), DUE)

    def loop() -> None:
        for _ in range(UNIT):
            # Another payload each time: SQLite leaves out the commit where nothing changes.
            one = next(number)
            db.execute("UPDATE delivery SET payload = ? WHERE id = ?", (f"{PAYLOAD}{one}", one % UNIT + 1))

    taken = iter([list(claims(ledger)) for _ in range(9)])
    compare("one seal alone against a bare commit", lambda: ours(next(taken)), loop, "1.7", rounds=7, unit=UNIT)


def plans(folder: Path) -> None:
    """Apply a plan against bare inserts into one table."""
    ledger, db = SqliteLedger(folder / "plans.db"), bare(folder / "bare plans.db", 0)
    ours_next, bare_next, size = count(), count(), 10_000
    made = [[(None, wish, None) for wish in wishes(f"plan{name}", size)] for name in range(6)]

    def ours() -> None:
        ledger.apply(ledger.serial(), made[next(ours_next)], {}, DUE, "benchmark")

    compare("one planned delivery", ours, lambda: fill(db, str(next(bare_next)), size), "none", rounds=5, unit=size)


def sizes(folder: Path) -> None:
    """Claim a batch from a large ledger against a small one."""
    ledgers = [filled(folder / f"{size}.db", size) for size in (100_000, 2_000)]

    def claiming(ledger: SqliteLedger) -> Callable[[], object]:
        return lambda: ledger.claim(DUE, "benchmark", LEASE, BATCH)

    large, small = (claiming(ledger) for ledger in ledgers)
    compare("one claim, 100,000 due against 2,000", large, small, "at most 1.5", rounds=11, unit=BATCH)


def main() -> None:
    """Print the ratios."""
    with tempfile.TemporaryDirectory(dir=".") as name, ThreadPoolExecutor(THREADS) as pool:
        folder = Path(name)
        lives(folder, pool)
        lone_seals(folder)
        plans(folder)
        sizes(folder)


if __name__ == "__main__":
    main()
