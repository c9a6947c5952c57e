"""LinkedIn's refusals of duplicates, and what looking finds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from mwcampaign.core.delivery import Receipt
from mwcampaign.core.ports import Absent, Copy, Found, Inconclusive, Metrics
from mwcampaign.errors import Ambiguous, Deferred, Rejected
from mwcampaign.testing import samples
from mwcampaign.testing.proxy import Fault
from mwcampaign.testing.rig import Sending
from tests.platforms.linkedin_rig import OPTIONS, POST, LinkedInRig, page

SKEW = timedelta(minutes=2)


@pytest.fixture
def linkedin_rig() -> Iterator[LinkedInRig]:
    """A page without posts."""
    with page() as rig:
        yield rig


class TestDuplicates(Sending):
    """The same content again is refused, and the refusal names the post that has it."""

    def test_a_live_one_is_doubt_and_a_look_finds_it(self, linkedin_rig: LinkedInRig) -> None:
        """After a lost answer the request that goes again is refused; the post that is there ends the doubt."""
        since = datetime.now(UTC) - SKEW
        platform = linkedin_rig.faulty(Fault.DROP)
        envelope = self.ready(platform, samples.message("Once (only) #MuseumWeek"))
        with pytest.raises(Ambiguous):
            platform.publish(envelope)
        (post,) = linkedin_rig.server.posts
        with pytest.raises(Ambiguous, match=post["urn"]) as caught:
            platform.publish(envelope)
        assert caught.value.reach == "post"
        answer = platform.find(envelope, since)
        assert isinstance(answer, Found)
        assert answer.receipt.remote_id == post["urn"]
        assert len(linkedin_rig.posts()) == 1

    def test_one_that_is_gone_is_a_refusal(self, linkedin_rig: LinkedInRig) -> None:
        """LinkedIn remembers deleted posts for a while: the post it names is asked for before it is believed."""
        envelope = self.ready(linkedin_rig.platform, samples.message("Gone"))
        receipt = linkedin_rig.platform.publish(envelope)
        linkedin_rig.delete(receipt.remote_id)
        with pytest.raises(Rejected, match="is gone"):
            linkedin_rig.platform.publish(envelope)

    def test_one_with_other_words_is_a_refusal(self, linkedin_rig: LinkedInRig) -> None:
        """A post that was changed since then is not this one."""
        envelope = self.ready(linkedin_rig.platform, samples.message("Open until six"))
        receipt = linkedin_rig.platform.publish(envelope)
        linkedin_rig.edit(receipt.remote_id, "Open until nine")
        with pytest.raises(Rejected, match="reads otherwise"):
            linkedin_rig.platform.publish(envelope)

    def test_one_that_may_not_be_read_is_a_refusal(self, linkedin_rig: LinkedInRig) -> None:
        """A person is told which post it is."""
        envelope = self.ready(linkedin_rig.platform, samples.message("Unread"))
        receipt = linkedin_rig.platform.publish(envelope)
        linkedin_rig.server.readable = False
        with pytest.raises(Rejected, match=receipt.remote_id):
            linkedin_rig.platform.publish(envelope)

    def test_one_without_a_name_is_a_refusal(self, linkedin_rig: LinkedInRig) -> None:
        """There is nothing to ask for."""
        body = b'{"status": 422, "errorDetails": {"inputErrors": [{"code": "DUPLICATE_POST"}]}}'
        linkedin_rig.proxy.arm(Fault.BAD_REQUEST, **POST, status=422, body=body)
        with pytest.raises(Rejected, match="already"):
            linkedin_rig.platform.publish(self.ready(linkedin_rig.platform, samples.message("Nameless")))


class TestLooking(Sending):
    """The page's own posts are read; what is not there proves nothing."""

    @pytest.mark.parametrize("kind", ["share", "ugcPost"])
    def test_a_receipt_is_the_name_in_the_header(self, linkedin_rig: LinkedInRig, kind: str) -> None:
        """Both kinds of name lead to the post, its figures and its address."""
        linkedin_rig.server.kind = kind
        envelope = self.ready(linkedin_rig.platform, samples.message("Named"))
        receipt = linkedin_rig.platform.publish(envelope)
        assert receipt.remote_id == linkedin_rig.server.posts[0]["urn"]
        assert receipt.url == f"https://www.linkedin.com/feed/update/{receipt.remote_id}/"
        assert linkedin_rig.platform.metrics(receipt) == Metrics(likes=0, reposts=0, replies=0, views=0)
        copies = linkedin_rig.platform.copies(envelope, receipt, datetime.now(UTC) - SKEW)
        assert isinstance(copies, tuple)
        assert [(copy.receipt.remote_id, copy.same) for copy in copies] == [(receipt.remote_id, True)]

    def test_a_list_that_lags_is_never_absence(self, linkedin_rig: LinkedInRig) -> None:
        """The post is there, the list does not have it yet: nobody knows."""
        linkedin_rig.server.lag = 1
        envelope = self.ready(linkedin_rig.platform, samples.message("Late"))
        linkedin_rig.platform.publish(envelope)
        answer = linkedin_rig.platform.find(envelope, datetime.now(UTC) - SKEW)
        assert isinstance(answer, Inconclusive)
        assert answer.where == f"https://www.linkedin.com/company/{OPTIONS['organization']}/"

    def test_the_same_words_with_another_picture_are_another_post(self, linkedin_rig: LinkedInRig) -> None:
        """A picture's name is LinkedIn's own: a look goes by it."""
        since = datetime.now(UTC) - SKEW
        linkedin_rig.platform.publish(self.ready(linkedin_rig.platform, samples.message("Today", 1), "other"))
        envelope = self.ready(linkedin_rig.platform, samples.message("Today", 1))
        assert isinstance(linkedin_rig.platform.find(envelope, since), Inconclusive)

    def test_a_draft_is_no_post(self, linkedin_rig: LinkedInRig) -> None:
        """What is not published yet is not found."""
        envelope = self.ready(linkedin_rig.platform, samples.message("Draft"))
        linkedin_rig.platform.publish(envelope)
        linkedin_rig.server.posts[0]["state"] = "DRAFT"
        answer = linkedin_rig.platform.find(envelope, datetime.now(UTC) - SKEW)
        assert not isinstance(answer, Found | Absent)

    @pytest.mark.parametrize(("others", "found"), [(25, True), (201, False)])
    def test_looking_ends(self, linkedin_rig: LinkedInRig, others: int, found: bool) -> None:
        """Page after page, up to a limit; an audit says so when it was not enough."""
        since = datetime.now(UTC) - SKEW
        envelope = self.ready(linkedin_rig.platform, samples.message("First"))
        receipt = linkedin_rig.platform.publish(envelope)
        body = json.loads(envelope.payload)
        for number in range(others):
            linkedin_rig.server.add(body | {"commentary": f"Other {number}"}, f"Other {number}")
        for place, post in enumerate(linkedin_rig.server.posts):
            post["made"] -= others - place
        assert isinstance(linkedin_rig.platform.find(envelope, since), Found) is found
        copies = linkedin_rig.platform.copies(envelope, receipt, since)
        assert isinstance(copies, Inconclusive) is not found

    def test_another_page_s_post_is_not_ours(self, linkedin_rig: LinkedInRig) -> None:
        """An audit does not take it for the receipt's."""
        envelope = self.ready(linkedin_rig.platform, samples.message("Whose?"))
        receipt = linkedin_rig.platform.publish(envelope)
        linkedin_rig.server.posts[0]["author"] = "urn:li:organization:1"
        copies = linkedin_rig.platform.copies(envelope, receipt, datetime.now(UTC))
        assert copies == ()

    def test_a_gone_post_has_no_figures(self, linkedin_rig: LinkedInRig) -> None:
        """None, not zeros."""
        gone = Receipt("urn:li:share:404", "https://www.linkedin.com/feed/update/urn:li:share:404/", datetime.now(UTC))
        assert linkedin_rig.platform.metrics(gone) == Metrics()

    def test_a_time_that_is_none_is_not_understood(self, linkedin_rig: LinkedInRig) -> None:
        """An odd answer to a look is a delay, not a crash."""
        body = b'{"elements": [{"id": "urn:li:share:1", "createdAt": "yesterday"}]}'
        linkedin_rig.proxy.answer(body, path="q=author")
        envelope = self.ready(linkedin_rig.platform, samples.message("Odd"))
        with pytest.raises(Deferred, match="could not be understood"):
            linkedin_rig.platform.find(envelope, datetime.now(UTC))

    def test_a_repetition_by_hand_is_a_copy(self, linkedin_rig: LinkedInRig) -> None:
        """With the same words and as many pictures, whatever their names are."""
        envelope = self.ready(linkedin_rig.platform, samples.message("Twice", 1))
        receipt = linkedin_rig.platform.publish(envelope)
        body = json.loads(envelope.payload)
        body["content"]["media"]["id"] = "urn:li:image:ByHand"
        again = linkedin_rig.server.add(body, "Twice")
        copies = linkedin_rig.platform.copies(envelope, receipt, datetime.now(UTC) - SKEW)
        assert isinstance(copies, tuple)
        assert [copy.receipt.remote_id for copy in copies] == [receipt.remote_id, again]
        assert all(isinstance(copy, Copy) and copy.same for copy in copies)
