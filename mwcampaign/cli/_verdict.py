"""How a run or a look at the week ends: unknown wins over failed, failed over what waits for a person."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mwcampaign.cli._output import note
from mwcampaign.cli._place import Place
from mwcampaign.core.delivery import Standing, State
from mwcampaign.core.ledger import Ledger
from mwcampaign.errors import DeliveryFailed, ExitCode, OutcomeUnknown, PlanRefused

if TYPE_CHECKING:
    from mwcampaign.schedule.tick import Runner

SHOW_CURSOR = "\x1b[?25h"
"""A live view hides it."""


@dataclass(frozen=True, slots=True)
class Hints:
    """What helps when something is unknown, when something was lost, and when a person is to post."""

    unknown: str
    lost: str
    by_hand: str


def hints(here: Place) -> Hints:
    """Return what helps with a real ledger."""
    look = here.command("status")
    return Hints(
        f"run again to look once more, or look yourself and say so with: {here.command('resolve KEY')}",
        f"see why with: {look}; go again with: {here.command('retry KEY')}",
        f"see them with: {look}; then say where each is: {here.command('resolve KEY --url ADDRESS')}",
    )


def verdict(counts: Mapping[State, int], handed_over: int, help_with: Hints) -> None:
    """Raise OutcomeUnknown, DeliveryFailed or PlanRefused when a person has to look; else return.

    `handed_over` of those that are unknown were given to a person to post: nobody lost them.
    """
    if number := counts.get(State.UNKNOWN, 0) - handed_over:
        raise OutcomeUnknown(f"{number} may be public and could not be found yet", hint=help_with.unknown)
    lost = {state: counts.get(state, 0) for state in (State.FAILED, State.MISSED)}
    if any(lost.values()):
        told = ", ".join(f"{number} {state}" for state, number in lost.items() if number)
        raise DeliveryFailed(told, hint=help_with.lost)
    if handed_over:
        raise PlanRefused(f"{handed_over} to be posted by hand", hint=help_with.by_hand)


def verdict_of_run(ledger: Ledger, here: Place) -> None:
    """Say how a run ends that did all it could, with the whole ledger. Raises as `verdict` does, and OutcomeUnknown."""
    in_other_hands(ledger, ledger.counts())
    verdict(ledger.counts(), handed_over(ledger.standings(None, (State.UNKNOWN,))), hints(here))


def in_other_hands(ledger: Ledger, counts: Mapping[State, int]) -> None:
    """Say what another run holds of what is due, and raise OutcomeUnknown: it may send it at any moment, or hang."""
    if not (held := counts.get(State.PREPARING, 0) + counts.get(State.SENDING, 0)):
        return
    note(f"in the hands of another run, due and not sent yet as far as it has said: {held}")
    # What may be public already is worse, and told by `verdict`.
    if not counts.get(State.UNKNOWN, 0):
        raise OutcomeUnknown(
            f"{held} may be sent at any moment by another run: {', '.join(sorted(ledger.runners()))}",
            hint="run again when it is done; if it hangs, end it: the next run looks at what it held",
        )


@contextmanager
def told_when_ended_at_once(runner: Runner) -> Iterator[None]:
    """Say, when a second ^C ends a run, what becomes of its posts in flight; and end the process there and then."""
    try:
        yield
    except KeyboardInterrupt:
        note(f"stopping at once; {runner.in_hand()} in flight will be looked up at the next run")
        if sys.stdout.isatty():
            sys.stdout.write(SHOW_CURSOR)
        sys.stdout.flush()
        sys.stderr.flush()
        # Threads are still at work: to close the ledger under their hands crashes the process, and to wait for them is
        # not to stop. The ledger stands a kill at any moment.
        os._exit(int(ExitCode.INTERRUPTED))


def handed_over(standings: Iterable[Standing]) -> int:
    """Return how many of them wait for a person to post them."""
    return Counter(standing.handed_over for standing in standings)[True]
