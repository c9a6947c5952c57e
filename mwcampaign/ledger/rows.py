"""Rows become records and back. Times are milliseconds since 1970 in rows, aware and UTC in records."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from mwcampaign.core.delivery import Attempt, Change, Delivery, DeliveryKey, Envelope, Event, Receipt, Standing, State
from mwcampaign.core.ledger import Planned

START = datetime(1970, 1, 1, tzinfo=UTC)
DELIVERY = "d.*, m.body AS body FROM delivery d JOIN message m ON m.id = d.message"
"""What every query that makes a Delivery selects, and from where."""


@lru_cache(maxsize=1024)
def to_ms(instant: datetime) -> int:
    """Return milliseconds since 1970. A week's deliveries are due at a few hundred instants."""
    return (instant - START) // timedelta(milliseconds=1)


def from_ms(number: int) -> datetime:
    """Return the instant."""
    return START + timedelta(milliseconds=number)


def maybe(number: int | None) -> datetime | None:
    """Return the instant, or None."""
    return None if number is None else from_ms(number)


def delivery(row: sqlite3.Row) -> Delivery:
    """Read a Delivery."""
    return Delivery(
        key=row["key"],
        edition=row["edition"],
        post=row["post"],
        part=row["part"],
        institution=row["institution"],
        account=row["account"],
        network=row["network"],
        theme=row["theme"],
        due=from_ms(row["due"]),
        closes=from_ms(row["closes"]),
        message=row["body"],
        after=row["after"],
        country=row["country"],
        essential=bool(row["essential"]),
        makers=() if row["makers"] == "[]" else tuple(json.loads(row["makers"])),
    )


def planned(row: sqlite3.Row) -> Planned:
    """Read what planning needs: with the times the campaign gave, where a person gave others."""
    told = delivery(row)
    moved = row["wish_due"] is not None
    if moved:
        told = replace(told, due=from_ms(row["wish_due"]), closes=from_ms(row["wish_closes"]))
    return Planned(told, State(row["state"]), row["by_hand"], from_ms(row["closes"]) if moved else None, row["id"])


def receipt(row: sqlite3.Row) -> Receipt | None:
    """Read a Receipt, or None where there is none."""
    if row["remote_id"] is None:
        return None
    return Receipt(row["remote_id"], row["url"], from_ms(row["posted_at"]), row["revision"])


def standing(row: sqlite3.Row) -> Standing:
    """Read a Standing."""
    return Standing(
        delivery(row),
        State(row["state"]),
        row["attempts"],
        maybe(row["not_before"]),
        row["why"],
        receipt(row),
        row["approved"] or "",
        row["held"] or "",
        bool(row["waits"]),
        row["by_hand"],
    )


def attempt(row: sqlite3.Row, key: DeliveryKey) -> Attempt:
    """Read an Attempt."""
    return Attempt(
        id=row["id"],
        key=key,
        number=row["number"],
        runner=row["runner"],
        started=from_ms(row["started"]),
        lease_until=from_ms(row["lease_until"]),
        envelope=None if row["payload"] is None else Envelope(row["address"], row["payload"]),
        sealed_at=maybe(row["sealed_at"]),
        ended=maybe(row["ended"]),
        outcome=None if row["outcome"] is None else Event(row["outcome"]),
        why=row["why"],
    )


def change(row: sqlite3.Row) -> Change:
    """Read a Change."""
    before = None if row["before"] is None else State(row["before"])
    return Change(from_ms(row["at"]), row["event"], before, State(row["after"]), row["who"], row["why"])
