"""The ledger on one SQLite file. Implements core.ledger.Ledger; see there for what each method promises."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from mwcampaign.core.delivery import Attempt, Change, Delivery, DeliveryKey, Envelope, Event, Receipt, Standing, State
from mwcampaign.core.ledger import Claim, Doubt, Planned
from mwcampaign.ledger import moves, planning, rows
from mwcampaign.ledger.file import BUSY_TIMEOUT, LedgerFile
from mwcampaign.ledger.rows import DELIVERY, from_ms, to_ms
from mwcampaign.ledger.words import in_words

NEXT = f"""
SELECT min(instant) FROM (
    SELECT * FROM (
        SELECT d.ready AS instant FROM delivery d WHERE d.state IN {moves.WAITING}
        AND (d.after IS NULL OR EXISTS (SELECT 1 FROM delivery p WHERE p.key = d.after AND p.state = 'delivered'))
        ORDER BY d.ready LIMIT 1)
    UNION ALL SELECT * FROM (SELECT closes FROM delivery WHERE state IN {moves.WAITING} ORDER BY closes LIMIT 1)
    UNION ALL SELECT * FROM (SELECT ready FROM delivery WHERE state = 'unknown' ORDER BY ready LIMIT 1)
    UNION ALL SELECT * FROM (SELECT lease_until FROM attempt WHERE ended IS NULL ORDER BY lease_until LIMIT 1)
)"""

DOUBTS = f"""
SELECT {DELIVERY}
WHERE d.state = 'unknown' AND d.ready <= :now
  AND (:only IS NULL OR d.key IN (SELECT value FROM json_each(:only)))
ORDER BY d.ready, d.due, d.key LIMIT :limit"""
OPEN_ACCOUNTS = f"""
SELECT account FROM delivery WHERE state IN {moves.WAITING}
UNION SELECT account FROM delivery WHERE state IN ('preparing', 'sending')
UNION SELECT account FROM delivery WHERE state = 'unknown'"""

RUNNERS = "SELECT DISTINCT runner FROM attempt WHERE ended IS NULL"


class SqliteLedger:
    """A ledger in one file. `durable=False` is for rehearsals only: a power cut may then forget what was sent."""

    def __init__(
        self, path: Path, *, durable: bool = True, read_only: bool = False, busy_timeout: float = BUSY_TIMEOUT
    ) -> None:
        self._file = LedgerFile(path, durable=durable, read_only=read_only, busy_timeout=busy_timeout)

    @classmethod
    def open_existing(cls, path: Path) -> SqliteLedger | None:
        """Return the ledger to read from, or None where there is none. Makes no file and writes nothing.

        Raises LedgerUnavailable.
        """
        with in_words(path):
            if not path.exists():
                return None
        ledger = cls(path, read_only=True)
        if ledger._file.version == 0:
            # Somebody is making it at this moment, or was stopped while making it.
            ledger.close()
            return None
        return ledger

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    # Planning

    def serial(self) -> int:
        """Return the number of plans and decisions so far."""
        row = self._one("SELECT value FROM serial")
        assert row is not None
        number: int = row[0]
        return number

    def planned(self, edition: str) -> Iterator[Planned]:
        """Yield every delivery of an edition, by key."""
        for row in self._stream(f"SELECT {DELIVERY} WHERE d.edition = ? ORDER BY d.key", (edition,)):
            yield Planned(rows.delivery(row), State(row["state"]))

    def accounts(self) -> Mapping[str, str]:
        """Return the accounts' descriptions by id."""
        return {row["id"]: row["body"] for row in self._all("SELECT id, body FROM account ORDER BY id")}

    def apply(
        self,
        serial: int,
        wishes: Iterable[tuple[Event | None, Delivery, str | None]],
        accounts: Mapping[str, str],
        at: datetime,
        who: str,
    ) -> int:
        """Carry out a plan, or nothing of it."""
        return self._file.write(
            partial(planning.apply, serial=serial, wishes=wishes, accounts=accounts, at=at, who=who)
        )

    # Delivering

    def claim(
        self, now: datetime, runner: str, lease: timedelta, limit: int, only: Collection[DeliveryKey] | None = None
    ) -> list[Claim]:
        """Take up to `limit` due deliveries, at most one per account."""
        due = self._one(f"{moves.CLAIMABLE} LIMIT 1", {"now": to_ms(now), "only": _list(only)})
        if due is None or limit < 1:
            return []
        return self._file.write(partial(moves.claim, now=now, runner=runner, lease=lease, limit=limit, only=only))

    def seal(self, attempt: int, envelope: Envelope, now: datetime) -> None:
        """Put the exact request on disk."""
        self._file.write(partial(moves.seal, attempt=attempt, envelope=envelope, now=now))

    def settle(
        self,
        attempt: int,
        event: Event,
        now: datetime,
        why: str = "",
        receipt: Receipt | None = None,
        not_before: datetime | None = None,
    ) -> State:
        """Close an attempt with what happened."""
        return self._file.write(
            partial(
                moves.settle, attempt=attempt, event=event, now=now, why=why, receipt=receipt, not_before=not_before
            )
        )

    def expire(self, now: datetime, dead: Collection[str] = ()) -> list[tuple[DeliveryKey, State]]:
        """Take back what lost runners held."""
        lost = self._one(f"{moves.LOST} LIMIT 1", {"now": to_ms(now), "dead": json.dumps(list(dead))})
        return self._file.write(partial(moves.expire, now=now, dead=dead)) if lost else []

    def close_windows(self, now: datetime) -> list[DeliveryKey]:
        """Mark as missed what is too late."""
        late = self._one(f"{moves.LATE} LIMIT 1", {"now": to_ms(now)})
        return self._file.write(partial(moves.close_windows, now=now)) if late else []

    def doubts(self, now: datetime, limit: int, only: Collection[DeliveryKey] | None = None) -> list[Doubt]:
        """Return unknown deliveries whose next look is due."""
        found = self._all(
            DOUBTS,
            {"now": to_ms(now), "only": _list(only), "limit": limit},
        )
        made = []
        for row in found:
            sealed = [one for one in self.attempts(row["key"]) if one.envelope is not None]
            made.append(Doubt(rows.delivery(row), tuple(sealed)))
        return made

    def reconcile(
        self,
        doubt: Doubt,
        event: Event | None,
        now: datetime,
        why: str,
        receipt: Receipt | None = None,
        not_before: datetime | None = None,
    ) -> State:
        """Record what a look found."""
        return self._file.write(
            partial(
                moves.reconciled,
                key=doubt.delivery.key,
                last_attempt=doubt.attempts[-1].id if doubt.attempts else 0,
                event=event,
                now=now,
                why=why,
                receipt=receipt,
                not_before=not_before,
            )
        )

    def decide(
        self, key: DeliveryKey, event: Event, now: datetime, who: str, why: str, receipt: Receipt | None = None
    ) -> State:
        """Record a person's decision."""
        return self._file.write(
            partial(moves.decided, key=key, event=event, now=now, who=who, why=why, receipt=receipt)
        )

    # Reading

    def next_instant(self, now: datetime) -> datetime | None:
        """Return when something can next be done."""
        found = self._one(NEXT)
        return None if found is None or found[0] is None else from_ms(found[0])

    def runners(self) -> set[str]:
        """Return the runners that hold a lease."""
        return {row[0] for row in self._all(RUNNERS)}

    def standings(self, edition: str | None = None, states: Collection[State] | None = None) -> Iterator[Standing]:
        """Yield deliveries with their state, in order of due time."""
        told = {"edition": edition, "states": _list(states)}
        for row in self._stream(
            f"SELECT {DELIVERY} WHERE (:edition IS NULL OR d.edition = :edition) "
            "AND (:states IS NULL OR d.state IN (SELECT value FROM json_each(:states))) ORDER BY d.due, d.key",
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


def _list(values: Collection[str] | None) -> str | None:
    return None if values is None else json.dumps([str(value) for value in values])
