"""What VK's answers mean: errors with status 200, odd bodies, rights, versions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from mwcampaign.core.campaign import Account
from mwcampaign.core.delivery import Receipt
from mwcampaign.core.ports import Metrics
from mwcampaign.errors import Ambiguous, CredentialRejected, Deferred, PublishError, Rejected
from mwcampaign.platforms.vk import VK
from mwcampaign.testing import samples
from mwcampaign.testing.proxy import Fault
from mwcampaign.testing.rig import KeptSessions, Sending
from tests.platforms.fake_vk import GROUP, TOKEN, error
from tests.platforms.vk_rig import POST, VKRig, community


@pytest.fixture
def vk_rig() -> Iterator[VKRig]:
    """A community without posts; at the end every call, and every answer, is judged by VK's own description."""
    with community() as rig:
        yield rig


class TestErrors(Sending):
    """VK's errors come with status 200, and repeat what was sent."""

    @pytest.mark.parametrize(
        ("code", "kind", "reach", "wait"),
        [
            (1, Ambiguous, "network", None),
            (5, CredentialRejected, "account", None),
            (6, Deferred, "account", 1),
            (9, Deferred, "account", None),
            (10, Ambiguous, "network", None),
            (14, Rejected, "account", None),
            (15, Rejected, "account", None),
            (17, Rejected, "account", None),
            (29, Deferred, "account", None),
            (36, Ambiguous, "network", None),
            (100, Rejected, "post", None),
            (203, Rejected, "account", None),
            (214, Deferred, "account", 3600),
            (219, Rejected, "post", None),
            (222, Rejected, "post", None),
            (1117, CredentialRejected, "account", None),
            (13000, Rejected, "account", None),
            (424242, Ambiguous, "network", None),
        ],
    )
    def test_an_error_means(
        self, vk_rig: VKRig, code: int, kind: type[PublishError], reach: str, wait: int | None
    ) -> None:
        """Its number says what and for whom; a number nobody knows is doubt. Of the parameters nothing is told on."""
        vk_rig.proxy.answer(json.dumps(error(code, f"Words with {TOKEN}")).encode(), **POST)
        with pytest.raises(kind) as caught:
            vk_rig.platform.publish(self.ready(vk_rig.platform, samples.message("Secret plan")))
        assert type(caught.value) is kind
        assert caught.value.reach == reach
        retry_after = getattr(caught.value, "retry_after", None)
        assert retry_after == (None if wait is None else timedelta(seconds=wait))
        assert str(caught.value).startswith(
            f"publish (VK 5.199): the server answered with error {code}: Words with ***"
        )
        assert "Secret plan" not in str(caught.value)

    @pytest.mark.parametrize("body", [b'{"error": "no"}', b'{"error": {"error_code": "5"}}', b'{"error": {}}'])
    def test_an_error_that_says_nothing_is_doubt(self, vk_rig: VKRig, body: bytes) -> None:
        """Odd bodies prove nothing."""
        vk_rig.proxy.answer(body, **POST)
        with pytest.raises(Ambiguous, match="error"):
            vk_rig.platform.publish(self.ready(vk_rig.platform, samples.message("Odd")))

    @pytest.mark.parametrize(("status", "kind"), [(502, Ambiguous), (414, Rejected), (429, Deferred)])
    def test_a_status_is_heeded_too(self, vk_rig: VKRig, status: int, kind: type[PublishError]) -> None:
        """Something before VK may speak as others do."""
        vk_rig.proxy.arm(Fault.BAD_REQUEST, **POST, status=status)
        with pytest.raises(kind):
            vk_rig.platform.publish(self.ready(vk_rig.platform, samples.message("No")))

    def test_every_call_is_a_post_with_its_version(self, vk_rig: VKRig) -> None:
        """The account's version in every call; the token in a header, never in an address or a body."""
        platform = vk_rig.fresh(api_version="5.207")
        platform.publish(self.ready(platform, samples.message("Versions", 1)))
        platform.whoami()
        calls = [seen for seen in vk_rig.proxy.requests if seen.path.startswith("/method/")]
        assert {seen.method for seen in calls} == {"POST"}
        assert all(b"v=5.207" in seen.body.split(b"&") for seen in calls)
        assert [seen for seen in calls if TOKEN in seen.path or TOKEN.encode() in seen.body] == []

    def test_signing_in_names_the_community(self, vk_rig: VKRig) -> None:
        """A wrong token is told as that; a missing one sends nothing."""
        identity = vk_rig.platform.whoami()
        assert (identity.remote_id, identity.url) == (f"-{GROUP}", f"https://vk.com/club{GROUP}")
        with pytest.raises(CredentialRejected, match="error 5"):
            vk_rig.fresh(token="another").whoami()
        before = len(vk_rig.proxy.requests)
        with pytest.raises(CredentialRejected, match="access_token"):
            vk_rig.fresh(token="").whoami()
        assert len(vk_rig.proxy.requests) == before

    def test_another_s_community_is_refused(self, vk_rig: VKRig) -> None:
        """With the first photo, before anything is public."""
        with pytest.raises(Rejected, match="error 15") as caught:
            vk_rig.fresh(group_id="1").upload(*samples.picture())
        assert caught.value.reach == "account"

    def test_a_gone_post_has_no_figures(self, vk_rig: VKRig) -> None:
        """None, not zeros."""
        gone = Receipt("404", f"https://vk.com/wall-{GROUP}_404", datetime.now(UTC))
        assert vk_rig.platform.metrics(gone) == Metrics()

    @pytest.mark.parametrize(
        "options", [{}, {"group_id": "-1234567"}, {"group_id": "museum"}, {"group_id": "1", "api_version": "new"}]
    )
    def test_options_are_checked_offline(self, options: dict[str, str]) -> None:
        """A community without a number, with a minus or a name, a version that is none."""
        account = Account(id="museum@vk", institution="museum", network="vk", options=options)
        platform = VK(account, {}, KeptSessions())
        assert [code for code, _ in platform.check(samples.message())] == ["MW320"]
        assert set(options) <= set(VK.option_names)
