"""What Meta's servers have in common, as their documentation describes it: for the fakes of its networks.

Tokens, versions, the form of errors, usage headers, pages of lists; and a web server's folder of public pictures.
"""

from __future__ import annotations

import json
import re
import threading
import time
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

TOKEN = "EAAc4n4ry-never-shown"
APP_TOKEN = "4711|c4n4ry-of-the-application"
Told = tuple[int, dict[str, Any]]
Form = dict[str, str]


def refused(code: int, subcode: int = 0, words: str = "", *, status: int = 400, transient: bool = False) -> Told:
    """Return an error as Graph writes it."""
    error = {
        "message": f"(#{code}) {words or 'An error'}",
        "type": "OAuthException",
        "code": code,
        "is_transient": transient,
        "fbtrace_id": "AbCdEfGh",
    }
    return status, {"error": error | ({"error_subcode": subcode, "error_user_msg": words} if subcode else {})}


GONE = refused(100, 33, "Unsupported get request. Object does not exist or cannot be loaded")


class FakeGraph(ThreadingHTTPServer):
    """One account's world on one of the networks. Subclasses answer; `visible` is the path that publishes."""

    daemon_threads = True
    version = "v26.0"
    visible = ""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.number = 17_000
        self.asked: list[tuple[str, str, Form]] = []
        self.blocked = 0
        """For so many minutes publishing is refused for too many calls."""
        self.usage = 1
        """Percent of the calls that are allowed."""
        self.trouble: list[Told] = []
        """Errors for the next visible requests."""
        self.scopes: list[str] = []
        """What the token may do."""
        self.of_token: dict[str, Any] = {"is_valid": True, "expires_at": 0, "data_access_expires_at": 0}
        """What else is told of the token, to those who may ask."""
        self.may_ask = {APP_TOKEN}
        """Tokens that may ask about tokens: the application's, and those of its developers."""
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self) -> str:
        """Return the server's address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def next_id(self) -> str:
        """Return an id nobody had."""
        self.number += 1
        return str(self.number)

    def read(self, path: str, asked: Form) -> Told:
        """Answer a GET."""
        raise NotImplementedError

    def write(self, path: str, form: Form, files: dict[str, bytes]) -> Told:
        """Answer a POST."""
        raise NotImplementedError

    def answer(self, method: str, path: str, form: Form, files: dict[str, bytes]) -> Told:
        """Check what every request must have, then let the network answer."""
        version, _, rest = path.strip("/").partition("/")
        if version != self.version:
            return refused(2635, words="You are calling a version of the Graph API that does not exist")
        if rest == "debug_token":
            return self.debug(form)
        if (token := form.pop("access_token", "")) != TOKEN:
            words = "Invalid OAuth access token" if token else "An active access token must be used"
            return refused(190, words=words, status=401)
        self.asked.append((method, rest, form))
        if method == "GET":
            return self.read(rest, form)
        if rest.endswith(self.visible):
            if self.blocked:
                return refused(80001, words="There have been too many calls to this Page account")
            if self.trouble:
                return self.trouble.pop(0)
        return self.write(rest, form, files)

    def debug(self, form: Form) -> Told:
        """Tell about a token of the same application."""
        if form.keys() != {"input_token", "access_token"}:
            return refused(100, words="The parameter input_token is required")
        if form["access_token"] not in self.may_ask:
            return refused(100, words="You must provide an app access token, or a token of a developer of the app")
        known = form["input_token"] == TOKEN
        told = self.of_token if known else {"is_valid": False, "error": {"code": 190, "message": "Malformed"}}
        return 200, {"data": told | {"app_id": "4711", "scopes": self.scopes if known else []}}

    def headers(self) -> dict[str, str]:
        """Return how much is used, as Graph tells it with every answer."""
        percent = 100 if self.blocked else self.usage
        use = {"type": "pages", "call_count": percent, "total_cputime": 1, "total_time": 1}
        told = {"17": [use | {"estimated_time_to_regain_access": self.blocked}]}
        app = {"call_count": percent, "total_time": 1, "total_cputime": 1}
        return {"X-Business-Use-Case-Usage": json.dumps(told), "X-App-Usage": json.dumps(app)}


def listed(posts: list[dict[str, Any]], asked: Form, show: Any) -> Told:
    """Return a page of posts, newest first, with a cursor to the next."""
    newest = posts[::-1]
    start, limit = int(asked.get("after") or 0), int(asked.get("limit", "25"))
    if not 1 <= limit <= 100:
        return refused(100, words="limit is 1 to 100")
    told: dict[str, Any] = {"data": [show(post) for post in newest[start : start + limit]]}
    told["paging"] = {"cursors": {"before": str(start), "after": str(start + limit)}}
    if start + limit < len(newest):
        told["paging"]["next"] = "https://graph.example/next"
    return 200, told


def named(asked: Form) -> list[str]:
    """Return the names in `fields`, without what is asked of them."""
    bare, before = asked.get("fields", ""), ""
    while bare != before:
        before, bare = bare, re.sub(r"\{[^{}]*\}|\([^()]*\)|\.[a-z]+(?=\(|\.|,|$)", "", bare)
    return [name for name in bare.split(",") if name]


def instant() -> str:
    """Return the time as Graph writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S+0000", time.gmtime())


class _Handler(BaseHTTPRequestHandler):
    server: FakeGraph
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer reads."""
        self._answer("GET")

    def do_POST(self) -> None:
        """Answer writes."""
        self._answer("POST")

    def _answer(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked = urlsplit(self.path)
        form, files = fields_of(self.headers.get("Content-Type", ""), body)
        form |= dict(parse_qsl(asked.query, keep_blank_values=True))
        with self.server.lock:
            status, told = self.server.answer(method, asked.path, form, files)
            limits = self.server.headers()
        data = json.dumps(told).encode()
        self.send_response(status)
        for name, value in limits.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def fields_of(kind: str, body: bytes) -> tuple[Form, dict[str, bytes]]:
    """Return a form's fields and files."""
    if not kind.startswith("multipart/"):
        return dict(parse_qsl(body.decode(), keep_blank_values=True)), {}
    form: Form = {}
    files: dict[str, bytes] = {}
    for part in message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body, policy=HTTP).iter_parts():  # type: ignore[attr-defined]
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if part.get_filename():
            files[name] = content
        else:
            form[name] = content.decode()
    return form, files


class PublicFolder(ThreadingHTTPServer):
    """A museum's web server: serves what lies in `files` by its path."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Public)
        self.files: dict[str, bytes] = {}
        self.status = 0
        """Answer everything with this status instead."""
        self.asked: list[str] = []
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self) -> str:
        """Return the address of the folder."""
        return f"http://127.0.0.1:{self.server_address[1]}/mw"

    def put(self, name: str, content: bytes) -> str:
        """Lay a file into the folder; return its address."""
        self.files[f"/mw/{name}"] = content
        return f"{self.url}/{name}"


class _Public(BaseHTTPRequestHandler):
    server: PublicFolder
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Serve a file."""
        self.server.asked.append(self.path)
        content = self.server.files.get(self.path)
        self.send_response(self.server.status or (404 if content is None else 200))
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")
