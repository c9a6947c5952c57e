"""Turn doubt into fact: look on the network for what may have gone out.

Only evidence ends doubt: the post is found, or proven absent for every request ever sealed. Else it stays `unknown`
and is looked at again, later and later; it is never sent again meanwhile.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import assert_never

from mwcampaign.core.delivery import Attempt, Event, State
from mwcampaign.core.ledger import Doubt, Ledger
from mwcampaign.core.ports import Absent, Clock, Found, Inconclusive, Platform
from mwcampaign.engine.deliver import backoff
from mwcampaign.errors import PublishError

SOONEST = timedelta(seconds=15)
LATEST = timedelta(hours=1)
SKEW = timedelta(minutes=2)
"""A network's clock may be behind ours by this much: look a little earlier than we sealed."""


def reconcile(doubt: Doubt, ledger: Ledger, platform: Platform, clock: Clock) -> State:
    """Look for every sealed request of a delivery; write down what was found."""
    whys: list[str] = []
    again: list[datetime] = []
    for attempt in doubt.attempts:
        assert attempt.envelope is not None and attempt.sealed_at is not None
        try:
            answer = platform.find(attempt.envelope, attempt.sealed_at - SKEW)
        except PublishError as error:
            answer = Inconclusive(f"could not look: {error}")
        except Exception as error:  # noqa: BLE001 - a look that breaks decides nothing
            answer = Inconclusive(f"could not look: {type(error).__name__} in the adapter")
        match answer:
            case Found(receipt):
                return ledger.reconcile(doubt, Event.FOUND, clock.now(), "found on the network", receipt)
            case Absent():
                proven = proof_of_absence(attempt, platform.capabilities.absence_after)
                if proven is None or clock.now() < proven:
                    whys.append("not there yet, which proves nothing so soon" if proven else "absence proves nothing")
                    again.append(proven or later(attempt, clock.now()))
            case Inconclusive(why, where):
                whys.append(f"{why}; look at {where}" if where else why)
                again.append(later(attempt, clock.now()))
            case other:
                assert_never(other)
    if not whys:
        # What is lost again and again is not asked for in one breath: from the second time on it waits.
        tries = doubt.attempts[-1].number
        not_before = clock.now() + backoff(tries - 1) if tries > 1 else None
        return ledger.reconcile(doubt, Event.ABSENT, clock.now(), "proven not to be on the network", None, not_before)
    return ledger.reconcile(doubt, None, clock.now(), "; ".join(dict.fromkeys(whys)), None, min(again))


def proof_of_absence(attempt: Attempt, after: int | None) -> datetime | None:
    """Return from when on an empty look proves that this request never became a post; None is never."""
    return None if after is None or attempt.sealed_at is None else attempt.sealed_at + timedelta(seconds=after)


def later(attempt: Attempt, now: datetime) -> datetime:
    """Return the next look: as far ahead as the request is old, between 15 s and an hour."""
    assert attempt.sealed_at is not None
    return now + min(max(now - attempt.sealed_at, SOONEST), LATEST)
