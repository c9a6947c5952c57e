"""What the Bluesky adapter is tried on: the reference server, a proxy before it, and a look past both.

Test files join with `pytest_plugins`; they import it too, so: PYTEST_DONT_REWRITE.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from mwcampaign.core.campaign import Account
from mwcampaign.core.delivery import DeliveryKey, Envelope
from mwcampaign.core.ports import Handles
from mwcampaign.platforms.bluesky import POST, Bluesky
from mwcampaign.testing import samples
from mwcampaign.testing.proxy import Fault, FaultProxy
from mwcampaign.testing.rig import KeptSessions, PublicPost
from tests.platforms.pds import Pds, PdsAccount

PUT = "putRecord"
SIGN_IN = "createSession"
RENEW = "refreshSession"
KEY = DeliveryKey("0" * 64)
NOBODY = "http://127.0.0.1:1"


class Patient(Bluesky):
    """The adapter with nobody to ask for figures."""

    patience = 20.0
    appview = NOBODY


class Hasty(Patient):
    """The adapter that does not wait long for an answer."""

    patience = 1.0


@dataclass
class BlueskyRig:
    """An account on the reference server; `sessions` outlive the adapters, as files do."""

    pds: Pds
    proxy: FaultProxy
    sessions: KeptSessions = field(default_factory=KeptSessions)
    module: str = "mwcampaign.platforms.bluesky"

    def __post_init__(self) -> None:
        self.account: PdsAccount = self.pds.accounts[0]
        self.began = datetime.now(UTC)
        self.made: list[Bluesky] = []
        self.faults: list[Fault] = []
        self.before = {record["uri"] for record in self._all()}
        self.seen = len(self.proxy.requests)
        self.platform: Bluesky = self.fresh()

    @property
    def canary(self) -> tuple[str, ...]:
        """The password and every token of the session."""
        tokens = [part for told in self.sessions.saved.values() for part in json.loads(told)["session"].split(":::")]
        return (self.account.app_password, *(token for token in tokens if token.count(".") == 2 and len(token) > 50))

    def fresh(self, kind: type[Bluesky] = Patient, **changes: str) -> Bluesky:
        """Construct another adapter of the account."""
        told = {"id": "museum@bluesky", "handle": self.account.handle, "server": self.proxy.url} | changes
        account = Account(institution="museum", network="bluesky", **told)  # type: ignore[arg-type]
        self.made.append(kind(account, {"app_password": self.account.app_password}, self.sessions))
        return self.made[-1]

    def faulty(self, fault: Fault) -> Bluesky:
        """Return an adapter that is signed in and whose next publication meets the fault."""
        platform = self.fresh(Hasty if fault is Fault.STALL else Patient)
        platform.whoami()
        self.faults.append(fault)
        self.proxy.arm(fault, method="POST", path=PUT, style="ratelimit-reset")
        return platform

    def allowing(self, remaining: int, seconds: int, *, shared: bool = False, refused: bool = False) -> Bluesky:
        """Let the next answer about a record tell it, in points, as the reference server tells its hourly limit."""
        assert not shared
        platform = self.fresh()
        platform.whoami()
        reset = str(int((datetime.now(UTC) + timedelta(seconds=seconds)).timestamp()))
        # A record takes three points; one more is not enough for another.
        points = str(remaining * 3 + 1 if remaining else 0)
        headers = {"RateLimit-Limit": "5000", "RateLimit-Remaining": points, "RateLimit-Reset": reset,
                   "RateLimit-Policy": "5000;w=3600"}  # fmt: skip
        if refused:
            told = b'{"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}'
            self.proxy.answer(told, status=429, headers=headers, path=PUT)
        else:
            self.proxy.answer(None, forward=True, headers=headers, path=PUT)
        return platform

    def delete(self, remote_id: str) -> None:
        """Delete the record."""
        self.write("deleteRecord", rkey=remote_id.rpartition("/")[2])

    def edit(self, remote_id: str, text: str) -> bool:
        """Overwrite the record with other words: no app does it, but any program may."""
        (value,) = [record["value"] for record in self.records() if record["uri"] == remote_id]
        self.write("putRecord", rkey=remote_id.rpartition("/")[2], record=value | {"text": text})
        return True

    def repeat(self, remote_id: str) -> str:
        """Make the record again, under a key of the server's choice and with the time of now."""
        (value,) = [record["value"] for record in self.records() if record["uri"] == remote_id]
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return str(self.write("createRecord", record=value | {"createdAt": now})["uri"])

    def write(self, method: str, **told: Any) -> Any:
        """Call a method that changes the repository, with the session that the adapter has kept."""
        (kept,) = self.sessions.saved.values()
        headers = {"Authorization": f"Bearer {json.loads(kept)['session'].split(':::')[2]}"}
        body = {"repo": self.account.did, "collection": POST} | told
        answer = httpx.post(f"{self.pds.url}/xrpc/com.atproto.repo.{method}", json=body, headers=headers)
        return answer.raise_for_status().json()

    def prepared(self, text: str, **handles: Any) -> Envelope:
        """Return the request of a message, at this moment."""
        return self.platform.prepare(samples.message(text), Handles(**handles), KEY, datetime.now(UTC))

    def records(self) -> list[dict[str, Any]]:
        """Return the records made since the rig was, oldest key first, as the server gives them to anybody."""
        return [record for record in self._all() if record["uri"] not in self.before]

    def _all(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        asked: dict[str, Any] = {"repo": self.account.did, "collection": POST, "limit": 100, "reverse": True}
        while True:
            page = httpx.get(f"{self.pds.url}/xrpc/com.atproto.repo.listRecords", params=asked).raise_for_status()
            found += page.json()["records"]
            if len(page.json()["records"]) < 100:
                return found
            asked["cursor"] = page.json()["cursor"]

    def posts(self) -> list[PublicPost]:
        """Return what the public gets."""
        return [_post(record["value"]) for record in self.records()]

    def calls(self, method: str) -> int:
        """Count the requests to a method since the rig was made."""
        return sum(method in request.path for request in self.proxy.requests[self.seen :])

    def close(self) -> None:
        """Close the adapters, and make the proxy usable for the next."""
        for platform in self.made:
            platform.close()
        self.proxy.calm()
        if Fault.REFUSE in self.faults:
            self.proxy.listen()


def _post(value: dict[str, Any]) -> PublicPost:
    images = value.get("embed", {}).get("images", ())
    labels = value.get("labels", {}).get("values", ())
    return PublicPost(
        text=value["text"],
        alts=tuple(image["alt"] for image in images),
        reply_to=value["reply"]["parent"]["uri"] if "reply" in value else None,
        language=value["langs"][0],
        warning=",".join(label["val"] for label in labels),
    )


@pytest.fixture(scope="session")
def bluesky_sessions() -> KeptSessions:
    """One session for all tests: the network allows few logins."""
    return KeptSessions()


@pytest.fixture(scope="session")
def bluesky_proxy(pds: Pds) -> Iterator[FaultProxy]:
    """The proxy before the server."""
    with FaultProxy(pds.url) as running:
        yield running


@pytest.fixture
def bluesky(pds: Pds, bluesky_proxy: FaultProxy, bluesky_sessions: KeptSessions) -> Iterator[BlueskyRig]:
    """The first account of the server."""
    made = BlueskyRig(pds, bluesky_proxy, bluesky_sessions)
    yield made
    made.close()
