"""E-mail to a list of recipients, handed in over SMTP with TLS. Only the engine publishes.

A letter cannot be looked up and not be called back. Its Message-ID comes from the delivery's key, so mail systems that
drop repetitions can know one; none promises to. So a letter whose fate is unknown is never sent again on a guess.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from mwcampaign.core.campaign import Account
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.delivery import DeliveryKey, Envelope, Receipt
from mwcampaign.core.message import Message, Picture, canonical
from mwcampaign.core.ports import Allowance, Copy, Handles, Identity, Inconclusive, Metrics, Sessions
from mwcampaign.errors import Rejected
from mwcampaign.platforms import _email_letter as letters
from mwcampaign.platforms._calls import here
from mwcampaign.platforms._held import Held

if TYPE_CHECKING:
    from mwcampaign.platforms._email_smtp import MailServer

PORTS = {"starttls": 587, "tls": 465, "none": 25}
CANNOT_LOOK = "a letter cannot be looked up: a person has to ask a recipient, or look into the sender's own copies"


class Email:
    """One sender and one list of recipients. See core.ports.Platform for what each method promises."""

    secret_names: tuple[str, ...] = ("username", "password")
    option_names: tuple[str, ...] = ("host", "port", "tls", "from", "to", "subject", "archive", "unsubscribe")
    timeout: float = 25.0
    """Seconds for all until the letter is asked for, and again for all after that."""
    capabilities = Capabilities(
        network="email",
        text_limit=10_000,
        unit="characters",
        heaviest=1,
        source="RFC 5321 and RFC 5322 set no such limits: these are our own, and a campaign may state its server's",
        as_of="2026-11-21",
        live_tags=False,
        pictures=4,
        picture_types=("image/jpeg", "image/png", "image/gif", "image/webp"),
        picture_bytes=4_000_000,
        threads=True,
        languages=True,
    )

    def __init__(self, account: Account, secrets: Mapping[str, str], sessions: Sessions) -> None:
        self.capabilities = type(self).capabilities.with_limits(account.limits)
        self._account = account
        self._options = account.options
        self._secrets = dict(secrets)
        self._to = tuple(each.strip() for each in account.options.get("to", "").split(",") if each.strip())
        self._held = Held()

    def count(self, text: str) -> int:
        """Count characters."""
        return len(text)

    def check(self, message: Message) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with the account's options."""
        yield from (("MW320", f"email: {fault}") for fault in self._faults())

    def prepare(self, message: Message, handles: Handles, key: DeliveryKey, at: datetime) -> Envelope:
        """Fix all of the letter but the pictures' bytes, which their digests fix; its Message-ID is the address."""
        self._sound("prepare")
        name = letters.message_id(key, self._options["from"])
        thread = [each for each in (handles.root, handles.parent) if each is not None]
        told = letters.told(message, handles.pictures, name, at.astimezone(UTC), self._options, self._to, thread)
        return Envelope(name, canonical(told))

    def whoami(self) -> Identity:
        """Sign in to the server; it says nothing of who we are, so the sender's address is given."""
        self._server("sign in").ask("sign in (SMTP)")
        address = letters.envelope_sender(self._options["from"])
        return Identity(address, address, self._options.get("archive") or f"mailto:{quote(address, safe='@+')}")

    def resolve(self, message: Message) -> Mapping[str, str]:
        """Return nothing: there are no mentions in letters."""
        return {}

    def upload(self, picture: Picture, content: bytes) -> str:
        """Take a picture in hand: it goes with the letter. Opens no connection."""
        return self._held.keep(picture, content)

    def stage(self, message: Message, handles: Handles) -> str:
        """Return nothing: a letter is sent in one go."""
        return ""

    def publish(self, envelope: Envelope) -> Receipt:
        """Hand in the letter, to all recipients or to none; what the server took counts as delivered."""
        told, step = json.loads(envelope.payload), "publish (SMTP)"
        server = self._server(step)
        contents = self._held.take(step, [each["digest"] for each in told["pictures"]])
        try:
            letter = letters.written(told, contents)
        except ValueError:
            # Said here, because after this line an error would be doubt.
            raise Rejected(f"{step}: a part of the message cannot stand in a letter; nothing was sent") from None
        server.send(step, letters.envelope_sender(told["from"]), told["to"], letter)
        return Receipt(envelope.address, self._where(envelope.address), datetime.now(UTC))

    def allowances(self) -> tuple[Allowance, ...]:
        """Return nothing: mail servers do not say what is left."""
        return ()

    def find(self, envelope: Envelope, since: datetime) -> Inconclusive:
        """Say that nobody but a person can look."""
        return Inconclusive(CANNOT_LOOK, self._named(envelope))

    def copies(self, envelope: Envelope, receipt: Receipt, since: datetime) -> Inconclusive | tuple[Copy, ...]:
        """Say that nobody but a person can look."""
        return Inconclusive(CANNOT_LOOK, self._named(envelope))

    def metrics(self, receipt: Receipt) -> Metrics | None:
        """Return None: letters are not counted, and not spied on."""
        return None

    def close(self) -> None:
        """Do nothing: a connection lasts for one letter."""

    def _where(self, name: str) -> str:
        """Return the archive's address, else the letter's own (RFC 2392), which mail programs understand."""
        return self._options.get("archive") or f"mid:{quote(name.strip('<>'), safe='@')}"

    def _named(self, envelope: Envelope) -> str:
        archive = self._options.get("archive", "")
        return f"{archive or 'the inboxes'} for Message-ID {envelope.address}"

    def _faults(self) -> Iterator[str]:
        options, tls = self._options, self._options.get("tls", "starttls")
        if self._account.server:
            yield "there is no server; the mail server's name is the option host"
        if not re.fullmatch(r"[A-Za-z0-9.-]{1,253}", options.get("host", "")):
            yield "the option host is the mail server's name, such as smtp.museum.example"
        if not re.fullmatch(r"[0-9]{1,5}", options.get("port", "1")) or not 0 < int(options.get("port", "1")) < 65_536:
            yield "the option port is a number from 1 to 65535"
        if tls not in PORTS:
            yield "the option tls is starttls, tls or none"
        elif tls == "none" and not here(f"//{options.get('host', '')}"):
            yield "the option tls is none for a server on this machine alone: everybody on the way would read"
        if fault := letters.sender_fault(options.get("from", "")):
            yield fault
        if not self._to or not all(map(letters.ADDRESS.fullmatch, self._to)):
            yield "the option to is one address or several, in ASCII, with commas between them"
        if len({each.lower() for each in self._to}) < len(self._to):
            yield "the option to has an address twice"
        if not re.fullmatch(r"(https://[^\s/]\S*)?", options.get("archive", "")):
            yield "the option archive is an https address"
        if not re.fullmatch(r"((https://|mailto:)[!-+.-;=?-~-]+)?", options.get("unsubscribe", "")):
            yield "the option unsubscribe is an https or mailto address"

    def _sound(self, step: str) -> None:
        for fault in self._faults():
            raise Rejected(f"{step}: {fault}", reach="account")

    def _server(self, step: str) -> MailServer:
        from mwcampaign.platforms._email_smtp import MailServer

        self._sound(step)
        options, tls = self._options, self._options.get("tls", "starttls")
        return MailServer(
            host=options["host"],
            port=int(options.get("port", PORTS[tls])),
            tls=tls,
            patience=self.timeout,
            username=self._secrets.get("username", ""),
            password=self._secrets.get("password", ""),
        )
