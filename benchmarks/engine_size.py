"""What a claim costs in a large ledger: against a small one, while all is halted, and while a network waits.

Takes the number of deliveries in the large ledger: 4000000 needs some 6 GB of disk for a few minutes. A plan makes the
first 200,000 of them; the others are copied in the file itself, with keys of their own and no history.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from _measure import compare

from mwcampaign.core.delivery import Delivery, Event, delivery_key
from mwcampaign.core.message import Message
from mwcampaign.core.pacing import Rest
from mwcampaign.ledger.sqlite import SqliteLedger

START = datetime(2026, 6, 8, 8, tzinfo=UTC)
"""When the first posts of the network that works are due. One hour later those of the network that waits; after two
hours more of the first; after three those of a halted week; all others days later."""
HOUR = timedelta(hours=1)
LEASE = timedelta(minutes=5)
SMALL = 10_000
PLANNED = 200_000
DUE = 5_000
"""How many are due where a claim takes some; SMALL has none besides."""
LIMIT = 50
ACCOUNTS = 20_000
ROUNDS = 11


def wishes(size: int) -> Iterator[Delivery]:
    """Yield so many wishes: of each 40 five are due after three hours, one is of the network that waits."""
    for one in range(size):
        network, due = "memory", START + timedelta(days=5)
        if one < 2 * DUE:
            due = START if one < DUE else START + 2 * HOUR
        elif one % 40 == 0:
            network, due = "slow", START + HOUR
        elif one % 8 == 1:
            due = START + 3 * HOUR
        account = f"museum{one % ACCOUNTS}@{network}"
        key = delivery_key("mw", f"post{one}", account, 0)
        text = Message(f"Which object would you take home for a day? {one // 3}", "en").to_json()
        closes = due + (HOUR if due == START else timedelta(days=1))
        yield Delivery(
            key, "mw", f"post{one}", 0, f"museum{one % ACCOUNTS}", account, network, "monday", due, closes, text
        )


def filled(path: Path, size: int) -> SqliteLedger:
    """Return a ledger with so many deliveries."""
    ledger = SqliteLedger(path)
    accounts = {f"museum{one}@{name}": '{"server":""}' for one in range(ACCOUNTS) for name in ("memory", "slow")}
    began, planned = time.perf_counter(), min(size, PLANNED)
    ledger.apply(0, ((None, wish, None) for wish in wishes(planned)), accounts, START, "benchmark")
    there = planned
    while there < size:
        there += ledger.write(partial(copied, planned, size - there))
    print(f"{there:,} deliveries, made in {time.perf_counter() - began:.0f} s")
    return ledger


def copied(planned: int, most: int, db: sqlite3.Connection) -> int:
    """Copy what a plan made, but for what the working network posts first; return how many there are more."""
    columns = [row["name"] for row in db.execute("PRAGMA table_info(delivery)") if row["name"] not in {"id", "key"}]
    names = ", ".join(columns)
    return db.execute(
        f"INSERT INTO delivery (key, {names}) SELECT lower(hex(randomblob(32))) AS key, {names} FROM delivery "
        "WHERE id > ? AND id <= ? ORDER BY ready, key LIMIT ?",
        (2 * DUE, planned, most),
    ).rowcount


def take(ledger: SqliteLedger, now: datetime, limit: int = LIMIT) -> int:
    """Claim as a run does; return how many there were."""
    return len(ledger.claim(now, "benchmark", LEASE, limit))


def pause(ledger: SqliteLedger) -> None:
    """Let one network wait from when its posts are due; what was due before is over by then."""
    now, until = START + HOUR, START + timedelta(days=4)
    ledger.expire(now)
    ledger.close_windows(now)
    claim = ledger.claim(now, "benchmark", LEASE, 1)[0]
    rest = Rest("application", "no more posts for now", until)
    ledger.settle(claim.attempt.id, Event.ABANDON, now, "", None, until, [rest])


def main() -> None:
    """Print the ratios."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    with tempfile.TemporaryDirectory(dir=".") as name:
        small, large = filled(Path(name) / "small.db", SMALL), filled(Path(name) / "large.db", size)

        def against(told: str, now: datetime) -> None:
            told = f"{told} (took {take(large, now)})"
            compare(told, partial(take, large, now), partial(take, small, START), "at most 1.5", rounds=ROUNDS)

        against(f"one claim of {LIMIT}, {size:,} deliveries against {SMALL:,}", START)
        pause(large)
        against(f"the same, {size // 40:,} wait for their network", START + 2 * HOUR)
        large.halt("network", "memory", START, "benchmark", "to see what it costs")
        against(f"one network halted, {size // 8:,} of it due", START + 3 * HOUR)
        large.halt("everything", "", START, "benchmark", "to see what it costs")
        against(f"everything halted, {size // 8:,} due", START + 3 * HOUR)


if __name__ == "__main__":
    main()
