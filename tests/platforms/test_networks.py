"""Networks are found by name, late; and what an answer means is the same for all of them."""

from __future__ import annotations

import importlib
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unicodedata import normalize

import httpx
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from mwcampaign.core.campaign import Account
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.ports import Allowance
from mwcampaign.errors import Ambiguous, CredentialRejected, Deferred, PublishError, Reach, Rejected
from mwcampaign.platforms import NETWORKS, UnknownNetwork, adapter
from mwcampaign.platforms._outcome import allowed, clean, of_status, of_transport, unreadable, wait_told
from mwcampaign.testing.proxy import Fault, FaultProxy
from tests.core.test_wish import NoSessions

NOW = datetime(2026, 6, 8, 10, tzinfo=UTC)
DATE = "Mon, 08 Jun 2026 10:00:00 GMT"


@pytest.mark.parametrize("network", NETWORKS)
def test_every_network_has_an_adapter(network: str) -> None:
    """Each name leads to a class that says what it can do, under that name."""
    found = adapter(network)
    assert isinstance(found.capabilities, Capabilities)
    assert found.capabilities.network == network
    assert all(isinstance(name, str) for name in found.secret_names)


HEAVY = st.sampled_from(
    [
        *("a", " ", "é", "日", "\u202a", "\U0001f3db", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "1\ufe0f\u20e3"),
        *(
            "http://t.co",
            "https://a.de/x",
            "HTTP://localhost",
            "a.de",
            "co.jp",
            "@a@b.social",
            "#tag",
            "\r\n",
            "://",
            ".",
        ),
    ]
)


@pytest.mark.parametrize("network", NETWORKS)
@given(told=st.one_of(st.lists(HEAVY, max_size=30).map("".join), st.text(st.characters(codec="utf-8"), max_size=30)))
def test_no_text_counts_more_than_its_network_says_at_most(network: str, told: str) -> None:
    """So what fits by that is not counted; a network that cannot say it has every text counted."""
    account = Account(id="a", institution="i", network=network, server="https://a.example")
    platform, text = adapter(network)(account, {}, NoSessions()), normalize("NFC", told)
    most = platform.capabilities.at_most(text)
    assert most is None or platform.count(text) <= most


def test_an_unknown_network_is_told_with_the_nearest_name() -> None:
    """A slip of the pen is answered with the name that was meant and all that there are."""
    with pytest.raises(UnknownNetwork, match=r"no network 'Mastadon'; did you mean 'mastodon'\?.*bluesky, .*mastodon"):
        adapter("Mastadon")
    with pytest.raises(UnknownNetwork, match=r"no network 'quipu'\. The networks are"):
        adapter("quipu")


def test_third_parties_add_networks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package brings a network by an entry point; our own names stay ours."""
    info = tmp_path / "pigeon-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pigeon\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[mwcampaign.platforms]\npigeon = pigeonpost:Pigeon\nmemory = pigeonpost:No\n"
    )
    (tmp_path / "pigeonpost.py").write_text("class Pigeon:\n    secret_names = ()\n")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    assert adapter("pigeon").__name__ == "Pigeon"  # type: ignore[attr-defined]
    assert adapter("memory").__name__ == "Memory"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("status", "kind", "invisible"),
    [
        (400, Rejected, Rejected),
        (401, CredentialRejected, CredentialRejected),
        (402, Rejected, Rejected),
        (403, Rejected, Rejected),
        (404, Rejected, Rejected),
        (408, Ambiguous, Deferred),
        (413, Rejected, Rejected),
        (422, Rejected, Rejected),
        (429, Deferred, Deferred),
        (500, Ambiguous, Deferred),
        (502, Ambiguous, Deferred),
        (503, Ambiguous, Deferred),
        (504, Ambiguous, Deferred),
        (302, Ambiguous, Deferred),
        (200, Ambiguous, Deferred),
    ],
)
def test_what_a_status_means(status: int, kind: type[PublishError], invisible: type[PublishError]) -> None:
    """Only a clear no is a no; what publishes nothing may be repeated."""
    error = of_status("publish", status, said="because", wait=timedelta(seconds=5))
    assert type(error) is kind
    assert str(error) == f"publish: the server answered {status}: because"
    assert type(of_status("upload", status, visible=False)) is invisible


def test_an_unreadable_success_is_doubt() -> None:
    """Most likely it happened."""
    assert type(unreadable("publish")) is Ambiguous
    assert type(unreadable("upload", visible=False)) is Deferred


def call(library: str, url: str) -> object:
    """Post with one of the libraries beneath the clients."""
    post = {"requests": requests.post, "httpx": httpx.post}[library]
    return post(url, content="x", timeout=0.3) if library == "httpx" else post(url, data="x", timeout=0.3)


@pytest.mark.parametrize("library", ["requests", "httpx"])
class TestTransport:
    """The errors are the libraries' own, made by a real socket."""

    def test_nobody_listens(self, library: str) -> None:
        """A refused connection sent nothing."""
        with FaultProxy("http://127.0.0.1:9") as proxy, pytest.raises(Exception) as caught:
            call(library, proxy.refused_url)
        assert type(of_transport("publish", caught.value)) is Deferred

    def test_nobody_has_that_name(self, library: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """A name that cannot be looked up sent nothing."""

        def unknown(*_: object, **__: object) -> None:
            raise socket.gaierror(-2, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        with pytest.raises(Exception) as caught:
            call(library, "http://museum.invalid/")
        assert type(of_transport("publish", caught.value)) is Deferred

    def test_no_tls_there(self, library: str) -> None:
        """A failed handshake is never taken for success; httpx can tell that nothing was sent."""
        with FaultProxy("http://127.0.0.1:9") as proxy, pytest.raises(Exception) as caught:
            call(library, proxy.url.replace("http:", "https:"))
        assert isinstance(of_transport("publish", caught.value), (Deferred, Ambiguous))

    @pytest.mark.parametrize("fault", [Fault.DROP_BEFORE, Fault.STALL, Fault.RESET, Fault.TRUNCATE])
    def test_lost_on_the_way(self, library: str, fault: Fault) -> None:
        """Everything else may have arrived, and the message tells how it was lost, not what was sent."""
        with FaultProxy("http://127.0.0.1:9") as proxy:
            proxy.arm(fault, forward=False)
            with pytest.raises(Exception) as caught:
                call(library, proxy.url)
        error = of_transport("publish", caught.value)
        assert type(error) is Ambiguous
        assert str(error) == f"publish: the answer was lost ({type(caught.value).__name__})"
        assert type(of_transport("upload", caught.value, visible=False)) is Deferred


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "120"}, 120),
        ({"retry-after": "Mon, 08 Jun 2026 10:02:00 GMT", "date": DATE}, 120),
        ({"x-rate-limit-reset": str(int(NOW.timestamp()) + 900)}, 900),
        ({"RateLimit-Reset": str(int(NOW.timestamp()) + 300), "Date": DATE}, 300),
        ({"RateLimit-Reset": "300"}, 300),
        ({"X-RateLimit-Reset": "2026-06-08T10:05:00.000000Z"}, 300),
        ({"X-RateLimit-Reset": "2026-06-08T10:05:00.000000Z", "Date": "Mon, 08 Jun 2026 10:04:00 GMT"}, 60),
        ({"X-RateLimit-Reset": "2026-06-08T09:00:00.000000Z"}, 1),
        ({"Retry-After": "soon", "X-RateLimit-Reset": "2026-06-08T10:00:30Z"}, 30),
        ({"Retry-After": "9" * 400}, 86400),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": ""}, None),
        ({}, None),
    ],
)
def test_how_long_a_network_asks_to_wait(headers: dict[str, str], seconds: int | None) -> None:
    """Spans and dates are read in every form, against the server's own clock where it tells it."""
    assert wait_told(headers, NOW) == (None if seconds is None else timedelta(seconds=seconds))


EPOCH = int(NOW.timestamp())


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"x-rate-limit-remaining": "7", "x-rate-limit-reset": str(EPOCH + 900)}, (7, 900)),
        ({"X-Rate-Limit-Remaining": " 0 ", "X-Rate-Limit-Reset": "2026-06-08T10:05:00Z"}, (0, 300)),
        ({"x-rate-limit-remaining": "7", "x-rate-limit-reset": str(EPOCH + 900 + 3600), "date":
            "Mon, 08 Jun 2026 11:00:00 GMT"}, (7, 900)),
        ({"x-rate-limit-remaining": "7", "x-rate-limit-reset": str(EPOCH - 900)}, (7, 1)),
        ({"x-rate-limit-remaining": "7", "x-rate-limit-reset": "9" * 400}, (7, 86400)),
        ({"x-rate-limit-remaining": "9" * 400, "x-rate-limit-reset": "60"}, (999_999_999_999, 60)),
        ({"x-rate-limit-remaining": "7"}, None),
        ({"x-rate-limit-reset": "60"}, None),
        ({"x-rate-limit-remaining": "-1", "x-rate-limit-reset": "60"}, None),
        ({"x-rate-limit-remaining": "7.5", "x-rate-limit-reset": "60"}, None),
        ({"x-rate-limit-remaining": "7", "x-rate-limit-reset": "soon"}, None),
        ({"ratelimit-remaining": "7", "ratelimit-reset": "60"}, None),
    ],
)  # fmt: skip
def test_what_is_still_allowed(headers: dict[str, str], told: tuple[int, int] | None) -> None:
    """What remains and until when is read against the server's own clock, or it is not told at all."""
    expected = told and Allowance(told[0], NOW + timedelta(seconds=told[1]), shared=True)
    assert allowed(headers, "x-rate-limit", NOW, shared=True) == expected


def test_what_is_left_is_told_in_posts() -> None:
    """Where a post takes several points, what is not enough for one is none."""
    for points, posts in ((0, 0), (2, 0), (3, 1), (8, 2)):
        headers = {"ratelimit-remaining": str(points), "ratelimit-reset": "60"}
        assert allowed(headers, "ratelimit", NOW, cost=3) == Allowance(posts, NOW + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("status", "options", "reach"),
    [
        (429, {}, "account"),
        (429, {"limited": "application"}, "application"),
        (401, {}, "account"),
        (422, {}, "post"),
        (403, {"refused": "account"}, "account"),
        (503, {"refused": "account", "limited": "application"}, "network"),
        (408, {}, "network"),
        (302, {}, "network"),
    ],
)
def test_whom_an_answer_concerns(status: int, options: dict[str, Any], reach: Reach) -> None:
    """Limits and credentials are the account's, refusals the post's, and trouble is the server's for everybody."""
    for visible in (True, False):
        assert of_status("publish", status, visible=visible, **options).reach == reach


def test_whom_silence_concerns() -> None:
    """No connection, no answer, and an answer that nobody understands are the server's trouble."""
    for visible in (True, False):
        assert of_transport("publish", ConnectionRefusedError(), visible=visible).reach == "network"
        assert of_transport("publish", TimeoutError(), visible=visible).reach == "network"
        assert unreadable("publish", visible=visible).reach == "network"


def test_what_a_server_says_is_cleaned() -> None:
    """A server's reason is one short line, and no secret that it repeats."""
    assert clean("No:\n  token s3cret\tis bad", ["s3cret", ""]) == "No: token *** is bad"
    assert clean(None, ["s3cret"]) == ""
    assert len(clean("x" * 5000, [])) == 200
