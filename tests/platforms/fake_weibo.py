"""Weibo as its documentation describes it: for tests of the Weibo adapter, without any idea of how the adapter works.

It takes a text with an address of the application's domain and without topics, refuses the same text twice in a row,
and gives texts back with short addresses when told so: nobody documents whether it does.
"""

from __future__ import annotations

import json
import re
import threading
import unicodedata
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import ceil
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "2.00weibo-token-c4ca4238"
UID = 1404376560
DOMAIN = "museum.example"
IP = "211.156.0.1"
Told = tuple[int, dict[str, Any]]
ADDRESS = re.compile(r"https?://[\w./?=&%:@-]+")
PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8")
MOST_BYTES = 5_000_000


class FakeWeibo(ThreadingHTTPServer):
    """One account's world."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.statuses: list[dict[str, Any]] = []
        """What is public, oldest first."""
        self.number = 3_504_803_600_500_000
        self.shortens = False
        """Whether addresses come back as t.cn: not documented."""
        self.shows = 1000
        """So many of the newest posts are shown to the application: ordinary ones get few."""
        self.token: dict[str, Any] = {"scope": "follow_app_official_microblog", "expire_in": 157_679_471}
        """What is told of the token."""
        self.calls = 150
        """So many calls are left to the account in this hour."""
        self.refusal: tuple[str, Told] | None = None
        """A path, and what is answered there."""
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self) -> str:
        """Return the server's address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def shown(self, status: dict[str, Any]) -> dict[str, Any]:
        """Return a post as the API gives it."""
        text = status["text"]
        if self.shortens:
            text = ADDRESS.sub(lambda found: f"http://t.cn/A6{abs(hash(found[0])) % 10**6:06}", text)
        told = {name: status[name] for name in ("id", "created_at")}
        told |= {"idstr": str(status["id"]), "mid": str(status["id"]), "text": text, "source": "MuseumWeek"}
        told |= {"user": {"id": UID, "idstr": str(UID)}, "reposts_count": 0, "comments_count": 0, "attitudes_count": 0}
        if status["picture"]:
            told["original_pic"] = f"http://ww2.sinaimg.cn/large/{status['id']}.jpg"
        return told

    def share(self, told: dict[str, str], picture: bytes | None) -> Told:
        """Do what POST /2/statuses/share.json does."""
        if unknown := set(told) - {"access_token", "status", "rip"}:
            return error(400, 10008, f"Param error, see doc for more info: {sorted(unknown)}")
        text = told.get("status", "")
        if not text or told.get("rip") != IP:
            return error(400, 10016, "miss required parameter, see doc for more info")
        wide = sum(1 if unicodedata.east_asian_width(sign) in "WF" else 0.5 for sign in text)
        if ceil(wide) > 140:
            return error(400, 20012, "Text too long, please input text less than 140 characters!")
        hosts = [urlsplit(found).hostname or "" for found in ADDRESS.findall(text)]
        if not any(host == DOMAIN or host.endswith("." + DOMAIN) for host in hosts) or re.search("#[^#]+#", text):
            return error(400, 10017, "parameter (status)'s value invalid")
        if picture is not None and (not picture.startswith(PICTURES) or len(picture) >= MOST_BYTES):
            return error(400, 20005, "unsupported image type, only suport JPG, GIF, PNG!")
        if self.statuses and self.statuses[-1]["text"] == text:
            return error(400, 20019, "repeat content!")
        return 200, self.shown(self.add(text, picture))

    def add(self, text: str, picture: bytes | None) -> dict[str, Any]:
        """Make a post public."""
        self.number += 1
        created = datetime.now(UTC).strftime("%a %b %d %H:%M:%S +0000 %Y")
        self.statuses.append({"id": self.number, "text": text, "picture": picture, "created_at": created})
        return self.statuses[-1]

    def read(self, path: str, query: dict[str, str]) -> Told:
        """Answer what is asked."""
        newest = self.statuses[::-1]
        if path == "/2/account/get_uid.json":
            return 200, {"uid": UID}
        if path == "/2/account/rate_limit_status.json":
            return 200, {"ip_limit": 10_000, "limit_time_unit": "HOURS", "remaining_ip_hits": 10_000,
                         "remaining_user_hits": self.calls, "reset_time": "2026-06-08 18:00:00",
                         "reset_time_in_seconds": 1415, "user_limit": 150}  # fmt: skip
        if path == "/2/statuses/show.json":
            found = [each for each in newest if str(each["id"]) == query["id"]]
            return (200, self.shown(found[0])) if found else error(400, 20101, "target weibo does not exist!")
        if path == "/2/statuses/user_timeline.json":
            count, page = int(query.get("count", 20)), int(query.get("page", 1))
            part = newest[: self.shows][(page - 1) * count : page * count]
            return 200, {"statuses": [self.shown(each) for each in part], "total_number": len(newest)}
        return error(404, 10020, "Request api not found")


def error(status: int, code: int, words: str) -> Told:
    """Return a refusal as Weibo words it."""
    return status, {"request": "/2/statuses", "error_code": code, "error": words}


class _Handler(BaseHTTPRequestHandler):
    server: FakeWeibo
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer reads."""
        asked = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(asked.query).items()}
        self._answer(asked.path, query, None)

    def do_POST(self) -> None:
        """Answer the one write."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        kind = self.headers.get("Content-Type", "")
        picture: bytes | None = None
        told: dict[str, str] = {}
        if kind.startswith("multipart/form-data"):
            form = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body, policy=HTTP)
            for part in form.iter_parts():  # type: ignore[attr-defined]
                name, value = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
                if name == "pic":
                    picture = value
                else:
                    told[name] = value.decode()
        else:
            assert kind == "application/x-www-form-urlencoded", kind
            told = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        self._answer(urlsplit(self.path).path, told, picture)

    def _answer(self, path: str, told: dict[str, str], picture: bytes | None) -> None:
        world = self.server
        with world.lock:
            if told.get("access_token") != TOKEN:
                status, answer = error(401, 21332, "invalid_access_token")
            elif world.refusal is not None and world.refusal[0] == path:
                status, answer = world.refusal[1]
            elif self.command == "POST" and path == "/oauth2/get_token_info" and told.keys() == {"access_token"}:
                status, answer = 200, world.token | {"uid": UID, "appkey": 1352222456, "create_at": 1_780_000_000}
            elif self.command == "POST" and path == "/2/statuses/share.json":
                status, answer = world.share(told, picture)
            else:
                status, answer = world.read(path, told)
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json;charset=UTF-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
