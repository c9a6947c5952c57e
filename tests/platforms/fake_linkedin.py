"""LinkedIn as its documentation describes it: for tests of the LinkedIn adapter, without any idea of how that works.

It reads little text with its own small reader, knows only documented headers, fields and values, keeps pictures in
three steps, and refuses the same content again. What the documentation leaves open can be set.
"""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.platforms.fake_linkedin_rules import (
    CREATE,
    INITIALIZE,
    MAGIC,
    NEEDED,
    TOKEN,
    VERSIONS,
    read_little,
    template,
)
from tests.platforms.fake_x_rules import objections

__all__ = ["PAGE_URN", "TOKEN", "FakeLinkedIn"]

Told = tuple[int, dict[str, str], Any]
PAGE_URN = "urn:li:organization:2414183"
LONGEST = 3000
MOST_PICTURES = 20


CLIENT, CLIENT_SECRET = "app-4711", "c4n4ry-linkedin-client-secret"


class FakeLinkedIn(ThreadingHTTPServer):
    """One page's world: its posts and pictures."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.posts: list[dict[str, Any]] = []
        """As the author sent them, with `urn`, `made` (milliseconds) and the text as it reads."""
        self.images: dict[str, dict[str, Any]] = {}
        self.remembered: dict[str, str] = {}
        """What counts as a duplicate of which post: not forgotten when the post is deleted."""
        self.number = 7_100
        self.public = self.url
        """The address under which the world reaches this server."""
        self.escapes_count = True
        """Whether markup counts towards the limit: UNKNOWN."""
        self.templates = True
        """Whether a hashtag is given back as a template, as was seen, or as it was sent."""
        self.kind = "share"
        """What a post is called: share or ugcPost."""
        self.slow = 0
        """So many looks at a picture find it in work."""
        self.readable = True
        """Whether the token has r_organization_social."""
        self.token: dict[str, Any] = {"active": True, "status": "active", "auth_type": "3L"}
        self.token |= {"expires_at": 1_797_497_620, "scope": "r_organization_social,w_organization_social"}
        """What is told of the token to its application."""
        self.lag = 0
        """So many of the newest posts are not in the finder's list yet: UNKNOWN."""
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self) -> str:
        """Return the server's address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def next_number(self) -> int:
        """Return a number nobody had."""
        self.number += 1
        return self.number

    def add(self, body: dict[str, Any], text: str) -> str:
        """Make a post public; return its URN."""
        urn = f"urn:li:{self.kind}:{self.next_number()}"
        self.posts.append(body | {"urn": urn, "made": int(time.time() * 1000), "text": text, "edited": False})
        return urn

    def create(self, body: Any) -> Told:
        """Do what POST /rest/posts does."""
        if faults := objections(body, CREATE):
            return _error(400, "FIELD_VALUE_INVALID", "; ".join(faults))
        if missing := NEEDED - body.keys():
            return _error(400, "FIELD_REQUIRED_EMPTY", f"{sorted(missing)} required")
        if body["author"] != PAGE_URN:
            return _error(403, "ACCESS_DENIED", "Member does not have permission to post as this organization")
        text = read_little(body["commentary"])
        if len((body["commentary"] if self.escapes_count else text).encode("utf-16-le")) // 2 > LONGEST:
            return _error(400, "FIELD_LENGTH_TOO_LONG", f"text length exceeded the maximum allowed ({LONGEST})")
        content = body.get("content", {})
        images = content["multiImage"]["images"] if "multiImage" in content else [content[k] for k in content]
        if len(content) > 1 or not ("multiImage" not in content or 2 <= len(images) <= MOST_PICTURES):
            return _error(400, "FIELD_ARRAY_SIZE_INVALID", "multiImage takes 2 to 20 images")
        for image in images:
            status = self.images.get(image["id"], {}).get("status", "none")
            if status == "WAITING_UPLOAD":
                return _input_error(422, "MEDIA_ASSET_WAITING_UPLOAD", f"{image['id']} waits for its bytes")
            if status == "none":
                return _error(400, "FIELD_VALUE_INVALID", f"there is no {image['id']}")
        mark = json.dumps([text, images], sort_keys=True)
        if mark in self.remembered:
            words = f"Content is a duplicate of {self.remembered[mark]}"
            return _input_error(422, "DUPLICATE_POST", words)
        urn = self.add(body, text)
        self.remembered[mark] = urn
        return 201, {"x-restli-id": urn, "Location": f"/posts/{urn}"}, None

    def given_back(self, post: dict[str, Any]) -> dict[str, Any]:
        """Return a post as the API shows it."""
        commentary = template(post["commentary"]) if self.templates else post["commentary"]
        state = "PUBLISHED_EDITED" if post["edited"] else "PUBLISHED"
        return {name: post[name] for name in ("author", "visibility", "distribution", "content") if name in post} | {
            "id": post["urn"], "commentary": commentary, "lifecycleState": post.get("state", state),
            "isReshareDisabledByAuthor": False, "createdAt": post["made"], "publishedAt": post["made"],
            "lastModifiedAt": post["made"], "lifecycleStateInfo": {"isEditedByAuthor": post["edited"]},
        }  # fmt: skip

    def delete(self, urn: str) -> None:
        """Delete a post; that it was there is still remembered."""
        self.posts = [post for post in self.posts if post["urn"] != urn]

    def edit(self, urn: str, text: str) -> None:
        """Give a post other words, in the page's own editor."""
        (post,) = [each for each in self.posts if each["urn"] == urn]
        post |= {"commentary": text, "text": text, "edited": True}


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: FakeLinkedIn
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""

    def do_GET(self) -> None:
        """Answer reads."""
        self._answer("GET")

    def do_POST(self) -> None:
        """Answer writes."""
        self._answer("POST")

    def do_PUT(self) -> None:
        """Answer uploads."""
        self._answer("PUT")

    def _answer(self, verb: str) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with self.server.lock:
            status, headers, told = self._upload(content) if verb == "PUT" else self._rest(verb, content)
        data = b"" if told is None else json.dumps(told).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if data:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _inspect(self, content: bytes) -> Told:
        told = dict(parse_qsl(content.decode()))
        assert self.headers["Content-Type"] == "application/x-www-form-urlencoded"
        if told.keys() != {"client_id", "client_secret", "token"} or told["client_id"] != CLIENT:
            return 400, {}, {"error": "invalid_request", "error_description": f"wrong: {told.get('client_secret')}"}
        if told["client_secret"] != CLIENT_SECRET:
            return 401, {}, {"error": "invalid_client"}
        return 200, {}, self.server.token if told["token"] == TOKEN else {"active": False}

    def _rest(self, verb: str, content: bytes) -> Told:
        if (verb, self.path) == ("POST", "/oauth/v2/introspectToken"):
            return self._inspect(content)
        if not self.headers.get("Authorization"):
            return _error(401, "EMPTY_ACCESS_TOKEN", "Empty oauth2 access token")
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            return _error(401, "INVALID_ACCESS_TOKEN", "Invalid access token")
        version = self.headers.get("LinkedIn-Version")
        if version is None:
            return _error(400, "VERSION_MISSING", "A version must be present")
        if version not in VERSIONS:
            return _error(426, "NONEXISTENT_VERSION", f"Requested version {version}01 is not active")
        if self.headers.get("X-Restli-Protocol-Version") != "2.0.0":
            return _error(400, "ILLEGAL_ARGUMENT", "this server speaks Rest.li 2.0.0")
        asked = urlsplit(self.path)
        finding = self.headers.get("X-RestLi-Method") == "FINDER"
        match verb, asked.path.split("/")[1:]:
            case "POST", ["rest", "posts"]:
                return self._body(content, self.server.create)
            case "POST", ["rest", "images"] if asked.query == "action=initializeUpload":
                return self._body(content, self._initialize)
            case "GET", ["rest", "images", urn]:
                return self._image(urn)
            case "GET", ["rest", "posts"] if finding:
                return self._find(asked.query)
            case "GET", ["rest", "posts", urn] if not finding:
                return self._get(urn)
            case "GET", ["rest", "organizationalEntityShareStatistics"]:
                return self._figures(asked.query)
        return _error(404, "RESOURCE_NOT_FOUND", f"No virtual resource found for {asked.path}")

    def _body(self, content: bytes, take: Any) -> Told:
        if self.headers.get("Content-Type") != "application/json":
            return _error(415, "UNSUPPORTED_MEDIA_TYPE", "the body is JSON")
        told: Told = take(json.loads(content))
        return told

    def _initialize(self, body: Any) -> Told:
        if objections(body, INITIALIZE) or body["initializeUploadRequest"].get("owner") != PAGE_URN:
            return _error(400, "FIELD_VALUE_INVALID", "initializeUploadRequest.owner")
        number = self.server.next_number()
        urn, where = f"urn:li:image:C4E{number}", f"/dms-uploads/C4E{number}/uploaded-image/0"
        self.server.images[urn] = {"where": where, "status": "WAITING_UPLOAD", "slow": self.server.slow}
        value = {"uploadUrl": self.server.public + where, "image": urn, "uploadUrlExpiresAt": 4_102_444_800_000}
        return 200, {}, {"value": value}

    def _upload(self, content: bytes) -> Told:
        waiting = [image for image in self.server.images.values() if image["where"] == self.path]
        if not waiting:
            return 404, {}, None
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {}, None
        waiting[0]["status"] = "PROCESSING" if content.startswith(MAGIC) else "PROCESSING_FAILED"
        return 201, {}, None

    def _image(self, encoded: str) -> Told:
        urn = _decoded(encoded)
        if not self.server.readable:
            return _error(403, "ACCESS_DENIED", "Not enough permissions to access: images.GET")
        if urn not in self.server.images:
            return _error(404, "NOT_FOUND", "no such image")
        image = self.server.images[urn]
        if image["status"] == "PROCESSING":
            image["status"] = "AVAILABLE" if image["slow"] <= 0 else "PROCESSING"
            image["slow"] -= 1
        return 200, {}, {"owner": PAGE_URN, "id": urn, "status": image["status"]}

    def _find(self, query: str) -> Told:
        if not self.server.readable:
            return _error(403, "ACCESS_DENIED", "Not enough permissions to access: posts.FINDER-author")
        told = dict(parse_qsl(query, strict_parsing=True))
        if "%3A" not in query or told.get("author") != PAGE_URN or told.get("q") != "author":
            return _error(400, "ILLEGAL_ARGUMENT", "author is an encoded URN")
        if told.keys() - {"author", "q", "start", "count", "sortBy"} or told.get("sortBy", "CREATED") != "CREATED":
            return _error(400, "ILLEGAL_ARGUMENT", f"unknown parameters {sorted(told)}")
        start, count = int(told.get("start", "0")), int(told.get("count", "10"))
        there = self.server.posts[: len(self.server.posts) - self.server.lag]
        # Newest first; posts of one millisecond in the order in which they were made.
        recent = sorted(there, key=lambda post: -post["made"])
        shown = [self.server.given_back(post) for post in recent[start : start + count]]
        return 200, {}, {"paging": {"start": start, "count": count, "links": []}, "elements": shown}

    def _get(self, encoded: str) -> Told:
        if not self.server.readable:
            return _error(403, "ACCESS_DENIED", "Not enough permissions to access: posts.GET")
        found = [post for post in self.server.posts if post["urn"] == _decoded(encoded)]
        if not found:
            return _error(404, "NOT_FOUND", "Could not find entity")
        return 200, {}, self.server.given_back(found[0])

    def _figures(self, query: str) -> Told:
        told = dict(part.split("=") for part in query.split("&"))
        known = {"q": "organizationalEntity", "organizationalEntity": PAGE_URN.replace(":", "%3A")}
        (kind,) = told.keys() - known.keys()
        urn = unquote(told.pop(kind).removeprefix("List(").removesuffix(")"))
        if told != known or f":{kind.removesuffix('s')}:" not in urn:
            return _error(400, "ILLEGAL_ARGUMENT", "organizationalEntity and shares, or ugcPosts")
        names = ("likeCount", "shareCount", "commentCount", "clickCount", "impressionCount", "uniqueImpressionsCount")
        total = dict.fromkeys(names, 0) | {"engagement": 0.0}
        there = any(post["urn"] == urn for post in self.server.posts)
        return 200, {}, {"elements": [{"totalShareStatistics": total}] if there else []}


def _decoded(urn: str) -> str:
    # A URN in a path is encoded, or it is none.
    return unquote(urn) if ":" not in urn else ""


def _error(status: int, code: str, message: str) -> Told:
    return status, {}, {"status": status, "code": code, "message": message}


def _input_error(status: int, code: str, message: str) -> Told:
    details = {"inputErrors": [{"description": code.lower(), "input": {}, "code": code}]}
    return status, {}, {"status": status, "message": message, "errorDetails": details,
                        "errorDetailType": "com.linkedin.common.error.BadRequest"}  # fmt: skip
