"""The talk with a mail server, step by step (RFC 5321). Only the e-mail adapter uses it.

Until the dot that ends a letter nothing is sent, whatever goes wrong: the server promises it. After the dot a reply
decides; no reply is doubt, because the server may have taken the letter. Either all recipients get it or none.
"""

from __future__ import annotations

import io
import re
import smtplib
import ssl
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, NoReturn

from mwcampaign.errors import Ambiguous, CredentialRejected, Deferred, PublishError, Reach, Rejected
from mwcampaign.platforms._calls import Countdown
from mwcampaign.platforms._outcome import clean, unreadable

CONNECT = 10.0
GOODBYE = 2.0
"""Seconds for QUIT: by then everything is decided."""
NAME = "[127.0.0.1]"
"""What we call ourselves: our own name may not be known outside, and asking for it may take long."""
LINE_STARTS_WITH_DOT = re.compile(rb"(?m)^\.")


class _OneClock(smtplib.SMTP):
    """A talk whose steps until `ends` (monotonic seconds) all count against one clock."""

    def __init__(self, host: str, port: int, ends: float, **more: Any) -> None:
        self.ends = ends
        super().__init__(host, port, local_hostname=NAME, timeout=min(CONNECT, self.left()), **more)

    def left(self) -> float:
        left = self.ends - monotonic()
        if left <= 0:
            raise TimeoutError("the server took too long")
        return left

    def send(self, s: Any) -> None:
        if self.sock is not None:
            self.sock.settimeout(self.left())
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        if self.sock is not None:
            self.sock.settimeout(self.left())
            # A server that talks in drops must not hold us longer.
            self.file = io.BufferedReader(Countdown(self.sock.makefile("rb", buffering=0), self.sock))
        return super().getreply()


class _Secure(_OneClock, smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where letters are handed in, and with which name and password; `patience` counts seconds, see `send`."""

    host: str
    port: int
    tls: str
    patience: float
    username: str = field(repr=False)
    password: str = field(repr=False)

    def ask(self, step: str) -> None:
        """Sign in and say goodbye. Raises Deferred or Rejected."""
        with self._signed_in(step) as client:
            _goodbye(client)

    def send(self, step: str, sender: str, recipients: Sequence[str], letter: bytes) -> None:
        """Hand in one letter, to all recipients or to none. Raises PublishError.

        All until the letter is asked for takes less than `patience`, and so does all after that.
        """
        with self._signed_in(step) as client:
            try:
                size = (f"SIZE={len(letter)}",) if client.has_extn("size") else ()
                self._wants(f"{step}: sender", client.mail(sender, size), 2)
                for number, recipient in enumerate(recipients, 1):
                    named = f"{step}: recipient {number} of {len(recipients)}"
                    self._wants(named, client.rcpt(recipient), 2)
                self._wants(f"{step}: letter", client.docmd("DATA"), 3)
            except (smtplib.SMTPException, OSError, ValueError) as error:
                self._before_the_dot(step, error)
            client.ends = monotonic() + self.patience
            try:
                client.send(LINE_STARTS_WITH_DOT.sub(b"..", letter.removesuffix(b"\r\n")) + b"\r\n.\r\n")
                reply = client.getreply()
            except (smtplib.SMTPException, OSError) as error:
                # The one doubtful moment: the server may have taken the letter, and it may not.
                raise Ambiguous(f"{step}: the answer was lost ({type(error).__name__})") from None
            if not 200 <= reply[0] < 600 or reply[0] // 100 == 3:
                raise unreadable(step)
            self._wants(f"{step}: letter", reply, 2, of_account=False)
            _goodbye(client)

    @contextmanager
    def _signed_in(self, step: str) -> Iterator[_OneClock]:
        if not (self.username and self.password):
            raise CredentialRejected(f"{step}: there is no username or no password")
        client: _OneClock | None = None
        try:
            try:
                ends = monotonic() + self.patience
                if self.tls == "tls":
                    client = _Secure(self.host, self.port, ends, context=ssl.create_default_context())
                else:
                    client = _OneClock(self.host, self.port, ends)
                if self.tls == "starttls":
                    client.starttls(context=ssl.create_default_context())
                self._sign_in(client)
            except (smtplib.SMTPException, OSError, ValueError) as error:
                self._before_the_dot(step, error)
            yield client
        finally:
            if client is not None:
                client.close()

    def _sign_in(self, client: _OneClock) -> None:
        """Sign in by one way: smtplib's own login tries a wrong password again by each, and is locked out sooner."""
        client.ehlo_or_helo_if_needed()
        client.user, client.password = self.username, self.password
        offered = client.esmtp_features.get("auth", "").upper().split()
        if "PLAIN" in offered:
            client.auth("PLAIN", client.auth_plain)
        elif "LOGIN" in offered:
            client.auth("LOGIN", client.auth_login)
        else:
            raise smtplib.SMTPNotSupportedError

    def _wants(self, step: str, reply: tuple[int, bytes], kind: int, *, of_account: bool = True) -> None:
        """Raise unless a reply is of the kind wanted, its first digit."""
        if reply[0] // 100 != kind:
            raise self._refusal(step, *reply, of_account=of_account)

    def _refusal(self, step: str, code: int, said: bytes | str, *, of_account: bool = True) -> PublishError:
        words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        both = f"\0{self.username}\0{self.password}"
        told = [self.password, self.username]
        # As they go over the line: a careless server repeats the command that it refuses.
        told += [b64encode(each.encode()).decode() for each in (both, *told)]
        why = f"{step}: the server answered {code}: {clean(words, told)}"
        # Too big a letter (552, 523) is that letter's trouble; a refused sender or list is that of all letters.
        reach: Reach = "account" if of_account and code not in {552, 523} else "post"
        if 400 <= code < 500:
            return Deferred(why, reach=reach)
        return Rejected(why, reach=reach) if 500 <= code < 600 else Deferred(why, reach="network")

    def _before_the_dot(self, step: str, error: Exception) -> NoReturn:
        """Say what an error means that came before anything could be sent."""
        match error:
            case smtplib.SMTPAuthenticationError(smtp_code=code, smtp_error=said):
                refusal = self._refusal(f"{step}: sign in", code, said)
                raise (CredentialRejected(str(refusal)) if type(refusal) is Rejected else refusal) from None
            case smtplib.SMTPResponseException(smtp_code=code, smtp_error=said):
                raise self._refusal(step, code, said) from None
            case ssl.SSLCertVerificationError():
                raise Deferred(f"{step}: the server's certificate is not to be trusted", reach="network") from None
            case smtplib.SMTPServerDisconnected() | TimeoutError():
                told = f"{step}: no connection to the server, or lost before the letter"
                raise Deferred(told, reach="network") from None
            case UnicodeError():
                raise CredentialRejected(f"{step}: username and password are in ASCII") from None
            case smtplib.SMTPException() | ValueError():
                # No STARTTLS, or no way to sign in that we know. Its words are smtplib's own.
                told = f"{step}: the server offers no STARTTLS or no way to sign in; nothing was sent"
                raise Rejected(told, reach="account") from None
            case _:
                raise Deferred(f"{step}: no connection to the server", reach="network") from None


def _goodbye(client: _OneClock) -> None:
    with suppress(smtplib.SMTPException, OSError):
        client.ends = monotonic() + GOODBYE
        client.quit()
