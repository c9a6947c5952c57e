"""What the engine and the commands ask of a ledger, the durable memory of all deliveries, and the records it gives.

Ledgers are written against this file alone; `mwcampaign.testing.ledger_contract` judges them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from mwcampaign.core.delivery import (
    Attempt,
    Change,
    Delivery,
    DeliveryKey,
    Envelope,
    Event,
    Receipt,
    Standing,
    State,
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery in hand: leased to one runner, nothing of it sent in this attempt."""

    attempt: Attempt
    delivery: Delivery
    parent: Receipt | None = None
    root: Receipt | None = None
    sealed: Envelope | None = None
    """The last envelope sealed in an earlier attempt, with `sealed_at`: within the network's replay window the
    next attempt sends exactly this one again."""
    sealed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """A delivery that may be public: every envelope ever sealed for it, oldest first."""

    delivery: Delivery
    attempts: tuple[Attempt, ...]
    """All sealed attempts, oldest first; each has envelope and sealed_at."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What planning needs to know of a delivery in the ledger."""

    delivery: Delivery
    state: State


class Ledger(Protocol):
    """The durable memory of all deliveries. Every method that writes is on disk when it returns.

    Methods may be called from several threads; several processes may use one ledger. All raise
    LedgerUnavailable when the file is locked, corrupt or cannot be written. Times are aware.
    """

    def serial(self) -> int:
        """Return a number that grows with every applied plan and every decision of a person."""

    def planned(self, edition: str) -> Iterator[Planned]:
        """Yield every delivery of an edition, in order of key."""

    def accounts(self) -> Mapping[str, str]:
        """Return every known account's public description as canonical JSON, by account id."""

    def apply(
        self,
        serial: int,
        wishes: Iterable[tuple[Event | None, Delivery, str | None]],
        accounts: Mapping[str, str],
        at: datetime,
        who: str,
    ) -> int:
        """Carry out a plan in one transaction, or nothing of it; return the new serial.

        Each wish is (None, new delivery, None), (REVISE, delivery, digest before) or (WITHDRAW, delivery,
        digest before). Raises PlanRefused when the serial moved on, a new key exists, a digest before does
        not match, or a state does not allow the event.
        """

    def claim(
        self,
        now: datetime,
        runner: str,
        lease: timedelta,
        limit: int,
        only: Collection[DeliveryKey] | None = None,
    ) -> list[Claim]:
        """Take up to `limit` due deliveries: window open, predecessor delivered, at most one per account and
        none of an account that has one in `preparing` or `sending`. Leased before it returns."""

    def seal(self, attempt: int, envelope: Envelope, now: datetime) -> None:
        """Put the exact request on disk. Refuses (ForbiddenMove) when the lease was lost."""

    def settle(
        self,
        attempt: int,
        event: Event,
        now: datetime,
        why: str = "",
        receipt: Receipt | None = None,
        not_before: datetime | None = None,
    ) -> State:
        """Close an attempt with what happened; return the new state. A receipt is accepted even when the lease
        is over (state unknown). Any other late event is refused with ForbiddenMove."""

    def expire(self, now: datetime, dead: Collection[str] = ()) -> list[tuple[DeliveryKey, State]]:
        """Take back what runners left: lease over, or runner in `dead`. preparing → retrying, sending → unknown."""

    def close_windows(self, now: datetime) -> list[DeliveryKey]:
        """Mark as missed what is waiting and can no longer be in time, with the reason. A part waits for the part
        before it as long as its window is open: a person may still mend that one."""

    def doubts(self, now: datetime, limit: int, only: Collection[DeliveryKey] | None = None) -> list[Doubt]:
        """Return unknown deliveries whose next look is due (not_before), oldest first."""

    def reconcile(
        self,
        doubt: Doubt,
        event: Event | None,
        now: datetime,
        why: str,
        receipt: Receipt | None = None,
        not_before: datetime | None = None,
    ) -> State:
        """Record what a look found: FOUND, ABSENT, or None for inconclusive (stays unknown until not_before).

        Refuses (ForbiddenMove) when the delivery is no longer unknown, or was tried again since the look began: an
        old look proves nothing about a newer request.
        """

    def decide(
        self, key: DeliveryKey, event: Event, now: datetime, who: str, why: str, receipt: Receipt | None = None
    ) -> State:
        """Record a person's decision, with name and reason: FOUND (with a receipt) or ABSENT of what is unknown, RETRY
        of what failed or was missed. The serial grows. Raises ForbiddenMove."""

    def next_instant(self, now: datetime) -> datetime | None:
        """Return the earliest time (maybe past) at which something can be done: a due time or retry, the end of a
        window or lease, a look at a doubt; None when nothing ever will."""

    def runners(self) -> set[str]:
        """Return the runners that hold a lease."""

    def standings(self, edition: str | None = None, states: Collection[State] | None = None) -> Iterator[Standing]:
        """Yield deliveries with their state, in order of due time, then key."""

    def counts(self) -> Mapping[State, int]:
        """Return the number of deliveries in each state that occurs."""

    def open_accounts(self) -> set[str]:
        """Return the accounts that have anything waiting, in hand or in doubt."""

    def standing(self, key: DeliveryKey) -> Standing | None:
        """Return one delivery, or None."""

    def keys(self, prefix: str) -> list[DeliveryKey]:
        """Return up to ten keys that start so."""

    def attempts(self, key: DeliveryKey) -> list[Attempt]:
        """Return all attempts of a delivery, oldest first."""

    def history(self, key: DeliveryKey) -> list[Change]:
        """Return every change of a delivery, oldest first."""

    def close(self) -> None:
        """Let go of the file."""
