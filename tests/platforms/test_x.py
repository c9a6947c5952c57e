"""The X adapter keeps the contract in front of a server written from X's documentation, and X's own rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mwcampaign.core.campaign import Account
from mwcampaign.core.delivery import Receipt
from mwcampaign.core.ports import Found, Inconclusive, Metrics
from mwcampaign.errors import Ambiguous, CredentialRejected, Deferred, Rejected
from mwcampaign.platforms.x import X
from mwcampaign.testing import samples
from mwcampaign.testing.platform_contract import PlatformContract
from mwcampaign.testing.proxy import Fault, Seen
from mwcampaign.testing.rig import KeptSessions, Sending
from tests.platforms.x_rig import POST, Judge, XRig

SKEW = timedelta(minutes=2)


class TestXKeepsTheContract(PlatformContract):
    """The suite every adapter passes."""

    vectors = (("", 0), ("a" * 280, 280), ("https://example.com/a-long-way/to-go", 23), ("の", 2), ("🏛️", 2), ("…", 2))
    figures = frozenset({"likes", "reposts", "replies", "quotes", "views"})

    @pytest.fixture
    def rig(self, x_rig: XRig) -> XRig:
        """The account on the fake X."""
        return x_rig


class TestXItself(Sending):
    """What X does that no other network does."""

    def test_every_request_was_judged_by_xs_own_description(self, x_rig: XRig, x_judge: Judge | None) -> None:
        """Pictures, alt texts, a thread and reads: each valid against the OpenAPI document."""
        if x_judge is None:
            pytest.skip("X's OpenAPI description does not lie beside the project")
        before = x_judge.judged
        root = x_rig.platform.publish(self.ready(x_rig.platform, samples.message("Look", 4)))
        x_rig.platform.publish(self.ready(x_rig.platform, samples.message("Again"), "reply", root, root))
        x_rig.platform.metrics(root)
        x_rig.platform.whoami()
        faults = [fault for seen in x_rig.proxy.requests for fault in x_judge.faults(seen)]
        assert faults == []
        assert x_judge.judged - before == 4 * 2 + 2 + 1 + 1

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("/2/tweets", b'{"txet": "Fine"}'),
            ("/2/tweets", b'{"text": "Fine", "media": {"media_ids": []}}'),
            ("/2/users/1/tweets?post.fields=referenced_tweets", b""),
            ("/2/tweets?ids=1&tweet.fields=text", b""),
            ("/2/nothing", b""),
        ],
    )
    def test_the_judge_can_object(self, x_judge: Judge | None, path: str, body: bytes) -> None:
        """Fields, values and paths that X does not know are found."""
        if x_judge is None:
            pytest.skip("X's OpenAPI description does not lie beside the project")
        seen = Seen("POST" if body else "GET", path, {"Content-Type": "application/json"}, body)
        assert x_judge.faults(seen) != []

    def test_the_sealed_bytes_are_what_is_sent(self, x_rig: XRig) -> None:
        """Byte for byte, whatever script it is in."""
        envelope = self.ready(x_rig.platform, samples.message("Déjà vu 美術館 🏛️ & <b>"))
        x_rig.platform.publish(envelope)
        assert x_rig.proxy.requests[-1].body == envelope.payload.encode()

    def test_one_connection_serves_all_calls(self, x_rig: XRig) -> None:
        """No new connection, client or signer per call."""
        for number in range(5):
            x_rig.platform.publish(self.ready(x_rig.platform, samples.message(f"Number {number}")))
        assert x_rig.proxy.connections == 1

    @pytest.mark.parametrize(
        "text",
        [
            "See https://museum.example/expo?a=1&b=2 and museum.example.org, please",
            'Tom & Jerry <3 "quoted" it\'s',
            "cafe\u0301 と 美術館",
            "http://museum.example.com/ twice http://museum.example.com/",
        ],
    )
    @pytest.mark.parametrize("pictures", [0, 2])
    def test_a_lost_post_is_found_in_the_form_x_gives_back(self, x_rig: XRig, text: str, pictures: int) -> None:
        """Short addresses, escapes and picture addresses do not hide it."""
        platform = x_rig.faulty(Fault.DROP)
        envelope = self.ready(platform, samples.message(text, pictures))
        with pytest.raises(Ambiguous):
            platform.publish(envelope)
        answer = platform.find(envelope, datetime.now(UTC) - SKEW)
        assert isinstance(answer, Found)
        assert answer.receipt.remote_id == x_rig.server.posts[0]["id"]
        assert answer.receipt.url == f"https://x.com/museum/status/{answer.receipt.remote_id}"

    def test_absence_is_never_proven(self, x_rig: XRig) -> None:
        """The timeline may lag: not found is inconclusive, and says where a person can look."""
        answer = x_rig.platform.find(
            self.ready(x_rig.platform, samples.message("Never sent")), datetime.now(UTC) - SKEW
        )
        assert isinstance(answer, Inconclusive)
        assert answer.where == "https://x.com/museum"

    def test_many_recent_posts_are_read_page_by_page(self, x_rig: XRig) -> None:
        """The post is found behind a hundred others."""
        now = datetime.now(UTC)
        envelope = self.ready(x_rig.platform, samples.message("The first"))
        first = x_rig.platform.publish(envelope)
        for number in range(120):
            x_rig.server.create({"text": f"Filling {number}"})
        answer = x_rig.platform.find(envelope, now - SKEW)
        assert isinstance(answer, Found)
        assert answer.receipt.remote_id == first.remote_id

    def test_a_reply_is_not_taken_for_a_post(self, x_rig: XRig) -> None:
        """The same words in another place of a thread are another post."""
        x_rig.server.posts.append(
            {"id": "7", "text": "Same", "media": [], "reply_to": "6", "created_at": "2999-01-01T00:00:00.000Z"}
        )
        envelope = self.ready(x_rig.platform, samples.message("Same"))
        assert isinstance(x_rig.platform.find(envelope, datetime.now(UTC) - SKEW), Inconclusive)

    def test_a_duplicate_is_refused_in_words(self, x_rig: XRig) -> None:
        """This request published nothing; a person sees why."""
        envelope = self.ready(x_rig.platform, samples.message("Twice"))
        x_rig.platform.publish(envelope)
        with pytest.raises(Rejected, match="duplicate content"):
            x_rig.platform.publish(envelope)

    def test_an_error_with_a_list_for_a_body(self, x_rig: XRig) -> None:
        """Odd bodies of errors change nothing."""
        x_rig.proxy.arm(Fault.BAD_REQUEST, **POST, status=403, body=b'[{"message": "no"}]')
        with pytest.raises(Rejected, match="403"):
            x_rig.platform.publish(self.ready(x_rig.platform, samples.message("List?")))

    def test_a_limit_without_a_time_waits_a_quarter_of_an_hour(self, x_rig: XRig) -> None:
        """X's windows are fifteen minutes."""
        x_rig.proxy.arm(Fault.RATE_LIMIT, **POST, style=None)
        with pytest.raises(Deferred) as caught:
            x_rig.platform.publish(self.ready(x_rig.platform, samples.message("Fast")))
        assert caught.value.retry_after == timedelta(minutes=15)

    @pytest.mark.parametrize("fault", [Fault.DROP, Fault.SERVER_ERROR_AFTER, Fault.HTML])
    def test_trouble_with_an_upload_is_no_doubt(self, x_rig: XRig, fault: Fault) -> None:
        """Nothing is public before the post."""
        x_rig.proxy.arm(fault, path="/2/media/upload")
        with pytest.raises(Deferred):
            x_rig.platform.upload(*samples.picture())

    def test_what_data_cannot_say(self, x_rig: XRig) -> None:
        """A second cashtag and three characters are refused offline."""
        assert list(x_rig.platform.check(samples.message("$ART and $MUS"))) != []
        assert list(x_rig.platform.check(samples.message("a\ufffeb"))) != []
        assert list(x_rig.platform.check(samples.message("$ART"))) == []

    def test_figures_not_given_are_none(self, x_rig: XRig) -> None:
        """A deleted post has no figures, not zeros."""
        gone = Receipt("404", "https://x.com/i/web/status/404", datetime.now(UTC))
        assert x_rig.platform.metrics(gone) == Metrics()

    def test_without_keys_nothing_is_sent(self) -> None:
        """The missing ones are named."""
        account = Account(id="museum@x", institution="museum", network="x")
        with pytest.raises(CredentialRejected, match="access_token_secret"):
            X(account, {"consumer_key": "k"}, KeptSessions()).whoami()
