"""A mail server that keeps to RFC 5321, with trouble at any step: for tests of the e-mail adapter, without any idea of
how the adapter works. It takes letters of lines of at most 998 characters, 7-bit, from senders who signed in."""

from __future__ import annotations

import base64
import re
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

USERNAME = "c4n4ry-museum"
PASSWORD = "c4n4ry-never-shown"
Step = Literal["greeting", "auth", "mail", "rcpt", "data", "dot"]
LONGEST_LINE = 998


@dataclass(slots=True)
class Trouble:
    """What happens at a step, once: `says` is sent as it is, then `ends` tells what becomes of the connection."""

    step: Step
    says: bytes = b""
    ends: Literal["goes on", "closes", "silence", "reset"] = "goes on"
    keeps: bool = False
    """At the dot: whether the letter was taken all the same."""
    number: int = 1
    """Which recipient it meets."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter that was taken."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


class FakeSmtp(socketserver.ThreadingTCPServer):
    """A mail server and what was handed in. `tls` has STARTTLS offered and wanted; `wrapped` speaks it at once."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, tls: ssl.SSLContext | None = None, *, wrapped: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.tls, self.wrapped = tls, wrapped
        self.mechanisms = "PLAIN LOGIN"
        """The ways to sign in that are offered."""
        self.lock = threading.Lock()
        self.letters: list[Letter] = []
        self.troubles: list[Trouble] = []
        self.said: list[str] = []
        """Every command, by its verb."""
        self.most_bytes = 25_000_000
        self.over = threading.Event()
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def port(self) -> int:
        """Return where it listens."""
        return int(self.server_address[1])

    def stop(self) -> None:
        """Stop, and end every silence."""
        self.over.set()
        self.shutdown()
        self.server_close()

    def trouble(self, step: Step, number: int = 1) -> Trouble | None:
        """Return the trouble that this step meets, and forget it."""
        with self.lock:
            for each in self.troubles:
                if each.step == step and each.number == number:
                    self.troubles.remove(each)
                    return each
        return None

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients may hang up."""


class _Over(Exception):
    """The talk has ended."""


class _Talk(socketserver.BaseRequestHandler):
    server: FakeSmtp
    request: socket.socket

    def handle(self) -> None:
        """Talk until somebody ends it."""
        self.sender, self.recipients, self.known, self.safe = "", list[str](), False, False
        try:
            if self.server.wrapped:
                self._wrap()
            self.lines = self.request.makefile("rb")
            if not self._met("greeting"):
                self._say("220 mail.museum.example ESMTP")
            while line := self.lines.readline():
                verb, _, rest = line.decode("utf-8").strip().partition(" ")
                self.server.said.append(verb.upper())
                does: Callable[[str], None] = getattr(self, f"_on_{verb.lower()}", self._unknown)
                does(rest)
        except (_Over, OSError):
            return

    def _wrap(self) -> None:
        assert self.server.tls is not None
        self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        self.safe = True

    def _say(self, *lines: str) -> None:
        for number, line in enumerate(lines, 1):
            code, _, rest = line.partition(" ")
            mark = " " if number == len(lines) else "-"
            self.request.sendall(f"{code}{mark}{rest}\r\n".encode())

    def _met(self, step: Step, number: int = 1, found: Trouble | None = None) -> bool:
        """Let trouble happen, if there is any for this step."""
        trouble = found or self.server.trouble(step, number)
        if trouble is None:
            return False
        if trouble.says:
            self.request.sendall(trouble.says)
        match trouble.ends:
            case "goes on":
                return True
            case "silence":
                self.server.over.wait(20)
            case "reset":
                self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.lines.close()
                self.request.close()
            case "closes":
                pass
        raise _Over

    def _unknown(self, rest: str) -> None:
        self._say("502 5.5.1 no such command")

    def _on_ehlo(self, rest: str) -> None:
        offers = [f"250 SIZE {self.server.most_bytes}"]
        if self.server.tls and not self.safe:
            offers.append("250 STARTTLS")
        elif self.server.mechanisms:
            offers.append(f"250 AUTH {self.server.mechanisms}")
        self._say("250 mail.museum.example", *offers)

    def _on_starttls(self, rest: str) -> None:
        if self.server.tls is None:
            return self._unknown(rest)
        self._say("220 2.0.0 go ahead")
        self.lines.close()
        self._wrap()
        self.lines = self.request.makefile("rb")

    def _on_auth(self, rest: str) -> None:
        if self._met("auth"):
            return None
        kind, _, told = rest.partition(" ")
        if kind.upper() not in self.server.mechanisms.split():
            return self._say("504 5.5.4 no such way")
        if kind.upper() == "PLAIN":
            self.known = base64.b64decode(told) == f"\0{USERNAME}\0{PASSWORD}".encode()
        else:
            answers = [told]
            for asked in (b"Username:", b"Password:")[bool(told) :]:
                self._say(f"334 {base64.b64encode(asked).decode()}")
                answers.append(self.lines.readline().decode().strip())
            self.known = [base64.b64decode(each) for each in answers if each] == [USERNAME.encode(), PASSWORD.encode()]
        return self._say("235 2.7.0 welcome" if self.known else "535 5.7.8 username or password is wrong")

    def _on_mail(self, rest: str) -> None:
        if self._met("mail"):
            return
        found = re.fullmatch(r"FROM:<([^>]*)>(?: SIZE=([0-9]+))?", rest, re.IGNORECASE)
        if not self.known:
            self._say("530 5.7.0 sign in first")
        elif found is None:
            self._say("501 5.5.4 MAIL FROM:<address>")
        elif int(found[2] or 0) > self.server.most_bytes:
            self._say("552 5.3.4 too big")
        else:
            self.sender, self.recipients = found[1], []
            self._say("250 2.1.0 fine")

    def _on_rcpt(self, rest: str) -> None:
        if self._met("rcpt", len(self.recipients) + 1):
            return
        found = re.fullmatch(r"TO:<([^>]+)>", rest, re.IGNORECASE)
        if not self.sender or found is None:
            return self._say("503 5.5.1 MAIL comes first, then RCPT TO:<address>")
        self.recipients.append(found[1])
        return self._say("250 2.1.5 fine")

    def _on_data(self, rest: str) -> None:
        if not self.recipients:
            return self._say("503 5.5.1 RCPT comes first")
        if self._met("data"):
            return None
        self._say("354 go ahead")
        lines = []
        while (line := self.lines.readline()) != b".\r\n":
            if not line:
                raise _Over
            lines.append(line[1:] if line.startswith(b".") else line)
        letter = Letter(self.sender, tuple(self.recipients), b"".join(lines))
        self.sender, self.recipients = "", []
        trouble = self.server.trouble("dot")
        if fault := _fault(lines, self.server.most_bytes):
            return self._say(fault)
        if trouble is None or trouble.keeps:
            with self.server.lock:
                self.server.letters.append(letter)
        if trouble is None:
            return self._say("250 2.0.0 queued")
        self._met("dot", found=trouble)
        return None

    def _on_rset(self, rest: str) -> None:
        self.sender, self.recipients = "", []
        self._say("250 2.0.0 forgotten")

    def _on_quit(self, rest: str) -> None:
        self._say("221 2.0.0 goodbye")
        raise _Over


def _fault(lines: list[bytes], most: int) -> str:
    """Return what a letter is refused for, "" for nothing."""
    if any(not line.endswith(b"\r\n") or b"\r" in line[:-2] for line in lines):
        return "554 5.6.0 a line ends with CR LF, and neither stands alone"
    if any(len(line) > LONGEST_LINE + 2 for line in lines):
        return "500 5.2.3 a line is too long"
    if any(not line.isascii() for line in lines):
        return "554 5.6.1 8BITMIME was not offered"
    return "552 5.3.4 too big" if sum(map(len, lines)) > most else ""
