"""The museum's account on the fake X, and the judge of every request. For tests of the X adapter."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mwcampaign.core.campaign import Account
from mwcampaign.platforms.x import X
from mwcampaign.testing.platform_contract import PublicPost
from mwcampaign.testing.proxy import Fault, FaultProxy, Seen
from mwcampaign.testing.rig import KeptSessions
from tests.platforms.fake_x import KEYS, FakeX

CONTRACT = Path(__file__).resolve().parents[3] / "shared" / "contracts" / "x-openapi.json"
"""X's own description of its interface; where it lies beside the project every request is judged against it."""
POST = {"method": "POST", "path": "^/2/tweets$"}


class Impatient(X):
    """The adapter with a read time-out short enough for tests of silence."""

    timeout = 0.5


class XRig:
    """The account, seen through a proxy by the adapter and directly by the test."""

    module = "mwcampaign.platforms.x"
    canary = tuple(KEYS.values())

    def __init__(self, server: FakeX, proxy: FaultProxy) -> None:
        self.server, self.proxy = server, proxy
        self.platform = self.fresh()

    def posts(self) -> list[PublicPost]:
        """Return what is public."""
        return [
            PublicPost(
                text=html.unescape(html.escape(post["text"])),
                alts=tuple(self.server.media[media]["alt"] for media in post["media"]),
                reply_to=post["reply_to"],
                language=None,
                warning="",
            )
            for post in self.server.posts
        ]

    def fresh(self, kind: type[X] = X) -> X:
        """Construct another adapter."""
        account = Account(id="museum@x", institution="museum", network="x", server=self.proxy.url)
        return kind(account, dict(KEYS), KeptSessions())

    def faulty(self, fault: Fault) -> X:
        """Arm the proxy for the next post."""
        platform = self.fresh(Impatient if fault is Fault.STALL else X)
        platform.whoami()
        self.proxy.arm(fault, **POST, style="x-rate-limit-reset")
        return platform


class Judge:
    """Judges requests by X's own OpenAPI description, independently of adapter and fake."""

    def __init__(self, described: dict[str, Any]) -> None:
        self._described = described
        self.judged = 0

    def faults(self, seen: Seen) -> list[str]:
        """Return what the description objects to in a request."""
        from jsonschema import Draft202012Validator

        path = urlsplit(seen.path).path
        operation = self._described["paths"].get(path, {}).get(seen.method.lower())
        if operation is None:
            # The account's timeline is not part of the description that lies there.
            return [] if path == "/2/users/1/tweets" else [f"{seen.method} {path} is not described"]
        self.judged += 1
        if seen.method == "GET":
            known = {each.get("name") or each["$ref"] for each in operation.get("parameters", ())}
            asked = [part.partition("=")[0] for part in urlsplit(seen.path).query.split("&") if part]
            return [f"{path} has no parameter {name}" for name in asked if not _names(name, known, self._described)]
        kind = seen.lower["content-type"].partition(";")[0]
        content = operation["requestBody"]["content"]
        if kind not in content:
            return [f"{path} does not take {kind}"]
        if kind != "application/json":
            return []
        schema = content[kind]["schema"] | {"components": self._described["components"]}
        return [error.message for error in Draft202012Validator(schema).iter_errors(json.loads(seen.body))]


def _names(name: str, known: set[str], described: dict[str, Any]) -> bool:
    references = {each.rpartition("/")[2] for each in known if each.startswith("#")}
    named = {described["components"]["parameters"][each]["name"] for each in references}
    return name in known | named
