"""A plan is the difference between the wish and the ledger: Steps that change something, and what is to be told.

Making one changes nothing. Equal wish, ledger and clock make byte-equal plans.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from mwcampaign.core.campaign import Approval
from mwcampaign.core.delivery import IN_HAND, REPLANNABLE, WAITING, Delivery, DeliveryKey, Event, State
from mwcampaign.core.ledger import Planned
from mwcampaign.core.message import canonical
from mwcampaign.errors import PlanRefused

VERSION = 1


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


@dataclass(frozen=True, slots=True)
class Step:
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


@dataclass(frozen=True, slots=True)
class Plan:
    """What apply would do. `accounts` are those the ledger does not know so yet, as canonical JSON by id; `approval`
    is the edition's policy from then on, and `approval_before` the one the ledger has ("" for a new edition)."""

    edition: str
    campaign_digest: str
    ledger_serial: int
    steps: tuple[Step, ...]
    accounts: Mapping[str, str]
    approval: Approval = "none"
    approval_before: Approval | Literal[""] = ""

    @property
    def changes(self) -> tuple[Step, ...]:
        """Return the steps that change the ledger."""
        return tuple(step for step in self.steps if step.action in CHANGES)

    @property
    def empty(self) -> bool:
        """Return whether apply would change nothing."""
        return not self.changes and not self.accounts and self.approval == (self.approval_before or "none")

    def counts(self) -> dict[Action, int]:
        """Return the number of steps of each action, in the order of Action, zeros included."""
        found = Counter(step.action for step in self.steps)
        return {action: found[action] for action in Action}

    @property
    def digest(self) -> str:
        """Return the sha256 of the whole plan."""
        return hashlib.sha256(canonical(self._data()).encode()).hexdigest()

    def _data(self) -> dict[str, Any]:
        return {
            "schema": "mwcampaign/plan",
            "version": VERSION,
            "edition": self.edition,
            "campaign_digest": self.campaign_digest,
            "ledger_serial": self.ledger_serial,
            "approval": self.approval,
            "approval_before": self.approval_before,
            "counts": {str(action): number for action, number in self.counts().items()},
            "accounts": {name: json.loads(told) for name, told in self.accounts.items()},
            "steps": [_told(step) for step in self.steps],
        }

    def to_json(self) -> dict[str, Any]:
        """Return plain data, with the digest that from_json checks."""
        return self._data() | {"digest": self.digest}

    @classmethod
    def from_json(cls, data: Any) -> Plan:
        """Read a saved plan. Raises PlanRefused when it is not one, is of another version, or was altered."""
        if not isinstance(data, dict) or data.get("schema") != "mwcampaign/plan":
            raise PlanRefused("this is not a saved plan", hint="make one with: mwcampaign plan PATH --out FILE")
        if data.get("version") != VERSION:
            raise PlanRefused(
                f"the plan is of version {data.get('version')}, this program reads version {VERSION}",
                hint="make it again with: mwcampaign plan PATH --out FILE",
            )
        try:
            plan = cls(
                data["edition"],
                data["campaign_digest"],
                data["ledger_serial"],
                tuple(_heard(step) for step in data["steps"]),
                {name: canonical(account) for name, account in data["accounts"].items()},
                data["approval"],
                data["approval_before"],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise PlanRefused(f"the saved plan is damaged ({type(error).__name__})", hint="make it again") from error
        # Fails closed: a plan without a digest is as altered as one with the wrong digest.
        if data.get("digest") != plan.digest:
            raise PlanRefused("the saved plan was altered after it was made", hint="make it again, and review it")
        return plan


def _told(step: Step) -> dict[str, Any]:
    delivery = asdict(step.delivery)
    delivery["due"], delivery["closes"] = _instant(step.delivery.due), _instant(step.delivery.closes)
    delivery["message"] = json.loads(step.delivery.message)
    return {
        "action": str(step.action),
        "key": step.key,
        "before": step.before,
        "after": step.after,
        "why": step.why,
        "delivery": delivery,
    }


def _heard(data: dict[str, Any]) -> Step:
    told = dict(data["delivery"])
    told["due"], told["closes"] = datetime.fromisoformat(told["due"]), datetime.fromisoformat(told["closes"])
    told["message"] = canonical(told["message"])
    told["makers"] = tuple(told["makers"])
    return Step(Action(data["action"]), Delivery(**told), data["before"], data["after"], data["why"])


def _instant(when: datetime) -> str:
    return when.isoformat().replace("+00:00", "Z")


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
    wanted = {wish.key: wish for wish in wishes}
    gone = [fact for key, fact in known.items() if key not in wanted]
    # A delivered post that was moved to another day must not go out again under its new name.
    public = {
        (fact.delivery.post, fact.delivery.account, fact.delivery.part): fact
        for fact in gone
        if fact.state in IN_HAND or fact.state is State.DELIVERED
    }
    steps = [_wished(wish, known.get(key), public, now) for key, wish in wanted.items()]
    steps += [step for fact in gone if (step := _unwished(fact))]
    steps.sort(key=lambda step: (step.delivery.due, step.delivery.account, step.delivery.post, step.delivery.part))
    changed = {name: told for name, told in sorted(accounts.items()) if known_accounts.get(name) != told}
    return Plan(edition, campaign_digest, ledger_serial, tuple(steps), changed, approval, approval_before)


def _wished(
    wish: Delivery, fact: Planned | None, public: Mapping[tuple[str, str, int], Planned], now: datetime
) -> Step:
    if fact is not None:
        return _known(wish, fact, now)
    after = wish.digest
    if moved := public.get((wish.post, wish.account, wish.part)):
        why = f"already {moved.state} on {moved.delivery.theme}; give the post a new id to send it again"
        return Step(Action.DRIFT, wish, moved.delivery.digest, after, why)
    if wish.closes <= now:
        return Step(Action.LATE, wish, None, after, "its window closed before it was planned; it is not sent")
    return Step(Action.SCHEDULE, wish, None, after, "new")


def _known(wish: Delivery, fact: Planned, now: datetime) -> Step:
    before, after = fact.delivery.digest, wish.digest
    what = differences(fact.delivery, wish)
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
