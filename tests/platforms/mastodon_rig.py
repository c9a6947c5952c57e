"""alice's account on mastodon-mock, and its rig. For tests of the Mastodon adapter."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

from mwcampaign.core.campaign import Account
from mwcampaign.platforms.mastodon import Mastodon
from mwcampaign.testing.platform_contract import PublicPost
from mwcampaign.testing.proxy import Fault, FaultProxy
from mwcampaign.testing.rig import KeptSessions

TOKEN = "alice_token"
POST = {"method": "POST", "path": "^/api/v1/statuses$"}


class Impatient(Mastodon):
    """The adapter with a read time-out short enough for tests of silence."""

    timeout = 0.5


class MastodonRig:
    """alice's account on mastodon-mock, seen through a proxy by the adapter and directly by the test."""

    module = "mwcampaign.platforms.mastodon"
    canary = (TOKEN,)

    def __init__(self, server: str, proxy: FaultProxy) -> None:
        self.server, self.proxy = server, proxy
        self.call("POST", "/api/v1/_mock/reset")
        self.me = self.call("GET", "/api/v1/accounts/verify_credentials")["id"]
        self.before = {status["id"] for status in self.statuses()}
        self.platform = self.fresh()

    def call(self, method: str, path: str, **fields: str | list[str]) -> Any:
        """Ask the server without the adapter."""
        data = urllib.parse.urlencode(fields, doseq=True).encode() if fields else None
        request = urllib.request.Request(self.server + path, data, {"Authorization": f"Bearer {TOKEN}"}, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"null")

    def statuses(self) -> list[dict[str, Any]]:
        """Return the account's posts, newest first."""
        return list(self.call("GET", f"/api/v1/accounts/{self.me}/statuses?limit=40"))

    def posts(self) -> list[PublicPost]:
        """Return what was posted since the rig was made."""
        return [
            PublicPost(
                text=self.call("GET", f"/api/v1/statuses/{status['id']}/source")["text"],
                alts=tuple(each["description"] for each in status["media_attachments"]),
                reply_to=status["in_reply_to_id"],
                language=status["language"],
                warning=status["spoiler_text"],
                visibility=status["visibility"],
            )
            for status in reversed(self.statuses())
            if status["id"] not in self.before
        ]

    def fresh(self, kind: type[Mastodon] = Mastodon) -> Mastodon:
        """Construct another adapter."""
        account = Account(id="alice@mastodon", institution="louvre", network="mastodon", server=self.proxy.url)
        return kind(account, {"access_token": TOKEN}, KeptSessions())

    def faulty(self, fault: Fault) -> Mastodon:
        """Arm the proxy for the next post; an adapter that is connected already finds nobody when refused."""
        platform = self.fresh(Impatient if fault is Fault.STALL else Mastodon)
        platform.whoami()
        self.proxy.arm(fault, **POST, style="x-ratelimit-reset")
        return platform

    def allowing(self, remaining: int, seconds: int, *, shared: bool = False, refused: bool = False) -> Mastodon:
        """Let the next answer about a post tell it, as Mastodon documents it: all limits are of the account."""
        assert not shared
        reset = (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        headers = {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": str(remaining), "X-RateLimit-Reset": reset}
        if refused:
            self.proxy.answer(b'{"error": "Too many requests"}', status=429, headers=headers, **POST)
        else:
            self.proxy.answer(None, forward=True, headers=headers, **POST)
        return self.fresh()

    def delete(self, remote_id: str) -> None:
        """Delete it through the server's own interface."""
        self.call("DELETE", f"/api/v1/statuses/{remote_id}")

    def edit(self, remote_id: str, text: str) -> bool:
        """Edit it through the server's own interface, which clears what is not sent again."""
        status = self.call("GET", f"/api/v1/statuses/{remote_id}")
        kept = {"media_ids[]": [each["id"] for each in status["media_attachments"]]}
        self.call("PUT", f"/api/v1/statuses/{remote_id}", status=text, **kept)
        return True

    def repeat(self, remote_id: str) -> str:
        """Post its source again."""
        text = self.call("GET", f"/api/v1/statuses/{remote_id}/source")["text"]
        return str(self.call("POST", "/api/v1/statuses", status=text)["id"])
