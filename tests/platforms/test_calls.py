"""Calls of every adapter that speaks HTTP end, go to one server, and take a proxy only where one is for."""

from __future__ import annotations

import io
import json
import socket
import struct
import time
import zlib
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from mwcampaign.core.campaign import Account
from mwcampaign.core.delivery import DeliveryKey, Envelope
from mwcampaign.core.message import canonical
from mwcampaign.core.ports import Handles, Platform
from mwcampaign.errors import Ambiguous, Deferred
from mwcampaign.platforms._calls import Countdown, here, proxy_for
from mwcampaign.platforms.bluesky import Bluesky
from mwcampaign.platforms.mastodon import Mastodon
from mwcampaign.platforms.x import X
from mwcampaign.testing import samples
from mwcampaign.testing.proxy import FaultProxy
from mwcampaign.testing.rig import KeptSessions
from tests.platforms.drips import dripping
from tests.platforms.fake_x import KEYS

KEY = DeliveryKey("0" * 64)
NOW = datetime.now(UTC)
DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
ELSEWHERE = "http://museum.example"
PATIENCE = 0.5


def mastodon(server: str) -> Mastodon:
    """An adapter without patience."""
    kind = type("Impatient", (Mastodon,), {"timeout": PATIENCE})
    account = Account(id="m", institution="museum", network="mastodon", server=server)
    return kind(account, {"access_token": "token"}, KeptSessions())  # type: ignore[no-any-return]


def x(server: str) -> X:
    """An adapter without patience."""
    kind = type("Impatient", (X,), {"timeout": PATIENCE})
    account = Account(id="m", institution="museum", network="x", server=server)
    return kind(account, KEYS, KeptSessions())  # type: ignore[no-any-return]


def bluesky(server: str) -> Bluesky:
    """An adapter without patience that is signed in."""
    kind = type("Impatient", (Bluesky,), {"patience": PATIENCE})
    ends = urlsafe_b64encode(json.dumps({"exp": int(time.time()) + 7200}).encode()).rstrip(b"=").decode()
    token, sessions = f"e30.{ends}.e30", KeptSessions()
    session = ":::".join(("museum.test", DID, token, token, server))
    sessions.save("m", canonical({"server": server, "handle": "museum.test", "session": session}))
    account = Account(id="m", institution="museum", network="bluesky", handle="museum.test", server=server)
    return kind(account, {"app_password": "password"}, sessions)  # type: ignore[no-any-return]


def posted(platform: Platform) -> tuple[Envelope, bytes]:
    """Return a request, and what the network answers to it."""
    envelope = platform.prepare(samples.message("Drop by drop"), Handles(), KEY, NOW)
    match platform:
        case Mastodon():
            told = {"id": "7", "url": "https://museum.example/7", "created_at": NOW.isoformat()}
        case X():
            told = {"data": {"id": "7", "text": "Drop by drop"}}
        case _:
            told = {"uri": envelope.address.replace("museum.test", DID), "cid": "bafyreib"}
    return envelope, json.dumps(told).encode()


def packed(told: bytes, name: bytes) -> bytes:
    """Return an answer in gzip's form (RFC 1952) with a file's name in front, which starts at byte 10."""
    deflate = zlib.compressobj(wbits=-15)
    body = deflate.compress(told) + deflate.flush()
    end = struct.pack("<II", zlib.crc32(told), len(told))
    return b"\x1f\x8b\x08\x08\0\0\0\0\0\xff" + name + b"\0" + body + end


Make = Callable[[str], Platform]
EACH = pytest.mark.parametrize("make", [mastodon, x, bluesky])
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "


@EACH
@pytest.mark.parametrize("dropped", ["head", "body", "chunks", "packed"])
def test_an_answer_in_drops_is_not_waited_for(make: Make, dropped: str) -> None:
    """Each byte comes in time, all of them would not: that is doubt, whatever part of the answer it is."""
    drops = b" " * 60
    envelope, told = posted(make(ELSEWHERE))
    parts = {
        "head": (b"", HEAD + b"%d\r\n\r\n" % len(told), told),
        "body": (HEAD + b"%d\r\n\r\n" % (len(told) + len(drops)), drops, told),
        "chunks": (HEAD.replace(b"Content-Length: ", b"Transfer-Encoding: chunked\r\n\r\n"),
                   b"1\r\n \r\n" * 12, b"%x\r\n%s\r\n0\r\n\r\n" % (len(told), told)),
        # The name of a packed file says nothing, and may be long.
        "packed": (HEAD + b"%d\r\nContent-Encoding: gzip\r\n\r\n" % len(packed(told, drops)) + packed(told, drops)[:10],
                   drops, packed(told, drops)[70:]),
    }  # fmt: skip
    with dripping(*parts[dropped]) as url:
        platform = make(url)
        with pytest.raises(Ambiguous, match="lost") as caught:
            platform.publish(envelope)
        assert caught.value.reach == "network"
        platform.close()


@EACH
def test_a_packed_answer_is_read(make: Make) -> None:
    """Servers may pack what they answer."""
    envelope, told = posted(make(ELSEWHERE))
    body = packed(told, b"answer.json")
    with FaultProxy("http://127.0.0.1:9") as server:
        server.answer(body, headers={"Content-Encoding": "gzip"})
        platform = make(server.url)
        assert platform.publish(envelope).remote_id
        platform.close()


@EACH
def test_every_answer_has_the_whole_time(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers that take a while are taken, one after the other over one connection: each has its own clock."""
    monkeypatch.setattr("tests.platforms.test_calls.PATIENCE", 3.0)
    envelope, told = posted(make(ELSEWHERE))
    with dripping(HEAD + b"%d\r\n\r\n" % (len(told) + 4), b" " * 4, told, pace=0.1) as url:
        platform = make(url)
        assert len({platform.publish(envelope).remote_id for _ in range(9)}) == 1
        platform.close()


def test_a_connection_is_left_as_it_was_found() -> None:
    """What was left of one answer's time is not the time-out of what is sent next over the same connection."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(30)
        theirs.sendall(b"whole")
        answer = io.BufferedReader(Countdown(ours.makefile("rb").detach(), ours))  # type: ignore[attr-defined]
        assert answer.read(5) == b"whole"
        assert ours.gettimeout() != 30
        answer.close()
        assert ours.gettimeout() == 30


@EACH
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(make: Make, status: int) -> None:
    """Whoever answers with another address gets no post there, and what comes with it is no receipt and no evidence.

    Doubt, because HTTP promises of no redirect that the request did nothing: 303 is how a form that was taken answers,
    301 and 302 are used so too, and 307 and 308 say what to do next, not what was done.
    """
    envelope, told = posted(make(ELSEWHERE))
    with FaultProxy("http://127.0.0.1:9") as server, FaultProxy("http://127.0.0.1:9") as elsewhere:
        server.answer(told, status=status, headers={"Location": f"{elsewhere.url}/there"}, times=99)
        platform = make(server.url)
        with pytest.raises(Ambiguous, match=str(status)):
            platform.publish(envelope)
        with pytest.raises(Deferred, match=str(status)):
            platform.find(envelope, NOW)
        assert elsewhere.requests == []
        platform.close()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Set the environment's proxy, and the servers it is not for."""

    def told(proxy: str, but: str) -> None:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name.lower(), proxy)
            monkeypatch.setenv(name, proxy)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.setenv(name, but)

    return told


@EACH
def test_no_proxy_for_this_machine(make: Make, environment: Callable[[str, str], None]) -> None:
    """A server on this machine is asked itself: no proxy could reach it."""
    envelope, told = posted(make(ELSEWHERE))
    with FaultProxy("http://127.0.0.1:9") as server:
        server.answer(told, times=2)
        environment(server.refused_url, "")
        for url in (server.url, server.url.replace("127.0.0.1", "localhost")):
            platform = make(url)
            assert platform.publish(envelope).remote_id
            platform.close()


@EACH
def test_a_proxy_is_used_for_others(make: Make, environment: Callable[[str, str], None]) -> None:
    """The environment's proxy is asked for a server elsewhere, and not for those it is not for; when it refuses,
    nothing was sent."""
    envelope, told = posted(make(ELSEWHERE))
    with FaultProxy("http://127.0.0.1:9") as proxy:
        proxy.answer(told, times=2)
        environment(proxy.url, "library.example")
        platform = make(ELSEWHERE)
        assert platform.publish(envelope).remote_id
        platform.close()
        (seen,) = proxy.requests
        assert seen.path.startswith(f"{ELSEWHERE}/")
        environment(proxy.refused_url, "library.example")
        platform = make(ELSEWHERE)
        with pytest.raises(Deferred) as caught:
            platform.publish(envelope)
        assert caught.value.reach == "network"
        platform.close()
        environment(proxy.url, "museum.example")
        platform = make(ELSEWHERE)
        with pytest.raises(Deferred):
            platform.publish(envelope)  # nobody has that name
        platform.close()
        assert len(proxy.requests) == 1


@EACH
@pytest.mark.parametrize("proxy", ["gopher://127.0.0.1:9", "socks5://127.0.0.1:9"])
def test_a_proxy_of_a_kind_we_do_not_speak(make: Make, proxy: str, environment: Callable[[str, str], None]) -> None:
    """Such a proxy is never asked: it is certain that nothing was sent."""
    envelope, _ = posted(make(ELSEWHERE))
    environment(proxy, "")
    platform = make(ELSEWHERE)
    with pytest.raises(Deferred):
        platform.publish(envelope)
    platform.close()


@pytest.mark.parametrize(
    ("url", "is_here"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://127.8.8.8", True),
        ("http://[::1]:8080/x", True),
        ("http://LOCALHOST", True),
        ("http://mastodon.localhost", True),
        ("https://museum.example", False),
        ("https://localhost.example", False),
        ("http://10.0.0.1", False),
        ("", False),
    ],
)
def test_what_this_machine_is_called(url: str, is_here: bool) -> None:
    """Loopback in all its forms, and nothing that only looks like it."""
    assert here(url) is is_here


def test_which_proxy(environment: Callable[[str, str], None]) -> None:
    """Names without a scheme mean http; who is excepted goes directly."""
    environment("proxy.example:3128", "museum.example,.example.org")
    assert proxy_for("https://bsky.social/xrpc") == "http://proxy.example:3128"
    assert proxy_for("https://museum.example/xrpc") is None
    assert proxy_for("https://pds.example.org") is None
    assert proxy_for("http://127.0.0.1:2583") is None
