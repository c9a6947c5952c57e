"""What `accounts verify` learns from each network: rights, ends, what is left; a missing right says what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mwcampaign.core.campaign import Account
from mwcampaign.core.ports import Platform
from mwcampaign.errors import CredentialRejected, Rejected
from mwcampaign.platforms import adapter
from mwcampaign.testing.proxy import FaultProxy
from mwcampaign.testing.rig import KeptSessions
from tests.platforms import fake_linkedin, fake_telegram, fake_vk, fake_wechat, fake_weibo
from tests.platforms.fake_pixelfed import TOKEN as PIXELFED
from tests.platforms.fake_pixelfed import FakePixelfed
from tests.platforms.mastodon_rig import MastodonRig
from tests.platforms.telegram_rig import TelegramRig
from tests.platforms.x_rig import XRig


@contextmanager
def serving(kind: Any) -> Iterator[Any]:
    """Stand up a fake."""
    server = kind()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def of(network: str, server: str, secrets: Mapping[str, str], **options: str) -> Platform:
    """Return an adapter on a server."""
    account = Account(id=f"m@{network}", institution="m", network=network, server=server, options=options)
    return adapter(network)(account, secrets, KeptSessions())


class TestTelegram:
    """A bot's place in its channel."""

    @pytest.fixture
    def channel(self) -> Iterator[TelegramRig]:
        """A channel with a bot."""
        with serving(fake_telegram.FakeTelegram) as server, FaultProxy(server.url) as proxy:
            yield TelegramRig(server, proxy)

    def test_rights_are_told_in_telegrams_words(self, channel: TelegramRig) -> None:
        """Place first, then what is allowed."""
        channel.server.member = {"status": "administrator", "can_post_messages": True, "can_edit_messages": False}
        assert channel.platform.whoami().rights == ("administrator", "can_post_messages")

    @pytest.mark.parametrize(
        ("member", "what"),
        [
            ({"status": "left"}, "add it there"),
            ({"status": "kicked"}, "add it there"),
            ({"status": "administrator", "can_post_messages": False}, "with the right to post messages"),
            ({"status": "member"}, "with the right to post messages"),
        ],
    )
    def test_what_to_do_is_said(self, channel: TelegramRig, member: dict[str, Any], what: str) -> None:
        """Whoever reads it can mend it."""
        channel.server.member = member
        with pytest.raises(CredentialRejected, match=what):
            channel.platform.whoami()


class TestVK:
    """A token's mask, and the person behind it."""

    SECRETS: Mapping[str, str] = {"access_token": fake_vk.TOKEN}
    GROUP: Mapping[str, str] = {"group_id": str(fake_vk.GROUP)}

    def test_rights_and_community(self) -> None:
        """Bits become VK's words; the community has its own name."""
        with serving(fake_vk.FakeVK) as server:
            identity = of("vk", server.url, self.SECRETS, **self.GROUP).whoami()
            assert (identity.handle, identity.rights) == ("the_museum", ("photos", "wall", "groups"))

    @pytest.mark.parametrize(
        ("mask", "role", "what"),
        [
            (4, {}, "no right to wall; ask VK's developer support"),
            (8192, {}, "no right to photos"),
            (4 + 8192 + 262_144, {"is_admin": 0}, "no editor or administrator"),
            (4 + 8192 + 262_144, {"is_admin": 1, "admin_level": 1}, "no editor or administrator"),
        ],
    )
    def test_what_is_missing(self, mask: int, role: dict[str, int], what: str) -> None:
        """The right, or the role."""
        with serving(fake_vk.FakeVK) as server:
            server.mask, server.role = mask, role
            with pytest.raises(CredentialRejected, match=what):
                of("vk", server.url, self.SECRETS, **self.GROUP).whoami()

    def test_what_vk_does_not_tell(self) -> None:
        """A token for which the methods are not: nothing is claimed, and nothing refused."""
        with serving(fake_vk.FakeVK) as server:
            server.mask = None
            assert of("vk", server.url, self.SECRETS, **self.GROUP).whoami().rights == ()


class TestWeibo:
    """What a token is, and how many calls are left."""

    SECRETS: Mapping[str, str] = {"access_token": fake_weibo.TOKEN}

    def test_end_and_calls(self) -> None:
        """The token's end is reckoned from what is left of it; calls are what bounds posts."""
        with serving(fake_weibo.FakeWeibo) as server:
            server.token = {"scope": "all,email", "expire_in": 86_400}
            platform, before = of("weibo", server.url, self.SECRETS), datetime.now(UTC)
            identity = platform.whoami()
            assert identity.rights == ("all", "email")
            assert identity.expires is not None
            assert before + timedelta(days=1) <= identity.expires <= datetime.now(UTC) + timedelta(days=1)
            assert [left.remaining for left in platform.allowances()] == [150]

    @pytest.mark.parametrize("token", [{"scope": None, "expires_in": 10**10}, {}])
    def test_what_is_not_told(self, token: dict[str, Any]) -> None:
        """No scope, no end that anybody will see."""
        with serving(fake_weibo.FakeWeibo) as server:
            server.token = token
            identity = of("weibo", server.url, self.SECRETS).whoami()
            assert (identity.rights, identity.expires) == ((), None)

    def test_a_token_that_is_over(self) -> None:
        """It is said so, with what to do."""
        with serving(fake_weibo.FakeWeibo) as server:
            server.token = {"expire_in": -5}
            with pytest.raises(CredentialRejected, match="log in again"):
                of("weibo", server.url, self.SECRETS).whoami()


class TestWeChat:
    """How often articles may be submitted, and whether at all."""

    SECRETS: Mapping[str, str] = {"appid": fake_wechat.APPID, "secret": fake_wechat.SECRET}

    def test_what_is_left_today(self) -> None:
        """As WeChat's own interface for quotas tells it; a quota of nothing is no quota."""
        with serving(fake_wechat.FakeWeChat) as server:
            platform = of("wechat", server.url, self.SECRETS)
            platform.whoami()
            assert [left.remaining for left in platform.allowances()] == [97]
            server.quota = {"daily_limit": 0, "used": 0, "remain": 0}
            platform.whoami()
            assert platform.allowances() == ()

    def test_an_account_without_the_right_to_publish(self) -> None:
        """Drafts may be there, and publishing not: that is found out before the week."""
        with serving(fake_wechat.FakeWeChat) as server:
            server.refusal = ("/cgi-bin/freepublish/batchget", {"errcode": 48001, "errmsg": "api unauthorized"})
            with pytest.raises(CredentialRejected, match="no right to this interface"):
                of("wechat", server.url, self.SECRETS).whoami()


class TestLinkedIn:
    """What its application is told of a token."""

    SECRETS: Mapping[str, str] = {"access_token": fake_linkedin.TOKEN, "client_id": fake_linkedin.CLIENT,
                                  "client_secret": fake_linkedin.CLIENT_SECRET}  # fmt: skip
    PAGE: Mapping[str, str] = {"organization": fake_linkedin.PAGE_URN.rpartition(":")[2]}

    def test_scopes_and_end(self) -> None:
        """With the application's id and secret; without them nothing is asked."""
        with serving(fake_linkedin.FakeLinkedIn) as server:
            identity = of("linkedin", server.url, self.SECRETS, **self.PAGE).whoami()
            assert identity.rights == ("r_organization_social", "w_organization_social")
            assert identity.expires == datetime.fromtimestamp(1_797_497_620, UTC)
            alone = {"access_token": fake_linkedin.TOKEN}
            assert of("linkedin", server.url, alone, **self.PAGE).whoami().rights == ()

    @pytest.mark.parametrize(
        ("token", "what"),
        [
            ({"active": False, "status": "expired"}, "expired for this application; log in again"),
            ({"active": True, "scope": "r_organization_social"}, "no scope w_organization_social"),
        ],
    )
    def test_what_is_missing(self, token: dict[str, Any], what: str) -> None:
        """A token that is over, or may not post."""
        with serving(fake_linkedin.FakeLinkedIn) as server:
            server.token = token
            with pytest.raises(CredentialRejected, match=what):
                of("linkedin", server.url, self.SECRETS, **self.PAGE).whoami()

    @pytest.mark.parametrize("wrong", ["client_id", "client_secret"])
    def test_a_wrong_application(self, wrong: str) -> None:
        """It is told, without the secret that the server repeats."""
        with serving(fake_linkedin.FakeLinkedIn) as server:
            secrets = {**self.SECRETS, wrong: "c4n4ry-wrong"}
            with pytest.raises(Rejected) as caught:
                of("linkedin", server.url, secrets, **self.PAGE).whoami()
            assert "c4n4ry" not in str(caught.value)


class TestX:
    """What keys may do."""

    @pytest.mark.parametrize(("level", "rights"), [("read-write", ("read-write",)), ("", ())])
    def test_the_level_of_access(self, x_rig: XRig, level: str, rights: tuple[str, ...]) -> None:
        """Told in a header, where X sends it."""
        x_rig.server.level = level
        assert x_rig.platform.whoami().rights == rights

    def test_keys_that_only_read(self, x_rig: XRig) -> None:
        """The mistake that everybody makes once: the app was set to write after the token was made."""
        x_rig.server.level = "read"
        with pytest.raises(CredentialRejected, match="make its access token anew"):
            x_rig.platform.whoami()


class TestFediverse:
    """The rights of an application."""

    PATH: Mapping[str, str] = {"method": "GET", "path": "^/api/v1/apps/verify_credentials"}

    @pytest.mark.parametrize("scopes", [b'["read", "write"]', b'"read write"'])
    def test_scopes_are_told(self, mastodon_rig: MastodonRig, scopes: bytes) -> None:
        """As servers tell them from 4.3 on, some in one text; `write` holds all that is needed."""
        mastodon_rig.proxy.answer(b'{"name": "w", "scopes": %s}' % scopes, **self.PATH)
        assert mastodon_rig.platform.whoami().rights == ("read", "write")

    def test_what_is_missing(self, mastodon_rig: MastodonRig) -> None:
        """An application that may not upload: pictures would be refused."""
        mastodon_rig.proxy.answer(b'{"scopes": ["read", "write:statuses"]}', **self.PATH)
        with pytest.raises(CredentialRejected, match="no right to write:media; make one that has"):
            mastodon_rig.platform.whoami()

    @pytest.mark.parametrize("told", [b'{"name": "an older server"}', b"[]"])
    def test_older_servers(self, mastodon_rig: MastodonRig, told: bytes) -> None:
        """They tell no scopes: nothing is claimed."""
        mastodon_rig.proxy.answer(told, **self.PATH)
        assert mastodon_rig.platform.whoami().rights == ()

    def test_pixelfed_tells_none(self) -> None:
        """It has no such answer; the account is known all the same."""
        with serving(FakePixelfed) as server:
            identity = of("pixelfed", server.url, {"access_token": PIXELFED}).whoami()
            assert (identity.handle, identity.rights) == ("museum", ())
