"""The weather at work: a ledger and adapters that misbehave, and the log of every fault met. Part of the rehearsal.

The engine sees what real adapters would give it: the same errors with the same reach, and words of the same kind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from mwcampaign.core.delivery import Attempt, Delivery, Envelope, State
from mwcampaign.core.ledger import Claim, Ledger
from mwcampaign.core.message import Message, Picture
from mwcampaign.core.ports import Absent, Found, Inconclusive, Platform
from mwcampaign.errors import Ambiguous, CredentialRejected, Deferred, LedgerUnavailable, Rejected
from mwcampaign.platforms.memory import Moment
from mwcampaign.schedule.clock import VirtualClock
from mwcampaign.schedule.weather import WHEN_PUBLIC, Dice, Fault, Spell, Step, Weather

DEADLINE = timedelta(seconds=60)
"""How long a client waits for an answer that does not come."""
LAG = timedelta(seconds=45)
"""For so long a lagging list does not show a new post: less than any network's proof of absence takes."""
TOLD = 0.6
"""How often a dead runner is known to be dead; else its lease has to run out."""
CUT_SHORT = "publish: the answer was lost"
UNREADABLE = "publish: the server's answer could not be understood"


class Killed(BaseException):
    """The process is gone: no `except Exception` holds this up. `back` is how long until another one is started."""

    def __init__(self, back: timedelta, *, told: bool) -> None:
        super().__init__("killed")
        self.back, self.told = back, told


class DiskFull(LedgerUnavailable):
    """The ledger's disk is full: the process ends, and is started again once there is room."""

    def __init__(self, back: timedelta) -> None:
        super().__init__("the disk is full")
        self.back = back


@dataclass(slots=True)
class Met:
    """One fault that one delivery met; `attempt` is the try during which, or after which, it came."""

    at: datetime
    fault: Fault
    key: str
    account: str
    network: str
    attempt: int
    runner: str


class Hand(Protocol):
    """A runner as the weather sees it."""

    @property
    def name(self) -> str:
        """Its name in the ledger."""

    def pass_time(self, span: timedelta) -> None:
        """Let time pass for it, while others work."""

    def let_others_work(self) -> int:
        """Let others do one round at this very moment; return how much they did."""


class Storm:
    """One rehearsal's weather: draws faults, knows its spells, and keeps the log."""

    def __init__(
        self, weather: Weather, dice: Dice, spells: list[Spell], clock: VirtualClock, wishes: Mapping[str, Delivery]
    ) -> None:
        self.weather, self.dice, self.spells, self.clock = weather, dice, spells, clock
        self.log: list[Met] = []
        self.tries: dict[str, int] = {}
        """The number of each delivery's latest attempt."""
        self._wishes = wishes
        self._looks: Counter[str] = Counter()

    def draw(self, step: Step, key: str, number: int) -> Fault | None:
        """Return what befalls a delivery at a step."""
        if step is Step.SEAL:
            for spell in self.spells:
                if spell.fault is Fault.RESTART and not spell.met and spell.begins <= self.clock.now():
                    spell.met += 1
                    return Fault.RESTART
        return self.dice.draw(self.weather, step, key, number)

    def draw_look(self, key: str) -> Fault | None:
        """Return what befalls the next look for a delivery."""
        self._looks[key] += 1
        return self.draw(Step.LOOK, key, self._looks[key])

    def feels(self, fault: Fault, where: str) -> bool:
        """Return whether a spell is felt there now, and count it."""
        for spell in self.spells:
            if spell.covers(fault, where, self.clock.now()):
                spell.met += 1
                return True
        return False

    def meet(self, fault: Fault, key: str, attempt: int, hand: Hand) -> None:
        """Write down that a delivery met a fault."""
        wish = self._wishes[key]
        self.log.append(Met(self.clock.now(), fault, key, wish.account, wish.network, attempt, hand.name))

    def kill(self, fault: Fault, key: str, attempt: int, hand: Hand) -> Killed:
        """Write a kill down and return it, to be raised."""
        self.meet(fault, key, attempt, hand)
        told = self.dice.roll("told", key, attempt, fault.slug) < TOLD
        return Killed(self.dice.span(0.1, 4, "back", key, attempt, fault.slug), told=told)

    def fill_disk(self, fault: Fault, key: str, attempt: int, hand: Hand) -> DiskFull:
        """Write a full disk down and return it, to be raised."""
        self.meet(fault, key, attempt, hand)
        return DiskFull(self.dice.span(2, 20, "room", key, attempt, fault.slug))

    def freeze(self, fault: Fault, key: str, attempt: int, hand: Hand) -> None:
        """Stop a runner for longer than its lease, while others go on."""
        self.meet(fault, key, attempt, hand)
        hand.pass_time(self.dice.span(6, 40, "frozen", key, attempt, fault.slug))


class StormyLedger:
    """A ledger for one runner: its process may end before a call or after, and its disk may be full."""

    def __init__(self, inner: Ledger, storm: Storm, hand: Hand, claims: dict[str, Claim]) -> None:
        self._inner, self._storm, self._hand, self._claims = inner, storm, hand, claims
        self._attempts: dict[int, Attempt] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def claim(self, *told: Any, **more: Any) -> list[Claim]:
        """Claim, and perhaps die before anything is done with it."""
        claims = self._inner.claim(*told, **more)
        for claim in claims:
            key, number = str(claim.delivery.key), claim.attempt.number
            self._claims[claim.delivery.account] = claim
            self._attempts[claim.attempt.id] = claim.attempt
            self._storm.tries[key] = number
        for attempt in [claim.attempt for claim in claims]:
            if self._storm.draw(Step.CLAIM, attempt.key, attempt.number) is Fault.KILLED_BEFORE_SEAL:
                raise self._storm.kill(Fault.KILLED_BEFORE_SEAL, attempt.key, attempt.number, self._hand)
        return claims

    def seal(self, attempt: int, envelope: Envelope, *told: Any, **more: Any) -> None:
        """Seal, unless the disk is full; and perhaps die or freeze right after it."""
        told_of = self._attempts[attempt]
        about = (told_of.key, told_of.number, self._hand)
        fault = self._storm.draw(Step.SEAL, told_of.key, told_of.number)
        if fault is Fault.DISK_FULL_AT_SEAL:
            raise self._storm.fill_disk(fault, *about)
        self._inner.seal(attempt, envelope, *told, **more)
        if fault in {Fault.KILLED_AFTER_SEAL, Fault.RESTART}:
            raise self._storm.kill(fault, *about)
        if fault is Fault.FROZEN_AFTER_SEAL:
            self._storm.freeze(fault, *about)

    def settle(self, attempt: int, *told: Any, **more: Any) -> State:
        """Settle, unless the disk is full."""
        told_of = self._attempts[attempt]
        fault = self._storm.draw(Step.SETTLE, told_of.key, told_of.number)
        if fault is Fault.DISK_FULL_AT_SETTLE:
            raise self._storm.fill_disk(fault, told_of.key, told_of.number, self._hand)
        return self._inner.settle(attempt, *told, **more)


class StormyPlatform:
    """An account's adapter for one runner; `inner` is the network in memory, which calls `publishing`."""

    inner: Platform

    def __init__(self, account: str, network: str, storm: Storm, hand: Hand, claims: Mapping[str, Claim]) -> None:
        self._account, self._network = account, network
        self._storm, self._hand, self._claims = storm, hand, claims
        self._drawn: Fault | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def resolve(self, message: Message) -> Mapping[str, str]:
        """Ask for names, unless the network is down."""
        self._spells("resolve", *self._working_on())
        return self.inner.resolve(message)

    def upload(self, picture: Picture, content: bytes) -> str:
        """Upload, perhaps in vain, perhaps slowly."""
        key, number = self._working_on()
        self._spells("upload", key, number)
        fault = self._storm.draw(Step.UPLOAD, f"{key} {picture.digest}", number)
        if fault is Fault.FROZEN_BEFORE_SEAL:
            self._storm.freeze(fault, key, number, self._hand)
        elif fault is not None:
            self._storm.meet(fault, key, number, self._hand)
        if fault is Fault.UPLOAD_FAILS:
            raise Deferred("upload: the server answered 503", reach="network")
        if fault is Fault.ADAPTER_BUG:
            raise KeyError("media_id")
        if fault is Fault.UPLOAD_SLOW:
            self._hand.pass_time(self._storm.dice.span(0.2, 0.9, "slow", key, number))
        return self.inner.upload(picture, content)

    def find(self, envelope: Envelope, since: datetime) -> Found | Absent | Inconclusive:
        """Look, perhaps in vain, or in a list that lags."""
        key = envelope.address
        number = self._storm.tries[key]
        self._spells("find", key, number)
        fault = self._storm.draw_look(key)
        if fault is Fault.KILLED_AT_LOOK:
            raise self._storm.kill(fault, key, number, self._hand)
        if fault is Fault.LOOK_FAILS:
            self._storm.meet(fault, key, number, self._hand)
            raise Deferred("find: the server answered 502", reach="network")
        if fault is Fault.ADAPTER_BUG:
            self._storm.meet(fault, key, number, self._hand)
            raise TypeError("'NoneType' object is not iterable")
        answer = self.inner.find(envelope, since)
        young = isinstance(answer, Found) and answer.receipt.posted_at > self._storm.clock.now() - LAG
        if fault is Fault.LOOK_LAGS and young:
            self._storm.meet(fault, key, number, self._hand)
            exact = self.inner.capabilities.lookup == "exact"
            return Absent() if exact else Inconclusive("not in the list")
        return answer

    def publishing(self, moment: Moment, envelope: Envelope) -> None:
        """Let something go wrong before a post becomes public, or after."""
        key, number = self._working_on()
        if moment == "before":
            self._spells("publish", key, number)
            self._drawn = self._storm.draw(Step.PUBLISH, key, number)
        if self._drawn is not None and (self._drawn in WHEN_PUBLIC) == (moment == "after"):
            self._befall(self._drawn, key, number)

    def _befall(self, fault: Fault, key: str, number: int) -> None:
        """Let a fault come upon a publication."""
        if fault is Fault.SECOND_RUNNER:
            if self._hand.let_others_work():
                self._storm.meet(fault, key, number, self._hand)
            return
        if fault in {Fault.FROZEN_IN_CALL, Fault.FROZEN_WHEN_PUBLIC}:
            self._storm.freeze(fault, key, number, self._hand)
            return
        if fault is Fault.KILLED_WHEN_PUBLIC:
            raise self._storm.kill(fault, key, number, self._hand)
        self._storm.meet(fault, key, number, self._hand)
        if fault is Fault.STALL:
            self._hand.pass_time(DEADLINE)
        raise self._error(fault, key, number)

    def _error(self, fault: Fault, key: str, number: int) -> Exception:
        """Return what a real adapter makes of it."""
        match fault:
            case Fault.REFUSE:
                return Deferred("publish: no connection to the server", reach="network")
            case Fault.RATE_LIMIT:
                wait = self._storm.dice.span(1, 15, "retry-after", key, number)
                return Deferred("publish: the server answered 429", wait, reach="account")
            case Fault.BAD_REQUEST:
                return Rejected("publish: the server answered 400")
            case Fault.ADAPTER_BUG | Fault.ADAPTER_BUG_AFTER:
                return AttributeError("'dict' object has no attribute 'id'")
            case Fault.SERVER_ERROR_BEFORE | Fault.SERVER_ERROR_AFTER:
                return Ambiguous("publish: the server answered 500")
            case Fault.TRUNCATE | Fault.HTML | Fault.RUBBISH:
                return Ambiguous(UNREADABLE)
            case _:
                return Ambiguous(CUT_SHORT)

    def _spells(self, step: str, key: str, number: int) -> None:
        """Raise what a spell of bad weather makes of a call."""
        if self._storm.feels(Fault.NETWORK_DOWN, self._network):
            self._storm.meet(Fault.NETWORK_DOWN, key, number, self._hand)
            raise Deferred(f"{step}: no connection to the server", reach="network")
        if self._storm.feels(Fault.UNAUTHORIZED, self._account):
            self._storm.meet(Fault.UNAUTHORIZED, key, number, self._hand)
            raise CredentialRejected(f"{step}: the server answered 401")
        if step == "publish" and self._storm.feels(Fault.RATE_LIMIT_STORM, self._network):
            self._storm.meet(Fault.RATE_LIMIT_STORM, key, number, self._hand)
            wait = self._storm.dice.span(1, 15, "storm", key, number)
            raise Deferred("publish: the server answered 429", wait, reach="account")

    def _working_on(self) -> tuple[str, int]:
        claim = self._claims[self._account]
        return str(claim.delivery.key), claim.attempt.number
