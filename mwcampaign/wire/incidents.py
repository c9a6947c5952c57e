"""Incidents remembered in the ledger's file. Implements notice.incident.Incidents; see there for what it promises."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from datetime import datetime

from mwcampaign.ledger.rows import to_ms
from mwcampaign.ledger.sqlite import SqliteLedger
from mwcampaign.notice.incident import Incident, Kind, Pair, Scope

ONE = "kind = ? AND what = ? AND name = ?"
OPENED = """
INSERT INTO incident (kind, what, name, key, count, taken) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (kind, what, name) DO UPDATE SET count = count + excluded.count"""
UNTOLD = "SELECT * FROM incident WHERE told = 0 AND taken < ?"


class LedgerIncidents:
    """The open incidents of a ledger; shared by all its processes."""

    def __init__(self, ledger: SqliteLedger) -> None:
        self._ledger = ledger

    def open(self) -> Collection[Pair]:
        """Return every open incident's kind and scope."""
        return {incident.pair for incident in self._ledger.write(lambda db: _read(db, "SELECT * FROM incident"))}

    def opened(self, incident: Incident, at: datetime) -> bool:
        """Open it and return True, or count it for the one that is open and return False."""

        def work(db: sqlite3.Connection) -> bool:
            known = db.execute(f"SELECT 1 FROM incident WHERE {ONE}", _named(incident.pair)).fetchone()
            db.execute(OPENED, (*_named(incident.pair), incident.key, incident.count, to_ms(at)))
            return known is None

        return self._ledger.write(work)

    def closed(self, pair: Pair, at: datetime) -> None:
        """Close it."""
        self._ledger.write(lambda db: db.execute(f"DELETE FROM incident WHERE {ONE}", _named(pair)).rowcount)

    def told(self, pairs: Collection[Pair], at: datetime) -> None:
        """Remember that a person was told of these."""
        rows = [_named(pair) for pair in pairs]
        self._ledger.write(lambda db: db.executemany(f"UPDATE incident SET told = 1 WHERE {ONE}", rows).rowcount)

    def untold(self, before: datetime, at: datetime) -> list[Incident]:
        """Hand over what was opened or handed over before `before` and of which nobody was told."""

        def work(db: sqlite3.Connection) -> list[Incident]:
            found = _read(db, UNTOLD, to_ms(before))
            rows = [(to_ms(at), *_named(incident.pair)) for incident in found]
            db.executemany(f"UPDATE incident SET taken = ? WHERE {ONE}", rows)
            return found

        return self._ledger.write(work)


def _named(pair: Pair) -> tuple[str, str, str]:
    kind, scope = pair
    return str(kind), scope.what, scope.name


def _read(db: sqlite3.Connection, query: str, *told: int) -> list[Incident]:
    return [
        Incident(Kind(row["kind"]), Scope(row["what"], row["name"]), row["count"], row["key"])
        for row in db.execute(query, told).fetchall()
    ]
