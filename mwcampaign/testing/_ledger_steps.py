"""Small steps that the ledger's promises are made of. For mwcampaign.testing.ledger_contract and tests of ledgers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mwcampaign.core.delivery import Delivery, DeliveryKey, Envelope, Event, Receipt, Standing, delivery_key
from mwcampaign.core.ledger import Claim, Doubt, Ledger
from mwcampaign.core.message import Message

DUE = datetime(2026, 6, 8, 8, tzinfo=UTC)
CLOSES = DUE + timedelta(hours=12)
MINUTE = timedelta(minutes=1)
LEASE = 5 * MINUTE
RUNNER = "runner"
WHO = "organiser"


def wish(
    account: str = "louvre@memory",
    *,
    post: str = "story",
    part: int = 0,
    text: str = "Hello #MuseumWeek",
    due: datetime = DUE,
    closes: datetime = CLOSES,
    edition: str = "mw",
    after: DeliveryKey | None = None,
) -> Delivery:
    """Return a wish; equal arguments give equal wishes."""
    institution, _, network = account.partition("@")
    key = delivery_key(edition, post, account, part)
    message = Message(text, "en").to_json()
    return Delivery(key, edition, post, part, institution, account, network, "monday", due, closes, message, after)


def thread(parts: int) -> list[Delivery]:
    """Return so many wishes, each to follow the one before."""
    made: list[Delivery] = []
    for part in range(parts):
        made.append(wish(part=part, text=f"Part {part}", after=made[-1].key if made else None))
    return made


def schedule(ledger: Ledger, *wishes: Delivery) -> int:
    """Put new wishes into the ledger; return the new serial."""
    return ledger.apply(ledger.serial(), [(None, each, None) for each in wishes], {}, DUE - MINUTE, WHO)


def change(ledger: Ledger, event: Event, wanted: Delivery) -> int:
    """Revise or withdraw what the ledger has under a wish's key; return the new serial."""
    before = standing_of(ledger, wanted.key).delivery.digest
    return ledger.apply(ledger.serial(), [(event, wanted, before)], {}, DUE, WHO)


def standing_of(ledger: Ledger, key: DeliveryKey | None = None) -> Standing:
    """Return what the ledger knows of a delivery that it must have; by default of `wish()`."""
    found = ledger.standing(key or wish().key)
    assert found is not None
    return found


def claim_one(ledger: Ledger, now: datetime = DUE, runner: str = RUNNER, lease: timedelta = LEASE) -> Claim:
    """Claim; there must be something due."""
    (claim,) = ledger.claim(now, runner, lease, 1)
    return claim


def sealed(
    ledger: Ledger, now: datetime = DUE, runner: str = RUNNER, lease: timedelta = LEASE, payload: str = '{"text":"…"}'
) -> Claim:
    """Claim and seal."""
    claim = claim_one(ledger, now, runner, lease)
    ledger.seal(claim.attempt.id, envelope(payload), now)
    return claim


def in_doubt(ledger: Ledger, now: datetime = DUE, payload: str = '{"text":"…"}') -> Claim:
    """Claim, seal, and lose the answer."""
    claim = sealed(ledger, now, payload=payload)
    ledger.settle(claim.attempt.id, Event.DOUBT, now, "no answer")
    return claim


def doubt_of(ledger: Ledger) -> Doubt:
    """Return the doubt about `wish()` as a look would have it, even when it has been resolved since."""
    standing = standing_of(ledger)
    attempts = ledger.attempts(standing.delivery.key)
    return Doubt(standing.delivery, tuple(each for each in attempts if each.envelope is not None) or tuple(attempts))


def envelope(payload: str = '{"text":"…"}', address: str = "address") -> Envelope:
    """Return a request."""
    return Envelope(address, payload)


def receipt(remote_id: str = "113", posted_at: datetime = DUE + timedelta(milliseconds=4321)) -> Receipt:
    """Return a proof."""
    return Receipt(remote_id, f"https://memory.invalid/{remote_id}", posted_at, "bafy-revision")
