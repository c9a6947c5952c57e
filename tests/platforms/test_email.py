"""The e-mail adapter keeps the contract in front of a server written from RFC 5321, and the rules of letters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from mwcampaign.core.delivery import Receipt
from mwcampaign.errors import Deferred, Rejected
from mwcampaign.testing import samples
from mwcampaign.testing.platform_contract import PlatformContract
from mwcampaign.testing.proxy import Fault
from mwcampaign.testing.rig import Rig, Sending
from tests.platforms.email_rig import EmailRig, parsed, words
from tests.platforms.fake_smtp import FakeSmtp

OFF = "https://museum.example/letters/off?" + "list=press&" * 8


@pytest.fixture
def mail() -> Iterator[EmailRig]:
    """A mail server without letters."""
    server = FakeSmtp()
    yield EmailRig(server)
    server.stop()


class TestEmailKeepsTheContract(PlatformContract):
    """The suite every adapter passes; email_rig says which trouble of SMTP stands for which fault of HTTP."""

    vectors = (("", 0), ("a" * 10_000, 10_000), ("https://example.com/a-long-way/to-go", 36), ("の", 1), ("🏛️", 2))
    tells_allowances = "never"
    refused_for = None
    """SMTP has no word for what is left, nor for how long."""

    @pytest.fixture
    def rig(self, mail: EmailRig) -> EmailRig:
        """The sender and the server."""
        return mail

    def test_rate_limit_says_when(self, rig: Rig) -> None:
        """SMTP has no word for how long: none is made up, and the engine waits as it does then."""
        _, _, error = self.failing(rig, Fault.RATE_LIMIT, "Too fast")
        assert isinstance(error, Deferred)
        assert error.retry_after is None


class TestLetters(Sending):
    """What stands in a letter."""

    def test_headers(self, mail: EmailRig) -> None:
        """The name of the letter comes from the delivery's key; date, sender and kind are there."""
        at = datetime(2026, 6, 8, 8, tzinfo=UTC)
        envelope = self.ready(mail.fresh(unsubscribe=OFF), samples.message("Hi\nyou"), at=at)
        receipt = mail.platform.publish(envelope)
        (letter,) = mail.server.letters
        got = parsed(letter)
        assert got["Message-ID"] == envelope.address == receipt.remote_id
        assert envelope.address.endswith("@museum.example>")
        assert (got["From"], got["To"]) == ("The Museum <press@museum.example>", "list@readers.example")
        assert (got["Subject"], got["Date"].datetime) == ("Hi", at)
        assert (got["Auto-Submitted"], got["List-Unsubscribe"]) == ("auto-generated", f"<{OFF}>")
        assert (letter.sender, letter.recipients) == ("press@museum.example", ("list@readers.example",))

    def test_the_same_letter_twice_is_the_same_bytes(self, mail: EmailRig) -> None:
        """Pictures and all: what is sealed is what is sent, whenever that is."""
        for _ in range(2):
            envelope = self.ready(mail.platform, samples.message("Again", 2), at=datetime(2026, 6, 8, 8, tzinfo=UTC))
            mail.platform.publish(envelope)
        first, second = mail.server.letters
        assert first == second

    def test_recipients_do_not_see_one_another(self, mail: EmailRig) -> None:
        """Each gets it; none stands in it."""
        platform = mail.fresh(to="a@readers.example,b@readers.example")
        platform.publish(self.ready(platform, samples.message("To all")))
        (letter,) = mail.server.letters
        assert letter.recipients == ("a@readers.example", "b@readers.example")
        assert b"readers.example" not in letter.content

    def test_pictures_arrive_byte_for_byte(self, mail: EmailRig) -> None:
        """With name, kind and a long alt text, under the text and at the picture."""
        alt = "Une très longue description de la salle, «ligne après ligne» 美術館 " * 12
        picture, content = samples.picture()
        message = replace(samples.message("Look"), pictures=(replace(picture, alt=f"{alt}\nend", name="séance 1.png"),))
        mail.platform.publish(self.ready(mail.platform, message))
        got = parsed(mail.server.letters[0])
        (part,) = got.iter_attachments()
        assert (part.get_content(), part.get_content_type()) == (content, "image/png")
        assert part.get_filename() == "séance 1.png"
        expected = " ".join(f"{alt} end".split())
        assert part["Content-Description"] == expected
        body = got.get_body(("plain",))
        assert body is not None
        assert words(body) == f"Look\n\n[séance 1.png] {expected}\n"

    @pytest.mark.parametrize(
        "text",
        [
            ".\n.hidden\n..\n",
            "Déjà vu 美術館 🏛️",
            "a" * 5_000,
            "<b>bold</b> & **so**",
            "From here\n\n--\nend  ",
            "é" * 3_000,
        ],
    )
    def test_every_text_arrives(self, mail: EmailRig, text: str) -> None:
        """Dots, long lines, every script, and nothing taken for markup."""
        mail.platform.publish(self.ready(mail.platform, samples.message(text)))
        assert [post.text.rstrip("\n") for post in mail.posts()] == [text.rstrip("\n")]

    @pytest.mark.parametrize(
        ("text", "options", "subject"),
        [
            ("\n\nDoors open\tat nine \nMore", {}, "Doors open at nine"),
            ("word " * 30, {}, ("word " * 15).rstrip() + "…"),
            ("x" * 200, {}, "x" * 77 + "…"),
            ("Text", {"subject": "News"}, "News"),
            ("Evil\x0bBcc: all@readers.example\u2028X: y", {}, "Evil"),
            ("", {}, samples.picture()[0].alt),
        ],
    )
    def test_the_subject(self, mail: EmailRig, text: str, options: dict[str, Any], subject: str) -> None:
        """It is the option, or the first line as far as it fits, or the picture's alt text; never a second header."""
        platform = mail.fresh(**options)
        platform.publish(self.ready(platform, samples.message(text, 1)))
        got = parsed(mail.server.letters[0])
        assert got["Subject"] == subject
        assert "Bcc" not in got

    def test_a_thread_names_its_letters(self, mail: EmailRig) -> None:
        """The first and the one before, whole and as they are, so that mail programs show them together."""
        root = mail.platform.publish(self.ready(mail.platform, samples.message("One"), "one"))
        two = mail.platform.publish(self.ready(mail.platform, samples.message("Two"), "two", root, root))
        mail.platform.publish(self.ready(mail.platform, samples.message("Three"), "three", two, root))
        got = [parsed(letter) for letter in mail.server.letters]
        assert [each["In-Reply-To"] for each in got] == [None, root.remote_id, two.remote_id]
        assert [str(each["References"]).split() for each in got[1:]] == [
            [root.remote_id], [root.remote_id, two.remote_id]
        ]  # fmt: skip

    def test_a_persons_receipt_can_be_answered(self, mail: EmailRig) -> None:
        """By its mid: address; where the receipt names no letter, the answer stands alone."""
        root = mail.platform.publish(self.ready(mail.platform, samples.message("Look")))
        for name, said in (("a", f"mid:{root.remote_id.strip('<>')}"), ("b", "inbox")):
            told = Receipt(said, root.url, root.posted_at)
            mail.platform.publish(self.ready(mail.platform, samples.message("Further"), name, told, told))
        assert [post.reply_to for post in mail.posts()] == [None, root.remote_id, None]

    def test_without_an_archive_the_letter_names_itself(self, mail: EmailRig) -> None:
        """There is no page to point to: the address is the letter's own, which mail programs understand."""
        platform = mail.fresh(archive="")
        envelope = self.ready(platform, samples.message())
        assert platform.publish(envelope).url == f"mid:{envelope.address.strip('<>')}"
        assert platform.whoami().url == "mailto:press@museum.example"

    def test_what_cannot_stand_in_a_letter_is_no_doubt(self, mail: EmailRig) -> None:
        """It is refused before anything is sent."""
        envelope = self.ready(mail.platform, samples.message())
        broken = replace(
            envelope, payload=envelope.payload.replace("auto", "").replace('"subject":"', '"subject":"\\n')
        )
        with pytest.raises(Rejected, match="nothing was sent"):
            mail.platform.publish(broken)
        assert mail.server.said == []

    @pytest.mark.parametrize(
        "options",
        [{"host": ""}, {"host": "smtp museum"}, {"port": "0"}, {"port": "smtp"}, {"tls": "perhaps"}, {"from_": ""},
         {"from_": "musée@museum.example"}, {"from_": "a@b.example>\nBcc: c@d.example"}, {"to": ""},
         {"to": "list"}, {"to": "a@b.example, A@b.example"}, {"to": "é@b.example"}, {"archive": "lists"},
         {"unsubscribe": "off"}, {"host": "smtp.museum.example"}],
    )  # fmt: skip
    def test_options_are_judged_offline(self, mail: EmailRig, options: dict[str, Any]) -> None:
        """What an account must not say is found by check, and nothing is prepared with it; plain SMTP to another
        machine is among it."""
        platform = mail.fresh(**options)
        assert {code for code, _ in platform.check(samples.message())} == {"MW320"}
        with pytest.raises(Rejected) as caught:
            self.ready(platform, samples.message())
        assert caught.value.reach == "account"
