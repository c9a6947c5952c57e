"""Pigeon Post as its handbook says it behaves, without any idea of how the adapter works."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "c4n4ry-never-shown"
Told = tuple[int, dict[str, Any]]


class FakePigeon(ThreadingHTTPServer):
    """One account's dovecote."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.posts: dict[str, dict[str, Any]] = {}
        """By key, oldest first."""
        self.asked: dict[str, dict[str, Any]] = {}
        """What was asked for under each key."""
        self.alts: dict[str, str] = {}
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self) -> str:
        """Return the server's address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, verb: str, path: str, query: dict[str, list[str]], body: bytes) -> Told:
        """Answer a request with a good token."""
        key = unquote(path.removeprefix("/posts/"))
        if (verb, path) == ("GET", "/me"):
            return 200, {"id": "7", "name": "museum", "url": f"{self.url}/museum"}
        if (verb, path) == ("POST", "/pictures"):
            number = f"picture-{len(self.alts) + 1}"
            self.alts[number] = query["alt"][0]
            return 200, {"id": number}
        if (verb, path) == ("GET", "/posts"):
            return 200, {"posts": list(self.posts.values())}
        if verb == "GET":
            return (200, self.posts[key]) if key in self.posts else (404, {"error": "no such post"})
        return self._put(key, json.loads(body))

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


class _Handler(BaseHTTPRequestHandler):
    server: FakePigeon
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_PUT(self) -> None:
        self._answer("PUT")

    def _answer(self, verb: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = urlsplit(self.path)
        with self.server.lock:
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                status, told = 401, {"error": "who are you?"}
            else:
                status, told = self.server.answer(verb, parts.path, parse_qs(parts.query), body)
        data = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
