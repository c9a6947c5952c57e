"""The Telegram adapter keeps the contract in front of a server written from the Bot API, and Telegram's own rules."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mwcampaign.core.checks import too_long
from mwcampaign.core.delivery import Receipt
from mwcampaign.core.ports import Inconclusive
from mwcampaign.errors import Ambiguous, CredentialRejected, Deferred, Rejected
from mwcampaign.testing import samples
from mwcampaign.testing.platform_contract import PlatformContract
from mwcampaign.testing.proxy import Fault, FaultProxy, Seen
from mwcampaign.testing.rig import Sending
from tests.platforms.fake_telegram import FakeTelegram
from tests.platforms.telegram_rig import CONTRACT, SEND, Judge, TelegramRig


@pytest.fixture(scope="session")
def judge() -> Judge | None:
    """The Bot API's description, where it lies beside the project."""
    return Judge(json.loads(CONTRACT.read_text("utf-8"))) if CONTRACT.exists() else None


@pytest.fixture
def channel(judge: Judge | None) -> Iterator[TelegramRig]:
    """A channel without messages; at the end every request is judged by the Bot API's description."""
    server = FakeTelegram()
    with FaultProxy(server.url) as proxy:
        rig = TelegramRig(server, proxy)
        yield rig
        rig.platform.close()
        if judge is not None:
            assert [fault for seen in proxy.requests for fault in judge.faults(seen)] == []
    server.shutdown()
    server.server_close()


class TestTelegramKeepsTheContract(PlatformContract):
    """The suite every adapter passes."""

    vectors = (("", 0), ("a" * 4096, 4096), ("a" * 4097, 4097), ("\U0001f600" * 512, 1024), ("\U0001f600" * 513, 1026),
               ("https://example.com/a-long-way/to-go", 36), ("の", 1), ("🏛️", 3))  # fmt: skip
    tells_allowances = "never"
    """Flood control says when it ends, and that is all it says."""

    @pytest.fixture
    def rig(self, channel: TelegramRig) -> TelegramRig:
        """The channel on the fake Telegram."""
        return channel

    def test_every_picture_arrives_in_order(self, rig: TelegramRig) -> None:  # type: ignore[override]
        """Ten pictures arrive as one album, in order, with the text once; Telegram has no alt texts to keep."""
        message = samples.message("Ten walls", 8)
        message = replace(message, pictures=(*message.pictures, *message.pictures[:2]))
        rig.platform.publish(self.ready(rig.platform, message))
        (post,) = rig.posts()
        assert (post.text, post.alts) == ("Ten walls", ())
        assert [hashlib.sha256(each).hexdigest() for each in rig.server.files] == [
            each.digest for each in message.pictures
        ]


class TestTelegramItself(Sending):
    """What Telegram does that no other network does."""

    def test_every_request_was_judged_by_the_description(self, channel: TelegramRig, judge: Judge | None) -> None:
        """Text, photo, album, replies and reads: each valid against the Bot API's description."""
        if judge is None:
            pytest.skip("the Bot API's description does not lie beside the project")
        platform, before = channel.platform, judge.judged
        root = platform.publish(self.ready(platform, samples.message("Look")))
        one = platform.publish(self.ready(platform, samples.message("At this", 1), "one", root, root))
        platform.publish(self.ready(platform, samples.message("And these", 3), "three", one, root))
        platform.whoami()
        assert [fault for seen in channel.proxy.requests for fault in judge.faults(seen)] == []
        assert judge.judged - before == 6
        assert [post.reply_to for post in channel.posts()] == [None, root.remote_id, one.remote_id]

    @pytest.mark.parametrize(
        ("method", "body"),
        [
            ("sendMessage", {"chat_id": "@museum", "txet": "Fine"}),
            ("sendMessage", {"chat_id": "@museum"}),
            ("sendMessage", {"chat_id": "@museum", "text": 5}),
            ("sendMessage", {"chat_id": "@museum", "text": "a", "reply_parameters": {"message_id": "40"}}),
            ("sendMediaGroup", {"chat_id": "@museum", "media": [{"type": "photo"}]}),
            ("sendNothing", {}),
        ],
    )
    def test_the_judge_can_object(self, judge: Judge | None, method: str, body: dict[str, object]) -> None:
        """Fields, kinds and methods that Telegram does not know are found."""
        if judge is None:
            pytest.skip("the Bot API's description does not lie beside the project")
        seen = Seen("POST", f"/bot1:a/{method}", {"Content-Type": "application/json"}, json.dumps(body).encode())
        assert judge.faults(seen) != []

    @pytest.mark.parametrize("pictures", [0, 1, 2])
    @pytest.mark.parametrize("text", ["**bold** _not_ <b>so</b> & [no](https://museum.example)", "Déjà vu 美術館 🏛️"])
    def test_nothing_is_taken_for_markup(self, channel: TelegramRig, text: str, pictures: int) -> None:
        """A text arrives character by character, with pictures and without."""
        channel.platform.publish(self.ready(channel.platform, samples.message(text, pictures)))
        assert [post.text for post in channel.posts()] == [text]
        assert all(b"parse_mode" not in seen.body for seen in channel.proxy.requests)

    @pytest.mark.parametrize("pictures", [1, 2])
    def test_pictures_lower_the_limit(self, channel: TelegramRig, pictures: int) -> None:
        """With a picture 1,024 units are all: check says it, and Telegram agrees."""
        platform = channel.platform
        fits, over = "\U0001f600" * 512, "\U0001f600" * 512 + "a"
        assert list(platform.check(samples.message(fits, pictures))) == []
        assert [code for code, _ in platform.check(samples.message(over, pictures))] == ["MW310"]
        assert too_long(samples.message(over, pictures), platform)
        assert list(platform.check(samples.message(over))) == []
        platform.publish(self.ready(platform, samples.message(fits, pictures)))
        with pytest.raises(Rejected, match="caption is too long"):
            platform.publish(self.ready(platform, samples.message(over, pictures)))

    def test_alt_texts_may_stand_in_the_text(self, channel: TelegramRig) -> None:
        """Where the account wants it they arrive under the text, and count."""
        platform = channel.fresh(alt_texts="in text")
        message = samples.message("Two walls", 2)
        platform.publish(self.ready(platform, message))
        first, second = (each.alt for each in message.pictures)
        assert [post.text for post in channel.posts()] == [f"Two walls\n\n{first}\n{second}"]
        ((_, told),) = platform.check(replace(message, text="a" * 1000))
        assert "with the alt texts" in told

    def test_a_receipt_leads_to_the_message(self, channel: TelegramRig) -> None:
        """By name in a public channel, by number in a private one; an album is its first picture."""
        public = channel.platform.publish(self.ready(channel.platform, samples.message("Look", 2)))
        assert public.url == "https://t.me/museum/41"
        channel.server.chat = {"id": -1001234567890, "title": "Friends", "type": "channel"}
        private = channel.fresh(chat="-1001234567890")
        receipt = private.publish(self.ready(private, samples.message("Psst")))
        assert receipt.url == "https://t.me/c/1234567890/43"
        assert private.whoami().url == "https://t.me/c/1234567890"

    def test_a_persons_receipt_can_be_answered(self, channel: TelegramRig) -> None:
        """What Telegram's apps copy for an album's first picture has a tail; an address of elsewhere is refused."""
        platform = channel.platform
        root = platform.publish(self.ready(platform, samples.message("Look")))
        told = replace(root, remote_id=f"{root.remote_id}?single")
        platform.publish(self.ready(platform, samples.message("Further"), "more", told, told))
        assert channel.posts()[1].reply_to == root.remote_id
        elsewhere = Receipt("museum", "https://museum.example", datetime.now(UTC))
        with pytest.raises(Rejected, match="no message number"):
            self.ready(platform, samples.message("Further"), "more", elsewhere, elsewhere)

    def test_a_lost_answer_is_a_persons_matter(self, channel: TelegramRig) -> None:
        """Nobody can look: the unknown stays unknown, and a person is told where to look. Nothing is sent again."""
        platform = channel.faulty(Fault.DROP)
        envelope = self.ready(platform, samples.message("Lost", 2))
        with pytest.raises(Ambiguous):
            platform.publish(envelope)
        told = platform.find(envelope, datetime.now(UTC))
        assert told == Inconclusive("a bot cannot read its channel: a person has to look", "https://t.me/museum")
        assert platform.capabilities.replay_window == 0
        assert len(channel.posts()) == 1

    def test_pictures_out_of_hand_are_a_delay(self, channel: TelegramRig) -> None:
        """An adapter that did not take the pictures in hand sends nothing, and the next try uploads anew."""
        envelope = self.ready(channel.platform, samples.message("Whose?", 1))
        with pytest.raises(Deferred, match="nothing was sent"):
            channel.fresh().publish(envelope)
        channel.platform.publish(envelope)
        assert len(channel.posts()) == 1

    def test_one_picture_in_two_posts_at_once(self, channel: TelegramRig) -> None:
        """Two posts that are ready with the same picture both go out."""
        message = samples.message("In two languages", 1)
        envelopes = [self.ready(channel.platform, message, name) for name in ("one", "two")]
        for envelope in envelopes:
            channel.platform.publish(envelope)
        assert len(channel.posts()) == 2

    @pytest.mark.parametrize(
        ("member", "words"),
        [
            ({"status": "kicked"}, "bot was kicked"),
            ({"status": "administrator", "can_post_messages": False}, "need administrator rights"),
        ],
    )
    def test_a_bot_without_rights_concerns_the_account(
        self, channel: TelegramRig, member: dict[str, object], words: str
    ) -> None:
        """It is told before anything is sent, and when it is sent all the account's posts would meet the same."""
        channel.server.member = member
        with pytest.raises(CredentialRejected, match=r"(as an|no) administrator"):
            channel.platform.whoami()
        with pytest.raises(Rejected, match=words) as caught:
            channel.platform.publish(self.ready(channel.platform, samples.message("May I?")))
        assert caught.value.reach == "account"

    @pytest.mark.parametrize("token", ["123:other", "not a token/at all"])
    def test_an_unknown_token_is_told_as_that(self, channel: TelegramRig, token: str) -> None:
        """Whether Telegram answers 401 or 404, the credentials are wrong, and the token is not told."""
        stranger = channel.fresh(token=token)
        with pytest.raises(CredentialRejected, match=r"the server answered 40[14]") as caught:
            stranger.publish(self.ready(stranger, samples.message("Who?")))
        assert token not in str(caught.value)

    def test_without_a_token_nothing_is_sent(self, channel: TelegramRig) -> None:
        """It is named."""
        with pytest.raises(CredentialRejected, match="bot_token"):
            channel.fresh(token="").whoami()
        assert channel.proxy.requests == []

    def test_an_unknown_channel_concerns_the_account(self, channel: TelegramRig) -> None:
        """400 "chat not found" is about all of its posts."""
        stranger = channel.fresh(chat="@elsewhere")
        with pytest.raises(Rejected, match="chat not found") as caught:
            stranger.publish(self.ready(stranger, samples.message("Where?")))
        assert caught.value.reach == "account"

    def test_options_are_judged_offline(self, channel: TelegramRig) -> None:
        """A channel that cannot be one and an unknown word are found by check, and nothing is sent."""
        wrong = channel.fresh(chat="t.me/museum", alt_texts="somewhere")
        assert [code for code, _ in wrong.check(samples.message())] == ["MW320", "MW320"]
        with pytest.raises(Rejected, match="names no channel"):
            wrong.publish(self.ready(wrong, samples.message("Where?")))
        assert channel.proxy.requests == []

    def test_too_many_pixels_are_judged_offline(self, channel: TelegramRig) -> None:
        """Width and height together count."""
        picture = replace(samples.picture()[0], width=6_000, height=4_000)
        fits = replace(samples.message(), pictures=(picture,))
        assert list(channel.platform.check(fits)) == []
        assert len(list(channel.platform.check(replace(fits, pictures=(replace(picture, width=6_001),))))) == 1

    def test_one_post_is_one_visible_request(self, channel: TelegramRig) -> None:
        """No client repeats it behind our back."""
        platform = channel.faulty(Fault.SERVER_ERROR_BEFORE)
        with pytest.raises(Ambiguous, match=r"publish \(Bot API\): the server answered 500"):
            platform.publish(self.ready(platform, samples.message("Once")))
        assert len([seen for seen in channel.proxy.requests if SEND["path"][:5] in seen.path]) == 1
