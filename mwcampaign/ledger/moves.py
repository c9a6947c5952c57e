"""Every change of a delivery's state, as SQL inside somebody else's transaction. Used by ledger.sqlite and planning.

All go through `moved`, which knows no move but those of core.delivery.TRANSITIONS and writes a line of history.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from datetime import datetime, timedelta

from mwcampaign.core.delivery import DeliveryKey, Envelope, Event, ForbiddenMove, Receipt, State, move
from mwcampaign.core.ledger import Claim
from mwcampaign.ledger import rows
from mwcampaign.ledger.rows import DELIVERY, from_ms, to_ms

ENDS = frozenset({Event.ABANDON, Event.REJECT, Event.ACCEPT, Event.DEFER, Event.DOUBT})
ANSWERS = frozenset({Event.FOUND, Event.ABSENT})
WAITING = "('scheduled', 'retrying')"
CLAIMABLE = f"""
SELECT {DELIVERY}
WHERE d.state IN {WAITING} AND d.ready <= :now AND d.closes > :now
  AND (:only IS NULL OR d.key IN (SELECT value FROM json_each(:only)))
  AND (d.after IS NULL OR EXISTS (SELECT 1 FROM delivery p WHERE p.key = d.after AND p.state = 'delivered'))
  AND NOT EXISTS (SELECT 1 FROM delivery b WHERE b.account = d.account AND b.state IN ('preparing', 'sending'))
ORDER BY d.ready, d.key"""
LOST = """
SELECT a.id AS attempt, a.runner, a.lease_until, d.*
FROM attempt a JOIN delivery d ON d.id = a.delivery
WHERE a.ended IS NULL AND (a.lease_until <= :now OR a.runner IN (SELECT value FROM json_each(:dead)))
ORDER BY a.lease_until, a.id"""
LATE = f"""
SELECT d.*, p.state AS blocked
FROM delivery d LEFT JOIN delivery p ON p.key = d.after
WHERE d.state IN {WAITING} AND d.closes <= :now
ORDER BY d.closes, d.key"""


def moved(
    db: sqlite3.Connection, row: sqlite3.Row, event: Event, now: datetime, who: str, why: str = "", **columns: object
) -> State:
    """Move one delivery, set columns, write history. Raises ForbiddenMove."""
    before = State(row["state"])
    after = move(before, event)
    columns = {"state": str(after), "why": why} | columns
    names = ", ".join(f"{name} = ?" for name in columns)
    changed = db.execute(
        f"UPDATE delivery SET {names} WHERE id = ? AND state = ?", (*columns.values(), row["id"], str(before))
    )
    if changed.rowcount != 1:
        raise ForbiddenMove(f"the delivery is no longer {before}")
    remember(db, row["id"], event, before, after, now, who, why)
    return after


def remember(
    db: sqlite3.Connection, id_: int, event: str, before: State | None, after: State, now: datetime, who: str, why: str
) -> None:
    """Write one line of history."""
    db.execute(
        "INSERT INTO history (delivery, at, event, before, after, who, why) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (id_, to_ms(now), str(event), before and str(before), str(after), who, why),
    )


def one(db: sqlite3.Connection, key: str) -> sqlite3.Row:
    """Return a delivery's row. Raises ForbiddenMove when there is none."""
    row: sqlite3.Row | None = db.execute("SELECT * FROM delivery WHERE key = ?", (key,)).fetchone()
    if row is None:
        raise ForbiddenMove(f"there is no delivery {key}")
    return row


def claim(
    db: sqlite3.Connection, now: datetime, runner: str, lease: timedelta, limit: int, only: Collection[str] | None
) -> list[Claim]:
    """Take due deliveries, one per account, oldest first."""
    chosen: dict[str, sqlite3.Row] = {}
    told = {"now": to_ms(now), "only": None if only is None else json.dumps(list(only))}
    for row in db.execute(CLAIMABLE, told):
        if len(chosen) >= limit:
            break
        chosen.setdefault(row["account"], row)
    return [_claimed(db, row, now, runner, lease) for row in chosen.values()]


def _claimed(db: sqlite3.Connection, row: sqlite3.Row, now: datetime, runner: str, lease: timedelta) -> Claim:
    number = row["attempts"] + 1
    moved(db, row, Event.CLAIM, now, runner, attempts=number, not_before=None)
    last = db.execute(
        "SELECT * FROM attempt WHERE delivery = ? AND payload IS NOT NULL ORDER BY number DESC LIMIT 1", (row["id"],)
    ).fetchone()
    db.execute(
        "INSERT INTO attempt (delivery, number, runner, started, lease_until) VALUES (?, ?, ?, ?, ?)",
        (row["id"], number, runner, to_ms(now), to_ms(now + lease)),
    )
    made = db.execute("SELECT * FROM attempt WHERE delivery = ? AND number = ?", (row["id"], number)).fetchone()
    # From doubt the only way back here is proof of absence: the same request may go again, if the text is the same.
    replay = last is not None and last["outcome"] == Event.DOUBT and last["digest"] == row["digest"]
    parent, root = _thread(db, row["after"])
    return Claim(
        rows.attempt(made, row["key"]),
        rows.delivery(row),
        parent,
        root,
        rows.attempt(last, row["key"]).envelope if replay else None,
        from_ms(last["sealed_at"]) if replay else None,
    )


def _thread(db: sqlite3.Connection, after: str | None) -> tuple[Receipt | None, Receipt | None]:
    """Return the receipts of the part before and of the first part."""
    receipts = []
    while after is not None:
        row = one(db, after)
        receipts.append(rows.receipt(row))
        after = row["after"]
    return (receipts[0], receipts[-1]) if receipts else (None, None)


def seal(db: sqlite3.Connection, attempt: int, envelope: Envelope, now: datetime) -> None:
    """Put the exact request down. Raises ForbiddenMove when the lease is lost or over."""
    held, row = _held(db, attempt)
    if held["ended"] is not None or held["lease_until"] <= to_ms(now):
        raise ForbiddenMove(f"the lease of attempt {held['number']} is over: nothing may be sent")
    moved(db, row, Event.SEAL, now, held["runner"])
    db.execute(
        "UPDATE attempt SET address = ?, payload = ?, sealed_at = ?, digest = ? WHERE id = ?",
        (envelope.address, envelope.payload, to_ms(now), row["digest"], attempt),
    )


def settle(
    db: sqlite3.Connection,
    attempt: int,
    event: Event,
    now: datetime,
    why: str,
    receipt: Receipt | None,
    not_before: datetime | None,
) -> State:
    """Close an attempt with what happened."""
    held, row = _held(db, attempt)
    if event not in ENDS:
        raise ForbiddenMove(f"no attempt ends with: {event}")
    if (event is Event.ACCEPT) != (receipt is not None):
        raise ForbiddenMove("a receipt and nothing else makes a delivery delivered")
    if held["ended"] is not None:
        # The lease is over. A receipt is proof all the same; anything else comes too late to say.
        if receipt is None:
            raise ForbiddenMove(f"attempt {held['number']} was closed before: {held['outcome']}")
        if row["remote_id"] == receipt.remote_id:
            return State(row["state"])
        # Another try may be in hand, and even be sent: that is for the history, and never for a second receipt.
        db.execute(
            "UPDATE attempt SET ended = ?, outcome = CASE WHEN payload IS NULL THEN ? ELSE ? END, "
            "why = 'a late receipt came first' WHERE delivery = ? AND ended IS NULL",
            (to_ms(now), str(Event.ABANDON), str(Event.DOUBT), row["id"]),
        )
        return moved(db, row, event, now, held["runner"], "a late receipt", not_before=None, **_kept(receipt))
    after = moved(db, row, event, now, held["runner"], why, **_later(row, event, not_before), **_kept(receipt))
    _end(db, attempt, event, now, why)
    return after


def _held(db: sqlite3.Connection, attempt: int) -> tuple[sqlite3.Row, sqlite3.Row]:
    held = db.execute("SELECT * FROM attempt WHERE id = ?", (attempt,)).fetchone()
    if held is None:
        raise ForbiddenMove(f"there is no attempt {attempt}")
    return held, db.execute("SELECT * FROM delivery WHERE id = ?", (held["delivery"],)).fetchone()


def _end(db: sqlite3.Connection, attempt: int, event: Event, now: datetime, why: str) -> None:
    db.execute(
        "UPDATE attempt SET ended = ?, outcome = ?, why = ? WHERE id = ?", (to_ms(now), str(event), why, attempt)
    )


def _kept(receipt: Receipt | None) -> dict[str, object]:
    if receipt is None:
        return {}
    told = (receipt.remote_id, receipt.url, to_ms(receipt.posted_at), receipt.revision)
    return dict(zip(("remote_id", "url", "posted_at", "revision"), told, strict=True))


def _later(row: sqlite3.Row, event: Event, not_before: datetime | None) -> dict[str, object]:
    if not_before is None:
        return {"ready": 0 if event is Event.DOUBT else row["due"], "not_before": None}
    return {"ready": max(to_ms(not_before), row["due"]), "not_before": to_ms(not_before)}


def expire(db: sqlite3.Connection, now: datetime, dead: Collection[str]) -> list[tuple[DeliveryKey, State]]:
    """Take back what lost runners held."""
    lost = db.execute(LOST, {"now": to_ms(now), "dead": json.dumps(list(dead))}).fetchall()
    done = []
    for row in lost:
        event = Event.ABANDON if row["state"] == State.PREPARING else Event.DOUBT
        reason = "the lease is over" if row["lease_until"] <= to_ms(now) else "the process is gone"
        why = f"{reason}; " + ("nothing was sent" if event is Event.ABANDON else "it may have been sent")
        after = moved(db, row, event, now, "ledger", why, **_later(row, event, None))
        _end(db, row["attempt"], event, now, why)
        done.append((DeliveryKey(row["key"]), after))
    return done


def close_windows(db: sqlite3.Connection, now: datetime) -> list[DeliveryKey]:
    """Mark as missed what is waiting and too late."""
    late = db.execute(LATE, {"now": to_ms(now)}).fetchall()
    for row in late:
        why = f"too late: it closed at {from_ms(row['closes']):%Y-%m-%d %H:%M} UTC"
        if row["blocked"] not in {None, State.DELIVERED}:
            why += f"; the part before it is {row['blocked']}"
        elif row["why"]:
            why += f"; before that: {row['why']}"
        moved(db, row, Event.WINDOW_CLOSED, now, "ledger", why, not_before=None)
    return [DeliveryKey(row["key"]) for row in late]


def reconciled(
    db: sqlite3.Connection,
    key: str,
    last_attempt: int,
    event: Event | None,
    now: datetime,
    why: str,
    receipt: Receipt | None,
    not_before: datetime | None,
) -> State:
    """Record what a look found, if it is still about the last attempt."""
    row = one(db, key)
    newest = db.execute("SELECT max(id) FROM attempt WHERE delivery = ?", (row["id"],)).fetchone()[0]
    if row["state"] != State.UNKNOWN or newest != last_attempt:
        raise ForbiddenMove(f"the delivery is {row['state']} by now: the look came too late")
    if event is None:
        later = None if not_before is None else to_ms(not_before)
        db.execute(
            "UPDATE delivery SET why = ?, not_before = ?, ready = ? WHERE id = ?", (why, later, later or 0, row["id"])
        )
        remember(db, row["id"], "look", State.UNKNOWN, State.UNKNOWN, now, "ledger", why)
        return State.UNKNOWN
    if event not in ANSWERS:
        raise ForbiddenMove(f"no look answers: {event}")
    if (event is Event.FOUND) != (receipt is not None):
        raise ForbiddenMove("a receipt and nothing else makes a delivery delivered")
    return moved(db, row, event, now, "ledger", why, **_later(row, event, not_before), **_kept(receipt))


BY_A_PERSON = frozenset({Event.FOUND, Event.ABSENT, Event.RETRY})


def decided(
    db: sqlite3.Connection, key: str, event: Event, now: datetime, who: str, why: str, receipt: Receipt | None
) -> State:
    """Record what a person decided."""
    row = one(db, key)
    if event not in BY_A_PERSON or (event is Event.FOUND) != (receipt is not None):
        raise ForbiddenMove("a person says: it is there, with its address; it is not there; or try again")
    if event is Event.RETRY and row["closes"] <= to_ms(now):
        raise ForbiddenMove(f"its window closed at {from_ms(row['closes']):%Y-%m-%d %H:%M} UTC")
    db.execute("UPDATE serial SET value = value + 1")
    return moved(db, row, event, now, who, why, **_later(row, event, None), **_kept(receipt))
