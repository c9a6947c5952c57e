"""How a run or a look at the week ends: unknown wins over failed, failed over done."""

from __future__ import annotations

from collections.abc import Mapping

from mwcampaign.core.delivery import State
from mwcampaign.errors import DeliveryFailed, OutcomeUnknown


def verdict(counts: Mapping[State, int]) -> None:
    """Raise OutcomeUnknown or DeliveryFailed when a person has to look; else return."""
    if number := counts.get(State.UNKNOWN, 0):
        raise OutcomeUnknown(
            f"{number} may be public and could not be found yet",
            hint="run again to look once more, or look yourself and say so with: mwcampaign resolve KEY",
        )
    lost = {state: counts.get(state, 0) for state in (State.FAILED, State.MISSED)}
    if any(lost.values()):
        told = ", ".join(f"{number} {state}" for state, number in lost.items() if number)
        raise DeliveryFailed(told, hint="see why with: mwcampaign status; go again with: mwcampaign retry KEY")
