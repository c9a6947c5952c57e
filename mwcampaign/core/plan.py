"""A plan is the difference between the wish and the ledger: Steps that change something, and what is to be told.

Making one changes nothing. Equal wish, ledger and clock make byte-equal plans.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Literal, NamedTuple

from mwcampaign.core.campaign import Approval
from mwcampaign.core.delivery import IN_HAND, REPLANNABLE, WAITING, Delivery, DeliveryKey, Event, State
from mwcampaign.core.ledger import Descriptions, Planned


class Action(StrEnum):
    """What a step does. The first four change the ledger; the others only tell."""

    SCHEDULE = "schedule"
    RESCHEDULE = "reschedule"
    REVISE = "revise"
    WITHDRAW = "withdraw"
    KEEP = "keep"
    DRIFT = "drift"
    LATE = "late"


UNSEEN = frozenset({"due", "closes", "country", "essential", "makers"})
"""What readers of a public post cannot see: when it was meant to go is history."""
CHANGES = frozenset({Action.SCHEDULE, Action.RESCHEDULE, Action.REVISE, Action.WITHDRAW})
EVENTS = {Action.RESCHEDULE: Event.REVISE, Action.REVISE: Event.REVISE, Action.WITHDRAW: Event.WITHDRAW}


class Step(NamedTuple):
    """One delivery's part of a plan: `before` and `after` are digests of what the ledger has and the wish says."""

    action: Action
    delivery: Delivery
    before: str | None
    after: str | None
    why: str

    @property
    def key(self) -> DeliveryKey:
        """Return the delivery's key."""
        return self.delivery.key


class Kind(NamedTuple):
    """What steps of a long plan are told apart by."""

    theme: str
    post: str
    network: str
    action: Action


class Sums(dict[Kind, tuple[str, int]]):
    """The first account and the number of each kind of step, in the order they are met."""

    def hear(self, steps: Iterable[Step]) -> Iterator[Step]:
        """Pass steps on, and count them."""
        for step in steps:
            each = step.delivery
            kind = (each.theme, each.post, each.network, step.action)
            first, count = self.get(kind, (each.account, 0))  # type: ignore[call-overload]
            # A plain tuple is made faster, and finds the same entry.
            self[kind if count else Kind(*kind)] = first, count + 1  # type: ignore[index]
            yield step


@dataclass(frozen=True)
class Plan:
    """What apply would do. `steps` may be walked often, and may be more than fit into memory. `accounts` are those the
    ledger does not know so yet; `approval` is the edition's policy from then on, and `approval_before` the one the
    ledger has ("" for a new edition)."""

    edition: str
    campaign_digest: str
    ledger_serial: int
    steps: Collection[Step]
    accounts: Descriptions
    approval: Approval = "none"
    approval_before: Approval | Literal[""] = ""
    summed: Sums | None = None
    """The sums, where whoever made the plan has them."""

    @property
    def changes(self) -> Iterator[Step]:
        """Yield the steps that change the ledger."""
        return (step for step in self.steps if step.action in CHANGES)

    @property
    def empty(self) -> bool:
        """Return whether apply would change nothing."""
        changes = sum(number for action, number in self.counts.items() if action in CHANGES)
        return not changes and not len(self.accounts) and self.approval == (self.approval_before or "none")

    @cached_property
    def counts(self) -> dict[Action, int]:
        """Return the number of steps of each action, in the order of Action, zeros included."""
        found: Counter[Action] = Counter()
        for kind, (_, number) in self.sums.items():
            found[kind.action] += number
        return {action: found[action] for action in Action}

    @cached_property
    def sums(self) -> Sums:
        """Return what there is of each kind of step."""
        if self.summed is not None:
            return self.summed
        found = Sums()
        for _ in found.hear(self.steps):
            pass
        return found


def make_plan(
    wishes: Iterable[Delivery],
    facts: Iterable[Planned],
    now: datetime,
    *,
    edition: str,
    campaign_digest: str,
    ledger_serial: int,
    accounts: Mapping[str, str],
    known_accounts: Mapping[str, str],
    approval: Approval = "none",
    approval_before: Approval | Literal[""] = "",
) -> Plan:
    """Compare wish and ledger. `facts` are all the ledger's deliveries in the scope of the wish."""
    known = {fact.delivery.key: fact for fact in facts}
    comparison = Comparison(now)
    wanted = {wish.key: wish for wish in wishes}
    steps = list(comparison.compare(wanted.values(), known))
    steps += comparison.gone(fact for key, fact in known.items() if key not in wanted)
    changed = {name: told for name, told in sorted(accounts.items()) if known_accounts.get(name) != told}
    chosen = tuple(sorted(comparison.settled(steps), key=in_time))
    return Plan(edition, campaign_digest, ledger_serial, chosen, changed, approval, approval_before)


def in_time(step: Step) -> tuple[datetime, str, str, int]:
    """Return what orders steps for people: by when they are due."""
    return step.delivery.due, step.delivery.account, step.delivery.post, step.delivery.part


class Numbers:
    """A set of small numbers, a bit each."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def add(self, number: int) -> None:
        """Put one in."""
        place = number >> 3
        if place >= len(self._bits):
            self._bits.extend(bytes(max(place + 1 - len(self._bits), len(self._bits))))
        self._bits[place] |= 1 << (number & 7)

    def __contains__(self, number: object) -> bool:
        place = number >> 3 if isinstance(number, int) else len(self._bits)
        return place < len(self._bits) and bool(self._bits[place] >> (int(number) & 7) & 1)  # type: ignore[call-overload]


class Comparison:
    """Compares a wish with the ledger, some of it at a time: `compare` for all the wishes, `gone` for what the ledger
    has besides, and `settled` at the end."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._public: dict[tuple[str, str, int], Planned] = {}
        self.seen = Numbers()
        """The ledger's numbers of what is wished."""

    def compare(self, wishes: Iterable[Delivery], known: Mapping[DeliveryKey, Planned]) -> Iterator[Step]:
        """Yield a step for each wish; `known` are the ledger's deliveries of the same keys."""
        for wish in wishes:
            fact = known.get(wish.key)
            if fact is not None:
                self.seen.add(fact.number)
                yield _known(wish, fact, self._now)
            elif wish.closes <= self._now:
                why = "its window closed before it was planned; it is not sent"
                yield Step(Action.LATE, wish, None, wish.digest, why)
            else:
                yield Step(Action.SCHEDULE, wish, None, wish.digest, "new")

    def gone(self, facts: Iterable[Planned]) -> Iterator[Step]:
        """Yield what there is to do about deliveries that nobody wishes any more."""
        for fact in facts:
            if fact.state in IN_HAND or fact.state is State.DELIVERED:
                self._public[fact.delivery.post, fact.delivery.account, fact.delivery.part] = fact
            if step := _unwished(fact):
                yield step

    def moved(self) -> bool:
        """Return whether `settled` may have something to say."""
        return bool(self._public)

    def settled(self, steps: Iterable[Step]) -> Iterator[Step]:
        """Yield the steps, but for what is public under another day: it must not go out again under its new name."""
        for step in steps:
            wish = step.delivery
            moved = self._public.get((wish.post, wish.account, wish.part))
            if moved is None or step.before is not None:
                yield step
                continue
            why = f"already {moved.state} on {moved.delivery.theme}; give the post a new id to send it again"
            yield Step(Action.DRIFT, wish, moved.delivery.digest, step.after, why)


def _known(wish: Delivery, fact: Planned, now: datetime) -> Step:
    # Mostly nothing changed, and to compare two records costs a tenth of reading two messages.
    same_wish = fact.delivery == wish
    before, after = wish.digest if same_wish else fact.delivery.digest, wish.digest
    what: set[str] = set() if same_wish else differences(fact.delivery, wish)
    # Of what is public only what the public sees can differ.
    same = what <= UNSEEN if fact.state not in REPLANNABLE else not what
    if fact.state is State.CANCELLED and fact.by_hand:
        return Step(Action.KEEP, wish, before, after, fact.by_hand)
    if same and fact.state is not State.CANCELLED:
        return Step(Action.KEEP, wish, before, after, fact.by_hand or str(fact.state))
    if fact.state not in REPLANNABLE:
        return Step(Action.DRIFT, wish, before, after, f"already {fact.state}: what is public stands")
    # Where a person moved it, that stands until the campaign's own times change.
    moved = bool(fact.moved_to) and not what & {"due", "closes"}
    if (fact.moved_to if moved and fact.moved_to else wish.closes) <= now:
        if fact.state in WAITING:
            return Step(Action.WITHDRAW, fact.delivery, before, None, "its new window is already over")
        return Step(Action.LATE, wish, before, after, f"{fact.state}, and its window is over")
    timing = fact.state in WAITING and what <= {"due", "closes"}
    why = ", ".join(sorted(what)) + " changed" if what else f"wanted again; it was {fact.state}"
    if fact.by_hand and not moved:
        why += f"; this ends: {fact.by_hand}"
    return Step(Action.RESCHEDULE if timing else Action.REVISE, wish, before, after, why)


def _unwished(fact: Planned) -> Step | None:
    before = fact.delivery.digest
    if fact.state in WAITING:
        return Step(Action.WITHDRAW, fact.delivery, before, None, "no longer in the campaign")
    if fact.state in IN_HAND or fact.state is State.DELIVERED:
        why = f"{fact.state}, and no longer in the campaign; it stays as it is"
        return Step(Action.DRIFT, fact.delivery, before, None, why)
    return None


def differences(before: Delivery, after: Delivery) -> set[str]:
    """Return what changed, in the words of people: text, pictures, due and so on."""
    told: set[str] = set()
    for name in ("due", "closes", "institution", "network", "theme", "after", "country", "essential", "makers"):
        if getattr(before, name) != getattr(after, name):
            told.add("thread" if name == "after" else name)
    old, new = json.loads(before.message), json.loads(after.message)
    return told | {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
