"""The museum's account on the fake Pixelfed, and its rig. For tests of the Pixelfed adapter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from mwcampaign.core.campaign import Account
from mwcampaign.platforms.pixelfed import Pixelfed
from mwcampaign.testing.platform_contract import PublicPost
from mwcampaign.testing.proxy import Fault, FaultProxy
from mwcampaign.testing.rig import KeptSessions
from tests.platforms.fake_pixelfed import TOKEN, FakePixelfed

POST: dict[str, Any] = {"method": "POST", "path": "^/api/v1/statuses$"}


class Impatient(Pixelfed):
    """The adapter with a read time-out short enough for tests of silence."""

    timeout = 0.5


class PixelfedRig:
    """The account, seen through a proxy by the adapter and directly by the test."""

    module = "mwcampaign.platforms.pixelfed"
    canary = (TOKEN,)

    def __init__(self, server: FakePixelfed, proxy: FaultProxy) -> None:
        self.server, self.proxy = server, proxy
        self.platform = self.fresh()

    def posts(self) -> list[PublicPost]:
        """Return what is public: Pixelfed keeps no language."""
        return [
            PublicPost(
                text=status["text"],
                alts=tuple(self.server.media[media]["alt"] for media in status["media"]),
                reply_to=status["reply_to"],
                language=None,
                warning=status["warning"],
                visibility=status["visibility"],
            )
            for status in self.server.statuses
        ]

    def fresh(self, kind: type[Pixelfed] = Pixelfed, token: str = TOKEN) -> Pixelfed:
        """Construct another adapter."""
        account = Account(id="museum@pixelfed", institution="museum", network="pixelfed", server=self.proxy.url)
        return kind(account, {"access_token": token}, KeptSessions())

    def faulty(self, fault: Fault) -> Pixelfed:
        """Arm the proxy for the next post."""
        platform = self.fresh(Impatient if fault is Fault.STALL else Pixelfed)
        platform.whoami()
        self.proxy.arm(fault, **POST)
        return platform

    def allowing(self, remaining: int, seconds: int, *, shared: bool = False, refused: bool = False) -> Pixelfed:
        """Let the next answer about a post tell it, as servers do that tell it at all."""
        assert not shared
        reset = (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        headers = {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": str(remaining), "X-RateLimit-Reset": reset}
        if refused:
            self.proxy.answer(b'{"error": "Too Many Attempts."}', status=429, headers=headers, **POST)
        else:
            self.proxy.answer(None, forward=True, headers=headers, **POST)
        return self.fresh()

    def delete(self, remote_id: str) -> None:
        """Delete it on the server."""
        self.server.statuses = [each for each in self.server.statuses if each["id"] != remote_id]

    def edit(self, remote_id: str, text: str) -> bool:
        """Give it another caption."""
        for status in self.server.statuses:
            if status["id"] == remote_id:
                status["text"] = text
        return True

    def repeat(self, remote_id: str) -> str:
        """Post its pictures and its words again, as a person does: with uploads of their own."""
        (status,) = [each for each in self.server.statuses if each["id"] == remote_id]
        again = []
        for media in status["media"]:
            again.append(self.server.next_id())
            self.server.media[again[-1]] = {"alt": self.server.media[media]["alt"], "status": None}
        self.server.statuses.append(status | {"id": self.server.next_id(), "media": again})
        return str(self.server.statuses[-1]["id"])
