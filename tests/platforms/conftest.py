"""Servers that adapters are tried on. All of them on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from mwcampaign.testing.proxy import FaultProxy
from tests.platforms.fake_x import FakeX
from tests.platforms.mastodon_rig import MastodonRig
from tests.platforms.x_rig import CONTRACT, Judge, XRig


@pytest.fixture(scope="session")
def mastodon_server() -> Iterator[str]:
    """The address of mastodon-mock with the seeded tokens alice_token, bob_token and carol_token."""
    server = pytest.importorskip("mastodon_mock.testing.server")
    with server.MockServer() as running:
        yield running.base_url


@pytest.fixture
def mastodon_rig(mastodon_server: str) -> Iterator[MastodonRig]:
    """An account without posts on a server that is well, behind a proxy."""
    with FaultProxy(mastodon_server) as proxy:
        yield MastodonRig(mastodon_server, proxy)


@pytest.fixture(scope="session")
def x_judge() -> Judge | None:
    """X's own description, where it lies beside the project."""
    return Judge(json.loads(CONTRACT.read_text("utf-8"))) if CONTRACT.exists() else None


@pytest.fixture
def x_rig(x_judge: Judge | None) -> Iterator[XRig]:
    """An account without posts; at the end every request is judged by X's own description."""
    server = FakeX()
    with FaultProxy(server.url) as proxy:
        rig = XRig(server, proxy)
        yield rig
        rig.platform.close()
        if x_judge is not None:
            # The other vocabulary stands in X's prose alone: the fake judges it.
            described = [seen for seen in proxy.requests if "tweet.fields=" not in seen.path]
            assert [fault for seen in described for fault in x_judge.faults(seen)] == []
    server.shutdown()
    server.server_close()
