"""What the engine and the commands ask of a ledger, the durable memory of all deliveries, and the records it gives.

Ledgers are written against this file alone; `mwcampaign.testing.ledger_contract` judges them. Every method that
writes is on disk when it returns. Methods may be called from several threads; several processes may use one ledger.
All raise LedgerUnavailable when the file is locked, corrupt or cannot be written. Times are aware.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

from mwcampaign.core.campaign import Approval
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
from mwcampaign.core.pacing import Pause, Rest

Scope = Literal["everything", "country", "network", "theme", "institution"]


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
    """What planning needs to know of a delivery in the ledger, with the times its campaign gave it.

    `by_hand` says what a person decided against the campaign, "" for nothing; `moved_to` is the end of the window that
    a person gave it.
    """

    delivery: Delivery
    state: State
    by_hand: str = ""
    moved_to: datetime | None = None
    number: int = field(default=0, compare=False)
    """The ledger's own number for it: small, and never another's."""


@dataclass(frozen=True, slots=True)
class Halt:
    """A person's stop, in force until a person resumes. `value` names the country, network and so on."""

    scope: Scope
    value: str
    since: datetime
    who: str
    why: str

    def covers(self, delivery: Delivery) -> bool:
        """Return whether it stops this delivery."""
        if delivery.essential:
            return False
        return self.scope == "everything" or getattr(delivery, self.scope) == self.value

    def __str__(self) -> str:
        return f"{self.scope} {self.value}".strip()


@dataclass(frozen=True, slots=True)
class Verdict:
    """A person's yes or no to exactly this: `content` is the digest of what they saw (Delivery.content)."""

    key: DeliveryKey
    content: str
    yes: bool


class Descriptions(Protocol):
    """Accounts' descriptions as canonical JSON, by id: a dict, or what reads them from a file."""

    def items(self) -> Iterable[tuple[str, str]]:
        """Return ids and descriptions, as often as asked."""

    def __len__(self) -> int:
        """Return how many there are."""


class Planning(Protocol):
    """What plans are made from, and carried out by."""

    def serial(self) -> int:
        """Return a number that grows with every applied plan and every decision that changes a state."""

    def planned(
        self, edition: str, keys: Collection[DeliveryKey] | None = None, but: Container[int] = ()
    ) -> Iterator[Planned]:
        """Yield an edition's deliveries, as they were planned, with the times its campaign gave them: all, or those
        with one of these keys; and none of the numbers in `but`."""

    def accounts(self, names: Collection[str] | None = None) -> Mapping[str, str]:
        """Return the public descriptions, as canonical JSON by id, of every known account, or of these."""

    def approval(self, edition: str) -> Approval | Literal[""]:
        """Return the edition's policy, "" where nothing of it was applied."""

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
        """Carry out a plan in one transaction, or nothing of it; return the new serial.

        Each wish is (None, new delivery, None), (REVISE, delivery, digest before) or (WITHDRAW, delivery,
        digest before). `approvals` are policies by edition. What is new is not ready at its due time itself but up to
        `spread` later, by account. An edit voids a yes; a no stands. Raises PlanRefused when the serial moved on, a
        new key exists, a digest before does not match, or a state does not allow the event.
        """


class Delivering(Protocol):
    """What a run does."""

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
        """Take up to `limit` due deliveries, leased before it returns.

        Due is: window open, predecessor delivered, not halted, not waiting for a yes, neither account nor application
        nor server paused, at least `spacing` after the account's last post (parts of a thread follow at once). At most
        one per account and none of an account that has one in `preparing` or `sending`; at most `share` in hand on
        one server, and one on a server that is probed after a pause.
        """

    def seal(self, attempt: int, envelope: Envelope, now: datetime) -> None:
        """Put the exact request on disk. Refuses when the lease was lost (ForbiddenMove), or when a person halted or
        held it since the claim, or its window closed (Withheld)."""

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
        """Close an attempt with what happened, and let those wait whom it concerns too; return the new state.

        A receipt is accepted even when the lease is over (state unknown), and ends a pause of its server. Any other
        late event is refused with ForbiddenMove.
        """

    def expire(self, now: datetime, dead: Collection[str] = ()) -> list[tuple[DeliveryKey, State]]:
        """Take back what runners left: lease over, or runner in `dead`. preparing → retrying, sending → unknown."""

    def close_windows(self, now: datetime) -> list[DeliveryKey]:
        """Mark as missed what is waiting and can no longer be in time, with the reason. A thread whose part was missed
        or cancelled is missed from there on; behind one that failed it waits: a person may still mend that one."""

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

    def next_instant(self, after: datetime, spacing: timedelta = timedelta()) -> datetime | None:
        """Return the earliest time later than `after` at which something new can be done: a due time or retry, the end
        of a window, lease, pause or spacing, a look at a doubt; None when nothing ever will."""

    def ready(self, now: datetime, only: Collection[DeliveryKey] | None = None) -> bool:
        """Return whether something is due that only spacing, a pause, or work in hand holds back."""

    def room(self, now: datetime, network: str, account: str | None, posts: int, seconds: int) -> datetime | None:
        """Return until when a quota of `posts` in `seconds` is used up, by an account's posts or by all of a network;
        None while there is room."""

    def pauses(self, now: datetime) -> list[Pause]:
        """Return what waits at this moment, and servers that are about to be probed."""

    def runners(self) -> set[str]:
        """Return the runners that hold a lease."""


class Deciding(Protocol):
    """What a person says. Each with name and reason in the history, or in the halt's own record."""

    def decide(
        self, key: DeliveryKey, event: Event, now: datetime, who: str, why: str, receipt: Receipt | None = None
    ) -> State:
        """Record a person's decision: FOUND (with a receipt) or ABSENT of what is unknown, RETRY of what failed, was
        missed or cancelled, CANCEL of what is not public. CANCEL and RETRY take the parts behind it along. The serial
        grows. Raises ForbiddenMove."""

    def move(self, key: DeliveryKey, due: datetime, closes: datetime, now: datetime, who: str, why: str) -> State:
        """Give a waiting delivery, and the parts behind it, other times than its campaign does, until the campaign's
        own times change. A yes stands. The serial grows. Raises ForbiddenMove."""

    def review(self, verdicts: Iterable[Verdict], now: datetime, who: str, why: str) -> list[tuple[Verdict, str]]:
        """Record verdicts on waiting deliveries, all in one transaction; return those refused, each with the reason: it
        was edited since, is not waiting, or `who` is its maker. A no counts until the seal, which then refuses."""

    def halt(self, scope: Scope, value: str, now: datetime, who: str, why: str) -> bool:
        """Stop a scope; return False when it is stopped already."""

    def resume(self, scope: Scope, value: str, now: datetime, who: str, why: str, *, hold: bool = False) -> bool:
        """End a scope's stop; return False when there is none. With `hold`, what came due meanwhile needs a yes."""

    def halts(self) -> list[Halt]:
        """Return what is stopped, oldest first."""


class Reading(Protocol):
    """What is asked to be shown."""

    def standings(self, edition: str | None = None, states: Collection[State] | None = None) -> Iterator[Standing]:
        """Yield deliveries with their state, in order of due time, then as they were planned."""

    def counts(self) -> Mapping[State, int]:
        """Return the number of deliveries in each state that occurs."""

    def names(self, scope: Scope) -> set[str]:
        """Return the countries, networks, themes or institutions of all deliveries; of everything nothing."""

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


class Ledger(Planning, Delivering, Deciding, Reading, Protocol):
    """The durable memory of all deliveries."""
