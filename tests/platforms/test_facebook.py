"""The Facebook adapter keeps the contract in front of a server written from Meta's documentation, and its own rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mwcampaign.core.delivery import Receipt
from mwcampaign.core.ports import Allowance, Copy, Found, Inconclusive, Metrics
from mwcampaign.errors import Ambiguous, CredentialRejected, Deferred, PublishError, Reach, Rejected
from mwcampaign.testing import samples
from mwcampaign.testing.platform_contract import PlatformContract
from mwcampaign.testing.proxy import Fault, FaultProxy
from mwcampaign.testing.rig import Sending
from tests.platforms.facebook_rig import CONTRACTS, POST, FacebookRig, GraphJudge, of_pages
from tests.platforms.fake_facebook import PAGE, FakeFacebook
from tests.platforms.fake_graph import TOKEN, Told, refused

SKEW = timedelta(minutes=2)


@pytest.fixture(scope="module")
def judge() -> GraphJudge | None:
    """Meta's own descriptions, where they lie beside the project."""
    objects = ("Page", "PagePost", "Photo")
    return GraphJudge(CONTRACTS, objects, of_pages) if CONTRACTS.exists() else None


@pytest.fixture
def facebook(judge: GraphJudge | None) -> Iterator[FacebookRig]:
    """A Page without posts; at the end every request is judged by Meta's own descriptions."""
    server = FakeFacebook()
    with FaultProxy(server.url) as proxy:
        rig = FacebookRig(server, proxy)
        yield rig
        rig.platform.close()
        if judge is not None:
            assert [fault for seen in proxy.requests for fault in judge.faults(seen)] == []
    server.shutdown()
    server.server_close()


class TestFacebookKeepsTheContract(PlatformContract):
    """The suite every adapter passes."""

    vectors = (("", 0), ("a" * 280, 280), ("é", 1), ("の", 1), ("😀", 2))
    figures = frozenset({"likes", "replies"})
    tells_allowances = "when refused"
    """Graph counts calls in percent, and never says how many posts remain."""

    @pytest.fixture
    def rig(self, facebook: FacebookRig) -> FacebookRig:
        """The Page on the fake Facebook."""
        return facebook


class TestFacebookItself(Sending):
    """What Facebook does that no other network does."""

    def test_requests_were_judged_by_metas_own_description(
        self, facebook: FacebookRig, judge: GraphJudge | None
    ) -> None:
        """Photos, a post and reads: each valid against the description; figures and profile too."""
        if judge is None:
            pytest.skip("Meta's descriptions do not lie beside the project")
        before = judge.judged
        platform = facebook.platform
        envelope = self.ready(platform, samples.message("Look", 3))
        receipt = platform.publish(envelope)
        platform.find(envelope, datetime.now(UTC) - SKEW)
        platform.copies(envelope, receipt, datetime.now(UTC) - SKEW)
        platform.metrics(receipt)
        platform.whoami()
        assert [fault for seen in facebook.proxy.requests for fault in judge.faults(seen)] == []
        assert judge.judged - before == 3 + 1 + 1 + 2 + 1 + 1

    def test_the_judge_objects(self, facebook: FacebookRig, judge: GraphJudge | None) -> None:
        """A judge that never says no would prove nothing."""
        if judge is None:
            pytest.skip("Meta's descriptions do not lie beside the project")
        seen = facebook.proxy.requests
        facebook.platform.publish(self.ready(facebook.platform, samples.message("Fine")))
        (good,) = [each for each in seen + facebook.proxy.requests if each.method == "POST"]
        assert judge.faults(good) == []
        assert judge.faults(replace(good, body=good.body.replace(b"message", b"massage"))) != []
        assert judge.faults(replace(good, body=b"published=perhaps")) != []
        assert judge.faults(replace(good, body=b"attached_media=7")) != []
        assert judge.faults(replace(good, method="GET", path="/v26.0/me/published_posts?fields=id,txet")) != []
        assert judge.faults(replace(good, path="/v26.0/me/fead")) != []

    def test_a_link_is_given_apart_for_its_card(self, facebook: FacebookRig) -> None:
        """The first link of a post without pictures is sent as its link; beside pictures there is no card."""
        text = "See https://example.org/a and https://example.org/b"
        facebook.platform.publish(self.ready(facebook.platform, samples.message(text)))
        facebook.platform.publish(self.ready(facebook.platform, samples.message("Again " + text, 1)))
        assert [post["link"] for post in facebook.server.posts] == ["https://example.org/a", None]

    def test_a_link_that_cannot_be_read_waits(self, facebook: FacebookRig) -> None:
        """A museum's site that is down for a minute costs a minute, not the post."""
        facebook.server.unreadable.add("https://example.org/a")
        envelope = self.ready(facebook.platform, samples.message("See https://example.org/a"))
        with pytest.raises(Deferred, match="1609005") as caught:
            facebook.platform.publish(envelope)
        assert caught.value.reach == "post"
        assert caught.value.retry_after == timedelta(minutes=1)
        facebook.server.unreadable.clear()
        facebook.platform.publish(envelope)
        assert len(facebook.posts()) == 1

    @pytest.mark.parametrize("answer", ("506", "368"))
    def test_a_duplicate_is_looked_up(self, facebook: FacebookRig, answer: str) -> None:
        """After our own doubt it means that the post is there: it is found as the earlier request's."""
        now = datetime.now(UTC)
        facebook.server.duplicates = answer
        message = samples.message("Twice")
        first = self.ready(facebook.platform, message)
        platform = facebook.faulty(Fault.DROP)
        with pytest.raises(Ambiguous):
            platform.publish(first)
        again = self.ready(platform, message)
        with pytest.raises(Ambiguous, match="is there already, and does not say which") as caught:
            platform.publish(again)
        assert caught.value.reach == "post"
        assert [post.text for post in facebook.posts()] == ["Twice"]
        found = platform.find(first, now - SKEW)
        assert isinstance(found, Found)
        assert found.receipt.remote_id == facebook.server.posts[0]["id"]

    def test_a_duplicate_of_long_ago_is_for_a_person(self, facebook: FacebookRig) -> None:
        """Somebody's post of the same words is not taken for ours."""
        facebook.platform.publish(self.ready(facebook.platform, samples.message("Twice")))
        facebook.server.posts[0]["created_time"] = "2026-01-01T10:00:00+0000"
        envelope = self.ready(facebook.platform, samples.message("Twice"))
        with pytest.raises(Ambiguous, match="506"):
            facebook.platform.publish(envelope)
        answer = facebook.platform.find(envelope, datetime.now(UTC) - SKEW)
        assert isinstance(answer, Inconclusive)
        assert answer.where.startswith("https://www.facebook.com/")

    def test_photos_posted_before_are_a_duplicate_too(self, facebook: FacebookRig) -> None:
        """The same sealed request again, after the Page has shown other things: the photos give it away."""
        facebook.server.duplicates = ""
        envelope = self.ready(facebook.platform, samples.message("Look", 2))
        facebook.platform.publish(envelope)
        with pytest.raises(Ambiguous, match=r"1366051.*is there already"):
            facebook.platform.publish(envelope)
        assert len(facebook.posts()) == 1

    def test_blocked_for_policy_is_no_duplicate(self, facebook: FacebookRig) -> None:
        """The same code with other words means: stop for a while, all of the account."""
        facebook.server.trouble.append(refused(368, words="The action attempted has been deemed abusive"))
        with pytest.raises(Deferred, match="blocked for a while") as caught:
            facebook.platform.publish(self.ready(facebook.platform, samples.message("Stop")))
        assert (caught.value.reach, caught.value.retry_after) == ("account", timedelta(hours=1))

    def test_what_is_not_in_the_list_is_not_absent(self, facebook: FacebookRig) -> None:
        """Facebook's lists leave posts out: not found proves nothing."""
        facebook.server.hidden = 1
        envelope = self.ready(facebook.platform, samples.message("Hidden"))
        facebook.platform.publish(envelope)
        assert isinstance(facebook.platform.find(envelope, datetime.now(UTC) - SKEW), Inconclusive)

    def test_a_lost_post_is_found_behind_many_others(self, facebook: FacebookRig) -> None:
        """Every page of the list is read; what lies behind five of them was not seen, and that is said."""
        envelope = self.ready(facebook.platform, samples.message("Long ago", 2))
        receipt = facebook.platform.publish(envelope)
        (post,) = facebook.server.posts
        others = [post | {"id": f"{PAGE}_{number}", "message": f"{number}"} for number in range(700)]
        facebook.server.posts += others[:150]
        since = datetime.now(UTC) - SKEW
        assert facebook.platform.find(envelope, since) == Found(receipt)
        assert facebook.platform.copies(envelope, receipt, since) == (Copy(receipt, True),)
        facebook.server.posts += others[150:]
        assert isinstance(facebook.platform.find(envelope, since), Inconclusive)
        assert isinstance(facebook.platform.copies(envelope, receipt, since), Inconclusive)

    def test_other_pictures_are_another_post(self, facebook: FacebookRig) -> None:
        """The same words without the photos are somebody else's post."""
        now = datetime.now(UTC)
        facebook.platform.publish(self.ready(facebook.platform, samples.message("Same words")))
        envelope = self.ready(facebook.platform, samples.message("Same words", 1))
        assert isinstance(facebook.platform.find(envelope, now - SKEW), Inconclusive)

    TOLD: tuple[tuple[Told, type[PublishError], Reach], ...] = (
        (refused(1, words="An unknown error occurred"), Ambiguous, "network"),
        (refused(2, words="Service temporarily unavailable", status=503, transient=True), Ambiguous, "network"),
        (refused(4242, words="Try again", transient=True), Ambiguous, "network"),
        (refused(4, words="Application request limit reached", status=403), Deferred, "application"),
        (refused(17, words="User request limit reached"), Deferred, "account"),
        (refused(32, words="Page request limit reached"), Deferred, "account"),
        (refused(341, words="Application limit reached"), Deferred, "application"),
        (refused(613, words="Calls to this api have exceeded the rate limit"), Deferred, "account"),
        (refused(80002, words="Too many calls"), Deferred, "account"),
        (refused(10, words="Permission denied", status=403), Rejected, "account"),
        (refused(200, words="Requires pages_manage_posts", status=403), Rejected, "account"),
        (refused(4854002, words="Confirm your identity"), Rejected, "account"),
        (refused(102, words="Session expired"), CredentialRejected, "account"),
        (refused(190, 463, "The session has expired"), CredentialRejected, "account"),
        (refused(100, words="Invalid parameter"), Rejected, "post"),
        (refused(1390008, words="Too fast"), Deferred, "post"),
    )

    @pytest.mark.parametrize(("told", "kind", "reach"), TOLD)
    def test_what_a_code_means(self, facebook: FacebookRig, told: Told, kind: type[PublishError], reach: Reach) -> None:
        """The code decides, not the status; step and version stand in the words, the token never."""
        facebook.server.trouble.append(told)
        with pytest.raises(PublishError) as caught:
            facebook.platform.publish(self.ready(facebook.platform, samples.message("Coded")))
        assert (type(caught.value), caught.value.reach) == (kind, reach)
        assert str(caught.value).startswith("publish (Graph v26.0): the server answered ")
        assert str(told[1]["error"]["code"]) in str(caught.value)
        assert TOKEN not in str(caught.value)
        assert facebook.posts() == []

    def test_trouble_with_an_upload_is_no_doubt(self, facebook: FacebookRig) -> None:
        """Nothing is public before the post, so lost answers and temporary errors are only delays."""
        for fault in (Fault.DROP, Fault.SERVER_ERROR_AFTER, Fault.HTML):
            facebook.proxy.arm(fault, path="/photos$")
            with pytest.raises(Deferred):
                facebook.platform.upload(*samples.picture())
        facebook.proxy.answer(b'{"error": {"code": 2, "is_transient": true}}', status=500, path="/photos$")
        with pytest.raises(Deferred):
            facebook.platform.upload(*samples.picture())

    def test_the_usage_header_says_until_when(self, facebook: FacebookRig) -> None:
        """While Graph blocks, nothing is left until the minute it told; nonsense in the header tells nothing."""
        facebook.server.blocked = 7
        with pytest.raises(Deferred) as caught:
            facebook.platform.publish(self.ready(facebook.platform, samples.message("Blocked")))
        assert caught.value.retry_after == timedelta(minutes=7)
        (told,) = facebook.platform.allowances()
        assert isinstance(told, Allowance)
        assert told.remaining == 0
        facebook.server.blocked = 0
        for nonsense in ("[1]", '{"1": 2}', '{"1": [{"estimated_time_to_regain_access": "soon"}]}', "{", "\xe9"):
            header = {"X-Business-Use-Case-Usage": nonsense}
            facebook.proxy.answer(b'{"error": {"code": 80001}}', status=400, headers=header, **POST)
            with pytest.raises(Deferred) as caught:
                facebook.platform.publish(self.ready(facebook.platform, samples.message("Nonsense")))
            assert caught.value.retry_after == timedelta(minutes=30)
            assert facebook.platform.allowances() == ()

    def test_a_lost_answer_forgets_what_was_told_before(self, facebook: FacebookRig) -> None:
        """What one publish heard says nothing about the next."""
        envelope = self.ready(facebook.platform, samples.message("Blocked, then lost"))
        facebook.server.blocked = 7
        with pytest.raises(Deferred):
            facebook.platform.publish(envelope)
        assert facebook.platform.allowances() != ()
        facebook.server.blocked = 0
        facebook.proxy.arm(Fault.DROP, **POST)
        with pytest.raises(Ambiguous):
            facebook.platform.publish(envelope)
        assert facebook.platform.allowances() == ()

    def test_another_pages_token_is_noticed(self, facebook: FacebookRig) -> None:
        """A token of another Page, or of a person, would post elsewhere."""
        assert facebook.fresh(page_id=PAGE).whoami().remote_id == PAGE
        with pytest.raises(CredentialRejected, match="not for the Page 77"):
            facebook.fresh(page_id="77").whoami()

    def test_without_a_token_nothing_is_sent(self, facebook: FacebookRig) -> None:
        """A missing token is named; a wrong one is refused by the server."""
        with pytest.raises(CredentialRejected, match="there is no access_token"):
            facebook.fresh(token="").whoami()
        assert facebook.proxy.requests == []
        with pytest.raises(CredentialRejected, match="sign in"):
            facebook.fresh(token="old").whoami()

    def test_the_version_is_an_option(self, facebook: FacebookRig) -> None:
        """Versions live about two years: the account can state another, and errors say which was asked."""
        with pytest.raises(Rejected, match=r"sign in \(Graph v19.0\)"):
            facebook.fresh(api_version="v19.0").whoami()

    @pytest.mark.parametrize("options", ({"page_id": "../debug_token"}, {"api_version": "v26.0/77"}))
    def test_an_option_leads_nowhere_else(self, facebook: FacebookRig, options: dict[str, str]) -> None:
        """What a campaign's file says is a part of a path, never a path: told in words, before anything is asked."""
        envelope = self.ready(facebook.platform, samples.message("Where"))
        before = len(facebook.proxy.requests)
        with pytest.raises(Rejected, match=next(iter(options))) as caught:
            facebook.fresh(**options).publish(envelope)
        assert caught.value.reach == "account"
        assert len(facebook.proxy.requests) == before

    def test_figures_not_given_are_none(self, facebook: FacebookRig) -> None:
        """A deleted post has no figures, not zeros."""
        gone = Receipt(f"{PAGE}_404", "https://www.facebook.com/404", datetime.now(UTC))
        assert facebook.platform.metrics(gone) == Metrics()
