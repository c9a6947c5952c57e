"""What tests of the ledger let another process do: `python -m tests.ledger.child WHAT PATH …`."""

from __future__ import annotations

import os
import resource
import sys
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from mwcampaign.core.delivery import Event, ForbiddenMove
from mwcampaign.errors import LedgerUnavailable
from mwcampaign.ledger.pictures import PictureStore
from mwcampaign.ledger.sqlite import SqliteLedger
from mwcampaign.testing._ledger_steps import DUE, LEASE, envelope, receipt, schedule, sealed, wish


def work(path: Path, runner: str, public: str) -> None:
    """Claim and send until nothing is left; each post is a line in a file that everybody sees."""
    ledger = SqliteLedger(path)
    sys.stdin.readline()
    while ledger.counts().keys() - {"delivered"}:
        for claim in ledger.claim(DUE, runner, LEASE, 7):
            ledger.seal(claim.attempt.id, envelope(claim.delivery.key), DUE)
            with Path(public).open("a", encoding="ascii") as posts:
                posts.write(f"{claim.delivery.key} {runner}\n")
            ledger.settle(claim.attempt.id, Event.ACCEPT, DUE, "", receipt(claim.delivery.key))
    ledger.close()
    print("done")


def seal(path: Path, payload: str) -> None:
    """Seal one delivery, say so, and never come to sending it."""
    ledger = SqliteLedger(path)
    sealed(ledger, runner="killed", payload=payload)
    print("sealed", flush=True)
    sys.stdin.readline()


def fresh(path: Path) -> None:
    """Open a ledger that may not be there yet, when told to."""
    print("ready", flush=True)
    sys.stdin.readline()
    ledger = SqliteLedger(path)
    print("serial", ledger.serial())
    ledger.close()


def fill(path: Path) -> None:
    """Write until the disk is full: here, until no file may grow any more."""
    ledger = SqliteLedger(path)
    size = path.with_name(path.name + "-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 2_000_000, size + 2_000_000))
    claims = []
    try:
        for number in range(1000):
            schedule(ledger, wish(f"museum{number}@memory", text="x" * 500))
            claims += ledger.claim(DUE, "runner", LEASE, 1)
            print("kept", claims[-1].delivery.key)
    except LedgerUnavailable as error:
        print("refused", error.what, error.hint, sep=" | ")
    # Who cannot write a seal must not send: the same refusal again, and no other.
    try:
        ledger.seal(claims[-1].attempt.id, envelope("y" * 3_000_000), DUE + timedelta(seconds=1))
    except LedgerUnavailable:
        print("not sealed")
    except ForbiddenMove:
        print("forgotten")


def unprivileged(path: Path) -> None:
    """Open a ledger in a folder that is not ours."""
    # Whatever Python still has to load, it loads while it may.
    with TemporaryDirectory() as folder:
        SqliteLedger(Path(folder) / "ledger.db").close()
    if os.getuid() == 0:
        os.setuid(65534)
    try:
        SqliteLedger(path)
    except LedgerUnavailable as error:
        print(error.what, error.hint, sep=" | ")


def picture(folder: Path) -> None:
    """Keep a picture on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    store = PictureStore(folder)
    store.put(b"small")
    try:
        store.put(b"large" * 1000)
    except LedgerUnavailable as error:
        print(error.what, error.hint, sep=" | ")


def exclusive(path: Path) -> None:
    """Try to have the file for us alone."""
    import sqlite3

    db = sqlite3.connect(path, timeout=0.1)
    try:
        print(db.execute("PRAGMA journal_mode = DELETE").fetchone()[0])
    except sqlite3.OperationalError as error:
        print(error)


if __name__ == "__main__":
    globals()[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])
