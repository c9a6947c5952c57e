"""The promises about trouble: which error means what, whom it concerns, what is still allowed, and that trouble tells
no secret. Part of PlatformContract."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from mwcampaign.core.delivery import Envelope
from mwcampaign.core.ports import Absent, Allowance, Found, Platform
from mwcampaign.errors import Ambiguous, CredentialRejected, Deferred, PublishError, Reach, Rejected
from mwcampaign.testing import samples
from mwcampaign.testing.proxy import LOST_ANSWERS, Fault
from mwcampaign.testing.rig import Rig, Sending
from mwcampaign.testing.watch import no_network

CERTAIN_NO: dict[Fault, type[PublishError]] = {
    Fault.REFUSE: Deferred,
    Fault.RATE_LIMIT: Deferred,
    Fault.UNAUTHORIZED: CredentialRejected,
    Fault.BAD_REQUEST: Rejected,
}
REACH: dict[Fault, Reach] = {Fault.REFUSE: "network", Fault.RATE_LIMIT: "account", Fault.UNAUTHORIZED: "account"}
NOTHING_DONE = (Fault.SERVER_ERROR_BEFORE, Fault.DROP_BEFORE)
"""The server did nothing, but the client cannot know."""
SKEW = timedelta(minutes=2)
MARGIN = timedelta(seconds=30)
"""So long a test may take, and so far clocks of one machine may differ."""


class FaultPromises(Sending):
    """Promises 7, 10 and 11: mixed into PlatformContract, not for use alone."""

    tells_allowances: Literal["always", "when refused", "never"] = "always"
    """When an answer to a publish says how much more may be posted."""
    refused_for: timedelta | None = timedelta(seconds=300)
    """How long the adapter lets the account wait when a limit refuses it for 300 seconds: a span of its own where the
    network does not say for how long, or None, and then the engine's waits serve."""

    def failing(self, rig: Rig, fault: Fault, text: str) -> tuple[Platform, Envelope, PublishError]:
        """Publish into a fault; return the adapter, the envelope and the error."""
        # Made before: where a post needs a picture or a draft, nobody would be there to take it.
        envelope = self.ready(rig.platform, samples.message(text))
        platform = rig.faulty(fault)
        with pytest.raises(PublishError) as caught:
            platform.publish(envelope)
        return platform, envelope, caught.value

    @pytest.mark.parametrize("fault", CERTAIN_NO)
    def test_certain_no(self, rig: Rig, fault: Fault) -> None:
        """A clear no is told as what it is, and nothing is public after it."""
        _, _, error = self.failing(rig, fault, "Not today")
        assert type(error) is CERTAIN_NO[fault]
        assert error.reach == REACH.get(fault, "post")
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
        assert error.reach == "network"
        assert rig.posts() == []
        assert not isinstance(platform.find(envelope, since), Found)

    @pytest.mark.parametrize("fault", sorted(LOST_ANSWERS))
    def test_lost_answer(self, rig: Rig, fault: Fault) -> None:
        """An answer lost after the server acted is doubt; the post is there once, and a look finds it."""
        since = datetime.now(UTC) - SKEW
        platform, envelope, error = self.failing(rig, fault, f"Lost: {fault}")
        assert type(error) is Ambiguous
        assert error.reach == "network"
        assert [post.text for post in rig.posts()] == [f"Lost: {fault}"]
        for looking in (platform, rig.fresh()):
            answer = looking.find(envelope, since)
            assert not isinstance(answer, Absent)
            assert isinstance(answer, Found) or looking.capabilities.lookup != "exact"

    def allowance(self, platform: Platform, seconds: int, *, shared: bool = False) -> Allowance:
        """Return the one allowance that ends in about so many seconds; there must be one."""
        with no_network():
            told = platform.allowances()
        now = datetime.now(UTC)
        near = [each for each in told if abs(each.until - now - timedelta(seconds=seconds)) < MARGIN]
        assert len(near) == 1
        (found,) = near
        assert found.until.utcoffset() == timedelta()
        assert found.shared is shared
        return found

    def test_what_is_still_allowed(self, rig: Rig) -> None:
        """What the answer to a publish says is left reaches the engine: in the thread that published, until its next
        publish is answered otherwise or not at all."""
        platform = rig.allowing(3, 600)
        assert platform.allowances() == ()
        platform.publish(self.ready(platform, samples.message("Three more")))
        if self.tells_allowances != "always":
            assert platform.allowances() == ()
            return
        assert self.allowance(platform, 600).remaining == 3
        with ThreadPoolExecutor(1) as other:
            assert other.submit(platform.allowances).result() == ()

    def test_a_lost_answer_allows_nothing(self, rig: Rig) -> None:
        """Who heard nothing knows nothing of what is left, and does not go by what was left before."""
        platform = rig.faulty(Fault.DROP)
        with pytest.raises(Ambiguous):
            platform.publish(self.ready(platform, samples.message("Lost")))
        assert platform.allowances() == ()

    @pytest.mark.parametrize("shared", (False, True))
    def test_nothing_is_left(self, rig: Rig, shared: bool) -> None:
        """A refusal for a limit says whose limit it is and, where the network tells it, when it starts anew."""
        if shared and not rig.platform.capabilities.shared_quotas:
            assert rig.platform.capabilities.shared_quotas == ()
            return
        platform = rig.allowing(0, 300, shared=shared, refused=True)
        before = rig.posts()
        with pytest.raises(Deferred) as caught:
            platform.publish(self.ready(platform, samples.message("One too many")))
        assert caught.value.reach == ("application" if shared else "account")
        wait = caught.value.retry_after
        if self.refused_for is None:
            assert wait is None
        else:
            assert wait is not None
            assert abs(wait - self.refused_for) < MARGIN
        if self.tells_allowances == "never":
            assert platform.allowances() == ()
        else:
            assert self.allowance(platform, 300, shared=shared).remaining == 0
        assert rig.posts() == before

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
