"""What the ledger's file is asked to show. Part of ledger.sqlite's SqliteLedger, not for use alone."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping

from mwcampaign.core.delivery import Attempt, Change, DeliveryKey, Standing, State
from mwcampaign.ledger import rows
from mwcampaign.ledger.file import LedgerFile
from mwcampaign.ledger.moves import WAITING
from mwcampaign.ledger.rows import DELIVERY
from mwcampaign.ledger.words import in_words

OPEN_ACCOUNTS = f"""
SELECT account FROM delivery WHERE state IN {WAITING}
UNION SELECT account FROM delivery WHERE state IN ('preparing', 'sending')
UNION SELECT account FROM delivery WHERE state = 'unknown'"""


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
