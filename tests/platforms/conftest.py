"""Servers that adapters are tried on. All of them on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mwcampaign.testing.proxy import FaultProxy
from tests.platforms.mastodon_rig import MastodonRig


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
