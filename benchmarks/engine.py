"""Deliveries per second through the whole engine, against a bare loop of claims and finishes on the same disk.

The engine as `mwcampaign run` has it: the daemon's loop, threads, a durable ledger; each delivery is claimed, prepared,
sealed, published in memory and settled. The bare loop knows one table, and commits three times for each hundred, or
for each one.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Event as Flag
from threading import Lock

from _measure import compare
from ledger import PAYLOAD, TEXT, bare

from mwcampaign.core.campaign import Account
from mwcampaign.core.delivery import Delivery, delivery_key
from mwcampaign.core.message import Message
from mwcampaign.ledger.pictures import PictureStore
from mwcampaign.ledger.sqlite import SqliteLedger
from mwcampaign.platforms.memory import Memory, MemoryNetwork
from mwcampaign.schedule.clock import SystemClock
from mwcampaign.schedule.daemon import Stop, run_daemon
from mwcampaign.schedule.tick import Runner

UNIT = 1_000
ROUNDS = 5
SERVERS = 8
"""As many as Mastodon instances might be: no server may take all workers."""


class NoSessions:
    """Keeps no login: memory asks for none."""

    def load(self, account: str) -> str | None:
        """Return None."""
        return None

    def save(self, account: str, session: str) -> None:
        """Forget it."""


def wishes(due: datetime) -> Iterator[Delivery]:
    """Yield one round's wishes, each of an account of its own."""
    for one in range(UNIT):
        account = f"museum{one}@memory"
        message = Message(f"{TEXT}{one // 3}", "en").to_json()
        key = delivery_key("mw", "story", account, 0)
        closes = due + timedelta(hours=12)
        yield Delivery(key, "mw", "story", 0, f"museum{one}", account, "memory", "monday", due, closes, message)


def filled(path: Path) -> SqliteLedger:
    """Return a durable ledger with one round's deliveries due."""
    ledger, now = SqliteLedger(path), datetime.now(UTC)
    accounts = {f"museum{one}@memory": f'{{"server":"https://{one % SERVERS}.invalid"}}' for one in range(UNIT)}
    ledger.apply(0, ((None, wish, None) for wish in wishes(now)), accounts, now, "benchmark")
    return ledger


def delivered(ledger: SqliteLedger, workers: int, pictures: PictureStore) -> int:
    """Deliver all that is due as the daemon does; return how many posts are public."""
    clock, stop, wake, world, lock = SystemClock(), Stop(), Flag(), MemoryNetwork(), Lock()
    platforms: dict[str, Memory] = {}
    ended = count(1)

    def platform_of(account: str) -> Memory:
        with lock:
            if account not in platforms:
                known = Account(id=account, institution="museum", network="memory")
                platforms[account] = Memory(known, {}, NoSessions(), world=world)
            return platforms[account]

    def on_done() -> None:
        if next(ended) == UNIT:
            stop.ask()
        wake.set()

    runner = Runner(
        ledger,
        platform_of,
        pictures,
        clock,
        "benchmark",
        workers=workers,
        spacing=timedelta(minutes=1),
        on_done=on_done,
    )
    run_daemon(runner, clock, stop, wake)
    return len(world.posts())


def bare_loop(path: Path, batch: int) -> Callable[[], object]:
    """Return a call that claims, seals and finishes one round in batches of that size."""
    db = bare(path, UNIT * (ROUNDS + 1))

    def loop() -> None:
        for _ in range(UNIT // batch):
            taken = db.execute(
                "UPDATE delivery SET state = 1, lease = 1 WHERE id IN "
                "(SELECT id FROM delivery WHERE state = 0 AND due <= ? ORDER BY due, id LIMIT ?) RETURNING id",
                (10**9, batch),
            ).fetchall()
            for statement, told in (("state = 2, payload", PAYLOAD), ("state = 3, url", "https://memory.invalid/1")):
                db.execute("BEGIN IMMEDIATE")
                db.executemany(f"UPDATE delivery SET {statement} = ? WHERE id = ?", [(told, row[0]) for row in taken])
                db.execute("COMMIT")

    return loop


def against(folder: Path, workers: int, batch: int) -> None:
    """Print the speed of both, and the ratio of their times."""
    pictures = PictureStore(folder / "pictures")
    ledgers = iter([filled(folder / f"{workers} {batch} {one}.db") for one in range(ROUNDS + 1)])
    loop = bare_loop(folder / f"bare {workers} {batch}.db", batch)
    speeds: tuple[list[float], list[float]] = ([], [])

    def timed(side: int, call: Callable[[], object]) -> None:
        began = time.perf_counter()
        call()
        speeds[side].append(UNIT / (time.perf_counter() - began))

    def engine() -> None:
        if (public := delivered(next(ledgers), workers, pictures)) != UNIT:
            print(f"only {public} of {UNIT} were delivered: the figures say nothing")

    compare(
        f"one delivery, {workers} workers, against a bare loop in batches of {batch}",
        lambda: timed(0, engine),
        lambda: timed(1, loop),
        "at most 2",
        rounds=ROUNDS,
        unit=UNIT,
    )
    ours, bares = (statistics.median(side) for side in speeds)
    print(f"  {ours:,.0f} deliveries a second against {bares:,.0f}")


def main() -> None:
    """Print the ratios."""
    with tempfile.TemporaryDirectory(dir=".") as name:
        folder = Path(name)
        for workers, batch in ((8, 100), (32, 100), (8, 1), (32, 1)):
            against(folder, workers, batch)


if __name__ == "__main__":
    main()
