"""The museum's account on the fake Threads, and the judge of every request. For tests of the Threads adapter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from mwcampaign.platforms.threads import Threads
from mwcampaign.testing.proxy import Seen
from tests.platforms.fake_graph import fields_of, named
from tests.platforms.fake_threads import FakeThreads
from tests.platforms.instagram_rig import ContainerRig

CONTRACT = Path(__file__).resolve().parents[3] / "shared" / "contracts" / "threads-postman.json"
"""Meta's own collection of requests; where it lies beside the project every request is judged against it."""
POST = {"method": "POST", "path": "/threads_publish$"}


class ThreadsRig(ContainerRig):
    """The museum on Threads."""

    module = "mwcampaign.platforms.threads"
    network = "threads"
    kind = Threads
    visible = POST
    server: FakeThreads


class ThreadsJudge:
    """Judges requests by Meta's collection for Threads, independently of adapter and fake."""

    def __init__(self, described: dict[str, Any]) -> None:
        self._values = {each["key"]: str(each["value"]) for each in described["variable"]}
        self._requests = list(_requests(described["item"]))
        self.judged = 0

    def faults(self, seen: Seen) -> list[str]:
        """Return what every described request with that path objects to; nothing if one of them has no objection."""
        asked = urlsplit(seen.path)
        parts = re.sub(r"^/v\d+\.\d+/", "", asked.path).strip("/").split("/")
        form, _ = fields_of(seen.lower.get("content-type", ""), seen.body)
        form |= dict(parse_qsl(asked.query, keep_blank_values=True))
        form.pop("access_token", None)
        alike = [each for each in self._requests if each["method"] == seen.method and _like(each, parts)]
        if not alike:
            return [f"{seen.method} {asked.path} is not described"]
        self.judged += 1
        # Posts are made by one path: each example shows some of its parameters.
        making = [each for each in alike if each["url"]["path"][-1] == "threads" and seen.method == "POST"]
        if making:
            known = {query["key"] for each in making for query in each["url"].get("query", ())}
            return [f"there is no parameter {name}" for name in form if name not in known] + self._kind(form)
        return min((self._objections(each, form) for each in alike), key=len)

    def _kind(self, form: dict[str, str]) -> list[str]:
        kinds = self._values["media_type"].split(", ")
        return [] if form.get("media_type") in kinds else [f"media_type is one of {kinds}"]

    def _objections(self, described: dict[str, Any], form: dict[str, str]) -> list[str]:
        known = {query["key"]: query for query in described["url"].get("query", ())}
        faults = [f"there is no parameter {name}" for name in form if name not in known]
        for name in ("fields", "metric"):
            if name in form and name in known:
                allowed = set(named({"fields": self._told(known[name]["value"])}))
                if described["url"]["path"] == ["{{thread_id}}"]:
                    # An answer is a post too, with the fields that the lists of answers have.
                    allowed |= set(named({"fields": self._values["fields_replies"]}))
                faults += [f"no {name} {each}" for each in named({"fields": form[name]}) if each not in allowed]
        needed = {name for name, query in known.items() if not query.get("disabled") and name not in {"limit"}}
        return faults + [f"{name} is missing" for name in needed if name not in form]

    def _told(self, value: str) -> str:
        return re.sub(r"\{\{(\w+)\}\}", lambda found: self._values[found[1]], value)


def _requests(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        if "item" in item:
            yield from _requests(item["item"])
        elif isinstance(item["request"]["url"], dict):
            yield item["request"]


def _like(described: dict[str, Any], parts: list[str]) -> bool:
    path = [part for part in described["url"]["path"] if part]
    return len(path) == len(parts) and all(
        told == part or (told.startswith("{{") and part.isdigit()) for told, part in zip(path, parts, strict=True)
    )
