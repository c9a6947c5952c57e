"""Compare what the ledger calls delivered with what is public: missing, double, altered. Reads only.

A copy that the ledger knows as another delivery's own post is no double: the same words may be meant twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from mwcampaign.core.delivery import Attempt, Standing
from mwcampaign.core.ports import Inconclusive, Platform
from mwcampaign.errors import PublishError

EARLIER = timedelta(minutes=2)
"""A network's clock may be behind ours by this much."""


class Flaw(StrEnum):
    """What an audit finds; UNREAD is: could not be compared."""

    MISSING = "missing"
    DOUBLE = "double"
    ALTERED = "altered"
    UNREAD = "not read"


@dataclass(frozen=True, slots=True)
class Finding:
    """One flaw of one delivery: where to look, and what there is to say."""

    flaw: Flaw
    standing: Standing
    where: str
    what: str


def audit(
    standing: Standing, attempts: Sequence[Attempt], platform: Platform, known: Collection[str]
) -> Iterator[Finding]:
    """Yield what is wrong with one delivered post. `known` are the remote ids that the ledger holds for its account."""
    receipt = standing.receipt
    assert receipt is not None
    sealed = [attempt for attempt in attempts if attempt.envelope is not None and attempt.sealed_at is not None]
    if not sealed:
        yield Finding(Flaw.UNREAD, standing, receipt.url, "it has no request to compare with")
        return
    first, last = sealed[0], sealed[-1]
    assert first.sealed_at is not None and last.envelope is not None
    try:
        copies = platform.copies(last.envelope, receipt, min(first.sealed_at, receipt.posted_at) - EARLIER)
    except PublishError as error:
        yield Finding(Flaw.UNREAD, standing, receipt.url, str(error))
        return
    if isinstance(copies, Inconclusive):
        yield Finding(Flaw.UNREAD, standing, copies.where or receipt.url, copies.why)
        return
    own = next((copy for copy in copies if copy.receipt.remote_id == receipt.remote_id), None)
    if own is None:
        yield Finding(Flaw.MISSING, standing, receipt.url, "the post is not there any more")
    elif not own.same:
        yield Finding(Flaw.ALTERED, standing, receipt.url, "it does not read as it was sent")
    for copy in copies:
        if copy is not own and copy.same and copy.receipt.remote_id not in known:
            yield Finding(Flaw.DOUBLE, standing, copy.receipt.url, f"it reads the same as {receipt.url}")
