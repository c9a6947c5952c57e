"""One delivery's life: states, events, the table of allowed moves, and the records that prove them.

A Delivery is one part of one post to one account. The ledger stores it, the engine moves it, and the only
moves there are stand in TRANSITIONS.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any, NewType

DeliveryKey = NewType("DeliveryKey", str)


def delivery_key(edition: str, post: str, account: str, part: int) -> DeliveryKey:
    """Name a delivery for ever: never by its text, never at random, so that running again finds it again."""
    # A JSON list cannot be confused by separators inside ids.
    return DeliveryKey(_sha256([edition, post, account, part]))


def part_key(edition: str, post: str, theme: str, account: str, part: int) -> DeliveryKey:
    """Name one part (from 0) of a post on one theme's day: a post on three days is three deliveries."""
    return delivery_key(edition, f"{post}:{theme}", account, part)


class State(StrEnum):
    """Where a delivery stands. `sending` and `unknown` may be public; no other open state can be."""

    SCHEDULED = "scheduled"
    PREPARING = "preparing"
    SENDING = "sending"
    UNKNOWN = "unknown"
    RETRYING = "retrying"
    DELIVERED = "delivered"
    FAILED = "failed"
    MISSED = "missed"
    CANCELLED = "cancelled"


class Event(StrEnum):
    """What can happen to a delivery."""

    CLAIM = "claim"
    WINDOW_CLOSED = "window closed"
    WITHDRAW = "withdraw"
    REVISE = "revise"
    SEAL = "seal"
    ABANDON = "abandon"
    REJECT = "reject"
    ACCEPT = "accept"
    DEFER = "defer"
    DOUBT = "doubt"
    FOUND = "found"
    ABSENT = "absent"
    RETRY = "retry"
    CANCEL = "cancel"


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.SCHEDULED, Event.CLAIM): State.PREPARING,
    (State.RETRYING, Event.CLAIM): State.PREPARING,
    (State.SCHEDULED, Event.WINDOW_CLOSED): State.MISSED,
    (State.RETRYING, Event.WINDOW_CLOSED): State.MISSED,
    (State.SCHEDULED, Event.WITHDRAW): State.CANCELLED,
    (State.RETRYING, Event.WITHDRAW): State.CANCELLED,
    (State.SCHEDULED, Event.REVISE): State.SCHEDULED,
    (State.RETRYING, Event.REVISE): State.SCHEDULED,
    # A post taken out of the campaign and put back, or mended after a refusal: nothing of it is public.
    (State.CANCELLED, Event.REVISE): State.SCHEDULED,
    (State.FAILED, Event.REVISE): State.SCHEDULED,
    (State.MISSED, Event.REVISE): State.SCHEDULED,
    (State.PREPARING, Event.SEAL): State.SENDING,
    (State.PREPARING, Event.ABANDON): State.RETRYING,
    (State.PREPARING, Event.REJECT): State.FAILED,
    (State.SENDING, Event.ACCEPT): State.DELIVERED,
    (State.SENDING, Event.DEFER): State.RETRYING,
    (State.SENDING, Event.REJECT): State.FAILED,
    (State.SENDING, Event.DOUBT): State.UNKNOWN,
    (State.UNKNOWN, Event.FOUND): State.DELIVERED,
    # A receipt that arrives after the lease was taken away is still proof.
    (State.UNKNOWN, Event.ACCEPT): State.DELIVERED,
    (State.UNKNOWN, Event.ABSENT): State.RETRYING,
    # Proof outranks whatever was concluded without it, and keeps a second try from going out.
    (State.RETRYING, Event.ACCEPT): State.DELIVERED,
    (State.PREPARING, Event.ACCEPT): State.DELIVERED,
    (State.MISSED, Event.ACCEPT): State.DELIVERED,
    (State.SCHEDULED, Event.ACCEPT): State.DELIVERED,
    (State.CANCELLED, Event.ACCEPT): State.DELIVERED,
    (State.FAILED, Event.ACCEPT): State.DELIVERED,
    # A person's word: once more, or not at all.
    (State.FAILED, Event.RETRY): State.SCHEDULED,
    (State.MISSED, Event.RETRY): State.SCHEDULED,
    (State.CANCELLED, Event.RETRY): State.SCHEDULED,
    (State.SCHEDULED, Event.CANCEL): State.CANCELLED,
    (State.RETRYING, Event.CANCEL): State.CANCELLED,
    (State.FAILED, Event.CANCEL): State.CANCELLED,
    (State.MISSED, Event.CANCEL): State.CANCELLED,
}

WAITING = frozenset({State.SCHEDULED, State.RETRYING})
"""Nothing of it is public and nobody is working on it: a plan may change it."""
IN_HAND = frozenset({State.PREPARING, State.SENDING, State.UNKNOWN})
"""Somebody is working on it, or it may be public: a plan must leave it alone."""
REPLANNABLE = frozenset({state for state, event in TRANSITIONS if event is Event.REVISE})


class Withheld(Exception):
    """Something came between claim and seal: a halt, a hold, the end of the window. Nothing was sent."""


class ForbiddenMove(Exception):
    """An event that the state does not allow: a bug or a race, never something to paper over."""


def move(state: State, event: Event) -> State:
    """Return the state that follows, or refuse."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise ForbiddenMove(f"a delivery that is {state} cannot take: {event}") from None


_ENCODED = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _sha256(told: object) -> str:
    return hashlib.sha256(_ENCODED(told).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that a post is public: the network's id, its https address, when (aware), and what replies need."""

    remote_id: str
    url: str
    posted_at: datetime
    revision: str = ""
    """The network's mark of the exact content, where replies must quote it (Bluesky: the CID)."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The exact request: `address` is where the network keeps the post, if we may choose, else the delivery's
    key; `payload` is canonical JSON, sent byte for byte, also on a replay."""

    address: str
    payload: str


class _Digested:
    """Room for a digest that was computed: a large plan asks for each several times, in several processes."""

    __slots__ = ("_digest",)
    _digest: str


@dataclass(frozen=True, slots=True)
class Delivery(_Digested):
    """One part of one post to one account, as the ledger keeps it. Times are aware, UTC."""

    key: DeliveryKey
    edition: str
    post: str
    part: int
    institution: str
    account: str
    network: str
    theme: str
    due: datetime
    closes: datetime
    message: str
    """The message as canonical JSON (core.message.Message)."""
    after: DeliveryKey | None = None
    """The part before it in a thread; it must be delivered first."""
    country: str = ""
    """The institution's country (ISO 3166), "" where it is not told."""
    essential: bool = False
    """It passes a halt: a closure, a warning."""
    makers: tuple[str, ...] = ()
    """Who had a machine make part of it, and therefore cannot approve it; empty where people wrote it all."""

    def __reduce__(self) -> tuple[object, ...]:
        """Let it pass to another process of ours, or a file, ten times as fast as a frozen record does by itself."""
        return _with_digest, (self.digest, *_PARTS(self))

    @property
    def digest(self) -> str:
        """Return the sha256 of everything a reviewer saw: text, pictures, times, account."""
        try:
            return self._digest
        except AttributeError:
            object.__setattr__(self, "_digest", self._reviewed())
            return self._digest

    def _reviewed(self) -> str:
        told: list[Any] = [
            self.key, self.edition, self.post, self.part, self.institution, self.account, self.network, self.theme,
            self.due.isoformat(), self.closes.isoformat(), self.message, self.after,
        ]  # fmt: skip
        # Said only where there is something to say, so that the digests of older ledgers hold.
        if self.country:
            told.append(("country", self.country))
        if self.essential:
            told.append(("essential", self.essential))
        if self.makers:
            told.append(("makers", self.makers))
        return _sha256(told)

    @property
    def content(self) -> str:
        """Return the sha256 of what readers will see, and from whom: what a yes is bound to. When is not part of it."""
        return _sha256([self.key, self.account, self.network, self.message, self.after, self.essential, self.makers])


_PARTS = attrgetter(*Delivery.__dataclass_fields__)


def _with_digest(digest: str, *parts: Any) -> Delivery:
    delivery = Delivery(*parts)
    object.__setattr__(delivery, "_digest", digest)
    return delivery


HANDED_OVER = "handed over: "
"""How the reason of a doubt begins that is none: a person was asked to post it, and to say where it is."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the ledger knows of a delivery besides its wish."""

    delivery: Delivery
    state: State
    attempts: int = 0
    not_before: datetime | None = None
    """Earliest next try after a deferral, or the next look after an inconclusive one."""
    why: str = ""
    receipt: Receipt | None = None
    approved_by: str = ""
    """Who said yes to exactly this; "" while nobody has."""
    held: str = ""
    """Who said no, and why; "" where nobody has."""
    waits: bool = False
    """It needs a person's yes before it may go."""
    by_hand: str = ""
    """What a person decided about it against the campaign: cancelled or moved, by whom, why."""

    @property
    def handed_over(self) -> bool:
        """Return whether a person was asked to post it, and has not said yet where it is."""
        return self.state is State.UNKNOWN and self.why.startswith(HANDED_OVER)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of one delivery. Appended, closed once, never rewritten."""

    id: int
    key: DeliveryKey
    number: int
    runner: str
    started: datetime
    lease_until: datetime
    envelope: Envelope | None = None
    sealed_at: datetime | None = None
    ended: datetime | None = None
    outcome: Event | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a delivery's history."""

    at: datetime
    event: str
    before: State | None
    after: State
    who: str
    why: str = ""
