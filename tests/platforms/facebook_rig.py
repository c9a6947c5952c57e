"""The museum's Page on the fake Facebook, and the judge of every request to Meta's Graph. For tests of its adapters."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from mwcampaign.core.campaign import Account
from mwcampaign.platforms.facebook import Facebook
from mwcampaign.testing.platform_contract import PublicPost
from mwcampaign.testing.proxy import Fault, FaultProxy, Seen
from mwcampaign.testing.rig import KeptSessions
from tests.platforms.fake_facebook import PAGE, FakeFacebook
from tests.platforms.fake_graph import TOKEN, fields_of, named

CONTRACTS = Path(__file__).resolve().parents[3] / "shared" / "contracts" / "facebook"
"""Meta's own description of its objects; where it lies beside the project every request is judged against it."""
POST = {"method": "POST", "path": "/feed$"}
EVERYWHERE = frozenset({"access_token", "fields", "limit", "after"})
"""What Graph takes at every edge, by its general pages."""
IN_PROSE = {("Page", "photos"): frozenset({"source"})}
"""Files are described in the pages alone."""
MADE = {("Page", "feed"): "PagePost"}
"""What is read of a new object (read after write), where the description names the one it was made in."""


class Impatient(Facebook):
    """The adapter with a read time-out short enough for tests of silence."""

    timeout = 0.5


class FacebookRig:
    """The Page, seen through a proxy by the adapter and directly by the test."""

    module = "mwcampaign.platforms.facebook"
    canary = (TOKEN,)

    def __init__(self, server: FakeFacebook, proxy: FaultProxy) -> None:
        self.server, self.proxy = server, proxy
        self.platform = self.fresh()

    def posts(self) -> list[PublicPost]:
        """Return what is public."""
        photos = self.server.photos
        return [
            PublicPost(text=post["message"], alts=tuple(photos[photo]["alt"] for photo in post["photos"]))
            for post in self.server.posts
        ]

    def fresh(self, kind: type[Facebook] = Facebook, token: str = TOKEN, **options: str) -> Facebook:
        """Construct another adapter, with other options or another token."""
        account = Account(
            id="museum@facebook", institution="museum", network="facebook", server=self.proxy.url, options=options
        )
        return kind(account, {"access_token": token}, KeptSessions())

    def faulty(self, fault: Fault) -> Facebook:
        """Arm the proxy for the next post."""
        platform = self.fresh(Impatient if fault is Fault.STALL else Facebook)
        self.proxy.arm(fault, **POST)
        return platform

    def allowing(self, remaining: int, seconds: int, *, shared: bool = False, refused: bool = False) -> Facebook:
        """Let Graph block calls for so long when nothing remains, else count them in percent; it never counts posts."""
        self.server.usage = 97
        self.server.blocked = 0 if remaining and not refused else seconds // 60
        return self.fresh()

    def delete(self, remote_id: str) -> None:
        """Delete it on Facebook."""
        self.server.posts = [post for post in self.server.posts if post["id"] != remote_id]

    def edit(self, remote_id: str, text: str) -> bool:
        """Edit it on Facebook."""
        (post,) = [each for each in self.server.posts if each["id"] == remote_id]
        post["message"] = text
        return True

    def repeat(self, remote_id: str) -> str:
        """Post it again when Facebook no longer minds."""
        (post,) = [each for each in self.server.posts if each["id"] == remote_id]
        self.server.posts.append(post | {"id": f"{PAGE}_{self.server.next_id()}"})
        return str(self.server.posts[-1]["id"])


class GraphJudge:
    """Judges requests by Meta's own descriptions of its objects, independently of adapter and fake.

    `place` maps a path without its version to an object and one of its edges ("" for the object itself); None where
    nothing is described.
    """

    def __init__(self, folder: Path, objects: tuple[str, ...], place: Callable[[str], tuple[str, str] | None]) -> None:
        self._described = {name: json.loads((folder / f"{name}.json").read_text("utf-8")) for name in objects}
        self._place = place
        self.judged = 0

    def faults(self, seen: Seen) -> list[str]:
        """Return what the description objects to in a request: edge, parameters, kinds, fields."""
        asked = urlsplit(seen.path)
        path = re.sub(r"^/v\d+\.\d+/", "", asked.path)
        place = self._place(path)
        if place is None:
            return []
        name, edge = place
        described = self._described[name]
        calls = [
            api
            for api in described["apis"]
            if api["method"] == seen.method and api.get("endpoint", "").strip("/") == edge
        ]
        if not calls:
            return [f"{seen.method} {edge or 'itself'} of {name} is not described"]
        self.judged += 1
        form, files = fields_of(seen.lower.get("content-type", ""), seen.body)
        form |= dict(parse_qsl(asked.query, keep_blank_values=True))
        known = {param["name"]: param for param in calls[0]["params"]}
        prose = IN_PROSE.get((name, edge), frozenset())
        faults = [f"{path}: no file {each}" for each in files if each not in prose]
        faults += [f"{path}: {param} is missing" for param in known if known[param]["required"] and param not in form]
        for param, value in form.items():
            bare = re.sub(r"\[\d+\]$", "", param)
            if bare in EVERYWHERE or bare in prose:
                continue
            if bare not in known:
                faults.append(f"{path}: there is no parameter {bare}")
            elif not _fits(value, known[bare]["type"], bare != param):
                faults.append(f"{path}: {bare}={value!r} is no {known[bare]['type']}")
        return faults + self._fields(path, MADE.get(place, calls[0]["return"] if edge else name), form)

    def _fields(self, path: str, name: str, form: Mapping[str, str]) -> list[str]:
        described: Any = self._described.get(name)
        if described is None or "fields" not in form:
            return []
        known = {field["name"] for field in described["fields"]} | {
            api["endpoint"] for api in described["apis"] if api["method"] == "GET" and api.get("endpoint")
        }
        return [f"{path}: {name} has no field {field}" for field in named(dict(form)) if field not in known]


def _fits(value: str, kind: str, inner: bool) -> bool:
    if kind == "bool":
        return value in {"true", "false"}
    if kind in {"int", "unsigned int"}:
        return value.isdigit()
    if kind == "list<Object>":
        return inner and isinstance(json.loads(value), dict)
    if kind.startswith("list<"):
        return all(value.split(","))
    return kind == "string"


def of_pages(path: str) -> tuple[str, str] | None:
    """Say which of Meta's objects a path of the Facebook adapter is about; questions about tokens are not described."""
    first, _, edge = path.partition("/")
    if first == "debug_token":
        return None
    if first in {"me", PAGE}:
        return "Page", edge
    return "PagePost", edge
