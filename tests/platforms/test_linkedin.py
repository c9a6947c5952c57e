"""The LinkedIn adapter keeps the contract in front of a server written from LinkedIn's documentation, and LinkedIn's
own rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mwcampaign.core.campaign import Account
from mwcampaign.core.ports import Found, Handles
from mwcampaign.errors import Ambiguous, CredentialRejected, Deferred, PublishError, Rejected
from mwcampaign.platforms._linkedin_text import little, visible
from mwcampaign.platforms.linkedin import LinkedIn
from mwcampaign.testing import samples
from mwcampaign.testing.platform_contract import PlatformContract
from mwcampaign.testing.proxy import Fault, FaultProxy
from mwcampaign.testing.rig import KeptSessions, Sending
from tests.platforms.fake_linkedin import PAGE_URN
from tests.platforms.fake_linkedin_rules import live
from tests.platforms.linkedin_rig import OPTIONS, POST, LinkedInRig, page

SKEW = timedelta(minutes=2)


@pytest.fixture
def linkedin_rig() -> Iterator[LinkedInRig]:
    """A page without posts."""
    with page() as rig:
        yield rig


class TestLinkedInKeepsTheContract(PlatformContract):
    """The suite every adapter passes."""

    vectors = (
        ("", 0),
        ("a" * 3000, 3000),
        ("美術館", 3),
        ("🏛️", 3),
        ("(here)", 8),
        ("#MuseumWeek", 23),
        ("https://museum.example/a_b", 27),
    )
    figures = frozenset({"likes", "reposts", "replies", "views"})
    tells_allowances = "never"
    """Nobody is told what is left of the quotas, nor whose quota it is."""

    @pytest.fixture
    def rig(self, linkedin_rig: LinkedInRig) -> LinkedInRig:
        """The page on the fake LinkedIn."""
        return linkedin_rig


class TestLittleText(Sending):
    """Everything reads as its author wrote it; hashtags are live, and nothing else is."""

    @pytest.mark.parametrize(
        ("text", "tags"),
        [
            ("Doors open (free!) #MuseumWeek", ["MuseumWeek"]),
            ("#musée_d_orsay, #日本語タグ", ["musée_d_orsay", "日本語タグ"]),
            ("No tags: C# a#b (#c) #2026 https://museum.example/#d #", []),
            ("Hello @louvre and @[Louvre](urn:li:organization:1)", []),
            ("{hashtag|\\#|art} *bold* _it_ ~no~ <b> [x] | \\ \\# \\\\ end", []),
            ("~*~ ((( a [b] {c} <d> |e| ))) \\o/ ¯\\_(ツ)_/¯", []),
            ("Line one\n\nLine (two)\n#MuseumWeek\u2028🏛️ &amp; <3", ["MuseumWeek"]),
        ],
    )
    @pytest.mark.parametrize("templates", [True, False])
    def test_it_reads_as_written(self, linkedin_rig: LinkedInRig, text: str, tags: list[str], templates: bool) -> None:
        """Not one reserved character becomes markup or cuts the text off, and a look finds the post in either form."""
        linkedin_rig.server.templates = templates
        envelope = self.ready(linkedin_rig.platform, samples.message(text))
        receipt = linkedin_rig.platform.publish(envelope)
        assert [post.text for post in linkedin_rig.posts()] == [text]
        assert live(linkedin_rig.server.posts[0]["commentary"]) == tags
        assert visible(little(text)) == text
        answer = linkedin_rig.platform.find(envelope, datetime.now(UTC) - SKEW)
        assert isinstance(answer, Found)
        assert answer.receipt.remote_id == receipt.remote_id

    def test_the_fake_cuts_off_what_is_not_escaped(self, linkedin_rig: LinkedInRig) -> None:
        """So a text that arrives whole was escaped."""
        envelope = self.ready(linkedin_rig.platform, samples.message("Doors open"))
        told = json.loads(envelope.payload) | {"commentary": "Doors open (free!) today"}
        linkedin_rig.platform.publish(replace(envelope, payload=json.dumps(told)))
        assert [post.text for post in linkedin_rig.posts()] == ["Doors open "]

    @pytest.mark.parametrize(("option", "count"), [("yes", len(r" {hashtag|\#|a} \)")), ("no", len(" #a )"))])
    def test_whether_markup_counts_can_be_set(self, linkedin_rig: LinkedInRig, option: str, count: int) -> None:
        """Nobody knows; by default the count is never too low."""
        linkedin_rig.server.escapes_count = option == "yes"
        platform = linkedin_rig.fresh(escapes_count=option)
        assert platform.count(" #a )") == count
        text = "a" * (platform.capabilities.text_limit - count) + " #a )"
        platform.publish(self.ready(platform, samples.message(text)))
        assert [post.text for post in linkedin_rig.posts()] == [text]
        with pytest.raises(Rejected, match="FIELD_LENGTH_TOO_LONG"):
            platform.publish(self.ready(platform, samples.message("b" + text)))


class TestPictures(Sending):
    """Three steps: a place, the bytes, a look whether they can be used."""

    @pytest.mark.parametrize("many", [1, 2, 20])
    def test_one_picture_or_many(self, linkedin_rig: LinkedInRig, many: int) -> None:
        """One picture is a media, more are a multiImage; all with their alt texts, in order."""
        message = samples.message("Walls")
        pictures = tuple(samples.picture(number % 8)[0] for number in range(many))
        message = replace(message, pictures=pictures)
        linkedin_rig.platform.publish(self.ready(linkedin_rig.platform, message))
        (post,) = linkedin_rig.posts()
        assert post.alts == tuple(picture.alt for picture in pictures)
        assert ("media" in linkedin_rig.server.posts[0]["content"]) == (many == 1)

    def test_pictures_in_work_are_waited_for_and_not_sent_again(self, linkedin_rig: LinkedInRig) -> None:
        """All are there before the first is asked for, and the next try goes on with them."""
        linkedin_rig.server.slow = 1
        message = samples.message("Slow", 3)
        for _ in message.pictures:
            with pytest.raises(Deferred, match="still processing"):
                self.ready(linkedin_rig.platform, message)
        linkedin_rig.platform.publish(self.ready(linkedin_rig.platform, message))
        assert len(linkedin_rig.server.images) == 3
        assert linkedin_rig.posts()[0].alts == tuple(picture.alt for picture in message.pictures)

    def test_each_post_has_its_own_pictures(self, linkedin_rig: LinkedInRig) -> None:
        """The same picture in another post is uploaded anew: LinkedIn does not say that it may be used twice."""
        for text in ("One", "Two"):
            linkedin_rig.platform.publish(self.ready(linkedin_rig.platform, samples.message(text, 1)))
        assert len(linkedin_rig.server.images) == 2

    def test_a_picture_that_cannot_be_read_is_refused(self, linkedin_rig: LinkedInRig) -> None:
        """Before anything is public."""
        message = samples.message("Broken", 1)
        urn = linkedin_rig.platform.upload(message.pictures[0], b"no picture")
        with pytest.raises(Rejected, match="cannot read"):
            linkedin_rig.platform.stage(message, Handles((urn,)))

    def test_without_the_right_to_look_a_picture_goes_with_its_post(self, linkedin_rig: LinkedInRig) -> None:
        """The post tells whether it can be used."""
        linkedin_rig.server.readable = False
        linkedin_rig.platform.publish(self.ready(linkedin_rig.platform, samples.message("Look", 1)))
        assert len(linkedin_rig.posts()) == 1

    def test_a_post_that_comes_before_its_picture_waits(self, linkedin_rig: LinkedInRig) -> None:
        """LinkedIn says that the bytes are missing: nothing is public, and it may go later."""
        envelope = self.ready(linkedin_rig.platform, samples.message("Look", 1))
        (image,) = linkedin_rig.server.images.values()
        image["status"] = "WAITING_UPLOAD"
        with pytest.raises(Deferred, match="422"):
            linkedin_rig.platform.publish(envelope)

    @pytest.mark.parametrize("body", [b'{"value": {"image": 7}}', b'{"value": []}', b"[]"])
    def test_an_odd_answer_to_an_upload_is_a_delay(self, linkedin_rig: LinkedInRig, body: bytes) -> None:
        """Nothing is public, so it may be tried again."""
        linkedin_rig.proxy.answer(body, path="initializeUpload")
        with pytest.raises(Deferred, match=r"upload of room-1.png \(LinkedIn 202608\)"):
            linkedin_rig.platform.upload(*samples.picture())

    @pytest.mark.parametrize("fault", [Fault.DROP, Fault.SERVER_ERROR_AFTER, Fault.HTML, Fault.REFUSE])
    def test_trouble_with_an_upload_is_no_doubt(self, linkedin_rig: LinkedInRig, fault: Fault) -> None:
        """Nothing is public before the post."""
        linkedin_rig.proxy.arm(fault, path="/rest/images")
        with pytest.raises(Deferred):
            linkedin_rig.platform.upload(*samples.picture())

    def test_the_token_goes_to_linkedin_alone(self, linkedin_rig: LinkedInRig) -> None:
        """An address for the bytes that is not LinkedIn's gets the bytes, and no token."""
        with FaultProxy(linkedin_rig.server.url) as stranger:
            linkedin_rig.server.public = stranger.url
            with pytest.raises(CredentialRejected):
                linkedin_rig.platform.upload(*samples.picture())
            (seen,) = stranger.requests
            assert seen.method == "PUT"
            assert "authorization" not in seen.lower


class TestRefusals(Sending):
    """What a refusal means here."""

    def test_every_request_states_its_version(self, linkedin_rig: LinkedInRig) -> None:
        """The account's version, in every request and in every error; one that has ended is refused in words."""
        platform = linkedin_rig.fresh(api_version="202609")
        platform.publish(self.ready(platform, samples.message("Versions", 1)))
        sent = [seen for seen in linkedin_rig.proxy.requests if seen.method != "PUT"]
        assert {seen.lower["linkedin-version"] for seen in sent} == {"202609"}
        old = linkedin_rig.fresh(api_version="202508")
        envelope = self.ready(linkedin_rig.platform, samples.message("Old"))
        with pytest.raises(Rejected, match=r"publish \(LinkedIn 202508\).* 426: NONEXISTENT_VERSION.*api_version"):
            old.publish(envelope)

    def test_the_sealed_bytes_are_what_is_sent(self, linkedin_rig: LinkedInRig) -> None:
        """Byte for byte, whatever script it is in."""
        envelope = self.ready(linkedin_rig.platform, samples.message("Déjà vu 美術館 🏛️ & <b>"))
        linkedin_rig.platform.publish(envelope)
        assert linkedin_rig.proxy.requests[-1].body == envelope.payload.encode()

    @pytest.mark.parametrize(
        ("status", "kind", "reach"),
        [(403, Rejected, "account"), (409, Deferred, "post"), (400, Rejected, "post"), (503, Ambiguous, "network")],
    )
    def test_a_status_means(self, linkedin_rig: LinkedInRig, status: int, kind: type[PublishError], reach: str) -> None:
        """A missing role concerns the account; a conflict may be sent again; a 5xx is doubt."""
        linkedin_rig.proxy.arm(Fault.BAD_REQUEST, **POST, status=status, body=b'[{"message": "odd"}]')
        with pytest.raises(kind) as caught:
            linkedin_rig.platform.publish(self.ready(linkedin_rig.platform, samples.message("No")))
        assert type(caught.value) is kind
        assert caught.value.reach == reach

    def test_a_quota_without_a_time_waits_a_quarter_of_an_hour(self, linkedin_rig: LinkedInRig) -> None:
        """LinkedIn tells no time with a 429."""
        linkedin_rig.proxy.arm(Fault.RATE_LIMIT, **POST, style=None)
        with pytest.raises(Deferred) as caught:
            linkedin_rig.platform.publish(self.ready(linkedin_rig.platform, samples.message("Fast")))
        assert caught.value.retry_after == timedelta(minutes=15)

    def test_signing_in_needs_the_right_to_read(self, linkedin_rig: LinkedInRig) -> None:
        """A token that could publish and never look is told before the week begins."""
        assert linkedin_rig.platform.whoami().remote_id == PAGE_URN
        linkedin_rig.server.readable = False
        with pytest.raises(Rejected, match="ACCESS_DENIED"):
            linkedin_rig.fresh().whoami()

    def test_without_a_token_nothing_is_sent(self, linkedin_rig: LinkedInRig) -> None:
        """The missing one is named."""
        with pytest.raises(CredentialRejected, match="access_token"):
            linkedin_rig.fresh(token="").whoami()
        assert linkedin_rig.proxy.requests == []

    @pytest.mark.parametrize(
        "options",
        [{}, {"organization": "my-museum"}, OPTIONS | {"api_version": "v2"}, OPTIONS | {"escapes_count": "perhaps"}],
    )
    def test_options_are_checked_offline(self, options: dict[str, str]) -> None:
        """A page without a number, a version that is none, a word that is neither yes nor no."""
        account = Account(id="museum@linkedin", institution="museum", network="linkedin", options=options)
        platform = LinkedIn(account, {}, KeptSessions())
        assert [code for code, _ in platform.check(samples.message())] == ["MW320"]
        assert set(options) <= set(LinkedIn.option_names)

    def test_without_a_page_nothing_is_prepared(self, linkedin_rig: LinkedInRig) -> None:
        """A plan that was made without the option ends before anything is sent."""
        with pytest.raises(Rejected, match="organization") as caught:
            self.ready(linkedin_rig.fresh(organization=""), samples.message())
        assert caught.value.reach == "account"
        assert linkedin_rig.proxy.requests == []

    def test_good_options_are_not_objected_to(self, linkedin_rig: LinkedInRig) -> None:
        """And nothing else about a message is."""
        assert list(linkedin_rig.platform.check(samples.message("(Fine) @x #y", 2))) == []
