"""The Pixelfed adapter keeps the contract in front of a server written from Pixelfed's source, and Pixelfed's rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mwcampaign.core.delivery import Envelope, Receipt, delivery_key
from mwcampaign.core.message import Message
from mwcampaign.core.ports import Absent, Found, Handles, Inconclusive, Platform
from mwcampaign.errors import Ambiguous, CredentialRejected, Deferred, Rejected
from mwcampaign.testing import samples
from mwcampaign.testing.platform_contract import PlatformContract
from mwcampaign.testing.proxy import Fault, FaultProxy
from mwcampaign.testing.rig import Sending
from tests.platforms.fake_pixelfed import FakePixelfed
from tests.platforms.pixelfed_rig import POST, PixelfedRig

SKEW = timedelta(minutes=2)


@pytest.fixture
def pixelfed_rig() -> Iterator[PixelfedRig]:
    """An account without posts, behind a proxy."""
    server = FakePixelfed()
    with FaultProxy(server.url) as proxy:
        rig = PixelfedRig(server, proxy)
        yield rig
        rig.platform.close()
    server.shutdown()
    server.server_close()


class Pictured(Sending):
    """Sending on a network where a post needs a picture: a message without one gets one."""

    def ready(
        self,
        platform: Platform,
        message: Message,
        name: str = "post",
        parent: Receipt | None = None,
        root: Receipt | None = None,
        at: datetime | None = None,
    ) -> Envelope:
        """Add a picture where there is none, and go on."""
        pictures = message.pictures or samples.message(pictures=1).pictures
        return super().ready(platform, replace(message, pictures=pictures), name, parent, root, at)


class TestPixelfedKeepsTheContract(Pictured, PlatformContract):
    """The suite every adapter passes."""

    vectors = (("", 0), ("a" * 500, 500), ("https://example.com/a-long-way/to-go", 36), ("の", 1), ("🏛️", 2))
    figures = frozenset({"likes", "reposts", "replies"})

    @pytest.fixture
    def rig(self, pixelfed_rig: PixelfedRig) -> PixelfedRig:
        """The account on the fake Pixelfed."""
        return pixelfed_rig


class TestPixelfedItself(Pictured):
    """What Pixelfed does that no other network does."""

    def test_a_second_request_under_the_same_key_is_doubt(self, pixelfed_rig: PixelfedRig) -> None:
        """400 "Duplicate idempotency key." says that this request came before: one post, and a look finds it."""
        platform = pixelfed_rig.platform
        envelope = self.ready(platform, samples.message("Said once"))
        first = platform.publish(envelope)
        with pytest.raises(Ambiguous, match="earlier try") as caught:
            platform.publish(envelope)
        assert caught.value.reach == "post"
        found = platform.find(envelope, datetime.now(UTC) - SKEW)
        assert isinstance(found, Found)
        assert found.receipt.remote_id == first.remote_id
        assert len(pixelfed_rig.posts()) == 1

    def test_a_spent_key_leaves_no_post_behind(self, pixelfed_rig: PixelfedRig) -> None:
        """A key is spent by a refusal too: what is sealed later has another, and goes out."""
        platform, now = pixelfed_rig.platform, datetime.now(UTC)
        first = self.ready(platform, samples.message("Again"), at=now)
        pixelfed_rig.server.media.clear()
        with pytest.raises(Rejected, match="Invalid media_ids"):
            platform.publish(first)
        with pytest.raises(Ambiguous):
            platform.publish(first)
        assert isinstance(platform.find(first, now - SKEW), Absent)
        later = self.ready(platform, samples.message("Again"), at=now + timedelta(minutes=3))
        assert later.address != first.address
        platform.publish(later)
        assert [post.text for post in pixelfed_rig.posts()] == ["Again"]

    def test_without_a_picture_it_is_refused_in_words(self, pixelfed_rig: PixelfedRig) -> None:
        """Capabilities say that a picture is needed, and so does the server."""
        platform = pixelfed_rig.platform
        assert platform.capabilities.pictures_needed == 1
        envelope = platform.prepare(
            samples.message("Bare"), Handles(), delivery_key("mw", "bare", "museum", 0), datetime.now(UTC)
        )
        with pytest.raises(Rejected, match="Empty statuses are not allowed"):
            platform.publish(envelope)

    @pytest.mark.parametrize("status", [401, 500])
    def test_a_refused_token_is_told_as_that(self, pixelfed_rig: PixelfedRig, status: int) -> None:
        """Whichever status the server's version gives it: nothing is public, and a person has to sign in anew."""
        pixelfed_rig.server.unauthenticated = status
        stranger = pixelfed_rig.fresh(token="not-a-token")
        with pytest.raises(CredentialRejected, match="Unauthenticated"):
            stranger.whoami()
        with pytest.raises(CredentialRejected, match="Unauthenticated"):
            stranger.publish(self.ready(pixelfed_rig.platform, samples.message("Who?")))
        assert pixelfed_rig.posts() == []

    def test_what_pixelfed_would_cut_is_said_before(self, pixelfed_rig: PixelfedRig) -> None:
        """A `<` before a letter takes the rest of the text with it: check says so, and lets a spaced one pass."""
        platform = pixelfed_rig.platform
        platform.publish(self.ready(platform, samples.message("We <3 vases")))
        assert [post.text for post in pixelfed_rig.posts()] == ["We "]
        assert [code for code, _ in platform.check(samples.message("We <3 vases"))] == ["MW320"]
        assert list(platform.check(samples.message("1 < 2 & 3 > 2"))) == []

    def test_a_long_warning_is_refused_before(self, pixelfed_rig: PixelfedRig) -> None:
        """140 characters are the server's rule."""
        message = replace(samples.message("Bones"), warning="w" * 140)
        assert list(pixelfed_rig.platform.check(message)) == []
        assert len(list(pixelfed_rig.platform.check(replace(message, warning="w" * 141)))) == 1

    def test_another_post_with_other_links_is_not_ours(self, pixelfed_rig: PixelfedRig) -> None:
        """Two posts that differ in an address alone are told apart: the lost one is not called found."""
        platform = pixelfed_rig.platform
        platform.publish(self.ready(platform, samples.message("Look https://museum.example/a"), "other"))
        envelope = self.ready(platform, samples.message("Look https://museum.example/b"))
        assert isinstance(platform.find(envelope, datetime.now(UTC) - SKEW), Absent)

    def test_other_links_on_our_pictures_leave_it_open(self, pixelfed_rig: PixelfedRig) -> None:
        """Servers may show an address shortened, and tell no source: an audit then says that it could not compare."""
        platform = pixelfed_rig.platform
        envelope = self.ready(platform, samples.message("Look https://museum.example/a"))
        receipt = platform.publish(envelope)
        pixelfed_rig.edit(receipt.remote_id, "Look https://museum.example/b")
        assert isinstance(platform.copies(envelope, receipt, datetime.now(UTC) - SKEW), Inconclusive)

    def test_limits_are_the_servers_own(self, pixelfed_rig: PixelfedRig) -> None:
        """What the instance says of itself is told by `accounts verify`."""
        pixelfed_rig.server.longest = 2000
        identity = pixelfed_rig.platform.whoami()
        assert identity.limits["text_limit"] == 2000
        assert identity.limits["pictures"] == 4
        assert "Pixelfed" in identity.software

    @pytest.mark.parametrize("fault", [Fault.DROP, Fault.SERVER_ERROR_AFTER, Fault.HTML])
    def test_trouble_with_an_upload_is_no_doubt(self, pixelfed_rig: PixelfedRig, fault: Fault) -> None:
        """Nothing is public before the post."""
        pixelfed_rig.proxy.arm(fault, path="/api/v2/media")
        with pytest.raises(Deferred):
            pixelfed_rig.platform.upload(*samples.picture())

    def test_what_fails_validation_is_doubt_that_ends(self, pixelfed_rig: PixelfedRig) -> None:
        """The server answers 500 to what it refuses to read: nothing is there, and a look proves it."""
        platform = pixelfed_rig.platform
        envelope = self.ready(platform, samples.message("x" * 501))
        with pytest.raises(Ambiguous):
            platform.publish(envelope)
        assert isinstance(platform.find(envelope, datetime.now(UTC) - SKEW), Absent)

    def test_one_post_is_one_visible_request(self, pixelfed_rig: PixelfedRig) -> None:
        """No client repeats it behind our back."""
        platform = pixelfed_rig.faulty(Fault.SERVER_ERROR_BEFORE)
        with pytest.raises(Ambiguous):
            platform.publish(self.ready(platform, samples.message("Once")))
        assert len([seen for seen in pixelfed_rig.proxy.requests if seen.path == POST["path"].strip("^$")]) == 1
