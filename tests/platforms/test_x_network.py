"""What X refuses, how its answers arrive, and in which words: promises of the X adapter alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mwcampaign.core.delivery import Receipt
from mwcampaign.core.ports import Found, Inconclusive, Metrics
from mwcampaign.errors import Ambiguous, CredentialRejected, Deferred, PublishError, Rejected
from mwcampaign.platforms._x_posts import same_text
from mwcampaign.testing import samples
from mwcampaign.testing.proxy import FaultProxy
from mwcampaign.testing.rig import Sending
from tests.platforms.fake_x import DAY
from tests.platforms.x_rig import POST, XRig

VECTORS = Path(__file__).parents[1] / "conformance" / "text-length-vectors.json"
SKEW = timedelta(minutes=2)
BOTH = pytest.mark.parametrize("vocabulary", ["post", "tweet"])


class TestWhatXRefuses(Sending):
    """The fake refuses by the documentation; the adapter tells it as a clear no."""

    @pytest.mark.parametrize("status", [400, 403])
    def test_a_reply_to_nothing(self, x_rig: XRig, status: int) -> None:
        """A part of a thread whose predecessor was deleted is refused, whichever status X takes for it."""
        x_rig.server.reply_status = status
        gone = Receipt("404", "https://x.com/i/web/status/404", datetime.now(UTC))
        envelope = self.ready(x_rig.platform, samples.message("Part 2"), "part", gone, gone)
        with pytest.raises(Rejected, match=f"{status}.*reply"):
            x_rig.platform.publish(envelope)
        assert x_rig.posts() == []

    @pytest.mark.parametrize("text", ["a" * 281, "の" * 141, "🏛️" * 141, "https://museum.example.com " * 12])
    def test_too_long(self, x_rig: XRig, text: str) -> None:
        """What the adapter counts as too long is too long for the independent counter too."""
        assert x_rig.platform.count(text) > x_rig.platform.capabilities.text_limit
        with pytest.raises(Rejected, match="403"):
            x_rig.platform.publish(self.ready(x_rig.platform, samples.message(text)))

    @pytest.mark.parametrize("text", ["$ART and $MUS", "a\ufffeb"])
    def test_what_check_finds(self, x_rig: XRig, text: str) -> None:
        """What `check` objects to, X refuses."""
        assert [code for code, _ in x_rig.platform.check(samples.message(text))] == ["MW320"]
        with pytest.raises(Rejected, match="403"):
            x_rig.platform.publish(self.ready(x_rig.platform, samples.message(text)))

    def test_a_picture_that_waited_too_long(self, x_rig: XRig) -> None:
        """Uploads are good for a day; a post with an older one is refused, not sent without it."""
        envelope = self.ready(x_rig.platform, samples.message("Look", 1))
        for media in x_rig.server.media.values():
            media["made"] -= DAY + 60
        with pytest.raises(Rejected, match="media"):
            x_rig.platform.publish(envelope)
        assert x_rig.posts() == []

    def test_what_is_no_picture(self, x_rig: XRig) -> None:
        """An upload is refused before anything is public, and the picture is named."""
        picture, _ = samples.picture()
        with pytest.raises(Rejected, match=picture.name):
            x_rig.platform.upload(picture, b"GIF or not")

    def test_no_credit(self, x_rig: XRig) -> None:
        """402 is for a person to pay."""
        x_rig.server.credits = False
        with pytest.raises(Rejected, match="paid"):
            x_rig.platform.publish(self.ready(x_rig.platform, samples.message("Paid?")))

    def test_too_many(self, x_rig: XRig) -> None:
        """The wait lasts until the reset that X tells."""
        x_rig.server.left = 0
        x_rig.server.reset = int(datetime.now(UTC).timestamp()) + 600
        with pytest.raises(Deferred) as caught:
            x_rig.platform.publish(self.ready(x_rig.platform, samples.message("Fast")))
        assert caught.value.retry_after is not None
        assert timedelta(minutes=9) < caught.value.retry_after < timedelta(minutes=11)

    @pytest.mark.parametrize("name", ["consumer_secret", "access_token_secret"])
    def test_a_wrong_secret(self, x_rig: XRig, name: str) -> None:
        """Signatures are made with both secrets: one that is wrong shows."""
        with pytest.raises(CredentialRejected, match="401"):
            x_rig.fresh(**{name: "another"}).whoami()


class TestHowAnswersArrive(Sending):
    """A call goes to one server, once, and ends."""

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_no_redirect_is_followed(self, x_rig: XRig, status: int) -> None:
        """Whoever answers with another address gets no post, and what it answers is no receipt."""
        envelope = self.ready(x_rig.platform, samples.message("Not there"))
        with FaultProxy(x_rig.server.url) as elsewhere:
            headers = {"Location": f"{elsewhere.url}/2/tweets"}
            x_rig.proxy.answer(b"{}", status=status, headers=headers, **POST)
            with pytest.raises(Ambiguous, match=str(status)):
                x_rig.platform.publish(envelope)
            assert elsewhere.requests == []
        assert x_rig.posts() == []

    def test_two_waits_are_less_than_a_minute(self, x_rig: XRig) -> None:
        """The longest call, one wait and one more, ends before the engine's deadline of a minute."""
        assert 2 * x_rig.platform.timeout < 60

    @pytest.mark.parametrize(
        "body",
        [b'{"data": ["x"]}', b'{"data": [1]}', b'{"data": [{"id": "1"}]}', b'{"data": "x"}', b"[]", b"null",
         b'{"data": [{"created_at": "once", "text": "Odd", "id": "1"}]}'],
    )  # fmt: skip
    def test_an_odd_timeline_is_told(self, x_rig: XRig, body: bytes) -> None:
        """What cannot be understood is an error of ours, for the engine to look again later."""
        x_rig.proxy.answer(body, path="/2/users/1/tweets", times=2)
        with pytest.raises(PublishError, match="look"):
            x_rig.platform.find(self.ready(x_rig.platform, samples.message("Odd")), datetime.now(UTC) - SKEW)


class TestInBothVocabularies(Sending):
    """X's description says post where its documentation says tweet: everything works with a server of either kind."""

    @BOTH
    @pytest.mark.parametrize("pictures", [0, 2])
    def test_a_post_is_found(self, x_rig: XRig, vocabulary: str, pictures: int) -> None:
        """With links and pictures, alone or as part of a thread."""
        x_rig.server.vocabulary = vocabulary
        text = "See https://museum.example.com/photo/12 & museum.example.org/video/tour"
        root = x_rig.platform.publish(self.ready(x_rig.platform, samples.message("Part 1")))
        envelope = self.ready(x_rig.platform, samples.message(text, pictures), "part", root, root)
        receipt = x_rig.platform.publish(envelope)
        answer = x_rig.platform.find(envelope, datetime.now(UTC) - SKEW)
        assert isinstance(answer, Found)
        assert answer.receipt.remote_id == receipt.remote_id
        alone = self.ready(x_rig.platform, samples.message(text, pictures))
        assert isinstance(x_rig.platform.find(alone, datetime.now(UTC) - SKEW), Inconclusive)

    @BOTH
    def test_a_long_post_is_found(self, x_rig: XRig, vocabulary: str) -> None:
        """An account that pays for longer posts: the timeline cuts them, the note has them whole."""
        x_rig.server.vocabulary, x_rig.server.longest = vocabulary, 25_000
        platform = x_rig.fresh(limits={"text_limit": 25_000})
        start = "A long story of https://museum.example.com/a & its rooms. " * 8
        for end in ("one", "two"):
            platform.publish(self.ready(platform, samples.message(start + end), end))
        envelope = self.ready(platform, samples.message(start + "two", 1))
        answer = platform.find(envelope, datetime.now(UTC) - SKEW)
        assert isinstance(answer, Found)
        assert answer.receipt.remote_id == x_rig.server.posts[-1]["id"]

    @BOTH
    def test_figures(self, x_rig: XRig, vocabulary: str) -> None:
        """Reposts have two names."""
        x_rig.server.vocabulary = vocabulary
        receipt = x_rig.platform.publish(self.ready(x_rig.platform, samples.message("Count")))
        assert x_rig.platform.metrics(receipt) == Metrics(0, 0, 0, 0, 0)

    @BOTH
    def test_the_vocabulary_is_learnt_once(self, x_rig: XRig, vocabulary: str) -> None:
        """Later looks ask once: reading costs money."""
        x_rig.server.vocabulary = vocabulary
        envelope = self.ready(x_rig.platform, samples.message("Once"))
        x_rig.platform.publish(envelope)
        x_rig.platform.find(envelope, datetime.now(UTC) - SKEW)
        before = len(x_rig.proxy.requests)
        assert isinstance(x_rig.platform.find(envelope, datetime.now(UTC) - SKEW), Found)
        assert len(x_rig.proxy.requests) == before + 1

    def test_a_timeline_that_lags(self, x_rig: XRig) -> None:
        """Not there yet is inconclusive; there is found."""
        envelope = self.ready(x_rig.platform, samples.message("Late"))
        x_rig.platform.publish(envelope)
        x_rig.server.lag = 1
        assert isinstance(x_rig.platform.find(envelope, datetime.now(UTC) - SKEW), Inconclusive)
        x_rig.server.lag = 0
        assert isinstance(x_rig.platform.find(envelope, datetime.now(UTC) - SKEW), Found)


def told(text: str, *links: str, **more: Any) -> dict[str, Any]:
    """Return a post with links, each as t.co/1, t.co/2 and so on."""
    urls = [{"url": f"https://t.co/{number}", "expanded_url": each} for number, each in enumerate(links, 1)]
    return {"id": "5", "text": text, "entities": {"urls": urls}, **more}


@pytest.mark.parametrize(
    ("sent", "post", "same"),
    [
        ("See museum.example.org/a", told("See https://t.co/1", "https://museum.example.org/a"), True),
        ("See museum.example.org/b", told("See https://t.co/1", "https://museum.example.org/a"), False),
        ("See", told("See more"), False),
        ("See more", told("See"), False),
        ("Any.character", told("Any-character"), False),
        ("Write &amp; for &", told("Write &amp;amp; for &amp;"), True),
        ("Write & for &", told("Write &amp;amp; for &amp;"), False),
        ("To https://museum.newest", told("To https://t.co/1", "https://museum.newest"), True),
        ("b.org a.org", told("https://t.co/2 https://t.co/1", "http://a.org", "http://b.org"), True),
        ("Mine", told("Mine https://t.co/1", "https://x.com/museum/status/5/photo/1"), True),
        ("Mine", told("Mine https://t.co/1", "https://x.com/other/status/9/photo/1"), False),
        ("cafe\u0301", told("caf\u00e9"), True),
        ("Nothing", {"text": "Nothing"}, True),
    ],
)  # fmt: skip
def test_what_is_the_same_text(sent: str, post: dict[str, Any], same: bool) -> None:
    """X's own forms of a text are the text; another address, character or word is another post."""
    assert same_text(sent, post) is same


def test_the_vectors_are_counted_as_x_counts(x_rig: XRig) -> None:
    """Every vector of X's own library, by the adapter itself."""
    rows = [row for row in json.loads(VECTORS.read_text("utf-8"))["vectors"] if row["platform"] == "x"]
    assert len(rows) >= 40
    assert [(row["id"], x_rig.platform.count(row["text"])) for row in rows] == [(r["id"], r["count"]) for r in rows]
