"""A receiver as Standard Webhooks 1.0.0 describes one, checking signatures by itself: for tests of the webhook
adapter, without any idea of how the adapter works."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = base64.b64encode(bytes(range(32))).decode()
SECRET = f"whsec_{KEY}"
PATH = "/hooks/c4n4ry-never-shown"
TOLERANCE = 300
"""Seconds a timestamp may be off."""


class FakeWebhook(ThreadingHTTPServer):
    """A web page that shows what it is sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.posts: list[dict[str, Any]] = []
        """What is shown: a body's `data`, with an `id`."""
        self.remembers = False
        """Whether an id that was seen before is answered with the post it made, and makes no other."""
        self.known: dict[str, dict[str, Any]] = {}
        self.says: tuple[int, str, bytes] | None = None
        """Status, kind and body that it answers with when all is well; None: JSON with id and url."""
        self.secrets = (KEY,)
        self.number = 0
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self) -> str:
        """Return the receiver's address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def add(self, data: dict[str, Any]) -> dict[str, Any]:
        """Show a post."""
        self.number += 1
        self.posts.append({**data, "id": f"page-{self.number}"})
        return self.posts[-1]

    def takes(self, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        """Take a request as the specification asks of a receiver."""
        told_id, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not told_id or not re.fullmatch("[0-9]+", moment) or abs(time.time() - int(moment)) > TOLERANCE:
            return _json(400, {"error": "webhook-id or webhook-timestamp"})
        right = {signature(key, told_id, moment, body) for key in self.secrets}
        if right.isdisjoint(headers.get("webhook-signature", "").split(" ")):
            return _json(401, {"error": "webhook-signature"})
        told = json.loads(body)
        if told.keys() != {"type", "timestamp", "data"} or not isinstance(told["data"], dict):
            return _json(400, {"error": "type, timestamp, data"})
        for picture in told["data"]["pictures"]:
            content = base64.b64decode(picture["content"], validate=True)
            if hashlib.sha256(content).hexdigest() != picture["sha256"]:
                return _json(422, {"error": "a picture is damaged"})
        post = self.known.get(told_id) if self.remembers else None
        if post is None:
            post = self.known[told_id] = self.add(told["data"])
        return self.says or _json(200, {"id": post["id"], "url": f"https://museum.example/news/{post['id']}"})


def signature(key: str, told_id: str, moment: str, body: bytes) -> str:
    """Return what the specification asks for; `key` is in base64."""
    signed = b".".join((told_id.encode(), moment.encode(), body))
    return "v1," + base64.b64encode(hmac.new(base64.b64decode(key), signed, hashlib.sha256).digest()).decode()


def _json(status: int, told: dict[str, str]) -> tuple[int, str, bytes]:
    return status, "application/json", json.dumps(told).encode()


class _Handler(BaseHTTPRequestHandler):
    server: FakeWebhook
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        """Answer a request."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with self.server.lock:
            if self.path != PATH:
                status, kind, said = _json(404, {"error": "nobody here"})
            else:
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, kind, said = self.server.takes(headers, body)
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        if status != 204:
            self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)
