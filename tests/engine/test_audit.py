"""What is public, compared with what was sent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mwcampaign.core.delivery import State
from mwcampaign.core.message import Message
from mwcampaign.core.ports import Handles
from mwcampaign.engine.audit import Flaw, audit
from mwcampaign.errors import Deferred
from tests.conftest import make_delivery
from tests.engine.conftest import Stage


def flaws(stage: Stage, platform: object | None = None) -> list[Flaw]:
    """Return what an audit of the one delivered post finds."""
    key = make_delivery().key
    standing = stage.ledger.standing(key)
    assert standing is not None
    assert standing.receipt is not None
    known = {standing.receipt.remote_id}
    used = platform or stage.platform
    return [finding.flaw for finding in audit(standing, stage.ledger.attempts(key), used, known)]  # type: ignore[arg-type]


@pytest.fixture
def sent(stage: Stage) -> Stage:
    """One delivered post."""
    stage.schedule()
    assert stage.deliver() is State.DELIVERED
    return stage


def test_as_it_was_sent(sent: Stage) -> None:
    """Nothing to say."""
    assert flaws(sent) == []


def test_taken_down(sent: Stage) -> None:
    """Somebody deleted it: missing."""
    sent.world.remove(sent.world.posts()[0].remote_id)
    assert flaws(sent) == [Flaw.MISSING]


def test_changed(sent: Stage) -> None:
    """Somebody edited it: altered."""
    sent.world.alter(sent.world.posts()[0].remote_id, "Buy this now")
    assert flaws(sent) == [Flaw.ALTERED]


def test_there_twice(sent: Stage) -> None:
    """The same words again, that the ledger knows nothing of: double."""
    sent.pass_time(timedelta(days=1))
    message = sent.platform.prepare(
        Message.from_json(make_delivery().message),
        Handles(),
        make_delivery().key,
        sent.clock.now(),
    )
    sent.platform.publish(type(message)("by hand", message.payload))
    assert flaws(sent) == [Flaw.DOUBLE]


def test_not_to_be_read(sent: Stage) -> None:
    """A network that does not answer is not a missing post."""

    class Down:
        def copies(self, *_: object) -> object:
            raise Deferred("look: no connection to the server")

    assert flaws(sent, Down()) == [Flaw.UNREAD]
