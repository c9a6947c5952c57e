"""What is worth telling a person, and when it is one trouble or two: incidents, judged without clock, threads or files.

An Incident is the first trouble of a kind in a scope. Troubles that follow are counted and not told, until the scope
recovers. `Incidents` is what remembers them: the ledger, so that restarts and a second process do not tell again.
Nothing here holds a text, a handle, an address or a network's own words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol

from mwcampaign.core.delivery import Delivery, State

MANY = 4
"""From so many accounts of one network with the same trouble on, it is the network's."""


class Kind(StrEnum):
    """What went wrong."""

    FAILED = "failed"
    MISSED = "missed"
    UNKNOWN = "unknown"
    HANDED_OVER = "handed over"
    CREDENTIALS = "credentials refused"
    PAUSED = "network paused"
    STOPPED = "run stopped"


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom it concerns: an account by its id, a network by its name (or name and server, core.pacing.place), or the run
    itself (name "")."""

    what: Literal["account", "network", "run"]
    name: str = ""


RUN = Scope("run")
Pair = tuple[Kind, Scope]


@dataclass(frozen=True, slots=True)
class Incident:
    """Some troubles of one kind in one scope: `count` deliveries, the first one's `key`, "" where it is none's."""

    kind: Kind
    scope: Scope
    count: int = 1
    key: str = ""

    @property
    def pair(self) -> Pair:
        """Return what makes it one incident: at most one of each pair is open."""
        return self.kind, self.scope


class Incidents(Protocol):
    """Remembers which incidents are open and which of them a person was told of.

    Shared by several threads and processes; on disk when a method returns. Times are aware. Raises LedgerUnavailable.
    """

    def open(self) -> Collection[Pair]:
        """Return every open incident's kind and scope."""

    def opened(self, incident: Incident, at: datetime) -> bool:
        """Open it and return True; or, where one of its kind and scope is open, add its count to that and return False.

        Atomic: of several callers at the same time one gets True, and has to see that a person is told.
        """

    def closed(self, pair: Pair, at: datetime) -> None:
        """Close it: the next trouble of this kind and scope opens another. One that is not open changes nothing."""

    def told(self, pairs: Collection[Pair], at: datetime) -> None:
        """Remember that a person was told of these. Those that are not open any more change nothing."""

    def untold(self, before: datetime, at: datetime) -> list[Incident]:
        """Hand over the open incidents of which nobody was told, opened or handed over before `before`.

        As atomic as `opened`: each goes to one caller, who now has to see that a person is told.
        """


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something went wrong for a delivery, or, where account and key are "", for a network or the run as a whole."""

    kind: Kind
    account: str = ""
    network: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Recovery:
    """A delivery is public: its account and network work again."""

    account: str
    network: str
    key: str


@dataclass(frozen=True, slots=True)
class Relief:
    """A delivery is back in line or withdrawn: what was wrong with it is over, and proves nothing about others."""

    key: str


Happening = Trouble | Recovery | Relief
_OF_STATE = {State.FAILED: Kind.FAILED, State.MISSED: Kind.MISSED, State.UNKNOWN: Kind.UNKNOWN}
_OF_WORD = {str(kind): kind for kind in (Kind.CREDENTIALS, Kind.PAUSED, Kind.STOPPED)}
_RELIEVED = frozenset({State.RETRYING, State.SCHEDULED, State.CANCELLED})


def heard(
    what: str, delivery: Delivery | None, state: State | None, place: str = "", *, by_hand: bool = False
) -> Happening | None:
    """Return what an observer's call means for a person, or None. Of the delivery only ids and key are taken; `by_hand`
    says that a person is to post it.

    `place` is the network with its server, where the network's name alone is too wide.
    """
    account, network, key = (delivery.account, delivery.network, delivery.key) if delivery else ("", "", "")
    network = place or network
    if kind := _OF_WORD.get(what):
        return Trouble(kind, account, network, key)
    if delivery is None or state is None:
        return None
    if state is State.DELIVERED:
        return Recovery(account, network, key)
    if state in _RELIEVED:
        return Relief(key)
    # A look that finds nothing is no news: the delivery was unknown before it.
    if state not in _OF_STATE or what == "looked":
        return None
    return Trouble(Kind.HANDED_OVER if by_hand else _OF_STATE[state], account, network, key)


@dataclass(frozen=True, slots=True)
class Opening:
    """To do: open this incident, and tell of it if nobody else has opened it."""

    incident: Incident


@dataclass(frozen=True, slots=True)
class Closing:
    """To do: close this incident."""

    pair: Pair


Step = Opening | Closing


@dataclass(slots=True)
class _Course:
    """What one window brought for one kind and scope."""

    standing: bool
    keys: dict[str, None] = field(default_factory=dict)
    troubles: int = 0
    closes_first: bool = False
    closes_last: bool = False

    def is_open(self) -> bool:
        return not self.closes_last if self.troubles else self.standing and not self.closes_first

    def add(self, key: str) -> None:
        self.troubles += 1
        self.keys.setdefault(key)
        self.closes_last = False

    def recover(self) -> None:
        if self.troubles:
            self.closes_last = True
        else:
            self.closes_first = self.standing


def judge(happenings: Iterable[Happening], standing: Collection[Pair]) -> list[Step]:
    """Return what to open and close after what happened, in order, while `standing` are open.

    A trouble that ended well among these happenings is none. Many accounts of a network are one incident, and while it
    is open their troubles are part of it. A delivery closes what was open for its account and network; what is wrong
    with many accounts just now is not closed by one that works.
    """
    news = _unsettled(list(happenings))
    wide = _wide(news)
    courses = {pair: _Course(standing=True) for pair in standing}
    for one in news:
        if isinstance(one, Trouble):
            pair = _pair(one, wide, courses)
            courses.setdefault(pair, _Course(standing=False)).add(one.key)
        elif isinstance(one, Recovery):
            for scope in (Scope("account", one.account), Scope("network", one.network), RUN):
                for kind in Kind:
                    if (kind, scope) in courses and (kind, scope) not in wide:
                        courses[kind, scope].recover()
    return [step for pair, course in courses.items() for step in _steps(pair, course)]


def _unsettled(happenings: list[Happening]) -> list[Happening]:
    """Leave out troubles of deliveries that ended well later, and `failed` where the credentials were the reason."""
    refused = {one.key for one in happenings if isinstance(one, Trouble) and one.kind is Kind.CREDENTIALS and one.key}
    settled: set[str] = set()
    left: list[Happening] = []
    for one in reversed(happenings):
        if not isinstance(one, Trouble):
            settled.add(one.key)
        elif one.kind not in (Kind.PAUSED, Kind.STOPPED) and (
            one.key in settled or (one.kind is Kind.FAILED and one.key in refused)
        ):
            continue
        left.append(one)
    return left[::-1]


def _wide(happenings: Iterable[Happening]) -> set[Pair]:
    """Return the kinds and networks that concern many accounts."""
    accounts: dict[Pair, set[str]] = defaultdict(set)
    for one in happenings:
        if isinstance(one, Trouble):
            accounts[one.kind, Scope("network", one.network)].add(one.account)
    return {pair for pair, names in accounts.items() if len(names) >= MANY}


def _pair(trouble: Trouble, wide: Collection[Pair], courses: dict[Pair, _Course]) -> Pair:
    if trouble.kind is Kind.STOPPED:
        return trouble.kind, RUN
    network = (trouble.kind, Scope("network", trouble.network))
    is_covered = network in wide or (network in courses and courses[network].is_open())
    if trouble.kind is Kind.PAUSED or is_covered or not trouble.account:
        return network
    return trouble.kind, Scope("account", trouble.account)


def _steps(pair: Pair, course: _Course) -> Iterable[Step]:
    if course.closes_first:
        yield Closing(pair)
    if course.troubles:
        key = next((key for key in course.keys if key), "")
        yield Opening(Incident(*pair, count=len(course.keys), key=key))
    if course.closes_last:
        yield Closing(pair)
