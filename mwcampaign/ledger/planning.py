"""Carrying out a plan, as SQL inside somebody else's transaction: all of it, or none. Used by ledger.sqlite."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice

from mwcampaign.core.campaign import Approval
from mwcampaign.core.delivery import Delivery, Event, ForbiddenMove, State
from mwcampaign.core.ledger import Descriptions
from mwcampaign.errors import PlanRefused
from mwcampaign.ledger import rows
from mwcampaign.ledger.messages import Messages
from mwcampaign.ledger.moves import moved, one, remember
from mwcampaign.ledger.rows import DELIVERY, from_ms, to_ms

Wish = tuple[Event | None, Delivery, str | None]
AGAIN = "make the plan again, and review what changed"
BATCH = 1000
"""Wishes carried out together: enough to be fast, few enough to keep memory flat."""
NAMED = 5
"""How many stale deliveries a refusal names."""

OURS = "SELECT id FROM delivery WHERE id >= ?"
COLUMNS = ("key", "edition", "post", "part", "institution", "account", "network", "theme", "due", "closes", "message",
           "after", "digest", "country", "essential", "makers")  # fmt: skip
"""What a wish says of a delivery, in the order of _columns."""
SCHEDULE = f"""
INSERT INTO delivery ({", ".join(COLUMNS)}, id, waits, ready, state)
VALUES ({"?, " * len(COLUMNS)}?, ?, ?, 'scheduled') ON CONFLICT (key) DO NOTHING"""
POLICY = "INSERT INTO edition (id, approval) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET approval = excluded.approval"
WAITS = """
UPDATE delivery SET waits = (held IS NOT NULL OR (:required AND approved IS NULL))
WHERE edition = :edition AND state <> 'delivered'"""
DESCRIBE = """
INSERT INTO account (id, body) VALUES (?, ?)
ON CONFLICT (id) DO UPDATE SET body = excluded.body WHERE body <> excluded.body"""
REMEMBER = "INSERT INTO history (delivery, at, event, after, who) VALUES (?, ?, 'schedule', 'scheduled', ?)"


@dataclass(frozen=True, slots=True)
class Applying:
    """Who applies a plan, when, and how far accounts are spread."""

    at: datetime
    who: str
    spread: int
    """Milliseconds."""
    required: frozenset[str]
    """The editions whose deliveries need a yes."""
    messages: Messages

    def ready(self, account: str, due: int, closes: int) -> int:
        """Return when a delivery is ready: at its due time and a little later, always the same for an account, so that
        accounts that are due together do not post in the same second; never beyond the middle of the window."""
        most = min(self.spread, max(closes - due, 0) // 2)
        return due + (zlib.crc32(account.encode()) % (most + 1))


def apply(
    db: sqlite3.Connection,
    serial: int,
    wishes: Iterable[Wish],
    accounts: Descriptions,
    at: datetime,
    who: str,
    approvals: Mapping[str, Approval],
    spread: timedelta,
) -> int:
    """Carry out a plan. Raises PlanRefused, naming what moved on since it was made."""
    current: int = db.execute("SELECT value FROM serial").fetchone()[0]
    if current != serial:
        raise PlanRefused("the plan is stale: the ledger was changed by another plan since it was made", hint=AGAIN)
    known_policies: dict[str, Approval] = dict(db.execute("SELECT id, approval FROM edition").fetchall())
    policies = {edition: policy for edition, policy in approvals.items() if known_policies.get(edition) != policy}
    for edition, policy in policies.items():
        db.execute(POLICY, (edition, policy))
        db.execute(WAITS, {"required": policy == "required", "edition": edition})
    required = frozenset(name for name, policy in {**known_policies, **policies}.items() if policy == "required")
    applying = Applying(at, who, spread // timedelta(milliseconds=1), required, Messages(db))
    told: list[str] = []
    stale = changes = 0
    rest = iter(wishes)
    while batch := list(islice(rest, BATCH)):
        changes += len(batch)
        for delivery, why in _carry_out(db, batch, applying):
            stale += 1
            if stale <= NAMED:
                told.append(f"{delivery.key[:12]} {delivery.account} {delivery.post}: {why}")
    if stale:
        more = f"; and {stale - NAMED} more" if stale > NAMED else ""
        raise PlanRefused(f"the plan is stale: {'; '.join(told)}{more}", hint=AGAIN)
    before = db.total_changes
    db.executemany(DESCRIBE, accounts.items())
    if not (changes or db.total_changes > before or policies):
        return current
    db.execute("UPDATE serial SET value = value + 1")
    return current + 1


def _carry_out(db: sqlite3.Connection, batch: Collection[Wish], applying: Applying) -> Iterator[tuple[Delivery, str]]:
    """Carry out some wishes; yield those that cannot be, with the reason."""
    yield from _schedule(db, [delivery for event, delivery, _ in batch if event is None], applying)
    for event, delivery, before in batch:
        if event is None:
            continue
        try:
            _change(db, event, delivery, before, applying)
        except ForbiddenMove as error:
            yield delivery, str(error)


def _schedule(db: sqlite3.Connection, wishes: list[Delivery], applying: Applying) -> Iterator[tuple[Delivery, str]]:
    if not wishes:
        return
    # Rows are never deleted and nobody else is writing, so the next numbers are ours.
    first = (db.execute("SELECT max(id) FROM delivery").fetchone()[0] or 0) + 1
    messages = applying.messages.numbers(wish.message for wish in wishes)
    made: list[tuple[object, ...]] = []
    for number, wish in enumerate(wishes, first):
        due, closes = to_ms(wish.due), to_ms(wish.closes)
        ready, waits = applying.ready(wish.account, due, closes), wish.edition in applying.required
        made.append((*_columns(wish, due, closes, messages[wish.message]), number, waits, ready))
    numbers: Iterable[int] = range(first, first + len(made))
    if db.executemany(SCHEDULE, made).rowcount < len(made):
        numbers = {row[0] for row in db.execute(OURS, (first,))}
        there = "it is in the ledger already"
        yield from ((wish, there) for number, wish in enumerate(wishes, first) if number not in numbers)
    at = to_ms(applying.at)
    db.executemany(REMEMBER, ((number, at, applying.who) for number in numbers))


def _change(db: sqlite3.Connection, event: Event, delivery: Delivery, before: str | None, applying: Applying) -> None:
    row = one(db, delivery.key)
    # Fails closed: a change without the digest it was reviewed against is as stale as one with the wrong digest.
    if row["digest"] != before:
        raise ForbiddenMove("it was changed since the plan was made")
    if event is Event.WITHDRAW:
        moved(db, row, event, applying.at, applying.who, "no longer in the campaign", not_before=None)
        return
    if event is not Event.REVISE:
        raise ForbiddenMove(f"no plan may ask for: {event}")
    due, closes = to_ms(delivery.due), to_ms(delivery.closes)
    message = applying.messages.numbers([delivery.message])[delivery.message]
    columns: dict[str, object] = dict(zip(COLUMNS, _columns(delivery, due, closes, message), strict=True))
    columns |= _timing(row, delivery.account, due, closes, applying) | _standing(db, row, delivery, applying)
    moved(db, row, event, applying.at, applying.who, "", not_before=None, **columns)


def _timing(row: sqlite3.Row, account: str, due: int, closes: int, applying: Applying) -> dict[str, object]:
    """Return the columns of time: a person's own times stand until the campaign's change."""
    if row["wish_due"] is not None and (due, closes) == (row["wish_due"], row["wish_closes"]):
        return {"due": row["due"], "closes": row["closes"], "ready": row["due"]}
    return {"ready": applying.ready(account, due, closes), "wish_due": None, "wish_closes": None, "by_hand": ""}


def _standing(db: sqlite3.Connection, row: sqlite3.Row, delivery: Delivery, applying: Applying) -> dict[str, object]:
    """Return the columns of approval: an edit voids a yes; a no stands until somebody says yes."""
    approved = row["approved"]
    if approved is not None:
        full = db.execute(f"SELECT {DELIVERY} WHERE d.id = ?", (row["id"],)).fetchone()
        if rows.delivery(full).content != delivery.content:
            state = State(row["state"])
            remember(
                db, row["id"], "void", state, state, applying.at, applying.who, f"edited: the yes of {approved} is void"
            )
            approved = None
    required = delivery.edition in applying.required
    return {"approved": approved, "waits": row["held"] is not None or (required and approved is None)}


def _columns(delivery: Delivery, due: int, closes: int, message: int) -> tuple[object, ...]:
    # The digest is of what the ledger gives back: in UTC, to the millisecond.
    plain = _as_kept(delivery.due) and _as_kept(delivery.closes)
    kept = delivery if plain else replace(delivery, due=from_ms(due), closes=from_ms(closes))
    makers = json.dumps(delivery.makers, ensure_ascii=False) if delivery.makers else "[]"
    return (
        delivery.key, delivery.edition, delivery.post, delivery.part, delivery.institution, delivery.account,
        delivery.network, delivery.theme, due, closes, message, delivery.after, kept.digest, delivery.country,
        delivery.essential, makers,
    )  # fmt: skip


def _as_kept(instant: datetime) -> bool:
    return instant.tzinfo is UTC and instant.microsecond % 1000 == 0
