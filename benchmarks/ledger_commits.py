"""What sharing commits gains: sixteen threads that seal and settle, against the same statements on a bare connection.

Once with a commit for each statement's piece of work, once with a commit for a hundred pieces. All are durable, on the
same disk. Nothing is asserted.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from _measure import compare

from mwcampaign.core.delivery import Delivery, Envelope, Event, Receipt, delivery_key
from mwcampaign.core.ledger import Claim
from mwcampaign.core.message import Message
from mwcampaign.ledger import moves
from mwcampaign.ledger.sqlite import SqliteLedger

DUE = datetime(2026, 6, 8, 8, tzinfo=UTC)
LEASE = timedelta(minutes=5)
THREADS = 16
SIZE = 2_000
BATCH = 100
ROUNDS = 5
ENVELOPE = Envelope("address", '{"status":"' + "Which object would you take home for a day? " * 4 + '"}')


def wishes(number: int) -> Iterator[Delivery]:
    """Yield wishes, each of an account of its own, all due now."""
    for one in range(number):
        account = f"museum{one}@memory"
        key = delivery_key("mw", "story", account, 0)
        body = Message(f"Post {one}", "en").to_json()
        yield Delivery(key, "mw", "story", 0, account, account, "memory", "monday", DUE, DUE + 12 * LEASE, body)


def claimed(path: Path) -> tuple[SqliteLedger, Iterator[list[Claim]]]:
    """Return a durable ledger and the claims for every round."""
    ledger = SqliteLedger(path)
    size = SIZE * (ROUNDS + 1)
    ledger.apply(0, ((None, wish, None) for wish in wishes(size)), {}, DUE, "benchmark")
    return ledger, iter([ledger.claim(DUE, "benchmark", LEASE, SIZE) for _ in range(ROUNDS + 1)])


def proof(claim: Claim) -> Receipt:
    """Return a receipt."""
    return Receipt(claim.delivery.key, "https://memory.invalid/1", DUE)


def through_the_ledger(path: Path, pool: ThreadPoolExecutor) -> Callable[[], object]:
    """Return a call that seals and settles one round's claims from all threads."""
    ledger, rounds = claimed(path)

    def live(claim: Claim) -> None:
        ledger.seal(claim.attempt.id, ENVELOPE, DUE)
        ledger.settle(claim.attempt.id, Event.ACCEPT, DUE, "", proof(claim))

    return lambda: list(pool.map(live, next(rounds)))


def bare(path: Path, batch: int) -> Callable[[], object]:
    """Return a call that does the same statements in one thread, so many pieces of work to a commit."""
    ledger, rounds = claimed(path)
    ledger.close()
    db = sqlite3.connect(path, isolation_level=None)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA cache_size = -65536")

    def together(claims: list[Claim], piece: Callable[[Claim], object]) -> None:
        db.execute("BEGIN IMMEDIATE")
        for claim in claims:
            piece(claim)
        db.execute("COMMIT")

    def seal(claim: Claim) -> None:
        moves.seal(db, claim.attempt.id, ENVELOPE, DUE)

    def settle(claim: Claim) -> None:
        moves.settle(db, claim.attempt.id, Event.ACCEPT, DUE, "", proof(claim), None)

    def call() -> None:
        claims = next(rounds)
        for start in range(0, SIZE, batch):
            together(claims[start : start + batch], seal)
            together(claims[start : start + batch], settle)

    return call


def main() -> None:
    """Print both ratios."""
    with tempfile.TemporaryDirectory(dir=".") as name, ThreadPoolExecutor(THREADS) as pool:
        for batch, told in ((1, "one commit each"), (BATCH, f"commits of {BATCH}")):
            ours = through_the_ledger(Path(name) / f"ours {batch}.db", pool)
            loop = bare(Path(name) / f"bare {batch}.db", batch)
            compare(f"seal and settle, {THREADS} threads, against {told}", ours, loop, "none", rounds=ROUNDS, unit=SIZE)


if __name__ == "__main__":
    main()
