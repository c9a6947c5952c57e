"""How a run or a look at the week ends: unknown wins over failed, failed over what waits for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from mwcampaign.core.delivery import Standing, State
from mwcampaign.core.ledger import Ledger
from mwcampaign.errors import DeliveryFailed, OutcomeUnknown, PlanRefused


def verdict(counts: Mapping[State, int], handed_over: int = 0) -> None:
    """Raise OutcomeUnknown, DeliveryFailed or PlanRefused when a person has to look; else return.

    `handed_over` of those that are unknown were given to a person to post: nobody lost them.
    """
    if number := counts.get(State.UNKNOWN, 0) - handed_over:
        raise OutcomeUnknown(
            f"{number} may be public and could not be found yet",
            hint="run again to look once more, or look yourself and say so with: mwcampaign resolve KEY",
        )
    lost = {state: counts.get(state, 0) for state in (State.FAILED, State.MISSED)}
    if any(lost.values()):
        told = ", ".join(f"{number} {state}" for state, number in lost.items() if number)
        raise DeliveryFailed(told, hint="see why with: mwcampaign status; go again with: mwcampaign retry KEY")
    if handed_over:
        raise PlanRefused(
            f"{handed_over} to be posted by hand",
            hint="see them with: mwcampaign status; then say where each is: mwcampaign resolve KEY --url ADDRESS",
        )


def verdict_of(ledger: Ledger) -> None:
    """Say how a whole ledger stands. Raises as `verdict` does."""
    verdict(ledger.counts(), handed_over(ledger.standings(None, (State.UNKNOWN,))))


def handed_over(standings: Iterable[Standing]) -> int:
    """Return how many of them wait for a person to post them."""
    return Counter(standing.handed_over for standing in standings)[True]
