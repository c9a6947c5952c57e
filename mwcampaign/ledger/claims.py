"""What may be claimed, by whom, and when there will be more: SQL inside somebody else's transaction. Used by
ledger.sqlite.

All that can hold a due delivery back stands in CLAIMABLE, so that no other place has to know it.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from mwcampaign.core.delivery import Event, Receipt
from mwcampaign.core.ledger import Claim
from mwcampaign.ledger import rows
from mwcampaign.ledger.moves import HALTED, WAITING, moved, one
from mwcampaign.ledger.pauses import PLACE, Places
from mwcampaign.ledger.rows import DELIVERY, from_ms, to_ms

ALL_HALTED = "SELECT EXISTS (SELECT 1 FROM halt WHERE ended IS NULL AND scope = 'everything')"
FOLLOWS = "(d.after IS NULL OR EXISTS (SELECT 1 FROM delivery p WHERE p.key = d.after AND p.state = 'delivered'))"
READY = f"""d.state IN {WAITING} AND d.waits = 0 AND d.ready <= :now AND d.closes > :now
  AND (:only IS NULL OR d.key IN (SELECT value FROM json_each(:only)))
  AND {FOLLOWS} AND (d.essential = 1 OR NOT {HALTED})"""
"""Due, and nobody's no stands against it."""
CLAIMABLE = f"""
SELECT d.id AS number, d.account, {PLACE} AS place, d.ready
FROM delivery d LEFT JOIN account a ON a.id = d.account
WHERE {READY}
  AND NOT EXISTS (SELECT 1 FROM delivery b WHERE b.account = d.account AND b.state IN ('preparing', 'sending'))
  AND NOT EXISTS (SELECT 1 FROM pause p WHERE p.reach = 'account' AND p.name = d.account AND p.until > :now)
  AND (d.after IS NOT NULL OR a.last IS NULL OR a.last <= :now - :spacing)
  AND d.network NOT IN (SELECT value FROM json_each(:applications))
  AND {PLACE} NOT IN (SELECT value FROM json_each(:places))"""
ORDER = " ORDER BY ready, number"
NETWORKS = f"""
WITH RECURSIVE found (name) AS (
    SELECT min(network) FROM delivery WHERE state IN {WAITING} AND waits = 0
    UNION ALL
    SELECT (SELECT min(network) FROM delivery WHERE state IN {WAITING} AND waits = 0 AND network > found.name)
    FROM found WHERE found.name IS NOT NULL)
SELECT name FROM found WHERE name IS NOT NULL"""
"""The networks of what waits: one step down an index for each, whatever number waits."""
NOTHING = "SELECT id AS number, account, network AS place, ready FROM delivery WHERE 0"
HALTED_NETWORKS = "SELECT value FROM halt WHERE ended IS NULL AND scope = 'network'"
ON_SERVERS = "SELECT EXISTS (SELECT 1 FROM account WHERE network = ? AND server > '')"
"""Whether accounts of a network live on servers of their own, so that a pause of the network's own is not for all."""
IN_HAND = f"""
SELECT {PLACE} AS place, count(*) AS number FROM delivery d LEFT JOIN account a ON a.id = d.account
WHERE d.state IN ('preparing', 'sending') GROUP BY 1"""

NEXT = f"""
SELECT min(instant) FROM (
    SELECT * FROM (SELECT d.ready AS instant FROM delivery d
        WHERE d.state IN {WAITING} AND d.waits = 0 AND d.ready > :after AND {FOLLOWS} ORDER BY d.ready LIMIT 1)
    UNION ALL SELECT * FROM (SELECT closes FROM delivery
        WHERE state IN {WAITING} AND closes > :after ORDER BY closes LIMIT 1)
    UNION ALL SELECT * FROM (SELECT ready FROM delivery
        WHERE state = 'unknown' AND ready > :after ORDER BY ready LIMIT 1)
    UNION ALL SELECT * FROM (SELECT lease_until FROM attempt
        WHERE ended IS NULL AND lease_until > :after ORDER BY lease_until LIMIT 1)
    UNION ALL SELECT * FROM (SELECT until FROM pause WHERE until > :after ORDER BY until LIMIT 1)
    UNION ALL SELECT * FROM (SELECT last + :spacing FROM account
        WHERE last > :after - :spacing AND last IS NOT NULL ORDER BY last LIMIT 1)
)"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to claim, and the question in SQL."""

    now: datetime
    only: Collection[str] | None
    spacing: timedelta

    def question(self, db: sqlite3.Connection, places: Places) -> tuple[str, dict[str, object]]:
        """Return the query of everything that may be claimed, in order, and its values."""
        told: dict[str, object] = {
            "now": to_ms(self.now),
            "only": keys(self.only),
            "spacing": self.spacing // timedelta(milliseconds=1),
            "applications": json.dumps(sorted(places.applications)),
            "places": json.dumps(sorted(places.paused)),
        }
        if db.execute(ALL_HALTED).fetchone()[0]:
            # Named so, the index of essential deliveries is used: a halted week may have a million due.
            return CLAIMABLE + " AND d.essential = 1" + ORDER, told
        halted = {row[0] for row in db.execute(HALTED_NETWORKS)}
        waiting = {
            name for name in places.paused if " " not in name and not db.execute(ON_SERVERS, (name,)).fetchone()[0]
        }
        shut = halted | waiting | places.applications
        if not shut:
            return CLAIMABLE + ORDER, told
        # Each open network by itself: nobody walks past what a shut one has due, which may be a million as well.
        arms = [f"{CLAIMABLE} AND d.essential = 1"] if halted else []
        for number, (name,) in enumerate(db.execute(NETWORKS).fetchall()):
            if name not in shut:
                told[f"network{number}"] = name
                arms.append(
                    f"{CLAIMABLE} AND d.network = :network{number}" + (" AND d.essential = 0" if halted else "")
                )
        return (" UNION ALL ".join(arms) + ORDER if arms else NOTHING), told


def keys(only: Collection[str] | None) -> str | None:
    """Return a choice of keys as SQL takes it; None is all."""
    return None if only is None else json.dumps([str(key) for key in only])


def any_claimable(db: sqlite3.Connection, asked: Asked) -> bool:
    """Return whether a claim would take anything, without a lock."""
    query, told = asked.question(db, Places.read(db, asked.now))
    return db.execute(f"{query} LIMIT 1", told).fetchone() is not None


def claim(
    db: sqlite3.Connection, asked: Asked, runner: str, lease: timedelta, limit: int, share: int | None
) -> list[Claim]:
    """Take due deliveries, one per account, oldest first."""
    places = Places.read(db, asked.now)
    query, told = asked.question(db, places)
    in_hand = Counter({row["place"]: row["number"] for row in db.execute(IN_HAND)})
    chosen: dict[str, int] = {}
    for row in db.execute(query, told):
        if len(chosen) >= limit:
            break
        most = 1 if row["place"] in places.probed else share
        if row["account"] in chosen or (most is not None and in_hand[row["place"]] >= most):
            continue
        chosen[row["account"]] = row["number"]
        in_hand[row["place"]] += 1
    return [_claimed(db, id_, asked.now, runner, lease) for id_ in chosen.values()]


def _claimed(db: sqlite3.Connection, id_: int, now: datetime, runner: str, lease: timedelta) -> Claim:
    row = db.execute(f"SELECT {DELIVERY} WHERE d.id = ?", (id_,)).fetchone()
    number = row["attempts"] + 1
    moved(db, row, Event.CLAIM, now, runner, attempts=number, not_before=None)
    last = db.execute(
        "SELECT * FROM attempt WHERE delivery = ? AND payload IS NOT NULL ORDER BY number DESC LIMIT 1", (id_,)
    ).fetchone()
    db.execute(
        "INSERT INTO attempt (delivery, number, runner, started, lease_until) VALUES (?, ?, ?, ?, ?)",
        (id_, number, runner, to_ms(now), to_ms(now + lease)),
    )
    made = db.execute("SELECT * FROM attempt WHERE delivery = ? AND number = ?", (id_, number)).fetchone()
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
