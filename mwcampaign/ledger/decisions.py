"""What a person says, as SQL inside somebody else's transaction. Used by ledger.sqlite.

Every decision has a name and a reason; those about one delivery stand in its history, halts have records of their own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime

from mwcampaign.core.delivery import Event, ForbiddenMove, Receipt, State
from mwcampaign.core.ledger import Halt, Scope, Verdict
from mwcampaign.ledger import rows
from mwcampaign.ledger.moves import COVERS, WAITING, behind, kept, later, moved, one, remember
from mwcampaign.ledger.rows import DELIVERY, from_ms, to_ms

BY_A_PERSON = frozenset({Event.FOUND, Event.ABSENT, Event.RETRY, Event.CANCEL})
THREADED = {Event.RETRY: (State.MISSED, State.CANCELLED), Event.CANCEL: (State.SCHEDULED, State.RETRYING)}
"""Which of the parts behind it a decision takes along."""
HOLD = "UPDATE delivery SET approved = NULL, held = ?, waits = 1 WHERE id = ?"
SCOPED = "scope = ? AND value = ? AND ended IS NULL"
CAME_DUE = f"""
SELECT d.id, d.state FROM delivery d
WHERE d.state IN {WAITING} AND d.waits = 0 AND d.essential = 0 AND d.ready <= ?
  AND EXISTS (SELECT 1 FROM halt h WHERE {SCOPED} AND {COVERS})"""


def decided(
    db: sqlite3.Connection, key: str, event: Event, now: datetime, who: str, why: str, receipt: Receipt | None
) -> State:
    """Record what a person decided about one delivery, and about the parts behind it."""
    row = one(db, key)
    if event not in BY_A_PERSON or (event is Event.FOUND) != (receipt is not None):
        raise ForbiddenMove("a person says: it is there, with its address; it is not there; try again; or let it be")
    after = _decide(db, row, event, now, who, why, receipt)
    for part in behind(db, key):
        if State(part["state"]) in THREADED.get(event, ()) and not (event is Event.RETRY and _over(part, now)):
            _decide(db, part, event, now, who, f"{why}; with the part before it", None)
    db.execute("UPDATE serial SET value = value + 1")
    return after


def _decide(
    db: sqlite3.Connection,
    row: sqlite3.Row,
    event: Event,
    now: datetime,
    who: str,
    why: str,
    receipt: Receipt | None,
) -> State:
    if event is Event.RETRY and _over(row, now):
        closed = f"its window closed at {from_ms(row['closes']):%Y-%m-%d %H:%M} UTC"
        raise ForbiddenMove(f"{closed}: give it another time first")
    columns = later(row, event, None) | kept(receipt)
    if event is Event.CANCEL:
        columns["by_hand"] = f"cancelled by {who}: {why}"
    elif event is Event.RETRY and row["state"] == State.CANCELLED:
        columns["by_hand"] = ""
    return moved(db, row, event, now, who, why, **columns)


def _over(row: sqlite3.Row, now: datetime) -> bool:
    over: bool = row["closes"] <= to_ms(now)
    return over


def rescheduled(
    db: sqlite3.Connection, key: str, due: datetime, closes: datetime, now: datetime, who: str, why: str
) -> State:
    """Give a delivery, and the parts behind it, times of its own."""
    first = one(db, key)
    if closes <= max(due, now):
        raise ForbiddenMove("its window would be over before it is due, or is over already")
    told = f"moved to {due:%Y-%m-%d %H:%M} UTC by {who}: {why}"
    for row in (first, *behind(db, key)):
        state = State(row["state"])
        if state not in {State.SCHEDULED, State.RETRYING, State.MISSED}:
            if row["key"] == key:
                raise ForbiddenMove(f"it is {state}")
            continue
        db.execute(
            "UPDATE delivery SET wish_due = coalesce(wish_due, due), wish_closes = coalesce(wish_closes, closes), "
            "due = ?, closes = ?, ready = ?, not_before = NULL, by_hand = ? WHERE id = ?",
            (to_ms(due), to_ms(closes), to_ms(due), told, row["id"]),
        )
        after = moved(db, row, Event.RETRY, now, who, why) if state is State.MISSED else state
        remember(db, row["id"], "move", after, after, now, who, told)
    db.execute("UPDATE serial SET value = value + 1")
    return State(one(db, key)["state"])


def review(
    db: sqlite3.Connection, verdicts: Iterable[Verdict], now: datetime, who: str, why: str
) -> list[tuple[Verdict, str]]:
    """Record verdicts; return those refused, with the reason."""
    return [(each, refusal) for each in verdicts if (refusal := _reviewed(db, each, now, who, why))]


def _reviewed(db: sqlite3.Connection, verdict: Verdict, now: datetime, who: str, why: str) -> str:
    row = db.execute(f"SELECT {DELIVERY} WHERE d.key = ?", (verdict.key,)).fetchone()
    if row is None:
        return "there is no such delivery"
    # A no still counts until the seal, which then refuses; a yes to what goes already would mean nothing.
    if row["state"] not in {State.SCHEDULED, State.RETRYING, *(() if verdict.yes else (State.PREPARING,))}:
        return f"it is {row['state']}"
    delivery = rows.delivery(row)
    # Fails closed: a yes to something else than what will be sent is no yes.
    if delivery.content != verdict.content:
        return "it was edited since: look at it again"
    if not verdict.yes:
        db.execute(HOLD, (f"{who}: {why}", row["id"]))
    elif _same_person(who, delivery.makers):
        return f"{who} had a machine make it, so somebody else has to approve it"
    else:
        db.execute("UPDATE delivery SET approved = ?, held = NULL, waits = 0 WHERE id = ?", (who, row["id"]))
    state = State(row["state"])
    remember(db, row["id"], "approve" if verdict.yes else "hold", state, state, now, who, why)
    return ""


def _same_person(who: str, makers: tuple[str, ...]) -> bool:
    return " ".join(who.split()).casefold() in {" ".join(maker.split()).casefold() for maker in makers}


def halt(db: sqlite3.Connection, scope: Scope, value: str, now: datetime, who: str, why: str) -> bool:
    """Stop a scope, unless it is stopped."""
    made = db.execute(
        "INSERT INTO halt (scope, value, since, who, why) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (scope, value, to_ms(now), who, why),
    )
    return made.rowcount == 1


def resume(db: sqlite3.Connection, scope: Scope, value: str, now: datetime, who: str, why: str, *, hold: bool) -> bool:
    """End a scope's stop; with `hold`, what came due meanwhile needs a yes."""
    if db.execute(f"SELECT 1 FROM halt WHERE {SCOPED}", (scope, value)).fetchone() is None:
        return False
    if hold:
        for row in db.execute(CAME_DUE, (to_ms(now), scope, value)).fetchall():
            told = f"{who}: it came due during a halt"
            db.execute(HOLD, (told, row["id"]))
            remember(db, row["id"], "hold", State(row["state"]), State(row["state"]), now, who, "due during a halt")
    ending = (to_ms(now), who, why, scope, value)
    db.execute(f"UPDATE halt SET ended = ?, ended_by = ?, ended_why = ? WHERE {SCOPED}", ending)
    return True


def halts(db: sqlite3.Connection) -> Iterator[Halt]:
    """Yield what is stopped, oldest first."""
    for row in db.execute("SELECT * FROM halt WHERE ended IS NULL ORDER BY since, id"):
        yield Halt(row["scope"], row["value"], from_ms(row["since"]), row["who"], row["why"])
