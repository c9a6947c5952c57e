"""Pixelfed as its source describes it: for tests of the Pixelfed adapter, without any idea of how the adapter works.

It counts code points, throws HTML away, remembers every Idempotency-Key from the moment it is heard, shows no source of
a post, and tells its reasons only to those who want JSON.
"""

from __future__ import annotations

import html
import json
import re
import threading
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "pixelfed-token-9f2c1"
Told = tuple[int, Any]
MOST_PICTURES = 4
LONGEST_ALT = 1000
MOST_BYTES = 15_000 * 1024
MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8")
TRUE = ("1", "true", "on", "yes")
PLACE = re.compile(r"/api/v1/statuses/(\d+)")


class FakePixelfed(ThreadingHTTPServer):
    """One account's world."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.statuses: list[dict[str, Any]] = []
        self.media: dict[str, dict[str, Any]] = {}
        self.keys: set[str] = set()
        self.number = 600_000
        self.unauthenticated = 401
        """The status of a refused token: some versions say 500."""
        self.longest = 500
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self) -> str:
        """Return the server's address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def next_id(self) -> str:
        """Return an id nobody had."""
        self.number += 1
        return str(self.number)

    def shown(self, status: dict[str, Any]) -> dict[str, Any]:
        """Return a post as the API gives it: links and tags made live, every line its own."""
        live = re.sub(
            r"https?://[^\s<]+", lambda link: f'<a href="{link[0]}">{link[0]}</a>', html.escape(status["text"])
        )
        live = re.sub(r"(?<![\w&/])#(\w+)", r'<a href="/discover/tags/\1" class="u-url hashtag">#\1</a>', live)
        return {
            "id": status["id"],
            "created_at": status["created_at"],
            "in_reply_to_id": status["reply_to"],
            "sensitive": status["sensitive"],
            "spoiler_text": status["warning"],
            "visibility": status["visibility"],
            "language": "en",
            "uri": f"{self.url}/p/museum/{status['id']}",
            "url": f"{self.url}/p/museum/{status['id']}",
            "replies_count": 0,
            "reblogs_count": 0,
            "favourites_count": 0,
            "content": live.replace("\n", "<br />\n"),
            "reblog": None,
            "media_attachments": [self.picture(each) for each in status["media"]],
        }

    def picture(self, media: str) -> dict[str, Any]:
        """Return an attachment."""
        where = f"{self.url}/storage/m/{media}.png"
        return {"id": media, "type": "image", "url": where, "description": self.media[media]["alt"]}

    def create(self, told: dict[str, Any], key: str | None) -> Told:
        """Do what POST /api/v1/statuses does, in its order."""
        if len(told["status"]) > self.longest or len(told["spoiler_text"]) > 140 or len(told["media"]) > MOST_PICTURES:
            # A fault in the framework's handling: what fails validation has no status of its own.
            return 500, {"message": "The given data was invalid.", "errors": {"status": ["too long"]}}
        if key is not None:
            if key in self.keys:
                return 400, {"error": "Duplicate idempotency key."}
            self.keys.add(key)
        if not told["media"] and not told["reply_to"]:
            return 403, {"error": "Empty statuses are not allowed"}
        if any(each not in self.media or self.media[each]["status"] for each in told["media"]):
            return 400, {"error": "Invalid media_ids"}
        text = re.sub(r"<\S[^>]*(>|$)", "", told["status"])
        status = {
            "id": self.next_id(),
            "text": text,
            "media": told["media"],
            "reply_to": told["reply_to"] or None,
            "sensitive": told["sensitive"],
            "warning": told["spoiler_text"] if told["sensitive"] else "",
            "visibility": told["visibility"] or "public",
            "created_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        for each in told["media"]:
            self.media[each]["status"] = status["id"]
        self.statuses.append(status)
        return 200, self.shown(status)


class _Handler(BaseHTTPRequestHandler):
    server: FakePixelfed
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer reads."""
        self._answer()

    def do_POST(self) -> None:
        """Answer writes."""
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        world = self.server
        with world.lock:
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                status, told = world.unauthenticated, {"error": "Unauthenticated."}
            elif self.command == "GET":
                status, told = self._read()
            else:
                status, told = self._write(body)
        data, kind = json.dumps(told).encode(), "application/json"
        if status >= 400 and "json" not in self.headers.get("Accept", ""):
            data, kind = b"<!DOCTYPE html><title>Error</title>", "text/html"
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _read(self) -> Told:
        asked, world = urlsplit(self.path), self.server
        path = asked.path.rstrip("/")
        query = {name: values[0] for name, values in parse_qs(asked.query).items()}
        if path == "/api/v1/accounts/verify_credentials":
            return 200, {"id": "7", "acct": "museum", "username": "museum", "url": f"{world.url}/museum"}
        if path == "/api/v2/instance":
            configuration = {
                "statuses": {"max_characters": world.longest, "max_media_attachments": MOST_PICTURES},
                "media_attachments": {"image_size_limit": MOST_BYTES, "image_matrix_limit": 16_777_216},
            }
            return 200, {"version": "3.5.3 (compatible; Pixelfed 0.12.6)", "configuration": configuration}
        if path == "/api/v1/accounts/7/statuses":
            # Comments are no part of it.
            mine = [each for each in reversed(world.statuses) if each["reply_to"] is None]
            if "max_id" in query:
                mine = [each for each in mine if int(each["id"]) < int(query["max_id"])]
            return 200, [world.shown(each) for each in mine[: min(int(query.get("limit", 20)), 40)]]
        if (found := PLACE.fullmatch(path)) and (post := self._post(found[1])):
            return 200, world.shown(post)
        return 404, {"error": ""}

    def _post(self, name: str) -> dict[str, Any] | None:
        return next((each for each in self.server.statuses if each["id"] == name), None)

    def _write(self, body: bytes) -> Told:
        kind, path = self.headers.get("Content-Type", ""), urlsplit(self.path).path
        if path == "/api/v2/media" and kind.startswith("multipart/form-data"):
            return self._upload(kind, body)
        if path != "/api/v1/statuses":
            return 404, {"error": ""}
        assert kind == "application/x-www-form-urlencoded", kind
        form = parse_qs(body.decode(), keep_blank_values=True)
        one = {name: values[0] for name, values in form.items()}
        known = {"status", "media_ids[]", "in_reply_to_id", "sensitive", "visibility", "spoiler_text", "language"}
        assert set(form) <= known, form
        told = {
            "status": one.get("status", ""),
            "media": form.get("media_ids[]", []),
            "reply_to": one.get("in_reply_to_id", ""),
            "sensitive": one.get("sensitive", "").lower() in TRUE,
            "visibility": one.get("visibility", ""),
            "spoiler_text": one.get("spoiler_text", ""),
        }
        return self.server.create(told, self.headers.get("Idempotency-Key"))

    def _upload(self, kind: str, body: bytes) -> Told:
        form = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body, policy=HTTP)
        parts = {
            part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
            for part in form.iter_parts()  # type: ignore[attr-defined]
        }
        alt = parts.get("description", b"").decode()
        content = parts["file"]
        if len(alt) > LONGEST_ALT or len(content) > MOST_BYTES or not content.startswith(MAGIC):
            return 500, {"message": "The given data was invalid.", "errors": {"file": ["no picture"]}}
        media = self.server.next_id()
        self.server.media[media] = {"alt": alt, "status": None}
        return 202, self.server.picture(media) | {"url": None}
