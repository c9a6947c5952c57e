"""The museum's sender and its list of recipients at the fake mail server. For tests of the e-mail adapter."""

from __future__ import annotations

import re
import socket
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import default

from mwcampaign.core.campaign import Account
from mwcampaign.platforms.email import Email
from mwcampaign.testing.platform_contract import PublicPost
from mwcampaign.testing.proxy import Fault
from mwcampaign.testing.rig import KeptSessions
from tests.platforms.fake_smtp import PASSWORD, USERNAME, FakeSmtp, Letter, Trouble

PLAIN = (b"Message-ID:", b"In-Reply-To:", b"References:", b"List-Unsubscribe:", b"Date:")
OPTIONS = {
    "host": "127.0.0.1",
    "tls": "none",
    "from": "The Museum <press@museum.example>",
    "to": "list@readers.example",
    "archive": "https://lists.readers.example/museum/",
}

TROUBLES: dict[Fault, Trouble] = {
    Fault.RATE_LIMIT: Trouble("mail", b"450 4.7.1 too many letters\r\n"),
    Fault.UNAUTHORIZED: Trouble("auth", f"535 5.7.8 not {USERNAME} with {PASSWORD}\r\n".encode()),
    Fault.BAD_REQUEST: Trouble("dot", b"554 5.6.0 not this letter\r\n"),
    # A 5xx says that the letter was not taken, so it is no doubt. What leaves doubt is a reply that says neither.
    Fault.SERVER_ERROR_BEFORE: Trouble("dot", b"999 5.0.0 what was that\r\n"),
    Fault.SERVER_ERROR_AFTER: Trouble("dot", b"354 5.0.0 what was that\r\n", keeps=True),
    Fault.DROP_BEFORE: Trouble("dot", ends="closes"),
    Fault.DROP: Trouble("dot", ends="closes", keeps=True),
    Fault.STALL: Trouble("dot", ends="silence", keeps=True),
    Fault.TRUNCATE: Trouble("dot", b"25", ends="closes", keeps=True),
    Fault.HTML: Trouble("dot", b"<!DOCTYPE html><html><body>We will be back soon</body></html>\r\n", keeps=True),
    Fault.RUBBISH: Trouble("dot", b"\x00\xff{" * 3_000 + b"\r\n", keeps=True),
    Fault.RESET: Trouble("dot", ends="reset", keeps=True),
}


class Impatient(Email):
    """The adapter with little time for each half of the talk."""

    timeout = 1.0


class EmailRig:
    """The sender, the server, and what arrived there."""

    module = "mwcampaign.platforms.email"
    canary = (USERNAME, PASSWORD)

    def __init__(self, server: FakeSmtp) -> None:
        self.server = server
        self.platform = self.fresh()

    def posts(self) -> list[PublicPost]:
        """Return what every recipient has got."""
        return [self._read(parsed(letter)) for letter in self.server.letters]

    def _read(self, mail: EmailMessage) -> PublicPost:
        body = mail.get_body(("plain",))
        assert body is not None
        text = words(body).removesuffix("\n")
        pictures = [(part.get_filename(), str(part["Content-Description"])) for part in mail.iter_attachments()]
        if pictures:
            # Readers find the alt texts under the text, machines at the pictures.
            text = text.removesuffix("\n".join(f"[{name}] {alt}" for name, alt in pictures)).removesuffix("\n\n")
        return PublicPost(
            text=text,
            alts=tuple(alt for _, alt in pictures),
            reply_to=str(mail["In-Reply-To"]) if mail["In-Reply-To"] else None,
            language=str(body["Content-Language"]),
        )

    def fresh(self, kind: type[Email] = Email, secrets: dict[str, str] | None = None, **options: str) -> Email:
        """Construct another adapter, with other secrets or options; `from_` stands for from."""
        told = OPTIONS | {"port": str(self.server.port)} | {name.rstrip("_"): each for name, each in options.items()}
        account = Account(id="museum@email", institution="museum", network="email", options=told)
        return kind(account, {"username": USERNAME, "password": PASSWORD} | (secrets or {}), KeptSessions())

    def faulty(self, fault: Fault) -> Email:
        """Give the server the trouble that comes nearest to HTTP's."""
        if fault is Fault.REFUSE:
            with socket.socket() as nobody:
                nobody.bind(("127.0.0.1", 0))
                return self.fresh(port=str(nobody.getsockname()[1]))
        trouble = TROUBLES[fault]
        self.server.troubles.append(Trouble(trouble.step, trouble.says, trouble.ends, trouble.keeps))
        return self.fresh(Impatient if fault is Fault.STALL else Email)

    def allowing(self, remaining: int, seconds: int, *, shared: bool = False, refused: bool = False) -> Email:
        """Let the next sender be refused for now, or not: SMTP tells neither what remains nor until when."""
        assert not shared
        return self.faulty(Fault.RATE_LIMIT) if refused else self.fresh()

    def delete(self, remote_id: str) -> None:
        """Lose it out of all inboxes."""
        self.server.letters = [each for each in self.server.letters if parsed(each)["Message-ID"] != remote_id]

    def edit(self, remote_id: str, text: str) -> bool:
        """Say that nobody can."""
        return False

    def repeat(self, remote_id: str) -> str:
        """Deliver it twice, as mail servers do."""
        (letter,) = [each for each in self.server.letters if parsed(each)["Message-ID"] == remote_id]
        self.server.letters.append(letter)
        return remote_id


def words(body: MIMEPart) -> str:
    """Return a part's text with the line ends of this machine."""
    return str(body.get_content()).replace("\r\n", "\n")


def parsed(letter: Letter) -> EmailMessage:
    """Read a letter, and insist on the standard."""
    heads = re.sub(rb"\r\n(?=[ \t])", b"", letter.content.partition(b"\r\n\r\n")[0]).split(b"\r\n")
    # RFC 2047: encoded words are for words, and what names a letter is none.
    assert [head for head in heads if head.startswith(PLAIN) and b"=?" in head] == []
    mail = message_from_bytes(letter.content, policy=default)
    assert isinstance(mail, EmailMessage)
    assert [defect for part in mail.walk() for defect in part.defects] == []
    return mail
