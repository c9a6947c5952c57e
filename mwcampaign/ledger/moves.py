"""Every change of a delivery's state, as SQL inside somebody else's transaction. Used by the other modules here.

All go through `moved`, which knows no move but those of core.delivery.TRANSITIONS and writes a line of history.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from mwcampaign.core.delivery import DeliveryKey, Envelope, Event, ForbiddenMove, Receipt, State, Withheld, move
from mwcampaign.core.pacing import Rest
from mwcampaign.ledger import pauses
from mwcampaign.ledger.rows import from_ms, to_ms

ENDS = frozenset({Event.ABANDON, Event.REJECT, Event.ACCEPT, Event.DEFER, Event.DOUBT})
ANSWERS = frozenset({Event.FOUND, Event.ABSENT})
WAITING = "('scheduled', 'retrying')"
COVERS = """(h.scope = 'everything'
    OR (h.scope = 'country' AND h.value = d.country) OR (h.scope = 'network' AND h.value = d.network)
    OR (h.scope = 'theme' AND h.value = d.theme) OR (h.scope = 'institution' AND h.value = d.institution))"""
HALTED = f"EXISTS (SELECT 1 FROM halt h WHERE h.ended IS NULL AND {COVERS})"
STOPPED = f"SELECT d.waits, d.essential = 0 AND {HALTED} AS halted FROM delivery d WHERE d.id = ?"
LOST = """
SELECT a.id AS attempt, a.runner, a.lease_until, d.*
FROM attempt a JOIN delivery d ON d.id = a.delivery
WHERE a.ended IS NULL AND (a.lease_until <= :now OR a.runner IN (SELECT value FROM json_each(:dead)))
ORDER BY a.lease_until, a.id"""
LATE = f"""
SELECT d.*, p.state AS blocked, d.essential = 0 AND {HALTED} AS halted
FROM delivery d LEFT JOIN delivery p ON p.key = d.after
WHERE d.state IN {WAITING} AND d.closes <= :now
ORDER BY d.closes, d.id"""
BEHIND = "SELECT * FROM delivery WHERE after = ? ORDER BY id"


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


def behind(db: sqlite3.Connection, key: str) -> Iterator[sqlite3.Row]:
    """Yield the parts of a thread behind this one, nearest first."""
    for row in db.execute(BEHIND, (key,)).fetchall():
        yield row
        yield from behind(db, row["key"])


def seal(db: sqlite3.Connection, attempt: int, envelope: Envelope, now: datetime) -> None:
    """Put the exact request down. Raises ForbiddenMove when the lease is lost, Withheld when a person said no."""
    held, row = _held(db, attempt)
    if held["ended"] is not None or held["lease_until"] <= to_ms(now):
        raise ForbiddenMove(f"the lease of attempt {held['number']} is over: nothing may be sent")
    if row["closes"] <= to_ms(now):
        raise Withheld("its window closed before it was sent")
    # A stop is a stop from the moment it is on disk: also for what was claimed a second before.
    stopped = db.execute(STOPPED, (row["id"],)).fetchone()
    if stopped["waits"] or stopped["halted"]:
        raise Withheld("halted before it was sent" if stopped["halted"] else "held before it was sent")
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
    rests: Sequence[Rest] = (),
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
        pauses.posted(db, row, now, proven=True)
        return moved(db, row, event, now, held["runner"], "a late receipt", not_before=None, **kept(receipt))
    after = moved(db, row, event, now, held["runner"], why, **later(row, event, not_before), **kept(receipt))
    _end(db, attempt, event, now, why)
    if event in {Event.ACCEPT, Event.DOUBT}:
        pauses.posted(db, row, now, proven=event is Event.ACCEPT)
    for rest in rests:
        pauses.keep(db, row, rest, now)
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


def kept(receipt: Receipt | None) -> dict[str, object]:
    """Return the columns of a receipt, none without one."""
    if receipt is None:
        return {}
    told = (receipt.remote_id, receipt.url, to_ms(receipt.posted_at), receipt.revision)
    return dict(zip(("remote_id", "url", "posted_at", "revision"), told, strict=True))


def later(row: sqlite3.Row, event: Event, not_before: datetime | None) -> dict[str, object]:
    """Return the columns that say when something can be done next."""
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
        after = moved(db, row, event, now, "ledger", why, **later(row, event, None))
        _end(db, row["attempt"], event, now, why)
        done.append((DeliveryKey(row["key"]), after))
    return done


def close_windows(db: sqlite3.Connection, now: datetime) -> list[DeliveryKey]:
    """Mark as missed what is waiting and too late, and the parts behind it."""
    done: list[DeliveryKey] = []
    for row in db.execute(LATE, {"now": to_ms(now)}).fetchall():
        if row["key"] not in done:
            _missed(db, row, now, f"too late: it closed at {from_ms(row['closes']):%Y-%m-%d %H:%M} UTC{_reason(row)}")
            done.append(DeliveryKey(row["key"]))
        for part in behind(db, row["key"]):
            if part["state"] in {State.SCHEDULED, State.RETRYING} and part["key"] not in done:
                _missed(db, part, now, "the part before it was missed")
                done.append(DeliveryKey(part["key"]))
    return done


def _missed(db: sqlite3.Connection, row: sqlite3.Row, now: datetime, why: str) -> None:
    moved(db, row, Event.WINDOW_CLOSED, now, "ledger", why, not_before=None)


def _reason(row: sqlite3.Row) -> str:
    """Return what kept a late delivery from going in time, as far as is known."""
    if row["blocked"] not in {None, State.DELIVERED}:
        return f"; the part before it is {row['blocked']}"
    if row["held"]:
        return f"; held by {row['held']}"
    if row["waits"]:
        return "; nobody approved it"
    if row["halted"]:
        return "; halted"
    return f"; before that: {row['why']}" if row["why"] else ""


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
        again = None if not_before is None else to_ms(not_before)
        db.execute(
            "UPDATE delivery SET why = ?, not_before = ?, ready = ? WHERE id = ?", (why, again, again or 0, row["id"])
        )
        remember(db, row["id"], "look", State.UNKNOWN, State.UNKNOWN, now, "ledger", why)
        return State.UNKNOWN
    if event not in ANSWERS:
        raise ForbiddenMove(f"no look answers: {event}")
    if (event is Event.FOUND) != (receipt is not None):
        raise ForbiddenMove("a receipt and nothing else makes a delivery delivered")
    return moved(db, row, event, now, "ledger", why, **later(row, event, not_before), **kept(receipt))
