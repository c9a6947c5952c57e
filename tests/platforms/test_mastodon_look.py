"""How the Mastodon adapter turns doubt into fact: by reading the account's own posts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mwcampaign.core.delivery import Envelope, Receipt
from mwcampaign.core.ports import Absent, Copy, Found, Inconclusive
from mwcampaign.errors import CredentialRejected, Deferred, PublishError
from mwcampaign.testing import samples
from mwcampaign.testing.proxy import Fault
from mwcampaign.testing.rig import Sending
from tests.platforms.mastodon_rig import MastodonRig

SKEW = timedelta(minutes=2)


class TestLooking(Sending):
    """A look is proof, or it says that it is none."""

    def test_a_look_that_cannot_be_made_decides_nothing(self, mastodon_rig: MastodonRig) -> None:
        """When the server cannot be asked, a look raises: it never says absent."""
        envelope = self.ready(mastodon_rig.platform, samples.message("Unseen"))
        for fault in (
            Fault.SERVER_ERROR_BEFORE,
            Fault.HTML,
            Fault.RUBBISH,
            Fault.RATE_LIMIT,
            Fault.UNAUTHORIZED,
            Fault.REFUSE,
        ):
            mastodon_rig.proxy.arm(fault, method="GET")
            with pytest.raises(PublishError):
                mastodon_rig.platform.find(envelope, datetime.now(UTC) - SKEW)

    def test_a_post_with_links_and_mentions_is_found_by_its_source(self, mastodon_rig: MastodonRig) -> None:
        """HTML shows links and mentions otherwise than they were written; the source does not."""
        text = "Hello @bob, **see** <https://example.com/a?b=c&d=é>  & more\n\n#MuseumWeek"
        envelope = self.ready(mastodon_rig.platform, samples.message(text))
        receipt = mastodon_rig.platform.publish(envelope)
        assert mastodon_rig.platform.find(envelope, datetime.now(UTC) - SKEW) == Found(receipt)

    def test_a_server_without_sources_leaves_doubt(self, mastodon_rig: MastodonRig) -> None:
        """Where a post resembles ours, and its source cannot be read, nothing is proven."""
        rig = mastodon_rig
        envelope = self.ready(rig.platform, samples.message("See **here**"))
        rig.platform.publish(self.ready(rig.platform, samples.message("See here **now**"), "other"))
        rig.proxy.arm(Fault.BAD_REQUEST, path="/source$", status=404)
        answer = rig.platform.find(envelope, datetime.now(UTC) - SKEW)
        assert isinstance(answer, Inconclusive)
        assert answer.where.startswith("http")
        assert isinstance(rig.platform.find(envelope, datetime.now(UTC) - SKEW), Absent)

    @pytest.mark.parametrize(
        "shown", ["<p>Musée</p>", "<div>MUSE\u0301E <b>d&rsquo;</b>Orsay</div>", "<p>Muse\u0301e</p><p>x</p>"]
    )
    def test_html_of_any_server_never_proves_absence(self, mastodon_rig: MastodonRig, shown: str) -> None:
        """However a server writes its HTML, a post that may be ours is read at its source."""
        rig = mastodon_rig
        envelope = self.ready(rig.platform, samples.message("Musée @alice@example.com https://example.com/longword"))
        receipt = rig.platform.publish(envelope)
        (status,) = rig.statuses()
        rig.proxy.answer(json.dumps([status | {"content": shown}]).encode(), path="/statuses[?]")
        assert rig.platform.find(envelope, datetime.now(UTC) - SKEW) == Found(receipt)

    def test_a_list_of_something_else_decides_nothing(self, mastodon_rig: MastodonRig) -> None:
        """Posts without a time, or without an address where ours should be, are no evidence."""
        rig = mastodon_rig
        envelope = self.ready(rig.platform, samples.message("Hm"))
        now = datetime.now(UTC).isoformat()
        ours = {"id": "1", "created_at": now, "content": "<p>Hm</p>", "in_reply_to_id": None, "media_attachments": []}
        for told in ({"id": "1"}, ours):
            rig.proxy.answer(json.dumps([told]).encode(), path="/statuses[?]")
            with pytest.raises(Deferred):
                rig.platform.find(envelope, datetime.now(UTC) - SKEW)

    def test_posts_before_the_request_are_not_it(self, mastodon_rig: MastodonRig) -> None:
        """The same words said in a reply or under another warning are another post; said just before, they may be it
        by a clock that was ahead, which a person decides; said a day before, they are another post."""
        platform = mastodon_rig.platform
        first = self.ready(platform, samples.message("Good morning"), "first")
        receipt = platform.publish(first)
        later = receipt.posted_at + timedelta(seconds=1)
        assert "from before" in getattr(platform.find(first, later), "why", "")
        assert isinstance(platform.find(first, later + timedelta(days=1)), Absent)
        since = datetime.now(UTC) - SKEW
        reply = self.ready(platform, samples.message("Good morning"), "reply", receipt, receipt)
        assert isinstance(platform.find(reply, since), Absent)
        warned = self.ready(platform, replace(samples.message("Good morning"), warning="Yawning"), "warned")
        assert isinstance(platform.find(warned, since), Absent)
        pictured = self.ready(platform, samples.message("Good morning", 1), "pictured")
        assert isinstance(platform.find(pictured, since), Absent)

    def test_a_busy_account_is_read_to_the_end(self, mastodon_rig: MastodonRig) -> None:
        """Absence is proven by every post since then, on as many pages as it takes, without a request for each."""
        rig = mastodon_rig
        since = datetime.now(UTC) - SKEW
        envelope = self.ready(rig.platform, samples.message("The first visitor"))
        receipt = rig.platform.publish(envelope)
        for number in range(90):
            rig.call("POST", "/api/v1/statuses", status=f"Another visitor, number {number}")
        asked = len(rig.proxy.requests)
        assert rig.platform.find(envelope, since) == Found(receipt)
        other = self.ready(rig.platform, samples.message("The last visitor"), "last")
        assert isinstance(rig.platform.find(other, since), Absent)
        assert len(rig.proxy.requests) - asked < 12

    def test_too_many_posts_are_doubt(self, mastodon_rig: MastodonRig) -> None:
        """A look gives up after two hundred posts, and says where to look."""
        rig = mastodon_rig
        envelope = self.ready(rig.platform, samples.message("Number one"))
        for number in range(201):
            rig.call("POST", "/api/v1/statuses", status=f"Other {number}")
        answer = rig.platform.find(envelope, datetime.now(UTC) - SKEW)
        assert isinstance(answer, Inconclusive)
        assert "more than 200 posts" in answer.why
        assert answer.where.startswith("http")

    def test_too_many_like_it_are_doubt(self, mastodon_rig: MastodonRig) -> None:
        """A look reads the source of twenty posts that resemble ours, and no more."""
        rig = mastodon_rig
        envelope = self.ready(rig.platform, samples.message("Number one"))
        for number in range(21):
            rig.call("POST", "/api/v1/statuses", status=f"One number: {number}")
        answer = rig.platform.find(envelope, datetime.now(UTC) - SKEW)
        assert isinstance(answer, Inconclusive)
        assert "more than 20 posts that resemble it" in answer.why


class TestAudits(Sending):
    """What is public of a delivered post is read, or it is said why it cannot be."""

    def published(self, rig: MastodonRig, text: str, pictures: int = 0) -> tuple[Envelope, Receipt]:
        """Publish a text; return the request and its receipt."""
        envelope = self.ready(rig.platform, samples.message(text, pictures))
        return envelope, rig.platform.publish(envelope)

    @pytest.mark.parametrize(
        ("edited", "swapped", "same"),
        [(False, False, True), (True, False, True), (False, True, True), (True, True, False)],
    )
    def test_swapped_pictures(self, mastodon_rig: MastodonRig, edited: bool, swapped: bool, same: bool) -> None:
        """Other pictures under the same words are another post, when somebody edited it; servers that name pictures
        in their own way are believed that nobody did."""
        rig = mastodon_rig
        envelope, receipt = self.published(rig, "Two rooms", 2)
        (status,) = rig.statuses()
        if edited:
            status["edited_at"] = datetime.now(UTC).isoformat()
        if swapped:
            status["media_attachments"].reverse()
        rig.proxy.answer(json.dumps(status).encode(), path=f"/api/v1/statuses/{receipt.remote_id}$")
        answer = rig.platform.copies(envelope, receipt, receipt.posted_at - SKEW)
        assert answer == (Copy(receipt, same),)

    @pytest.mark.parametrize("change", [{"spoiler_text": "Now with a warning"}, {"in_reply_to_id": "1"}, {"media": []}])
    def test_other_changes(self, mastodon_rig: MastodonRig, change: dict[str, object]) -> None:
        """A warning, a place in a thread, or a picture fewer is an alteration too."""
        rig = mastodon_rig
        envelope, receipt = self.published(rig, "A room", 1)
        (status,) = rig.statuses()
        status |= {"media_attachments": []} if "media" in change else change
        rig.proxy.answer(json.dumps(status).encode(), path=f"/api/v1/statuses/{receipt.remote_id}$")
        assert rig.platform.copies(envelope, receipt, receipt.posted_at - SKEW) == (Copy(receipt, False),)

    def test_without_a_source_nothing_is_said(self, mastodon_rig: MastodonRig) -> None:
        """Where neither HTML nor the source shows it, an audit decides nothing, but says where to look."""
        rig = mastodon_rig
        envelope, receipt = self.published(rig, "See **here** @alice@example.com")
        rig.proxy.arm(Fault.BAD_REQUEST, path="/source$", status=404, times=9)
        rig.proxy.answer(
            json.dumps(rig.statuses()[0] | {"content": "<p>See <b>here</b> @alice</p>"}).encode(),
            path=f"/api/v1/statuses/{receipt.remote_id}$",
        )
        answer = rig.platform.copies(envelope, receipt, receipt.posted_at - SKEW)
        assert isinstance(answer, Inconclusive)
        assert answer.where == receipt.url

    def test_too_many_posts_since_then(self, mastodon_rig: MastodonRig) -> None:
        """An audit that cannot read everything since then does not say that there is no repetition."""
        rig = mastodon_rig
        envelope, receipt = self.published(rig, "Number one")
        for number in range(201):
            rig.call("POST", "/api/v1/statuses", status=f"Other {number}")
        answer = rig.platform.copies(envelope, receipt, receipt.posted_at - SKEW)
        assert isinstance(answer, Inconclusive)
        assert "more than 200 posts" in answer.why

    def test_what_was_said_before_is_no_repetition(self, mastodon_rig: MastodonRig) -> None:
        """Only posts since then count; the receipt's own post counts whenever it was."""
        rig = mastodon_rig
        rig.call("POST", "/api/v1/statuses", status="Good morning")
        envelope, receipt = self.published(rig, "Good morning")
        later = datetime.now(UTC) + SKEW
        assert rig.platform.copies(envelope, receipt, later) == (Copy(receipt, True),)

    @pytest.mark.parametrize("fault", [Fault.SERVER_ERROR_BEFORE, Fault.HTML, Fault.DROP, Fault.UNAUTHORIZED])
    def test_an_audit_that_cannot_be_made(self, mastodon_rig: MastodonRig, fault: Fault) -> None:
        """When the server cannot be asked, an audit raises: it never says gone."""
        rig = mastodon_rig
        envelope, receipt = self.published(rig, "Still there")
        rig.proxy.arm(fault, path=f"/api/v1/statuses/{receipt.remote_id}$")
        with pytest.raises(CredentialRejected if fault is Fault.UNAUTHORIZED else Deferred):
            rig.platform.copies(envelope, receipt, receipt.posted_at - SKEW)
