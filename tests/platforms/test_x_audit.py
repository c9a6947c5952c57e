"""What X says is left, whom its refusals concern, and what it shows of a delivered post."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from mwcampaign.core.delivery import Envelope, Receipt
from mwcampaign.core.ports import Copy, Inconclusive
from mwcampaign.errors import Deferred, PublishError, Reach, Rejected
from mwcampaign.testing import samples
from mwcampaign.testing.rig import Sending
from tests.platforms.x_rig import POST, XRig

SKEW = timedelta(minutes=2)
NEAR = timedelta(seconds=30)
PROBLEMS = "https://api.twitter.com/2/problems"


def headers(**left: tuple[object, object]) -> dict[str, str]:
    """Return headers of limits: what remains, and in how many seconds it starts anew."""
    names = {"quarter": "x-rate-limit", "user": "x-user-limit-24hour", "app": "x-app-limit-24hour"}
    told = {}
    for name, (remaining, seconds) in left.items():
        reset = int(time.time()) + seconds if isinstance(seconds, int) else seconds
        told |= {f"{names[name]}-remaining": str(remaining), f"{names[name]}-reset": str(reset)}
    return told


class TestWhatIsLeft(Sending):
    """X tells of a quarter of an hour, and of a day where there is such a limit."""

    def test_three_limits(self, x_rig: XRig) -> None:
        """Each is told with its own reset, and the application's is told as shared."""
        told = headers(quarter=(0, 600), user=(90, 40_000), app=(9_000, 50_000))
        x_rig.proxy.answer(None, **POST, forward=True, headers=told)
        x_rig.platform.publish(self.ready(x_rig.platform, samples.message("Three")))
        now = datetime.now(UTC)
        given = x_rig.platform.allowances()
        assert [(each.remaining, each.shared) for each in given] == [(0, False), (90, False), (9_000, True)]
        for each, seconds in zip(given, (600, 40_000, 50_000), strict=True):
            assert abs(each.until - now - timedelta(seconds=seconds)) < NEAR

    @pytest.mark.parametrize(
        "told",
        [{"x-rate-limit-remaining": "5", "x-rate-limit-reset": ""}, {"x-rate-limit-remaining": "-1"},
         {"x-rate-limit-remaining": "many"}, {"x-rate-limit-reset": "soon"}, {"x-rate-limit-remaining": "\u00b2"}],
    )  # fmt: skip
    def test_what_cannot_be_read_is_not_told(self, x_rig: XRig, told: dict[str, str]) -> None:
        """Missing or unreadable headers say nothing, and cost no receipt."""
        x_rig.proxy.answer(None, **POST, forward=True, headers=told)
        assert x_rig.platform.publish(self.ready(x_rig.platform, samples.message("Odd"))).remote_id
        assert x_rig.platform.allowances() == ()

    def test_a_clock_that_is_wrong(self, x_rig: XRig) -> None:
        """The reset is reckoned by X's own clock."""
        there = datetime.now(UTC) + timedelta(hours=5)
        told = {"x-rate-limit-remaining": "1", "x-rate-limit-reset": str(int(there.timestamp()) + 300),
                "Date": format_datetime(there, usegmt=True)}  # fmt: skip
        x_rig.proxy.answer(None, **POST, forward=True, headers=told)
        x_rig.platform.publish(self.ready(x_rig.platform, samples.message("Late")))
        (given,) = x_rig.platform.allowances()
        assert abs(given.until - datetime.now(UTC) - timedelta(seconds=300)) < NEAR

    @pytest.mark.parametrize(
        ("left", "reach", "seconds"),
        [
            ({"quarter": (0, 600)}, "account", 600),
            ({"quarter": (7, 600), "user": (0, 20_000), "app": (5, 30_000)}, "account", 20_000),
            ({"quarter": (7, 600), "user": (5, 20_000), "app": (0, 30_000)}, "application", 30_000),
            ({"quarter": (0, 600), "user": (0, 40_000), "app": (0, 30_000)}, "application", 30_000),
            ({"quarter": (7, 600), "app": ("none", 30_000)}, "account", 600),
            ({}, "account", 900),
        ],
    )
    def test_whose_limit_is_used_up(
        self, x_rig: XRig, left: dict[str, tuple[object, object]], reach: Reach, seconds: int
    ) -> None:
        """A refusal waits for the limit that is used up; when that is the application's, all its accounts wait."""
        x_rig.proxy.answer(b'{"title": "Too Many Requests"}', **POST, status=429, headers=headers(**left))
        with pytest.raises(Deferred) as caught:
            x_rig.platform.publish(self.ready(x_rig.platform, samples.message("Too many")))
        assert caught.value.reach == reach
        assert caught.value.retry_after is not None
        assert abs(caught.value.retry_after - timedelta(seconds=seconds)) < NEAR

    @pytest.mark.parametrize(
        ("status", "kind", "error", "reach"),
        [
            (402, "credits", Rejected, "application"),
            (403, "client-forbidden", Rejected, "application"),
            (403, "usage-capped", Deferred, "application"),
            (429, "usage-capped", Deferred, "application"),
            (403, "", Rejected, "post"),
            (400, "invalid-request", Rejected, "post"),
        ],
    )
    def test_whom_a_refusal_concerns(
        self, x_rig: XRig, status: int, kind: str, error: type[PublishError], reach: Reach
    ) -> None:
        """Credits, caps and permissions are the application's; what is wrong with a post is the post's."""
        body = json.dumps({"type": f"{PROBLEMS}/{kind}" if kind else "about:blank", "detail": "No."}).encode()
        x_rig.proxy.answer(body, **POST, status=status)
        with pytest.raises(PublishError) as caught:
            x_rig.platform.publish(self.ready(x_rig.platform, samples.message("No")))
        assert (type(caught.value), caught.value.reach) == (error, reach)


class TestAudits(Sending):
    """The post itself is asked for by its id; others are looked for in a list that may lag."""

    def published(self, rig: XRig, text: str) -> tuple[Envelope, Receipt]:
        """Publish a text; return the request and its receipt."""
        envelope = self.ready(rig.platform, samples.message(text))
        return envelope, rig.platform.publish(envelope)

    @pytest.mark.parametrize("vocabulary", ["post", "tweet"])
    def test_in_both_vocabularies(self, x_rig: XRig, vocabulary: str) -> None:
        """With links, in a thread, whichever words X understands."""
        x_rig.server.vocabulary = vocabulary
        root = x_rig.platform.publish(self.ready(x_rig.platform, samples.message("Part 1")))
        envelope = self.ready(x_rig.platform, samples.message("See https://museum.example.com & more"), "2", root, root)
        receipt = x_rig.platform.publish(envelope)
        (copy,) = self.told(x_rig, envelope, receipt)
        assert (copy.receipt.remote_id, copy.same) == (receipt.remote_id, True)

    def told(self, rig: XRig, envelope: Envelope, receipt: Receipt) -> tuple[Copy, ...]:
        """Return the copies; they must be told."""
        answer = rig.platform.copies(envelope, receipt, datetime.now(UTC) - SKEW)
        assert not isinstance(answer, Inconclusive)
        return answer

    def test_a_list_that_lags_takes_nothing_back(self, x_rig: XRig) -> None:
        """The post is there though the list does not show it yet, and gone though the list shows it still."""
        envelope, receipt = self.published(x_rig, "Where is it?")
        x_rig.server.lag = 1
        (copy,) = self.told(x_rig, envelope, receipt)
        assert copy.same
        x_rig.server.lag = 0
        x_rig.proxy.answer(json.dumps({"errors": [{"type": f"{PROBLEMS}/resource-not-found"}]}).encode(),
                           path="/2/tweets[?]")  # fmt: skip
        assert self.told(x_rig, envelope, receipt) == ()

    def test_every_version_is_one_post(self, x_rig: XRig) -> None:
        """Editing gives a new id: the newest version counts, and is no repetition of the first."""
        envelope, receipt = self.published(x_rig, "Open until six")
        x_rig.edit(receipt.remote_id, "Open until nine")
        newest = x_rig.server.posts[-1]["id"]
        assert [(each.receipt.remote_id, each.same) for each in self.told(x_rig, envelope, receipt)] == [
            (newest, False)
        ]
        x_rig.edit(newest, "Open until six")
        newest = x_rig.server.posts[-1]["id"]
        assert [(each.receipt.remote_id, each.same) for each in self.told(x_rig, envelope, receipt)] == [(newest, True)]

    @pytest.mark.parametrize(
        "body",
        [b"{}", b'{"errors": []}', b'{"errors": [{"title": "Authorization Error"}]}', b'{"errors": ["x"]}', b"[]",
         b'{"errors": [{"type": "https://api.x.com/2/problems/not-authorized-for-resource"}]}',
         b'{"data": [{"id": "1"}]}'],
    )  # fmt: skip
    def test_only_not_found_is_gone(self, x_rig: XRig, body: bytes) -> None:
        """An answer without the post that does not say so decides nothing."""
        envelope, receipt = self.published(x_rig, "Gone?")
        x_rig.proxy.answer(body, path="/2/tweets[?]", times=2)
        with pytest.raises(Deferred, match="look"):
            x_rig.platform.copies(envelope, receipt, datetime.now(UTC) - SKEW)

    def test_more_posts_than_can_be_read(self, x_rig: XRig) -> None:
        """An audit that cannot read everything since then does not say that there is no repetition."""
        envelope, receipt = self.published(x_rig, "The first")
        for number in range(500):
            x_rig.server.create({"text": f"Filling {number}"})
        answer = x_rig.platform.copies(envelope, receipt, datetime.now(UTC) - SKEW)
        assert isinstance(answer, Inconclusive)
        assert answer.where == "https://x.com/museum"
