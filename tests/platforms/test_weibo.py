"""The Weibo adapter keeps the contract in front of a server written from Weibo's documentation, and its own rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mwcampaign.core.delivery import Envelope, Receipt
from mwcampaign.core.message import Message
from mwcampaign.core.ports import Found, Inconclusive, Metrics, Platform
from mwcampaign.errors import Ambiguous, CredentialRejected, Deferred, Rejected
from mwcampaign.testing import samples
from mwcampaign.testing.platform_contract import PlatformContract
from mwcampaign.testing.proxy import Fault, FaultProxy
from mwcampaign.testing.rig import Rig, Sending
from tests.platforms.fake_weibo import DOMAIN, IP, FakeWeibo, error
from tests.platforms.weibo_rig import LINK, WeiboRig

SKEW = timedelta(minutes=2)


@pytest.fixture
def weibo_rig() -> Iterator[WeiboRig]:
    """An account without posts, behind a proxy."""
    server = FakeWeibo()
    with FaultProxy(server.url) as proxy:
        rig = WeiboRig(server, proxy)
        yield rig
        rig.platform.close()
    server.shutdown()
    server.server_close()


class Linked(Sending):
    """Sending on a network where a text needs an address: one without gets it."""

    def ready(
        self,
        platform: Platform,
        message: Message,
        name: str = "post",
        parent: Receipt | None = None,
        root: Receipt | None = None,
        at: datetime | None = None,
    ) -> Envelope:
        """Add the address where there is none, and go on."""
        text = message.text if "://" in message.text else message.text + LINK
        return super().ready(platform, replace(message, text=text), name, parent, root, at)


class TestWeiboKeepsTheContract(Linked, PlatformContract):
    """The suite every adapter passes."""

    vectors = (("", 0), ("博物馆周", 4), ("ab", 1), ("abc", 2), ("博a", 2), ("https://example.com/a", 11))
    figures = frozenset({"likes", "reposts", "replies"})
    tells_allowances = "never"
    refused_for = timedelta(minutes=15)
    """Who asked too often is told by a code without a time, and nobody is told what is left."""

    @pytest.fixture
    def rig(self, weibo_rig: WeiboRig) -> WeiboRig:
        """The account on the fake Weibo."""
        return weibo_rig

    def test_text_at_the_limit_is_accepted(self, rig: Rig) -> None:
        """Weibo is different: the limit counts full-width characters, and the address that has to be there."""
        platform = rig.platform
        text = "字" * (140 - platform.count(LINK))
        assert platform.count(text + LINK) == platform.capabilities.text_limit
        platform.publish(self.ready(platform, samples.message(text)))
        assert [post.text for post in rig.posts()] == [text]
        with pytest.raises(Rejected, match="20012"):
            platform.publish(self.ready(platform, samples.message(text + "字")))

    def test_every_picture_arrives_in_order(self, weibo_rig: WeiboRig) -> None:
        """Weibo is different: one picture goes with the post itself, and there is no place for an alt text."""
        weibo_rig.platform.publish(self.ready(weibo_rig.platform, samples.message("Four walls", 1)))
        assert [each["picture"] for each in weibo_rig.server.statuses] == [samples.picture()[1]]


class TestWhatSharingTakes(Linked):
    """The rules on texts, said before and kept by the server."""

    @pytest.mark.parametrize(
        "text",
        [
            "No address at all",
            "https://elsewhere.example/week",
            "https://notmuseum.example/week",
            f"https://{DOMAIN}.elsewhere.example/",
            "#博物馆周# https://museum.example/week",
            "#MuseumWeek and #Secrets https://museum.example/week",
            "#MuseumWeek\n#Secrets https://museum.example/week",
            "https://museum.example@elsewhere.example/",
        ],
    )
    def test_what_weibo_refuses_is_said_before(self, weibo_rig: WeiboRig, text: str) -> None:
        """No address of the domain, or a pair of signs that makes a topic: check says so, and the server agrees."""
        assert [code for code, _ in weibo_rig.platform.check(samples.message(text))] == ["MW320"]
        with pytest.raises(Rejected, match="10017"):
            weibo_rig.platform.publish(Sending().ready(weibo_rig.platform, samples.message(text)))

    @pytest.mark.parametrize(
        "text",
        [
            "#MuseumWeek https://museum.example/week",
            "博物馆 https://www.museum.example/?a=1#top",
            "看 https://museum.example。好",
        ],
    )
    def test_what_weibo_takes_passes(self, weibo_rig: WeiboRig, text: str) -> None:
        """One # makes no topic, and a domain below the own one is the own one."""
        assert list(weibo_rig.platform.check(samples.message(text))) == []
        weibo_rig.platform.publish(Sending().ready(weibo_rig.platform, samples.message(text)))
        assert [each["text"] for each in weibo_rig.server.statuses] == [text]

    @pytest.mark.parametrize("options", [{"ip": IP}, {"domain": DOMAIN}])
    def test_an_account_without_its_options_is_a_finding(self, weibo_rig: WeiboRig, options: dict[str, str]) -> None:
        """Both are asked for by name."""
        platform = weibo_rig.fresh(options=options)
        (found,) = platform.check(samples.message("https://museum.example/week"))
        ((missing),) = {"domain", "ip"} - set(options)
        assert f"option {missing}" in found[1]

    def test_the_same_text_twice_is_refused_in_words(self, weibo_rig: WeiboRig) -> None:
        """This request published nothing; a person sees why."""
        envelope = self.ready(weibo_rig.platform, samples.message("Twice"))
        weibo_rig.platform.publish(envelope)
        with pytest.raises(Rejected, match="20019: repeat content"):
            weibo_rig.platform.publish(envelope)
        assert len(weibo_rig.posts()) == 1


class TestWeiboItself(Linked):
    """Pictures, looks, codes."""

    def test_a_picture_that_is_not_at_hand_sends_nothing(self, weibo_rig: WeiboRig) -> None:
        """A request sealed by another process has no bytes here: the next try has them."""
        envelope = self.ready(weibo_rig.fresh(), samples.message("With a vase", 1))
        with pytest.raises(Deferred, match="not at hand"):
            weibo_rig.platform.publish(envelope)
        assert weibo_rig.posts() == []
        weibo_rig.platform.publish(self.ready(weibo_rig.platform, samples.message("With a vase", 1)))
        assert len(weibo_rig.posts()) == 1

    def test_pictures_do_not_pile_up(self, weibo_rig: WeiboRig) -> None:
        """Of many that were never posted the last few are kept."""
        first = self.ready(weibo_rig.platform, samples.message("The first", 1))
        for number in range(1, 8):
            weibo_rig.platform.upload(*samples.picture(number))
        with pytest.raises(Deferred, match="not at hand"):
            weibo_rig.platform.publish(first)

    def test_a_hidden_address_goes_to_a_person(self, weibo_rig: WeiboRig) -> None:
        """Where Weibo shows t.cn for every address, a lost post and another with the same words look alike."""
        weibo_rig.server.shortens = True
        envelope = self.ready(weibo_rig.platform, samples.message(f"Look https://{DOMAIN}/a"))
        platform = weibo_rig.faulty(Fault.DROP)
        with pytest.raises(Ambiguous):
            platform.publish(envelope)
        answer = platform.find(envelope, datetime.now(UTC) - SKEW)
        assert isinstance(answer, Inconclusive)
        assert answer.where.endswith(str(weibo_rig.server.statuses[0]["id"]))

    def test_an_audit_reads_through_short_addresses(self, weibo_rig: WeiboRig) -> None:
        """The post is there and the same; another picture or other words are not."""
        weibo_rig.server.shortens = True
        envelope = self.ready(weibo_rig.platform, samples.message(f"Look https://{DOMAIN}/a now", 1))
        receipt = weibo_rig.platform.publish(envelope)
        weibo_rig.server.add(f"Look https://{DOMAIN}/a now", None)
        weibo_rig.server.add(f"Look https://{DOMAIN}/a", b"picture")
        copies = weibo_rig.platform.copies(envelope, receipt, datetime.now(UTC) - SKEW)
        assert not isinstance(copies, Inconclusive)
        assert [(copy.receipt.remote_id, copy.same) for copy in copies] == [(receipt.remote_id, True)]

    def test_a_post_without_short_addresses_is_found(self, weibo_rig: WeiboRig) -> None:
        """The same words, to the letter."""
        envelope = self.ready(weibo_rig.platform, samples.message("Lost & found"))
        platform = weibo_rig.faulty(Fault.DROP)
        with pytest.raises(Ambiguous):
            platform.publish(envelope)
        answer = platform.find(envelope, datetime.now(UTC) - SKEW)
        assert isinstance(answer, Found)
        assert answer.receipt.url == f"https://weibo.com/1404376560/{weibo_rig.server.statuses[0]['id']}"

    @pytest.mark.parametrize("shows", [0, 1000])
    def test_absence_is_never_proven(self, weibo_rig: WeiboRig, shows: int) -> None:
        """Ordinary applications see a part of the posts: not found is for a person, who is told where to look."""
        weibo_rig.server.shows = shows
        answer = weibo_rig.platform.find(
            self.ready(weibo_rig.platform, samples.message("Never sent")), datetime.now(UTC) - SKEW
        )
        assert isinstance(answer, Inconclusive)
        assert answer.where == "https://weibo.com/u/1404376560"

    def test_a_list_that_is_refused_goes_to_a_person(self, weibo_rig: WeiboRig) -> None:
        """The application may not read: that decides nothing, and says where to look."""
        envelope = self.ready(weibo_rig.platform, samples.message("Unseen"))
        refused = error(403, 10014, "Insufficient app permissions!")
        weibo_rig.server.refusal = ("/2/statuses/user_timeline.json", refused)
        answer = weibo_rig.platform.find(envelope, datetime.now(UTC) - SKEW)
        assert isinstance(answer, Inconclusive)
        assert "10014" in answer.why
        assert answer.where

    def test_many_recent_posts_are_read_page_by_page(self, weibo_rig: WeiboRig) -> None:
        """The post is found behind a hundred others."""
        envelope = self.ready(weibo_rig.platform, samples.message("The first"))
        weibo_rig.platform.publish(envelope)
        for number in range(120):
            weibo_rig.server.add(f"Filling {number}", None)
        assert isinstance(weibo_rig.platform.find(envelope, datetime.now(UTC) - SKEW), Found)

    @pytest.mark.parametrize(
        ("status", "code", "kind", "reach"),
        [
            (403, 10001, Ambiguous, "network"),
            (403, 10009, Ambiguous, "network"),
            (403, 10014, Rejected, "application"),
            (403, 10022, Deferred, "application"),
            (403, 10024, Deferred, "account"),
            (400, 20016, Deferred, "account"),
            (400, 20017, Rejected, "post"),
            (400, 20021, Rejected, "post"),
            (403, 21327, CredentialRejected, "account"),
            (400, 21315, CredentialRejected, "account"),
            (200, 20019, Rejected, "post"),
        ],
    )
    def test_what_a_code_means(
        self, weibo_rig: WeiboRig, status: int, code: int, kind: type[Exception], reach: str
    ) -> None:
        """The code counts, whatever status comes with it."""
        weibo_rig.server.refusal = ("/2/statuses/share.json", error(status, code, "in Weibo's words"))
        with pytest.raises(kind) as caught:
            weibo_rig.platform.publish(self.ready(weibo_rig.platform, samples.message("Refused")))
        assert (type(caught.value), caught.value.reach) == (kind, reach)

    def test_a_code_in_words_counts_too(self, weibo_rig: WeiboRig) -> None:
        """Older pages show error_code as text."""
        refusal = {"request": "/2", "error_code": "21327", "error": "expired_token"}
        weibo_rig.server.refusal = ("/oauth2/get_token_info", (401, refusal))
        with pytest.raises(CredentialRejected, match="expired_token"):
            weibo_rig.platform.whoami()

    def test_a_wrong_token_is_told(self, weibo_rig: WeiboRig) -> None:
        """And so is none."""
        with pytest.raises(CredentialRejected, match="21332"):
            weibo_rig.fresh(token="wrong").whoami()
        with pytest.raises(CredentialRejected, match="no access_token"):
            weibo_rig.fresh(token="").whoami()

    def test_figures_of_a_deleted_post_are_none(self, weibo_rig: WeiboRig) -> None:
        """Not zeros."""
        receipt = weibo_rig.platform.publish(self.ready(weibo_rig.platform, samples.message("Gone")))
        weibo_rig.delete(receipt.remote_id)
        assert weibo_rig.platform.metrics(receipt) == Metrics()
