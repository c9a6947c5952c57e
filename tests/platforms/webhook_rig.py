"""The museum's account at a receiver, for tests of the webhook adapter."""

from __future__ import annotations

from typing import Any

from mwcampaign.core.campaign import Account
from mwcampaign.platforms.webhook import Webhook
from mwcampaign.testing.platform_contract import PublicPost
from mwcampaign.testing.proxy import Fault, FaultProxy
from mwcampaign.testing.rig import KeptSessions
from tests.platforms.fake_webhook import KEY, PATH, SECRET, FakeWebhook

POST: dict[str, Any] = {"method": "POST"}


class Impatient(Webhook):
    """The adapter with a read time-out short enough for tests of silence."""

    timeout = 0.5


class WebhookRig:
    """The receiver, seen through a proxy by the adapter and directly by the test; `options` are the account's."""

    module = "mwcampaign.platforms.webhook"
    canary = (SECRET, KEY, PATH)

    def __init__(self, server: FakeWebhook, proxy: FaultProxy, **options: str) -> None:
        self.server, self.proxy = server, proxy
        self._options = {"plain_http": "yes"} | options
        self.platform = self.fresh()

    def posts(self) -> list[PublicPost]:
        """Return what is shown."""
        return [
            PublicPost(
                text=post["text"],
                alts=tuple(picture["alt"] for picture in post["pictures"]),
                reply_to=post["reply_to"],
                language=post["language"],
                warning=post["warning"],
            )
            for post in self.server.posts
        ]

    def fresh(
        self,
        kind: type[Webhook] = Webhook,
        secrets: dict[str, str] | None = None,
        server: str | None = None,
        **options: str,
    ) -> Webhook:
        """Construct another adapter, with other secrets, another server or other options."""
        account = Account(id="museum@webhook", institution="museum", network="webhook",
                          server=self.proxy.url if server is None else server,
                          options=self._options | options)  # fmt: skip
        return kind(account, {"path": PATH, "signing_secret": SECRET} | (secrets or {}), KeptSessions())

    def faulty(self, fault: Fault) -> Webhook:
        """Arm the proxy for the next request."""
        platform = self.fresh(Impatient if fault is Fault.STALL else Webhook)
        self.proxy.arm(fault, **POST)
        return platform

    def allowing(self, remaining: int, seconds: int, *, shared: bool = False, refused: bool = False) -> Webhook:
        """Let the next request be refused for now, or not: a receiver tells nothing of what remains."""
        assert not shared
        if refused:
            self.proxy.arm(Fault.RATE_LIMIT, **POST, wait=seconds)
        return self.fresh()

    def delete(self, remote_id: str) -> None:
        """Take it down."""
        self.server.posts = [post for post in self.server.posts if post["id"] != remote_id]

    def edit(self, remote_id: str, text: str) -> bool:
        """Give it other words."""
        for post in self.server.posts:
            if post["id"] == remote_id:
                post["text"] = text
        return True

    def repeat(self, remote_id: str) -> str:
        """Show it again."""
        (post,) = [each for each in self.server.posts if each["id"] == remote_id]
        return str(self.server.add(post)["id"])
