"""The faults of a rehearsal: their names, how often each comes in which weather, and the dice that decide.

Every decision is a hash of the seed, what it is about, the delivery's key and a count: never a stream of random
numbers, whose order could change. Part of the rehearsal; nothing else uses it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mwcampaign.core.delivery import Delivery


class Weather(StrEnum):
    """How a rehearsed week goes."""

    NONE = "none"
    ROUGH = "rough"
    HOSTILE = "hostile"


class Fault(StrEnum):
    """What can happen; the value is how a report says it. Names are those of mwcampaign.testing where they mean the
    same."""

    REFUSE = "nobody listens"
    RATE_LIMIT = "429, come back later"
    BAD_REQUEST = "400, the post is refused"
    SERVER_ERROR_BEFORE = "500, nothing done"
    DROP_BEFORE = "closed without an answer, nothing done"
    ADAPTER_BUG = "a bug in the adapter, nothing done"
    DROP = "done, then closed without an answer"
    STALL = "done, then silence"
    TRUNCATE = "done, then half an answer"
    SERVER_ERROR_AFTER = "done, then 500"
    HTML = "done, then a page of HTML with 200"
    RUBBISH = "done, then 200 with bytes that are no JSON"
    RESET = "done, then the connection is reset"
    ADAPTER_BUG_AFTER = "done, then a bug in the adapter"
    UPLOAD_FAILS = "a picture's upload fails"
    UPLOAD_SLOW = "a picture takes long to be processed"
    LOOK_FAILS = "a look fails"
    LOOK_LAGS = "a look does not see the newest post"
    NETWORK_DOWN = "the network is down"
    RATE_LIMIT_STORM = "429 to everybody"
    UNAUTHORIZED = "401, the account is refused"
    CLOCK_AHEAD = "the machine's clock is ahead"
    CLOCK_BEHIND = "the machine's clock is behind"
    RESTART = "the machine restarts in the middle of it"
    KILLED_BEFORE_SEAL = "killed before anything was sealed"
    KILLED_AFTER_SEAL = "killed after the seal"
    KILLED_WHEN_PUBLIC = "killed when it was public, before that was written down"
    KILLED_AT_LOOK = "killed during a look"
    FROZEN_BEFORE_SEAL = "frozen past the lease, before the seal"
    FROZEN_AFTER_SEAL = "frozen past the lease, after the seal"
    FROZEN_IN_CALL = "frozen past the lease, with the request on its way"
    FROZEN_WHEN_PUBLIC = "frozen past the lease, when it was public"
    DISK_FULL_AT_SEAL = "disk full at the seal"
    DISK_FULL_AT_SETTLE = "disk full when the outcome is written down"
    SECOND_RUNNER = "a second runner works at the same moment"

    @property
    def slug(self) -> str:
        """Return the name as machines read it."""
        return self.name.lower().replace("_", "-")


class Step(StrEnum):
    """Where in a delivery's life a fault is drawn for."""

    CLAIM = "claim"
    UPLOAD = "upload"
    SEAL = "seal"
    PUBLISH = "publish"
    SETTLE = "settle"
    LOOK = "look"


LOST_ANSWERS = frozenset({
    Fault.DROP, Fault.STALL, Fault.TRUNCATE, Fault.SERVER_ERROR_AFTER, Fault.HTML, Fault.RUBBISH, Fault.RESET,
})  # fmt: skip
"""The network acted, and the client cannot know."""
WHEN_PUBLIC = LOST_ANSWERS | {Fault.ADAPTER_BUG_AFTER, Fault.KILLED_WHEN_PUBLIC, Fault.FROZEN_WHEN_PUBLIC}
"""Happens after the post became public."""

RATES: Mapping[Weather, Mapping[Step, Mapping[Fault, float]]] = {
    Weather.NONE: {},
    Weather.ROUGH: {
        Step.UPLOAD: {Fault.UPLOAD_SLOW: 0.04, Fault.UPLOAD_FAILS: 0.01},
        Step.PUBLISH: {
            Fault.REFUSE: 0.004, Fault.RATE_LIMIT: 0.012, Fault.SERVER_ERROR_BEFORE: 0.003, Fault.DROP: 0.004,
            Fault.STALL: 0.003, Fault.SERVER_ERROR_AFTER: 0.003,
        },
        Step.LOOK: {Fault.LOOK_FAILS: 0.05, Fault.LOOK_LAGS: 0.1},
    },
    Weather.HOSTILE: {
        Step.CLAIM: {Fault.KILLED_BEFORE_SEAL: 0.008},
        Step.UPLOAD: {
            Fault.UPLOAD_SLOW: 0.1, Fault.UPLOAD_FAILS: 0.1, Fault.ADAPTER_BUG: 0.02, Fault.FROZEN_BEFORE_SEAL: 0.01,
        },
        Step.SEAL: {
            Fault.DISK_FULL_AT_SEAL: 0.006, Fault.KILLED_AFTER_SEAL: 0.008, Fault.FROZEN_AFTER_SEAL: 0.004,
        },
        Step.PUBLISH: {
            Fault.REFUSE: 0.03, Fault.RATE_LIMIT: 0.04, Fault.BAD_REQUEST: 0.005, Fault.SERVER_ERROR_BEFORE: 0.03,
            Fault.DROP_BEFORE: 0.03, Fault.ADAPTER_BUG: 0.01, Fault.DROP: 0.03, Fault.STALL: 0.02,
            Fault.TRUNCATE: 0.02, Fault.SERVER_ERROR_AFTER: 0.03, Fault.HTML: 0.02, Fault.RUBBISH: 0.02,
            Fault.RESET: 0.02, Fault.ADAPTER_BUG_AFTER: 0.02, Fault.KILLED_WHEN_PUBLIC: 0.01,
            Fault.FROZEN_IN_CALL: 0.003, Fault.FROZEN_WHEN_PUBLIC: 0.004, Fault.SECOND_RUNNER: 0.05,
        },
        Step.SETTLE: {Fault.DISK_FULL_AT_SETTLE: 0.006},
        Step.LOOK: {Fault.LOOK_FAILS: 0.2, Fault.LOOK_LAGS: 0.3, Fault.ADAPTER_BUG: 0.03, Fault.KILLED_AT_LOOK: 0.02},
    },
}  # fmt: skip
"""How likely each fault is, each time a delivery comes to that step."""
LOOKS = 6
"""So many looks for a delivery may go wrong: those for what can never be decided go on for the whole week."""


@dataclass(frozen=True, slots=True)
class Dice:
    """One seed's answers: the same question gets the same answer, whatever was asked before."""

    seed: int

    def roll(self, *about: object) -> float:
        """Return a number from 0 to below 1."""
        told = "|".join(map(str, (self.seed, *about)))
        return int.from_bytes(hashlib.sha256(told.encode()).digest()[:6]) / (1 << 48)

    def span(self, shortest: float, longest: float, *about: object) -> timedelta:
        """Return a span of whole seconds between two numbers of minutes."""
        minutes = shortest + (longest - shortest) * self.roll("span", *about)
        return timedelta(seconds=round(60 * minutes))

    def draw(self, weather: Weather, step: Step, key: str, number: int) -> Fault | None:
        """Return what befalls a delivery the n-th time it comes to a step; None is nothing."""
        rates = RATES[weather].get(step)
        if not rates or (step is Step.LOOK and number > LOOKS):
            return None
        left = self.roll(step, key, number)
        for fault, rate in rates.items():
            left -= rate
            if left < 0:
                return fault
        return None


@dataclass(slots=True)
class Spell:
    """A time of bad weather in one place: a network, an account, or a machine. `error` is by how much its clock is
    wrong; `met` counts who came to feel it."""

    fault: Fault
    where: str
    begins: datetime
    ends: datetime
    error: timedelta = timedelta()
    met: int = 0

    def covers(self, fault: Fault, where: str, now: datetime) -> bool:
        """Return whether this is felt there and then."""
        return self.fault is fault and self.where == where and self.begins <= now < self.ends


MACHINE = "first machine"
"""Whose clock goes wrong; the second machine's is always right."""


def spells(weather: Weather, dice: Dice, wishes: Sequence[Delivery], by_hand: Collection[str] = ()) -> list[Spell]:
    """Return when the weather is bad for more than a moment, placed so that something is due during each spell.

    On the networks `by_hand` a person posts: there is nothing that could be down.
    """
    sent = [wish for wish in wishes if wish.network not in by_hand]
    networks = sorted({wish.network for wish in sent})
    match weather:
        case Weather.NONE:
            return []
        case Weather.ROUGH:
            made = [_spell(dice, Fault.RESTART, MACHINE, wishes, (2, 4))]
            if networks:
                down = _first(dice, "network", networks)
                there = [wish for wish in sent if wish.network == down]
                made.append(_spell(dice, Fault.NETWORK_DOWN, down, there, (20, 20)))
            return _sorted(made)
        case Weather.HOSTILE:
            made = []
            for network in networks:
                there = [wish for wish in sent if wish.network == network]
                made.append(_spell(dice, Fault.NETWORK_DOWN, network, there, (120, 300)))
                made.append(_spell(dice, Fault.RATE_LIMIT_STORM, network, there, (30, 90)))
            if networks:
                account = _first(dice, "account", sorted({wish.account for wish in sent}))
                its = [wish for wish in sent if wish.account == account]
                made.append(_spell(dice, Fault.UNAUTHORIZED, account, its, (120, 360)))
            ahead = _spell(dice, Fault.CLOCK_AHEAD, MACHINE, wishes, (20, 90))
            ahead.error = dice.span(3, 20, "ahead")
            behind = _spell(dice, Fault.CLOCK_BEHIND, MACHINE, wishes, (20, 90))
            behind.error = -dice.span(3, 20, "behind")
            return _sorted([*made, ahead, behind])


def _spell(dice: Dice, fault: Fault, where: str, wishes: Sequence[Delivery], minutes: tuple[float, float]) -> Spell:
    """Return a spell that begins up to five minutes before a post there is due."""
    wish = min(wishes, key=lambda each: dice.roll(fault.slug, where, each.key))
    begins = wish.due - dice.span(0, 5, fault.slug, where, "before")
    return Spell(fault, where, begins, begins + dice.span(*minutes, fault.slug, where))


def _first(dice: Dice, what: str, names: Sequence[str]) -> str:
    return min(names, key=lambda name: dice.roll(what, name))


def _sorted(made: list[Spell]) -> list[Spell]:
    return sorted(made, key=lambda spell: (spell.begins, spell.fault, spell.where))
