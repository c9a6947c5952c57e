"""Real letters through apprise: to a web server and a mail server on this machine, and what must not leak."""

from __future__ import annotations

import asyncio
import logging
import pickle
import re
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope
from pytest_httpserver import HTTPServer

from mwcampaign.core.delivery import State
from mwcampaign.errors import MwcampaignError
from mwcampaign.notice.apprise_sender import AppriseSender, NoticeAddressInvalid
from mwcampaign.notice.incident import Incident, Kind, Scope
from mwcampaign.notice.letter import letter
from mwcampaign.notice.memory import MemoryIncidents
from mwcampaign.notice.notices import Notices
from mwcampaign.schedule.clock import SystemClock
from tests.conftest import make_delivery
from tests.notice.conftest import PATIENCE

CANARY = "c4n4ry9f27e1"
LETTER = letter([Incident(Kind.FAILED, Scope("account", "musée@mastodon"), 1, "ab12" * 16)])


class MailServer:
    """A mail server on a port of this machine. It keeps what arrives; or, `refusing`, takes nobody's letters."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.refusing = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(PATIENCE)
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def _listen(self) -> asyncio.Server:
        return await self._loop.create_server(lambda: SMTP(self, hostname="localhost", loop=self._loop), "127.0.0.1", 0)

    async def handle_DATA(self, _server: SMTP, _session: object, envelope: Envelope) -> str:
        """Take a letter (aiosmtpd's name for it)."""
        if self.refusing:
            return f"550 5.7.1 no, {CANARY}"
        self.envelopes.append(envelope)
        return "250 OK"

    def close(self) -> None:
        """Stop."""
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()


@pytest.fixture
def mail() -> Iterator[MailServer]:
    """A mail server."""
    server = MailServer()
    yield server
    server.close()


def closed_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def test_a_webhook_receives_the_words(httpserver: HTTPServer) -> None:
    """One POST of JSON with title and body as they were written."""
    httpserver.expect_oneshot_request("/hook", method="POST").respond_with_data("")
    assert AppriseSender(f"json://127.0.0.1:{httpserver.port}/hook").send(LETTER.title, LETTER.body) is True
    ((request, _),) = httpserver.log
    told = request.get_json()
    assert told["title"] == LETTER.title
    assert told["message"].strip() == LETTER.body.strip()


def test_an_e_mail_arrives(mail: MailServer) -> None:
    """To the address asked for, with the title as subject and every line of the body, accents and all."""
    sender = AppriseSender(f"mailto://127.0.0.1:{mail.port}?from=campaign@museum.example&to=volunteer@museum.example")
    assert sender.send(LETTER.title, LETTER.body) is True
    (envelope,) = mail.envelopes
    assert envelope.rcpt_tos == ["volunteer@museum.example"]
    assert isinstance(envelope.content, bytes)
    message = message_from_bytes(envelope.content, policy=policy.default)
    assert message["subject"] == LETTER.title
    part = message.get_body(("plain", "html"))
    assert part is not None
    for line in filter(None, LETTER.body.splitlines()):
        assert line.strip() in part.get_content().replace("&#x27;", "'").replace("&nbsp;", " ")


def test_a_run_tells_a_webhook(httpserver: HTTPServer) -> None:
    """All of it together: a failure that is heard reaches the web server before close returns."""
    httpserver.expect_request("/hook").respond_with_data("")
    delivery = make_delivery()
    senders = [AppriseSender(f"json://127.0.0.1:{httpserver.port}/hook")]
    notices = Notices(MemoryIncidents(), senders, SystemClock(), pytest.fail)
    notices.hear("failed", delivery, State.FAILED, "")
    assert notices.close(PATIENCE)
    assert [request.get_json()["title"] for request, _ in httpserver.log] == [
        "mwcampaign: louvre@memory: 1 post failed"
    ]


DOCS = Path(__file__).parents[2] / "docs" / "notices.md"


@pytest.mark.parametrize("address", re.findall(r"^export NOTIFY_URL='(.+)'$", DOCS.read_text("utf-8"), re.MULTILINE))
def test_the_guides_examples_can_be_used(address: str) -> None:
    """Every address in docs/notices.md is one that apprise takes."""
    AppriseSender(address).check()


def test_the_guide_shows_a_message_as_it_is() -> None:
    """The message in docs/notices.md is, word for word, what is sent."""
    told = letter([Incident(Kind.FAILED, Scope("account", "louvre@mastodon"), 1, "ab12" * 16)])
    assert f"```text\n{told.title}\n\n{told.body}```" in DOCS.read_text("utf-8")


@pytest.mark.parametrize("status", [400, 403, 404, 500, 503])
def test_a_refusal_is_no_success(httpserver: HTTPServer, status: int) -> None:
    """A web server that answers with an error has not taken it."""
    httpserver.expect_request("/hook").respond_with_data("", status)
    assert AppriseSender(f"json://127.0.0.1:{httpserver.port}/hook").send("title", "body") is False


def test_nobody_there_is_no_success() -> None:
    """A refused connection is False, for a webhook and for a mail server."""
    port = closed_port()
    assert AppriseSender(f"json://127.0.0.1:{port}/hook").send("title", "body") is False
    assert AppriseSender(f"mailto://127.0.0.1:{port}?from=a@b.example&to=c@d.example").send("title", "body") is False


def test_a_refusing_mail_server_is_no_success(mail: MailServer) -> None:
    """A mail server that refuses the letter has not taken it."""
    mail.refusing = True
    sender = AppriseSender(f"mailto://127.0.0.1:{mail.port}?from=a@b.example&to=c@d.example")
    assert sender.send("title", "body") is False


def test_no_thread_is_left_behind(httpserver: HTTPServer) -> None:
    """Sending starts no thread that could keep the process from ending."""
    httpserver.expect_request("/hook").respond_with_data("")
    before = set(threading.enumerate())
    assert AppriseSender(f"json://127.0.0.1:{httpserver.port}/hook").send("title", "body")
    assert [one for one in set(threading.enumerate()) - before if one.name.startswith("ThreadPool")] == []


@pytest.mark.parametrize(
    "address",
    [
        CANARY,
        "",
        f"{CANARY}:{CANARY}",
        f"gibberish://{CANARY}",
        f"https://example.org/{CANARY}",
        f"mailto://{CANARY}",
        f"slack://{CANARY}",
        f"json://{CANARY}, json://{CANARY}",
        f"mastodons://{CANARY}@mastodon.example",
        f"toot://{CANARY}@mastodon.example",
        f"bluesky://someone:{CANARY}",
        f"x://{CANARY}/a/b/c",
    ],
)
def test_an_address_that_cannot_be_used(
    address: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is refused with its place and a hint, and quoted nowhere; nor is a network taken that makes it public."""
    with caplog.at_level(1), caplog.at_level(1, "apprise"), pytest.raises(NoticeAddressInvalid) as refused:
        AppriseSender(address, place=2).check()
    assert isinstance(refused.value, MwcampaignError)
    assert "address 2" in refused.value.what
    assert refused.value.hint
    nothing_leaks(refused.value, caplog, capfd)


def test_secrets_stay_secret(
    httpserver: HTTPServer, mail: MailServer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Passwords and tokens in addresses, and servers' own words, are in no log at any level, output, repr or error,
    whether sending works or not."""
    httpserver.expect_request(f"/{CANARY}/good").respond_with_data(CANARY)
    httpserver.expect_request(f"/{CANARY}/bad").respond_with_data(CANARY, 500)
    mail.refusing = True
    web = f"127.0.0.1:{httpserver.port}"
    answers = {
        f"json://{web}/{CANARY}/good": True,
        f"json://{web}/{CANARY}/bad?+X-Token={CANARY}": False,
        f"json://someone:{CANARY}@127.0.0.1:{closed_port()}/{CANARY}": False,
        f"form://{web}/{CANARY}/bad?token={CANARY}": False,
        f"mailto://someone:{CANARY}@127.0.0.1:{mail.port}?from=a@b.example&to={CANARY}@d.example": False,
        f"mailto://127.0.0.1:{mail.port}?from=a@b.example&to={CANARY}@d.example": False,
        f"ntfy://{CANARY}:{CANARY}@{web}/{CANARY}": False,
    }
    with caplog.at_level(1):
        for name in ("apprise", "urllib3.connectionpool", "requests", "smtplib"):
            logging.getLogger(name).setLevel(1)
        for address, answer in answers.items():
            sender = AppriseSender(address)
            sender.check()
            assert sender.send(LETTER.title, LETTER.body) is answer, sender
            assert CANARY not in f"{sender!r} {sender} {sender.name}"
            with pytest.raises(TypeError) as refused:
                pickle.dumps(sender)
            assert CANARY not in str(refused.value)
    nothing_leaks(None, caplog, capfd)


def test_others_may_still_log(caplog: pytest.LogCaptureFixture, httpserver: HTTPServer) -> None:
    """What other threads and later calls log is not swallowed."""
    httpserver.expect_request("/hook").respond_with_data("")
    AppriseSender(f"json://127.0.0.1:{httpserver.port}/hook").send("title", "body")
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("urllib3.connectionpool").debug("somebody else's")
    assert [record.message for record in ours(caplog)] == ["somebody else's"]


def test_apprise_is_imported_when_it_is_needed() -> None:
    """Neither importing the room, nor making a sender, nor a run without trouble loads apprise or requests."""
    code = """
import sys
from mwcampaign.notice.apprise_sender import AppriseSender
from mwcampaign.notice.memory import MemoryIncidents
from mwcampaign.notice.notices import Notices
from mwcampaign.schedule.clock import SystemClock
sender = AppriseSender("json://127.0.0.1/hook")
print(Notices(MemoryIncidents(), [sender], SystemClock(), print).close(10), {"apprise", "requests"} & set(sys.modules))
sender.check()
print("apprise" in sys.modules)
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.split("\n") == ["True set()", "True", ""]


def ours(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """Return what was logged, without the words of the servers that these tests run."""
    return [record for record in caplog.records if record.name not in ("mail.log", "werkzeug", "asyncio")]


def nothing_leaks(
    error: BaseException | None, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Assert that the canary is in nothing that a person or a file might see."""
    told: list[Any] = [*capfd.readouterr()]
    for record in ours(caplog):
        told += [record.getMessage(), record.args, record.exc_text, record.exc_info]
    if error is not None:
        told += [error, repr(error), getattr(error, "hint", ""), *traceback.format_exception(error)]
        told += [error.__cause__, error.__context__]
    # Source lines of this file are quoted in tracebacks; the value is not in them.
    assert CANARY not in "\n".join(map(str, told))
