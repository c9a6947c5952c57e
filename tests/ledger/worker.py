"""What test_processes lets other processes do: `python -m tests.ledger.worker WHAT PATH …`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from mwcampaign.core.delivery import Delivery, Event
from mwcampaign.core.ledger import Claim
from mwcampaign.ledger.sqlite import SqliteLedger
from mwcampaign.testing._ledger_steps import DUE, LEASE, WHO, envelope, receipt, wish

SIZE = 24_000
"""Wishes of 4 kB: more than the connection may hold in memory, so that part of the plan is on disk before its end."""


def share(path: Path, runner: str, public: str) -> None:
    """Take a first portion, say so, wait for the others to have theirs; then send until nothing is left.

    Each post is a line in a file that everybody sees.
    """
    ledger = SqliteLedger(path)

    def send(claims: list[Claim]) -> None:
        for claim in claims:
            ledger.seal(claim.attempt.id, envelope(claim.delivery.key), DUE)
            with Path(public).open("a", encoding="ascii") as posts:
                posts.write(f"{claim.delivery.key} {runner}\n")
            ledger.settle(claim.attempt.id, Event.ACCEPT, DUE, "", receipt(claim.delivery.key))

    first = ledger.claim(DUE, runner, LEASE, 7)
    wait("ready")
    send(first)
    while ledger.counts().keys() - {"delivered"}:
        send(ledger.claim(DUE, runner, LEASE, 7))
    ledger.close()


def apply(path: Path) -> None:
    """Apply a large plan; say when it is nearly done, and wait to be killed."""
    ledger = SqliteLedger(path)
    ledger.apply(ledger.serial(), large_plan(), {"museum0@memory": "{}"}, DUE, WHO)


def large_plan() -> Iterator[tuple[Event | None, Delivery, str | None]]:
    """Yield new wishes, and wait before the last."""
    for number in range(SIZE):
        if number == SIZE - 1:
            wait("nearly done")
        yield None, wish(f"museum{number}@memory", text=f"{number} " * 600), None


def wait(told: str) -> None:
    """Say something and wait for a line."""
    print(told, flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    globals()[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])
