"""Accounts, applications and servers that wait, as SQL inside somebody else's transaction. Used by the other modules
of this room; the rules are core.pacing's."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from mwcampaign.core.pacing import Pause, Rest, place, struck
from mwcampaign.ledger.rows import from_ms, maybe, to_ms

PLACE = "CASE WHEN coalesce(a.server, '') = '' THEN d.network ELSE d.network || ' ' || a.server END"
"""core.pacing.place in SQL, of a delivery d and its account a."""
WAITING = """
SELECT * FROM pause WHERE until > :now
UNION ALL SELECT * FROM pause WHERE reach = 'network' AND until <= :now"""
KEEP = """
INSERT INTO pause (reach, name, since, until, why, tries, accounts) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (reach, name) DO UPDATE SET since = excluded.since, until = excluded.until, why = excluded.why,
    tries = excluded.tries, accounts = excluded.accounts"""


@dataclass(frozen=True, slots=True)
class Places:
    """What waits besides accounts: networks whose application waits, servers that wait, servers to be probed."""

    applications: frozenset[str]
    paused: frozenset[str]
    probed: frozenset[str]

    @classmethod
    def read(cls, db: sqlite3.Connection, now: datetime) -> Places:
        """Read what waits at this moment."""
        told: dict[tuple[str, bool], set[str]] = {}
        for row in db.execute(
            "SELECT reach, name, until FROM pause WHERE reach IN ('application', 'network') AND until > 0"
        ):
            told.setdefault((row["reach"], row["until"] > to_ms(now)), set()).add(row["name"])

        def named(reach: str, waits: bool) -> frozenset[str]:
            return frozenset(told.get((reach, waits), ()))

        return cls(named("application", True), named("network", True), named("network", False))


def pauses(db: sqlite3.Connection, now: datetime) -> list[Pause]:
    """Return what waits now, and servers about to be probed."""
    return [_read(row) for row in db.execute(WAITING, {"now": to_ms(now)})]


def keep(db: sqlite3.Connection, delivery: sqlite3.Row, rest: Rest, now: datetime) -> None:
    """Let those wait whom the end of an attempt concerns besides."""
    account = delivery["account"]
    if rest.reach == "post" or (rest.until is None and rest.reach != "network"):
        return
    name = {"account": account, "application": delivery["network"]}.get(rest.reach) or _place(db, delivery)
    row = db.execute("SELECT * FROM pause WHERE reach = ? AND name = ?", (rest.reach, name)).fetchone()
    before = _read(row) if row else None
    runs = before.until if before and before.until and before.until > now else None
    if runs and (rest.until is None or rest.until <= runs):
        # It was in hand when the pause began: no probe, so nothing doubles, and no shorter wait undoes a longer one.
        return
    if rest.until is None:
        made = struck(before, name, account, rest.why, now)
    else:
        made = Pause(rest.reach, name, now, rest.until, rest.why, 1, (account,))
    until = None if made.until is None else to_ms(made.until)
    told = (made.reach, made.name, to_ms(made.since), until, made.why, made.tries, json.dumps(made.accounts))
    db.execute(KEEP, told)


def posted(db: sqlite3.Connection, delivery: sqlite3.Row, now: datetime, *, proven: bool) -> None:
    """Remember that an account has posted, or may have; what is proven to work ends a pause of its server."""
    db.execute("UPDATE account SET last = ? WHERE id = ?", (to_ms(now), delivery["account"]))
    if proven:
        db.execute("DELETE FROM pause WHERE reach = 'network' AND name = ?", (_place(db, delivery),))


def _place(db: sqlite3.Connection, delivery: sqlite3.Row) -> str:
    row = db.execute("SELECT server FROM account WHERE id = ?", (delivery["account"],)).fetchone()
    return place(delivery["network"], row["server"] if row else "")


def _read(row: sqlite3.Row) -> Pause:
    accounts = tuple(json.loads(row["accounts"]))
    return Pause(
        row["reach"], row["name"], from_ms(row["since"]), maybe(row["until"]), row["why"], row["tries"], accounts
    )
