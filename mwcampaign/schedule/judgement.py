"""How a rehearsal judges itself: what is public against what the ledger says, and how each fault ended. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from mwcampaign.core.delivery import Change, Event, Standing, State
from mwcampaign.platforms.memory import MemoryPost

HONEST = frozenset({State.DELIVERED, State.SENDING, State.UNKNOWN})
"""What the ledger may say of a post that is public."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A promise that was broken: a post that is public twice, or one where ledger and network disagree."""

    kind: Literal["duplicate", "lost"]
    key: str
    account: str
    network: str
    what: str


def compare(standings: Iterable[Standing], public: Mapping[str, Iterable[MemoryPost]]) -> list[Wrong]:
    """Return everything that is public twice or lost. `public` is what each network has, by its name.

    Lost is: delivered by the ledger but not public as its receipt says, or public though the ledger says it is not.
    Unknown is an honest answer, and no loss.
    """
    there: dict[tuple[str, str], list[MemoryPost]] = defaultdict(list)
    for network, posts in public.items():
        for post in posts:
            there[network, post.address].append(post)
    wrong = [one for standing in standings for one in _judged(standing, there)]
    for (network, key), posts in there.items():
        wrong += [Wrong("lost", key, post.account, network, "public, and the ledger has no such delivery")
                  for post in posts]  # fmt: skip
    return sorted(wrong, key=lambda one: (one.kind, one.network, one.account, one.key, one.what))


def _judged(standing: Standing, there: dict[tuple[str, str], list[MemoryPost]]) -> Iterable[Wrong]:
    """Yield what is wrong with one delivery, and take its posts away from what is there."""
    delivery, state = standing.delivery, standing.state
    about = (delivery.key, delivery.account, delivery.network)
    everything = there.pop((delivery.network, delivery.key), [])
    posts = [post for post in everything if post.account == delivery.account]
    if len(everything) > 1:
        yield Wrong("duplicate", *about, f"public {len(everything)} times; the ledger says {state}")
    if state is State.DELIVERED:
        receipt = standing.receipt
        if receipt is None or receipt.remote_id not in {post.remote_id for post in posts}:
            yield Wrong("lost", *about, "delivered, says the ledger, but its post is not there")
    elif everything and state not in HONEST:
        yield Wrong("lost", *about, f"public, but the ledger says {state}")


class Ending(StrEnum):
    """How a delivery that met a fault ended, seen from that fault; the value is how a report says it."""

    SAME = "delivered all the same"
    LATE = "delivered, by a late receipt"
    FOUND = "found by a look"
    LATER = "delivered by a later try"
    AGAIN = "sent again after proof of absence"
    FAILED = "failed"
    MISSED = "missed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    OPEN = "still open"


NOT_DELIVERED = {
    State.FAILED: Ending.FAILED,
    State.MISSED: Ending.MISSED,
    State.CANCELLED: Ending.CANCELLED,
    State.UNKNOWN: Ending.UNKNOWN,
}


def ended(history: Sequence[Change], attempt: int) -> Ending:
    """Return how a delivery ended after a fault during that attempt (counted from 1), by its history."""
    claims = [place for place, change in enumerate(history) if change.event == Event.CLAIM]
    since = history[claims[attempt - 1] :]
    state = history[-1].after
    if state is not State.DELIVERED:
        return NOT_DELIVERED.get(state, Ending.OPEN)
    proof = next(change for change in reversed(since) if change.after is State.DELIVERED)
    if proof.event == Event.FOUND:
        return Ending.FOUND
    if proof.before is not State.SENDING:
        return Ending.LATE
    if len(claims) == attempt:
        return Ending.SAME
    return Ending.AGAIN if any(change.event == Event.ABSENT for change in since) else Ending.LATER
