"""The museum's account on the fake X, and the judge of every request. For tests of the X adapter."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from mwcampaign.core.campaign import Account
from mwcampaign.platforms.x import X
from mwcampaign.testing.platform_contract import PublicPost
from mwcampaign.testing.proxy import Fault, FaultProxy, Seen
from mwcampaign.testing.rig import KeptSessions
from tests.platforms.fake_x import KEYS, FakeX, multipart

CONTRACT = Path(__file__).resolve().parents[3] / "shared" / "contracts" / "x-openapi.json"
"""X's own description of its interface; where it lies beside the project every request is judged against it."""
OF_TIMELINES = frozenset({"max_results", "start_time", "pagination_token", "exclude"})
"""What X's documentation names for a timeline."""
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
                text=post["text"],
                alts=tuple(self.server.media[media]["alt"] for media in post["media"]),
                reply_to=post["reply_to"],
                language=None,
                warning="",
            )
            for post in self.server.posts
        ]

    def fresh(self, kind: type[X] = X, limits: dict[str, int] | None = None, **keys: str) -> X:
        """Construct another adapter, with other limits or keys."""
        account = Account(id="museum@x", institution="museum", network="x", server=self.proxy.url, limits=limits or {})
        return kind(account, KEYS | keys, KeptSessions())

    def faulty(self, fault: Fault) -> X:
        """Arm the proxy for the next post."""
        platform = self.fresh(Impatient if fault is Fault.STALL else X)
        platform.whoami()
        self.proxy.arm(fault, **POST, style="x-rate-limit-reset")
        return platform

    def allowing(self, remaining: int, seconds: int, *, shared: bool = False, refused: bool = False) -> X:
        """Let X allow so many posts besides the next, or not even that one."""
        left, reset = (0 if refused else remaining + 1), int(time.time()) + seconds
        if shared:
            self.server.application = [left, reset]
        else:
            self.server.left, self.server.reset = left, reset
        return self.fresh()

    def delete(self, remote_id: str) -> None:
        """Delete it on X."""
        self.server.delete(remote_id)

    def edit(self, remote_id: str, text: str) -> bool:
        """Edit it on X, as accounts that pay may within an hour."""
        self.server.edit(remote_id, text)
        return True

    def repeat(self, remote_id: str) -> str:
        """Post it again when X no longer minds: it does not say when that is."""
        (post,) = [each for each in self.server.posts if each["id"] == remote_id]
        self.server.posts.append(post | {"id": self.server.next_id()})
        return str(self.server.posts[-1]["id"])


class Judge:
    """Judges requests by X's own OpenAPI description, independently of adapter and fake."""

    def __init__(self, described: dict[str, Any]) -> None:
        self._described = described
        self.judged = 0

    def faults(self, seen: Seen) -> list[str]:
        """Return what the description objects to in a request: path, method, content type, fields, kinds, values."""
        path = urlsplit(seen.path).path
        operation = self._described["paths"].get(path, {}).get(seen.method.lower())
        if path == "/2/users/1/tweets":
            # The description that lies there has no timeline; fields of posts are the same everywhere.
            return self._asked(seen.path, self._described["paths"]["/2/tweets"]["get"], OF_TIMELINES)
        if operation is None:
            return [f"{seen.method} {path} is not described"]
        self.judged += 1
        if seen.method == "GET":
            return self._asked(seen.path, operation)
        kind = seen.lower["content-type"].partition(";")[0]
        content = operation["requestBody"]["content"]
        if kind not in content:
            return [f"{path} does not take {kind}"]
        told = json.loads(seen.body) if kind == "application/json" else self._form(seen)
        return self._objections(told, content[kind]["schema"])

    def _form(self, seen: Seen) -> dict[str, str]:
        return {name: part.decode("latin-1") for name, part in multipart(seen.lower["content-type"], seen.body).items()}

    def _asked(self, path: str, operation: dict[str, Any], others: frozenset[str] = frozenset()) -> list[str]:
        shared = self._described["components"]["parameters"]
        each = [shared[p["$ref"].rpartition("/")[2]] if "$ref" in p else p for p in operation.get("parameters", ())]
        known = {parameter["name"]: parameter["schema"] for parameter in each}
        faults = []
        for name, values in parse_qs(urlsplit(path).query).items():
            if name in others:
                continue
            if name not in known:
                faults.append(f"there is no parameter {name}")
            else:
                many = known[name].get("type") == "array"
                faults += self._objections(",".join(values).split(",") if many else values[0], known[name])
        return faults

    def _objections(self, told: object, schema: dict[str, Any]) -> list[str]:
        from jsonschema import Draft202012Validator

        whole = schema | {"components": self._described["components"]}
        return [error.message for error in Draft202012Validator(whole).iter_errors(told)]
