"""What the ledger's file is asked to show. Part of ledger.sqlite's SqliteLedger, not for use alone."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from mwcampaign.core.delivery import Attempt, Change, DeliveryKey, Standing, State
from mwcampaign.core.ledger import Scope
from mwcampaign.core.message import canonical
from mwcampaign.ledger import rows
from mwcampaign.ledger.file import LedgerFile
from mwcampaign.ledger.moves import WAITING
from mwcampaign.ledger.rows import DELIVERY, to_ms
from mwcampaign.ledger.words import in_words

OPEN_ACCOUNTS = f"""
SELECT account FROM delivery WHERE state IN {WAITING}
UNION SELECT account FROM delivery WHERE state IN ('preparing', 'sending')
UNION SELECT account FROM delivery WHERE state = 'unknown'"""
PICTURES = """
SELECT DISTINCT json_extract(p.value, '$.digest') FROM message m, json_each(m.body, '$.pictures') p
WHERE instr(m.body, '"pictures":[]') = 0 AND m.id IN
    (SELECT message FROM delivery WHERE edition = ? AND closes > ? AND state NOT IN ('delivered', 'cancelled'))"""
ENTRY = """
SELECT h.id, d.key, h.at, h.event, h.after, h.who, h.why FROM history h JOIN delivery d ON d.id = h.delivery
WHERE h.id = coalesce(?, (SELECT max(id) FROM history))"""
Entry = tuple[int, str]
"""The number of an entry of the whole history, from 1, and its sha256 in hex."""


class Reading:
    """The questions of core.ledger.Reading, and how all questions are asked."""

    _file: LedgerFile

    def standings(self, edition: str | None = None, states: Collection[State] | None = None) -> Iterator[Standing]:
        """Yield deliveries with their state, in order of due time."""
        told = {"edition": edition, "states": _states(states)}
        for row in self._stream(
            f"SELECT {DELIVERY} WHERE (:edition IS NULL OR d.edition = :edition) "
            "AND (:states IS NULL OR d.state IN (SELECT value FROM json_each(:states))) ORDER BY d.due, d.id",
            told,
        ):
            yield rows.standing(row)

    def counts(self) -> Mapping[State, int]:
        """Return how many are in each state."""
        return {State(row[0]): row[1] for row in self._all("SELECT state, count(*) FROM delivery GROUP BY state")}

    def names(self, scope: Scope) -> set[str]:
        """Return what deliveries have of a scope."""
        if scope == "everything":
            return set()
        return {row[0] for row in self._all(f"SELECT DISTINCT {scope} FROM delivery")}

    def open_accounts(self) -> set[str]:
        """Return the accounts with anything left to do."""
        return {row[0] for row in self._all(OPEN_ACCOUNTS)}

    def standing(self, key: DeliveryKey) -> Standing | None:
        """Return one delivery."""
        row = self._one(f"SELECT {DELIVERY} WHERE d.key = ?", (key,))
        return None if row is None else rows.standing(row)

    def keys(self, prefix: str) -> list[DeliveryKey]:
        """Return up to ten keys that start so."""
        # '~' sorts behind every letter of a hexadecimal key.
        found = self._all(
            "SELECT key FROM delivery WHERE key >= ? AND key < ? ORDER BY key LIMIT 10", (prefix, prefix + "~")
        )
        return [DeliveryKey(row[0]) for row in found]

    def attempts(self, key: DeliveryKey) -> list[Attempt]:
        """Return all attempts of a delivery, oldest first."""
        query = "SELECT a.* FROM attempt a JOIN delivery d ON d.id = a.delivery WHERE d.key = ? ORDER BY a.number"
        return [rows.attempt(row, key) for row in self._all(query, (key,))]

    def history(self, key: DeliveryKey) -> list[Change]:
        """Return every change of a delivery, oldest first."""
        query = "SELECT h.* FROM history h JOIN delivery d ON d.id = h.delivery WHERE d.key = ? ORDER BY h.id"
        return [rows.change(row) for row in self._all(query, (key,))]

    def pictures(self, edition: str, now: datetime) -> set[str]:
        """Return the sha256 of every picture that a delivery of an edition shows which may still be sent."""
        return {row[0] for row in self._all(PICTURES, (edition, to_ms(now)))}

    def entry(self, number: int | None = None) -> Entry | None:
        """Return an entry of the whole history, without a number the last; None where there is none. Entries are only
        ever added, whatever happens to a delivery."""
        row = self._one(ENTRY, (number,))
        return None if row is None else (row["id"], hashlib.sha256(canonical(list(row)).encode()).hexdigest())

    def _stream(self, query: str, told: object) -> Iterator[sqlite3.Row]:
        """Yield rows one by one, however many there are, as they were at one moment."""
        with self._file.stream() as connection:
            yield from connection.execute(query, told)  # type: ignore[arg-type]

    def _all(self, query: str, told: object = ()) -> list[sqlite3.Row]:
        with in_words(self._file.path):
            found: list[sqlite3.Row] = self._file.read().execute(query, told).fetchall()  # type: ignore[arg-type]
        return found

    def _one(self, query: str, told: object = ()) -> sqlite3.Row | None:
        with in_words(self._file.path):
            row: sqlite3.Row | None = self._file.read().execute(query, told).fetchone()  # type: ignore[arg-type]
        return row


def _states(states: Collection[State] | None) -> str | None:
    return None if states is None else json.dumps([str(state) for state in states])
