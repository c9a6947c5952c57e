"""Pigeon Post as its handbook says it behaves, without any idea of how the adapter works."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from mwcampaign.testing.serving import Asked

TOKEN = "c4n4ry-never-shown"
Told = tuple[int, dict[str, Any]]


class FakePigeon:
    """One account's dovecote; `answer` is what mwcampaign.testing.serving serves, at `url`."""

    def __init__(self) -> None:
        self.url = ""
        self.posts: dict[str, dict[str, Any]] = {}
        """By key, oldest first."""
        self.asked: dict[str, dict[str, Any]] = {}
        """What was asked for under each key."""
        self.alts: dict[str, str] = {}

    def answer(self, asked: Asked) -> Told:
        """Answer a request."""
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return 401, {"error": "who are you?"}
        key = unquote(asked.path.removeprefix("/posts/"))
        match asked.method, asked.path:
            case "GET", "/me":
                return 200, {"id": "7", "name": "museum", "url": f"{self.url}/museum"}
            case "POST", "/pictures":
                number = f"picture-{len(self.alts) + 1}"
                self.alts[number] = asked.query["alt"][0]
                return 200, {"id": number}
            case "GET", "/posts":
                return 200, {"posts": list(self.posts.values())}
            case "GET", _:
                return (200, self.posts[key]) if key in self.posts else (404, {"error": "no such post"})
            case _:
                return self._put(key, json.loads(asked.body))

    def _put(self, key: str, told: dict[str, Any]) -> Told:
        if key in self.asked:
            return (200, self.posts[key]) if self.asked[key] == told else (409, {"error": "another post is there"})
        if len(told["text"]) > 140 or len(told["pictures"]) > 2:
            return 422, {"error": "too long"}
        self.asked[key] = told
        return 200, self.add(key, told)

    def add(self, key: str, told: dict[str, Any]) -> dict[str, Any]:
        """Make a post public."""
        number = f"post-{len(self.posts) + 1}"
        at = datetime.now(UTC).isoformat()
        self.posts[key] = {**told, "id": number, "url": f"{self.url}/museum/{number}", "at": at}
        return self.posts[key]
