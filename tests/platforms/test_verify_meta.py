"""What `accounts verify` learns from Meta's networks; a missing right says what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mwcampaign.errors import CredentialRejected
from tests.platforms import fake_graph
from tests.platforms.fake_facebook import FakeFacebook
from tests.platforms.fake_instagram import USER, FakeInstagram
from tests.platforms.fake_threads import FakeThreads
from tests.platforms.test_verify import of, serving

APP = {"access_token": fake_graph.TOKEN, "app_token": fake_graph.APP_TOKEN}
ENDS = datetime(2026, 12, 24, tzinfo=UTC)


class TestMeta:
    """Facebook, Instagram, Threads."""

    @pytest.mark.parametrize(
        ("network", "kind", "right", "options"),
        [
            ("facebook", FakeFacebook, "pages_manage_posts", {}),
            ("instagram", FakeInstagram, "instagram_content_publish", {"user_id": USER}),
        ],
    )
    def test_an_application_may_ask_about_its_tokens(
        self, network: str, kind: Any, right: str, options: dict[str, str]
    ) -> None:
        """With the application's token: scopes, and the earlier end; without the scope that posts need, what to do."""
        with serving(kind) as server:
            server.scopes = ["pages_read_engagement", right]
            later = int((ENDS + timedelta(days=9)).timestamp())
            server.of_token |= {"expires_at": later, "data_access_expires_at": int(ENDS.timestamp())}
            identity = of(network, server.url, APP, **options).whoami()
            assert (identity.rights, identity.expires) == (("pages_read_engagement", right), ENDS)
            server.of_token |= {"expires_at": 0, "data_access_expires_at": 0}
            assert of(network, server.url, APP, **options).whoami().expires is None
            server.scopes = ["pages_read_engagement"]
            with pytest.raises(CredentialRejected, match=f"log in again and allow {right}"):
                of(network, server.url, APP, **options).whoami()

    def test_an_application_that_may_not_ask_is_no_trouble(self) -> None:
        """A wrong application's token tells nothing, and its value is in no message; the Page is known all the same."""
        with serving(FakeFacebook) as server:
            identity = of("facebook", server.url, APP | {"app_token": "1|c4n4ry"}).whoami()
            assert (identity.handle, identity.rights, identity.expires) == ("The Museum", (), None)

    def test_a_token_that_is_over_is_told(self) -> None:
        """Meta knows tokens that it no longer takes."""
        with serving(FakeThreads) as server:
            server.may_ask.add(fake_graph.TOKEN)
            server.of_token = {"is_valid": False}
            with pytest.raises(CredentialRejected, match="log in again"):
                of("threads", server.url, APP).whoami()

    def test_threads_tells_testers_about_their_own_tokens(self) -> None:
        """A tester of the application may ask with the token itself; others are told nothing: that is no trouble."""
        with serving(FakeThreads) as server:
            server.scopes = ["threads_basic", "threads_content_publish"]
            server.of_token |= {"expires_at": int(ENDS.timestamp())}
            assert of("threads", server.url, APP).whoami().rights == ()
            server.may_ask.add(fake_graph.TOKEN)
            identity = of("threads", server.url, APP).whoami()
            assert (identity.rights, identity.expires) == (("threads_basic", "threads_content_publish"), ENDS)

    @pytest.mark.parametrize(
        ("network", "kind", "most", "right"),
        [
            ("instagram", FakeInstagram, 100, "instagram_business_content_publish"),
            ("threads", FakeThreads, 250, "threads_content_publish"),
        ],
    )
    def test_how_many_posts_are_left(self, network: str, kind: Any, most: int, right: str) -> None:
        """The network counts a moving day; who may not publish is not told, and that says what is missing."""
        with serving(kind) as server:
            server.posts = [{"reply_to": None}] * 4
            platform = of(network, server.url, APP)
            assert platform.allowances() == ()
            before = datetime.now(UTC)
            platform.whoami()
            (left,) = platform.allowances()
            assert left.remaining == most - 4
            assert before + timedelta(days=1) <= left.until <= datetime.now(UTC) + timedelta(days=1)
            server.may_publish = False
            with pytest.raises(CredentialRejected, match=f"may not publish; log in again and allow {right}"):
                platform.whoami()

    @pytest.mark.parametrize("told", [{}, {"data": []}, {"data": [{"quota_usage": 3}]}, {"data": [{"config": {}}]}])
    def test_what_cannot_be_read_is_not_told(self, told: dict[str, Any]) -> None:
        """No number is made up."""
        with serving(FakeThreads) as server:
            server.left = lambda _: (200, told)
            platform = of("threads", server.url, APP)
            platform.whoami()
            assert platform.allowances() == ()
