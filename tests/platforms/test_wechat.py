"""The WeChat adapter keeps the contract in front of a server written from WeChat's documentation, and its own rules."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from mwcampaign.core.ports import Absent, Found, Inconclusive
from mwcampaign.errors import Ambiguous, Rejected
from mwcampaign.platforms._wechat_articles import divided, markup
from mwcampaign.testing import samples
from mwcampaign.testing.platform_contract import PlatformContract
from mwcampaign.testing.proxy import Fault
from mwcampaign.testing.rig import Sending
from tests.platforms.fake_wechat import read
from tests.platforms.wechat_rig import SUBMIT, Covered, WeChatRig, wechat_rig

__all__ = ["wechat_rig"]

SKEW = timedelta(minutes=2)


class TestWeChatKeepsTheContract(Covered, PlatformContract):
    """The suite every adapter passes."""

    vectors = (("", 0), ("a" * 300, 300), ("博物馆周", 4), ("https://example.com/a-long-way", 30))
    tells_allowances = "never"
    refused_for = timedelta(hours=1)
    """A used-up quota is an errcode without a time; nobody is told what is left."""

    @pytest.fixture
    def rig(self, wechat_rig: WeChatRig) -> WeChatRig:
        """The account on the fake WeChat."""
        return wechat_rig


class TestAnArticleIsMadeOfAText(Covered):
    """Title, body, summary and pictures."""

    @pytest.mark.parametrize(
        ("text", "title", "body"),
        [
            ("One line", "One line", "One line"),
            ("Title\nBody", "Title", "Body"),
            ("\n Title \n\nA\n\nB", "Title", "A\n\nB"),
        ],
    )
    def test_the_first_line_is_the_title(self, text: str, title: str, body: str) -> None:
        """And does not come again, unless there is nothing else."""
        assert divided(text) == (title, body)

    def test_an_accounts_title_leaves_the_text_whole(self, wechat_rig: WeChatRig) -> None:
        """The option title stands above all articles of the account."""
        wechat_rig.platform.publish(self.ready(wechat_rig.platform, samples.message("First\nSecond")))
        (article,) = wechat_rig.server.articles
        assert (article["title"], read(article["content"])[0]) == ("MuseumWeek", "First\nSecond")

    def test_what_arrives(self, wechat_rig: WeChatRig) -> None:
        """Title, author, summary, paragraphs, pictures in order, the first of them as cover; signs are escaped, and
        every script arrives as it is."""
        platform = wechat_rig.fresh(options={"author": "The Museum"})
        text = '夜间开放 <b> & "more"\n\n第一段\n第二行\n\n' + "字" * 200
        platform.publish(self.ready(platform, samples.message(text, 2)))
        (article,) = wechat_rig.server.articles
        assert article["title"] == '夜间开放 <b> & "more"'
        assert article["author"] == "The Museum"
        assert article["digest"].startswith("第一段 第二行 字字")
        assert len(article["digest"]) == 120
        body, alts = read(article["content"])
        assert body == "第一段\n第二行\n\n" + "字" * 200
        assert alts == tuple(samples.picture(number)[0].alt for number in range(2))
        assert article["thumb_media_id"] in wechat_rig.server.materials

    def test_an_alt_text_cannot_break_out(self) -> None:
        """Quotes and brackets in any text stay text."""
        made = markup('<script>alert("x")</script>', [('https://mmbiz.qpic.cn/a?b=1&c="', 'A "vase" <old>')])
        assert "<script>" not in made
        assert made.count("<") == made.count(">") == 5
        assert 'alt="A &quot;vase&quot; &lt;old&gt;"' in made

    def test_what_wechat_refuses_is_said_before(self, wechat_rig: WeChatRig) -> None:
        """A long first line, a long author, and a body that is too long once it is HTML."""
        platform = wechat_rig.fresh(options={})
        assert list(platform.check(samples.message("t" * 32 + "\nbody", 1))) == []
        assert len(list(platform.check(samples.message("t" * 33 + "\nbody", 1)))) == 1
        assert len(list(platform.check(samples.message("Title\n" + "&" * 5000)))) == 1
        assert len(list(wechat_rig.fresh(options={"author": "a" * 17}).check(samples.message("T")))) == 1
        full = samples.message("Title\n" + "a" * platform.capabilities.text_limit, 4)
        assert list(platform.check(full)) == []

    def test_a_long_title_is_refused_in_words(self, wechat_rig: WeChatRig) -> None:
        """Even unchecked, nothing is cut: WeChat's own reason reaches a person, without its identifiers."""
        platform = wechat_rig.fresh(options={})
        with pytest.raises(Rejected, match=r"45003: title size out of limit$"):
            self.ready(platform, samples.message("t" * 33))

    def test_an_account_may_bring_its_cover(self, wechat_rig: WeChatRig) -> None:
        """With the option cover an article needs no picture, and pictures are uploaded once."""
        wechat_rig.platform.upload(*samples.picture())
        (cover,) = wechat_rig.server.materials
        platform = wechat_rig.fresh(options={"cover": cover})
        assert platform.capabilities.pictures_needed == 0
        platform.publish(super().ready(platform, samples.message("With a cover", 2)))
        assert wechat_rig.server.articles[-1]["thumb_media_id"] == cover
        assert wechat_rig.server.materials == {cover}

    def test_without_a_cover_nothing_is_made(self, wechat_rig: WeChatRig) -> None:
        """No draft lies about that could never be published."""
        platform = wechat_rig.platform
        assert platform.capabilities.pictures_needed == 1
        with pytest.raises(Rejected, match="needs a cover"):
            Sending().ready(platform, samples.message("Bare"))
        assert wechat_rig.server.drafts == {}


class TestPublishingTakesItsTime(Covered):
    """WeChat accepts at once, and publishes later."""

    @pytest.mark.parametrize("number_as_text", [False, True])
    def test_what_is_still_publishing_is_found_later(self, wechat_rig: WeChatRig, number_as_text: bool) -> None:
        """Accepted and running is doubt about this post alone; looks, by any adapter, say so until it is found."""
        wechat_rig.server.slow, wechat_rig.server.number_as_text = 3, number_as_text
        envelope = self.ready(wechat_rig.platform, samples.message("Slowly"))
        with pytest.raises(Ambiguous, match="still publishing it") as caught:
            wechat_rig.platform.publish(envelope)
        assert caught.value.reach == "post"
        now = datetime.now(UTC)
        for _ in range(2):
            answer = wechat_rig.fresh().find(envelope, now - SKEW)
            assert isinstance(answer, Inconclusive)
            assert "still publishing it" in answer.why
        found = wechat_rig.fresh().find(envelope, now - SKEW)
        assert isinstance(found, Found)
        assert found.receipt.remote_id == wechat_rig.server.articles[0]["id"]
        assert found.receipt.url.startswith("https://mp.weixin.qq.com/s/")

    @pytest.mark.parametrize(
        ("status", "words"), [(2, "original content"), (3, "does not say why"), (4, "refused it"), (6, "blocked it")]
    )
    def test_what_wechat_does_not_publish_goes_to_a_person(
        self, wechat_rig: WeChatRig, status: int, words: str
    ) -> None:
        """It is never submitted again by itself, and the reason is there in words."""
        wechat_rig.server.ends_with = status
        envelope = self.ready(wechat_rig.platform, samples.message("Not this"))
        with pytest.raises(Ambiguous, match=words):
            wechat_rig.platform.publish(envelope)
        answer = wechat_rig.platform.find(envelope, datetime.now(UTC) - SKEW)
        assert isinstance(answer, Inconclusive)
        assert words in answer.why
        assert answer.where == "https://mp.weixin.qq.com"

    def test_trouble_with_the_question_is_no_refusal(self, wechat_rig: WeChatRig) -> None:
        """Accepted, then the question whether it is public yet fails: doubt that the next look ends."""
        envelope = self.ready(wechat_rig.platform, samples.message("Asked in vain"))
        wechat_rig.proxy.arm(Fault.BAD_REQUEST, path="/cgi-bin/freepublish/get")
        with pytest.raises(Ambiguous, match="accepted it"):
            wechat_rig.platform.publish(envelope)
        assert isinstance(wechat_rig.platform.find(envelope, datetime.now(UTC) - SKEW), Found)

    def test_a_lost_answer_is_decided_by_the_list(self, wechat_rig: WeChatRig) -> None:
        """No number of the publication came: the article is found among the published ones."""
        platform, envelope = self.lost(wechat_rig, 'Title & "co"\n\nSee <b> 夜')
        found = platform.find(envelope, datetime.now(UTC) - SKEW)
        assert isinstance(found, Found)
        assert found.receipt.remote_id == wechat_rig.server.articles[0]["id"]

    def test_a_used_up_draft_is_never_absence(self, wechat_rig: WeChatRig) -> None:
        """The draft is gone and the list does not show it yet: somebody has to look, nothing is sent again."""
        platform, envelope = self.lost(wechat_rig)
        wechat_rig.server.articles.clear()
        answer = platform.find(envelope, datetime.now(UTC) - SKEW)
        assert isinstance(answer, Inconclusive)
        assert "used up" in answer.why

    def test_a_draft_that_is_there_was_not_submitted(self, wechat_rig: WeChatRig) -> None:
        """That is the proof of absence."""
        platform = wechat_rig.platform
        envelope = self.ready(platform, samples.message("Never sent"))
        assert isinstance(platform.find(envelope, datetime.now(UTC) - SKEW), Absent)

    def test_a_draft_submitted_twice_is_doubt(self, wechat_rig: WeChatRig) -> None:
        """WeChat knows the draft no more: this very request may have come before, and the look says so."""
        platform, envelope = self.lost(wechat_rig)
        with pytest.raises(Ambiguous, match="used up") as caught:
            platform.publish(envelope)
        assert caught.value.reach == "post"
        assert isinstance(platform.find(envelope, datetime.now(UTC) - SKEW), Found)
        assert len(wechat_rig.posts()) == 1

    def test_what_is_sealed_is_submitted(self, wechat_rig: WeChatRig) -> None:
        """The request names the sealed draft and nothing else."""
        envelope = self.ready(wechat_rig.platform, samples.message("Sealed"))
        wechat_rig.platform.publish(envelope)
        (seen,) = [each for each in wechat_rig.proxy.requests if each.path.startswith(SUBMIT["path"].strip("^"))]
        assert json.loads(seen.body) == {"media_id": json.loads(envelope.payload)["media_id"]}
