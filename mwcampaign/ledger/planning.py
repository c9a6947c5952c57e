"""Carrying out a plan, as SQL inside somebody else's transaction: all of it, or none. Used by ledger.sqlite."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime

from mwcampaign.core.delivery import Delivery, Event, ForbiddenMove, State
from mwcampaign.errors import PlanRefused
from mwcampaign.ledger.moves import moved, one, remember
from mwcampaign.ledger.rows import to_ms

Wish = tuple[Event | None, Delivery, str | None]
AGAIN = "make the plan again, and review what changed"


def apply(
    db: sqlite3.Connection, serial: int, wishes: Iterable[Wish], accounts: Mapping[str, str], at: datetime, who: str
) -> int:
    """Carry out a plan. Raises PlanRefused, naming what moved on since it was made."""
    current: int = db.execute("SELECT value FROM serial").fetchone()[0]
    if current != serial:
        raise PlanRefused("the plan is stale: the ledger was changed by another plan since it was made", hint=AGAIN)
    stale: list[str] = []
    changes = 0
    for event, delivery, before in wishes:
        changes += 1
        try:
            _carry_out(db, event, delivery, before, at, who)
        except (sqlite3.IntegrityError, ForbiddenMove) as error:
            stale.append(f"{delivery.account} {delivery.post}: {error}")
    if stale:
        told = "; ".join(stale[:5]) + (f"; and {len(stale) - 5} more" if len(stale) > 5 else "")
        raise PlanRefused(f"the plan is stale: {told}", hint=AGAIN)
    known = dict(db.execute("SELECT id, body FROM account").fetchall())
    changed = {name: body for name, body in accounts.items() if known.get(name) != body}
    db.executemany(
        "INSERT INTO account (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
        changed.items(),
    )
    if not changes and not changed:
        return current
    db.execute("UPDATE serial SET value = value + 1")
    return current + 1


def _carry_out(
    db: sqlite3.Connection, event: Event | None, delivery: Delivery, before: str | None, at: datetime, who: str
) -> None:
    if event is None:
        _schedule(db, delivery, at, who)
        return
    row = one(db, delivery.key)
    # Fails closed: a change without the digest it was reviewed against is as stale as one with the wrong digest.
    if before is None or row["digest"] != before:
        raise ForbiddenMove("it was changed since the plan was made")
    if event is Event.WITHDRAW:
        moved(db, row, event, at, who, "no longer in the campaign", not_before=None)
        return
    told = _columns(db, delivery)
    moved(db, row, event, at, who, "", ready=told["due"], not_before=None, **told)


def _schedule(db: sqlite3.Connection, delivery: Delivery, at: datetime, who: str) -> None:
    told = {"key": delivery.key, "state": str(State.SCHEDULED), **_columns(db, delivery)}
    told["ready"] = told["due"]
    marks = ", ".join("?" * len(told))
    made = db.execute(f"INSERT INTO delivery ({', '.join(told)}) VALUES ({marks})", tuple(told.values()))
    assert made.lastrowid is not None
    remember(db, made.lastrowid, "schedule", None, State.SCHEDULED, at, who, "")


def _columns(db: sqlite3.Connection, delivery: Delivery) -> dict[str, object]:
    digest = hashlib.sha256(delivery.message.encode()).digest()
    db.execute("INSERT INTO message (digest, body) VALUES (?, ?) ON CONFLICT DO NOTHING", (digest, delivery.message))
    message = db.execute("SELECT id FROM message WHERE digest = ?", (digest,)).fetchone()[0]
    return {
        "edition": delivery.edition,
        "post": delivery.post,
        "part": delivery.part,
        "institution": delivery.institution,
        "account": delivery.account,
        "network": delivery.network,
        "theme": delivery.theme,
        "due": to_ms(delivery.due),
        "closes": to_ms(delivery.closes),
        "message": message,
        "after": delivery.after,
        "digest": delivery.digest,
    }
