"""Once sealed, never twice; before the seal, nothing is public."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mwcampaign.core.delivery import Delivery, Envelope, Event, State
from mwcampaign.core.message import Message, Picture
from mwcampaign.core.ports import Handles
from mwcampaign.engine.deliver import backoff, deliver
from mwcampaign.errors import Ambiguous, CredentialRejected, Deferred, LedgerUnavailable, Rejected
from tests.conftest import DUE, make_delivery
from tests.engine.conftest import LEASE, Stage

HOUR = timedelta(hours=1)


def test_a_due_delivery_becomes_one_post_with_a_receipt(stage: Stage) -> None:
    """The walk through the house: claim, prepare, seal, publish, settle."""
    stage.schedule()
    assert stage.deliver() is State.DELIVERED
    standing = stage.ledger.standing(make_delivery().key)
    assert standing is not None
    assert standing.receipt is not None
    assert stage.texts() == ["Hello #MuseumWeek"]
    assert standing.receipt.url == f"https://memory.invalid/louvre@memory/{standing.receipt.remote_id}"
    assert [change.event for change in stage.ledger.history(standing.delivery.key)][1:] == ["claim", "seal", "accept"]


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (Deferred("busy", timedelta(minutes=7)), State.RETRYING),
        (Rejected("no"), State.FAILED),
        (CredentialRejected("who?"), State.FAILED),
    ],
)
def test_a_clear_no_is_believed(stage: Stage, fault: Exception, state: State) -> None:
    """Certainly not published: later, or never."""
    stage.schedule()
    stage.fault = ("before", fault)
    assert stage.deliver() is state
    assert stage.texts() == []


@pytest.mark.parametrize("fault", [Ambiguous("no answer"), RuntimeError("a bug"), KeyError("id"), TimeoutError()])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_everything_else_is_doubt(stage: Stage, fault: Exception, moment: str) -> None:
    """After the seal a bug or a lost answer proves nothing: it is unknown, and never claimed again."""
    stage.schedule()
    stage.fault = (moment, fault)
    assert stage.deliver() is State.UNKNOWN
    stage.pass_time(HOUR)
    assert stage.ledger.claim(stage.clock.now(), "other", LEASE, 10) == []


def test_half_an_emoji_in_a_refusal_is_written_down_all_the_same(stage: Stage) -> None:
    """Whatever a server answers, the outcome reaches the ledger."""
    stage.schedule()
    stage.fault = ("before", Rejected("no \ud83d"))
    assert stage.deliver() is State.FAILED


def test_the_network_says_when(stage: Stage) -> None:
    """A stated wait is kept to the second."""
    stage.schedule()
    stage.fault = ("before", Deferred("busy", timedelta(minutes=7)))
    stage.deliver()
    assert stage.ledger.next_instant(stage.clock.now()) == DUE + timedelta(minutes=7)
    stage.pass_time(timedelta(minutes=6))
    assert stage.ledger.claim(stage.clock.now(), "runner", LEASE, 10) == []
    stage.pass_time(timedelta(minutes=1))
    assert stage.deliver() is State.DELIVERED
    assert len(stage.texts()) == 1


def test_without_a_stated_wait_it_waits_longer_each_time() -> None:
    """From half a minute to a quarter of an hour."""
    waits = [backoff(number).total_seconds() for number in range(1, 9)]
    assert waits[:3] == [30, 60, 120]
    assert waits == sorted(waits)
    assert waits[-1] == 900


class Uploads:
    """An adapter whose upload fails; everything else is the stage's own."""

    def __init__(self, stage: Stage, error: Exception) -> None:
        self._inner, self._error = stage.platform, error

    def upload(self, picture: Picture, content: bytes) -> str:
        """Fail."""
        raise self._error

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)


@pytest.mark.parametrize(
    ("error", "state"),
    [(Ambiguous("500"), State.RETRYING), (RuntimeError("bug"), State.RETRYING), (Rejected("too big"), State.FAILED)],
)
def test_a_failed_upload_is_not_doubt(stage: Stage, error: Exception, state: State) -> None:
    """Uploads are invisible: nothing was published, so it may be tried again."""
    stage.schedule(with_picture(stage.pictures.put(b"bytes")))
    done = deliver(stage.claim(), stage.ledger, Uploads(stage, error), stage.pictures, stage.clock)  # type: ignore[arg-type]
    assert done is state
    assert stage.ledger.doubts(stage.clock.now(), 10) == []


def test_a_lost_picture_fails_its_own_delivery_only(stage: Stage) -> None:
    """The week goes on, and the reason says what to do."""
    stage.schedule(with_picture("0" * 64))
    assert stage.deliver() is State.FAILED
    standing = stage.ledger.standing(make_delivery().key)
    assert standing is not None
    assert "apply the campaign again" in standing.why


def with_picture(digest: str) -> Delivery:
    """Return a delivery with one picture."""
    message = Message("Look", "en", (Picture(digest, "vase.png", "image/png", 5, 10, 10, "A vase"),))
    told = make_delivery()
    return type(told)(**{name: getattr(told, name) for name in told.__slots__} | {"message": message.to_json()})


def test_nothing_is_sent_when_the_seal_cannot_be_written(stage: Stage) -> None:
    """A full disk at the seal: no post, and the delivery is taken up again when its lease is over."""
    stage.schedule()
    claim = stage.claim()

    class Full:
        def seal(self, *_: object) -> None:
            raise LedgerUnavailable("disk full")

    with pytest.raises(LedgerUnavailable):
        deliver(claim, Full(), stage.platform, stage.pictures, stage.clock)  # type: ignore[arg-type]
    assert stage.texts() == []
    assert stage.ledger.expire(DUE + LEASE) == [(claim.delivery.key, State.RETRYING)]


def test_a_receipt_that_cannot_be_written_is_found_later(stage: Stage) -> None:
    """A full disk at the settling: one post, unknown for a while, then found."""
    stage.schedule()
    claim = stage.claim()

    class FullAfter:
        def seal(self, attempt: int, envelope: Envelope, now: object) -> None:
            stage.ledger.seal(attempt, envelope, stage.clock.now())

        def settle(self, *_: object) -> None:
            raise LedgerUnavailable("disk full")

    with pytest.raises(LedgerUnavailable):
        deliver(claim, FullAfter(), stage.platform, stage.pictures, stage.clock)  # type: ignore[arg-type]
    stage.pass_time(LEASE)
    assert stage.ledger.expire(stage.clock.now()) == [(claim.delivery.key, State.UNKNOWN)]
    assert stage.look() is State.DELIVERED
    assert len(stage.texts()) == 1


def test_a_late_receipt_is_accepted(stage: Stage) -> None:
    """The lease was taken away while the network took its time: the receipt is proof all the same."""
    stage.schedule()
    claim = stage.claim()
    envelope = stage.platform.prepare(Message.from_json(claim.delivery.message), _nothing(), claim.delivery.key, DUE)
    stage.ledger.seal(claim.attempt.id, envelope, DUE)
    receipt = stage.platform.publish(envelope)
    stage.ledger.expire(DUE + LEASE)
    assert stage.ledger.settle(claim.attempt.id, Event.ACCEPT, DUE + LEASE, "", receipt) is State.DELIVERED


class Asked:
    """An adapter that keeps what it was asked to prepare from."""

    handles: Handles | None = None

    def __init__(self, inner: object) -> None:
        self._inner = inner

    def prepare(self, message: Message, handles: Handles, key: object, at: object) -> object:
        """Keep the handles."""
        self.handles = handles
        return self._inner.prepare(message, handles, key, at)  # type: ignore[attr-defined]

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)


def test_an_adapter_learns_when_the_post_was_due(stage: Stage) -> None:
    """The time that was planned, also when the post goes out later."""
    stage.schedule()
    stage.pass_time(timedelta(minutes=20))
    asked = Asked(stage.platform)
    assert deliver(stage.claim(), stage.ledger, asked, stage.pictures, stage.clock) is State.DELIVERED  # type: ignore[arg-type]
    assert asked.handles is not None
    assert asked.handles.due == DUE


def _nothing() -> Handles:
    return Handles()
