"""The ledger on one SQLite file. Implements core.ledger.Ledger; see there for what each method promises."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, TypeVar, Unpack

from mwcampaign.core.campaign import Approval
from mwcampaign.core.delivery import Delivery, DeliveryKey, Envelope, Event, Receipt, State
from mwcampaign.core.ledger import Claim, Descriptions, Doubt, Halt, Planned, Scope, Verdict
from mwcampaign.core.pacing import Pause, Rest
from mwcampaign.ledger import claims, decisions, moves, pauses, planning, rows
from mwcampaign.ledger.claims import Asked
from mwcampaign.ledger.file import LedgerFile, Opening
from mwcampaign.ledger.reading import Reading
from mwcampaign.ledger.rows import DELIVERY, from_ms, to_ms
from mwcampaign.ledger.words import in_words

T = TypeVar("T")
DOUBTS = f"""
SELECT {DELIVERY}
WHERE d.state = 'unknown' AND d.ready <= :now
  AND (:only IS NULL OR d.key IN (SELECT value FROM json_each(:only)))
ORDER BY d.ready, d.due, d.id LIMIT :limit"""
ROOM = """
SELECT posted_at FROM delivery WHERE {whose} = ? AND state = 'delivered' ORDER BY posted_at DESC LIMIT 1 OFFSET ?"""
PLANNED = f"SELECT {DELIVERY} WHERE d.edition = ?"
AMONG = "d.key IN (SELECT value FROM json_each(?))"
ACCOUNTS = """
SELECT id, body FROM account WHERE :names IS NULL OR id IN (SELECT value FROM json_each(:names)) ORDER BY id"""
RUNNERS = "SELECT DISTINCT runner FROM attempt WHERE ended IS NULL"


class SqliteLedger(Reading):
    """A ledger in one file, opened as `file.Opening` says."""

    def __init__(self, path: Path, **how: Unpack[Opening]) -> None:
        self._file = LedgerFile(path, **how)

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

    def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do some writing in the ledger's file; it is on disk when this returns. For what is kept beside deliveries."""
        return self._file.write(work)

    # Planning

    def serial(self) -> int:
        """Return the number of plans and decisions so far."""
        row = self._one("SELECT value FROM serial")
        assert row is not None
        number: int = row[0]
        return number

    def planned(
        self, edition: str, keys: Collection[DeliveryKey] | None = None, but: Container[int] = ()
    ) -> Iterator[Planned]:
        """Yield deliveries of an edition, as planned."""
        if keys is not None:
            found: Iterable[sqlite3.Row] = self._all(
                f"{PLANNED} AND {AMONG} ORDER BY d.id", (edition, claims.keys(keys))
            )
            yield from (rows.planned(row) for row in found if row["id"] not in but)
        elif but:
            # Numbers first: of a whole edition mostly all are among them.
            for (number,) in self._stream("SELECT id FROM delivery WHERE edition = ? ORDER BY id", (edition,)):
                if number not in but:
                    yield from map(rows.planned, self._all(f"{PLANNED} AND d.id = ?", (edition, number)))
        else:
            yield from map(rows.planned, self._stream(f"{PLANNED} ORDER BY d.id", (edition,)))

    def accounts(self, names: Collection[str] | None = None) -> Mapping[str, str]:
        """Return accounts' descriptions by id."""
        return {row["id"]: row["body"] for row in self._all(ACCOUNTS, {"names": claims.keys(names)})}

    def apply(
        self,
        serial: int,
        wishes: Iterable[tuple[Event | None, Delivery, str | None]],
        accounts: Descriptions,
        at: datetime,
        who: str,
        *,
        approvals: Mapping[str, Approval] | None = None,
        spread: timedelta = timedelta(),
    ) -> int:
        """Carry out a plan, or nothing of it."""
        return self._file.write(
            lambda db: planning.apply(db, serial, wishes, accounts, at, who, approvals or {}, spread)
        )

    def approval(self, edition: str) -> Approval | Literal[""]:
        """Return the edition's policy."""
        row = self._one("SELECT approval FROM edition WHERE id = ?", (edition,))
        return row[0] if row else ""

    # Delivering

    def claim(
        self,
        now: datetime,
        runner: str,
        lease: timedelta,
        limit: int,
        only: Collection[DeliveryKey] | None = None,
        *,
        spacing: timedelta = timedelta(),
        share: int | None = None,
    ) -> list[Claim]:
        """Take up to `limit` due deliveries, at most one per account."""
        asked = Asked(now, only, spacing)
        with in_words(self._file.path):
            # Most of the time nothing is due: finding that out needs no lock.
            if limit < 1 or not claims.any_claimable(self._file.read(), asked):
                return []
        return self._file.write(lambda db: claims.claim(db, asked, runner, lease, limit, share))

    def seal(self, attempt: int, envelope: Envelope, now: datetime) -> None:
        """Put the exact request on disk."""
        self._file.write(lambda db: moves.seal(db, attempt, envelope, now))

    def settle(
        self,
        attempt: int,
        event: Event,
        now: datetime,
        why: str = "",
        receipt: Receipt | None = None,
        not_before: datetime | None = None,
        rests: Sequence[Rest] = (),
    ) -> State:
        """Close an attempt with what happened."""
        return self._file.write(lambda db: moves.settle(db, attempt, event, now, why, receipt, not_before, rests))

    def expire(self, now: datetime, dead: Collection[str] = ()) -> list[tuple[DeliveryKey, State]]:
        """Take back what lost runners held."""
        lost = self._one(f"{moves.LOST} LIMIT 1", {"now": to_ms(now), "dead": json.dumps(list(dead))})
        return self._file.write(lambda db: moves.expire(db, now, dead)) if lost else []

    def close_windows(self, now: datetime) -> list[DeliveryKey]:
        """Mark as missed what is too late."""
        late = self._one(f"{moves.LATE} LIMIT 1", {"now": to_ms(now)})
        return self._file.write(lambda db: moves.close_windows(db, now)) if late else []

    def doubts(self, now: datetime, limit: int, only: Collection[DeliveryKey] | None = None) -> list[Doubt]:
        """Return unknown deliveries whose next look is due."""
        found = self._all(
            DOUBTS,
            {"now": to_ms(now), "only": claims.keys(only), "limit": limit},
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
        last = doubt.attempts[-1].id if doubt.attempts else 0
        return self._file.write(
            lambda db: moves.reconciled(db, doubt.delivery.key, last, event, now, why, receipt, not_before)
        )

    # Deciding

    def decide(
        self, key: DeliveryKey, event: Event, now: datetime, who: str, why: str, receipt: Receipt | None = None
    ) -> State:
        """Record a person's decision."""
        return self._file.write(lambda db: decisions.decided(db, key, event, now, who, why, receipt))

    def move(self, key: DeliveryKey, due: datetime, closes: datetime, now: datetime, who: str, why: str) -> State:
        """Give a delivery other times."""
        return self._file.write(lambda db: decisions.rescheduled(db, key, due, closes, now, who, why))

    def review(self, verdicts: Iterable[Verdict], now: datetime, who: str, why: str) -> list[tuple[Verdict, str]]:
        """Record verdicts; return those refused."""
        return self._file.write(lambda db: decisions.review(db, verdicts, now, who, why))

    def halt(self, scope: Scope, value: str, now: datetime, who: str, why: str) -> bool:
        """Stop a scope."""
        return self._file.write(lambda db: decisions.halt(db, scope, value, now, who, why))

    def resume(self, scope: Scope, value: str, now: datetime, who: str, why: str, *, hold: bool = False) -> bool:
        """End a scope's stop."""
        return self._file.write(lambda db: decisions.resume(db, scope, value, now, who, why, hold=hold))

    # Reading

    def next_instant(self, after: datetime, spacing: timedelta = timedelta()) -> datetime | None:
        """Return when something new can next be done."""
        told = {"after": to_ms(after), "spacing": spacing // timedelta(milliseconds=1)}
        found = self._one(claims.NEXT, told)
        return None if found is None or found[0] is None else from_ms(found[0])

    def ready(self, now: datetime, only: Collection[DeliveryKey] | None = None) -> bool:
        """Return whether something is due that no person holds back."""
        query = f"SELECT 1 FROM delivery d WHERE {claims.READY} LIMIT 1"
        return self._one(query, {"now": to_ms(now), "only": claims.keys(only)}) is not None

    def room(self, now: datetime, network: str, account: str | None, posts: int, seconds: int) -> datetime | None:
        """Return until when a quota is used up."""
        whose, who = ("network", network) if account is None else ("account", account)
        row = self._one(ROOM.format(whose=whose), (who, posts - 1))
        until = None if row is None else from_ms(row[0]) + timedelta(seconds=seconds)
        return until if until is not None and until > now else None

    def pauses(self, now: datetime) -> list[Pause]:
        """Return what waits at this moment."""
        with in_words(self._file.path):
            return pauses.pauses(self._file.read(), now)

    def halts(self) -> list[Halt]:
        """Return what is stopped."""
        with in_words(self._file.path):
            return list(decisions.halts(self._file.read()))

    def runners(self) -> set[str]:
        """Return the runners that hold a lease."""
        return {row[0] for row in self._all(RUNNERS)}
