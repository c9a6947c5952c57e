"""Servers under fire: real ones and the fake X, and what they have.

For the scripts of this folder and their tests; nothing here asks our code what is public.
"""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypedDict

from mwcampaign.testing.proxy import ResetStyle
from tests.platforms.fake_x import KEYS, FakeX
from tests.platforms.pds import NODE, START

Post = tuple[str, str]
"""An account's handle and a text."""


class Publication(TypedDict):
    """Which requests publish, as FaultProxy takes it; `path` is all of the path or its end."""

    method: str
    path: str


ANY: Publication = {"method": ".*", "path": ".*"}


class Server(Protocol):
    """A network's server with accounts of its own."""

    @property
    def network(self) -> str:
        """The network's name."""

    @property
    def url(self) -> str:
        """Where it is."""

    @property
    def publication(self) -> Publication:
        """Which requests publish."""

    @property
    def style(self) -> ResetStyle:
        """How the network says when to come back."""

    @property
    def handles(self) -> tuple[str, ...]:
        """Its accounts."""

    def secrets(self, handle: str) -> Mapping[str, str]:
        """Return an account's secrets by their names."""

    def posts(self) -> list[Post]:
        """Return everything that is public, asked of the server itself."""


@dataclass
class BlueskyServer:
    """The reference server."""

    url: str
    accounts: Mapping[str, Mapping[str, str]]
    network: str = "bluesky"
    style: ResetStyle = "ratelimit-reset"

    @property
    def handles(self) -> tuple[str, ...]:
        """Return the accounts."""
        return tuple(self.accounts)

    @property
    def publication(self) -> Publication:
        """Return which requests publish."""
        return {"method": "POST", "path": "putRecord"}

    def secrets(self, handle: str) -> Mapping[str, str]:
        """Return the app password."""
        return {"app_password": self.accounts[handle]["appPassword"]}

    def posts(self) -> list[Post]:
        """Read every repository."""
        return [(handle, text) for handle in self.accounts for text in self._texts(handle)]

    def _texts(self, handle: str) -> Iterator[str]:
        query = f"repo={self.accounts[handle]['did']}&collection=app.bsky.feed.post&limit=100"
        cursor = ""
        while True:
            page = ask(f"{self.url}/xrpc/com.atproto.repo.listRecords?{query}{cursor}")
            yield from (record["value"]["text"] for record in page["records"])
            if "cursor" not in page:
                return
            cursor = f"&cursor={page['cursor']}"


@dataclass
class MastodonServer:
    """mastodon-mock; an account's token is its name with `_token`."""

    url: str
    handles: tuple[str, ...]
    network: str = "mastodon"
    style: ResetStyle = "x-ratelimit-reset"

    @property
    def publication(self) -> Publication:
        """Return which requests publish."""
        return {"method": "POST", "path": "^/api/v1/statuses$"}

    def secrets(self, handle: str) -> Mapping[str, str]:
        """Return the token."""
        return {"access_token": f"{handle}_token"}

    def posts(self) -> list[Post]:
        """Read every account's posts, with the words they were written in."""
        return [(handle, text) for handle in self.handles for text in self._texts(handle, f"{handle}_token")]

    def _texts(self, handle: str, token: str) -> Iterator[str]:
        me = ask(f"{self.url}/api/v1/accounts/verify_credentials", token)["id"]
        before = ""
        while page := ask(f"{self.url}/api/v1/accounts/{me}/statuses?limit=40{before}", token):
            for status in page:
                yield ask(f"{self.url}/api/v1/statuses/{status['id']}/source", token)["text"]
            before = f"&max_id={page[-1]['id']}"


@dataclass
class XServer:
    """The fake X: one account."""

    fake: FakeX
    network: str = "x"
    handles: tuple[str, ...] = ("museum",)
    style: ResetStyle = "x-rate-limit-reset"

    @property
    def url(self) -> str:
        """Return its address."""
        return self.fake.url

    @property
    def publication(self) -> Publication:
        """Return which requests publish."""
        return {"method": "POST", "path": "^/2/tweets$"}

    def secrets(self, handle: str) -> Mapping[str, str]:
        """Return the four keys."""
        return KEYS

    def posts(self) -> list[Post]:
        """Return what it has."""
        return [("museum", post["text"]) for post in self.fake.posts]


@contextmanager
def bluesky(modules: Path, accounts: int) -> Iterator[BlueskyServer]:
    """Start the reference server; it forgets everything at the end."""
    command = [modules / NODE, START, "--modules", modules, "--port", "0", "--plc-port", "0", "--accounts", accounts]
    with subprocess.Popen([str(each) for each in command], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            told = json.loads(process.stdout.readline())
            yield BlueskyServer(told["pds"], {each["handle"]: each for each in told["accounts"]})
        finally:
            process.terminate()
            process.wait(10)


@contextmanager
def mastodon(accounts: int) -> Iterator[MastodonServer]:
    """Start mastodon-mock with so many accounts."""
    from mastodon_mock.config import SeedAccount, SeedConfig
    from mastodon_mock.testing.server import MockServer

    handles = tuple(f"museum{number}" for number in range(1, accounts + 1))
    seed = SeedConfig(accounts=[SeedAccount(username=each, access_token=f"{each}_token") for each in handles])
    with MockServer(seed=seed) as running:
        yield MastodonServer(running.base_url, handles)


@contextmanager
def fake_x() -> Iterator[XServer]:
    """Start the fake X."""
    server = FakeX()
    server.left = 1_000_000
    try:
        yield XServer(server)
    finally:
        server.shutdown()
        server.server_close()


def ask(url: str, token: str = "") -> Any:
    """Ask a server without any of our code."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())
