"""The promises about trouble: which error means what, and that trouble tells no secret. Part of PlatformContract."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from mwcampaign.core.delivery import Envelope
from mwcampaign.core.ports import Absent, Found, Platform
from mwcampaign.errors import Ambiguous, CredentialRejected, Deferred, PublishError, Rejected
from mwcampaign.testing import samples
from mwcampaign.testing.proxy import LOST_ANSWERS, Fault
from mwcampaign.testing.rig import Rig, Sending

CERTAIN_NO: dict[Fault, type[PublishError]] = {
    Fault.REFUSE: Deferred,
    Fault.RATE_LIMIT: Deferred,
    Fault.UNAUTHORIZED: CredentialRejected,
    Fault.BAD_REQUEST: Rejected,
}
NOTHING_DONE = (Fault.SERVER_ERROR_BEFORE, Fault.DROP_BEFORE)
"""The server did nothing, but the client cannot know."""
SKEW = timedelta(minutes=2)


class FaultPromises(Sending):
    """Promises 7, 10 and 11: mixed into PlatformContract, not for use alone."""

    def failing(self, rig: Rig, fault: Fault, text: str) -> tuple[Platform, Envelope, PublishError]:
        """Publish into a fault; return the adapter, the envelope and the error."""
        platform = rig.faulty(fault)
        envelope = self.ready(platform, samples.message(text))
        with pytest.raises(PublishError) as caught:
            platform.publish(envelope)
        return platform, envelope, caught.value

    @pytest.mark.parametrize("fault", CERTAIN_NO)
    def test_certain_no(self, rig: Rig, fault: Fault) -> None:
        """A clear no is told as what it is, and nothing is public after it."""
        _, _, error = self.failing(rig, fault, "Not today")
        assert type(error) is CERTAIN_NO[fault]
        assert rig.posts() == []

    def test_rate_limit_says_when(self, rig: Rig) -> None:
        """The wait the network asked for reaches the engine."""
        _, _, error = self.failing(rig, Fault.RATE_LIMIT, "Too fast")
        assert isinstance(error, Deferred)
        assert error.retry_after is not None
        assert timedelta(seconds=30) <= error.retry_after <= timedelta(seconds=90)

    @pytest.mark.parametrize("fault", NOTHING_DONE)
    def test_doubt_about_nothing(self, rig: Rig, fault: Fault) -> None:
        """An answer that leaves doubt is doubt even when nothing happened, and a look finds nothing."""
        since = datetime.now(UTC) - SKEW
        platform, envelope, error = self.failing(rig, fault, "Perhaps")
        assert type(error) is Ambiguous
        assert rig.posts() == []
        assert not isinstance(platform.find(envelope, since), Found)

    @pytest.mark.parametrize("fault", sorted(LOST_ANSWERS))
    def test_lost_answer(self, rig: Rig, fault: Fault) -> None:
        """An answer lost after the server acted is doubt; the post is there once, and a look finds it."""
        since = datetime.now(UTC) - SKEW
        platform, envelope, error = self.failing(rig, fault, f"Lost: {fault}")
        assert type(error) is Ambiguous
        assert [post.text for post in rig.posts()] == [f"Lost: {fault}"]
        for looking in (platform, rig.fresh()):
            answer = looking.find(envelope, since)
            assert not isinstance(answer, Absent)
            assert isinstance(answer, Found) or looking.capabilities.lookup != "exact"

    @pytest.mark.parametrize("fault", (None, Fault.DROP))
    def test_same_envelope_twice(self, rig: Rig, fault: Fault | None) -> None:
        """Within the replay window the identical request makes no second post, whoever repeats it and why."""
        if rig.platform.capabilities.replay_window == 0:
            # This network knows no replays: the engine never repeats a request here, and this says that it must not.
            assert rig.platform.capabilities.replay_window == 0
            return
        platform = rig.platform if fault is None else rig.faulty(fault)
        envelope = self.ready(platform, samples.message("Said once"))
        first = None
        try:
            first = platform.publish(envelope)
        except Ambiguous:
            assert fault is not None
        try:
            second = rig.fresh().publish(envelope)
            assert first is None or second.remote_id == first.remote_id
        except Ambiguous:
            answer = rig.fresh().find(envelope, datetime.now(UTC) - SKEW)
            assert isinstance(answer, Found)
        assert [post.text for post in rig.posts()] == ["Said once"]

    @pytest.mark.parametrize("fault", (None, *Fault))
    def test_no_secret_is_told(self, rig: Rig, fault: Fault | None, caplog: pytest.LogCaptureFixture) -> None:
        """No secret is in a repr, an envelope, an error, what the error hides behind it, or a log at any level."""
        told: list[str] = []
        with caplog.at_level(logging.DEBUG):
            platform = rig.platform if fault is None else rig.faulty(fault)
            try:
                envelope = self.ready(platform, samples.message(f"Discreet: {fault}"))
                told += [repr(envelope), repr(platform.publish(envelope)), repr(platform.whoami())]
            except PublishError as error:
                told += _everything(error)
        told += [repr(platform), str(platform)]
        for record in caplog.records:
            told += [record.getMessage(), repr(record.args), record.exc_text or ""]
        for secret in rig.canary:
            assert [line for line in told if secret in line] == []


def _everything(error: BaseException) -> Iterator[str]:
    """Yield all that a log, a traceback or a curious reader gets out of an error."""
    yield from traceback.format_exception(error)
    seen: BaseException | None = error
    while seen is not None:
        yield from (str(seen), repr(seen), repr(seen.args))
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
