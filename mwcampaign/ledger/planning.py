"""Carrying out a plan, as SQL inside somebody else's transaction: all of it, or none. Used by ledger.sqlite."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice

from mwcampaign.core.delivery import Delivery, Event, ForbiddenMove
from mwcampaign.errors import PlanRefused
from mwcampaign.ledger.moves import moved, one
from mwcampaign.ledger.rows import from_ms, to_ms

Wish = tuple[Event | None, Delivery, str | None]
AGAIN = "make the plan again, and review what changed"
BATCH = 1000
"""Wishes carried out together: enough to be fast, few enough to keep memory flat."""
NAMED = 5
"""How many stale deliveries a refusal names."""

KNOWN = "SELECT key FROM delivery WHERE key IN (SELECT value FROM json_each(?))"
KEEP_MESSAGE = "INSERT INTO message (digest, body) VALUES (:sha, :body) ON CONFLICT DO NOTHING"
SCHEDULE = """
INSERT INTO delivery (id, key, edition, post, part, institution, account, network, theme, due, closes, message, after,
    digest, state, ready)
VALUES (:id, :key, :edition, :post, :part, :institution, :account, :network, :theme, :due, :closes,
    (SELECT id FROM message WHERE digest = :sha), :after, :digest, 'scheduled', :due)"""
REMEMBER = "INSERT INTO history (delivery, at, event, after, who) VALUES (:id, :at, 'schedule', 'scheduled', :who)"


def apply(
    db: sqlite3.Connection, serial: int, wishes: Iterable[Wish], accounts: Mapping[str, str], at: datetime, who: str
) -> int:
    """Carry out a plan. Raises PlanRefused, naming what moved on since it was made."""
    current: int = db.execute("SELECT value FROM serial").fetchone()[0]
    if current != serial:
        raise PlanRefused("the plan is stale: the ledger was changed by another plan since it was made", hint=AGAIN)
    told: list[str] = []
    stale = changes = 0
    rest = iter(wishes)
    while batch := list(islice(rest, BATCH)):
        changes += len(batch)
        for delivery, why in _carry_out(db, batch, at, who):
            stale += 1
            if stale <= NAMED:
                told.append(f"{delivery.key[:12]} {delivery.account} {delivery.post}: {why}")
    if stale:
        more = f"; and {stale - NAMED} more" if stale > NAMED else ""
        raise PlanRefused(f"the plan is stale: {'; '.join(told)}{more}", hint=AGAIN)
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
    db: sqlite3.Connection, batch: Collection[Wish], at: datetime, who: str
) -> Iterator[tuple[Delivery, str]]:
    """Carry out some wishes; yield those that cannot be, with the reason."""
    yield from _schedule(db, [delivery for event, delivery, _ in batch if event is None], at, who)
    for event, delivery, before in batch:
        if event is None:
            continue
        try:
            _change(db, event, delivery, before, at, who)
        except ForbiddenMove as error:
            yield delivery, str(error)


def _schedule(db: sqlite3.Connection, wishes: list[Delivery], at: datetime, who: str) -> Iterator[tuple[Delivery, str]]:
    known = {row[0] for row in db.execute(KNOWN, (json.dumps([wish.key for wish in wishes]),))}
    # Rows are never deleted and nobody else is writing, so the next numbers are ours.
    next_id = (db.execute("SELECT max(id) FROM delivery").fetchone()[0] or 0) + 1
    rows: list[dict[str, object]] = []
    for wish in wishes:
        if wish.key in known:
            yield wish, "it is in the ledger already"
            continue
        known.add(wish.key)
        rows.append({"id": next_id + len(rows), "at": to_ms(at), "who": who, **_columns(wish)})
    for statement in (KEEP_MESSAGE, SCHEDULE, REMEMBER):
        db.executemany(statement, rows)


def _change(
    db: sqlite3.Connection, event: Event, delivery: Delivery, before: str | None, at: datetime, who: str
) -> None:
    row = one(db, delivery.key)
    # Fails closed: a change without the digest it was reviewed against is as stale as one with the wrong digest.
    if row["digest"] != before:
        raise ForbiddenMove("it was changed since the plan was made")
    if event is Event.WITHDRAW:
        moved(db, row, event, at, who, "no longer in the campaign", not_before=None)
        return
    if event is not Event.REVISE:
        raise ForbiddenMove(f"no plan may ask for: {event}")
    columns = _columns(delivery)
    db.execute(KEEP_MESSAGE, columns)
    sha = columns.pop("sha")
    del columns["body"]
    columns["message"] = db.execute("SELECT id FROM message WHERE digest = ?", (sha,)).fetchone()[0]
    moved(db, row, event, at, who, "", ready=columns["due"], not_before=None, **columns)


def _columns(delivery: Delivery) -> dict[str, object]:
    due, closes = to_ms(delivery.due), to_ms(delivery.closes)
    # The digest is of what the ledger gives back: in UTC, to the millisecond.
    plain = all(told.tzinfo is UTC and told.microsecond % 1000 == 0 for told in (delivery.due, delivery.closes))
    kept = delivery if plain else replace(delivery, due=from_ms(due), closes=from_ms(closes))
    return {
        "key": delivery.key,
        "edition": delivery.edition,
        "post": delivery.post,
        "part": delivery.part,
        "institution": delivery.institution,
        "account": delivery.account,
        "network": delivery.network,
        "theme": delivery.theme,
        "due": due,
        "closes": closes,
        "sha": hashlib.sha256(delivery.message.encode()).digest(),
        "body": delivery.message,
        "after": delivery.after,
        "digest": kept.digest,
    }
