"""X as its documentation describes it: for tests of the X adapter, without any idea of how the adapter works.

It counts text with the independent library twitter-text-parser, checks signatures, knows only documented fields, and
gives texts back as X does: with short addresses, escaped, and one address more for pictures.
"""

from __future__ import annotations

import html
import json
import re
import threading
import time
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from twitter_text import extract_urls_with_indices, parse_tweet

from tests.platforms.fake_x_rules import CREATE, INSTANT, KEYS, METADATA, WORDS, objections, signature_fault

__all__ = ["DAY", "KEYS", "FakeX"]

Told = tuple[int, dict[str, Any]]
CASHTAG = re.compile(r"(?<!\S)\$[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?(?![\w$])")
MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF", b"GIF8")
DAY = 86_400
MOST_BYTES = 5_000_000
CUT = 280
NOT_FOUND = {"title": "Not Found Error", "detail": "Could not find tweet with that id.", "resource_type": "tweet",
             "type": "https://api.x.com/2/problems/resource-not-found"}  # fmt: skip


class FakeX(ThreadingHTTPServer):
    """One account's world: posts, pictures, and what X allows it at the moment."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.nonces: set[str] = set()
        self.posts: list[dict[str, Any]] = []
        self.media: dict[str, dict[str, Any]] = {}
        self.number = 1_000
        self.vocabulary = "post"
        """Which of the two vocabularies is understood, see WORDS."""
        self.longest = CUT
        """25,000 for an account that pays for it."""
        self.left = 100
        """How many posts are allowed until `reset`, seconds since 1970."""
        self.reset = int(time.time()) + 900
        self.level = ""
        """What the keys may do, as the old interface's answers said it; the new one is not told to."""
        self.application: list[int] | None = None
        """How many posts all accounts of the application may send until when, where X tells of it."""
        self.versions: dict[str, dict[str, Any]] = {}
        """What edited posts were before, by the id they had."""
        self.credits = True
        self.lag = 0
        """So many of the newest posts are not in the timeline yet."""
        self.reply_status = 400
        """X was seen to refuse a reply to nothing with 400 and with 403."""
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self) -> str:
        """Return the server's address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def next_id(self) -> str:
        """Return an id nobody had."""
        self.number += 1
        return str(self.number)

    def given_back(self, post: dict[str, Any]) -> dict[str, Any]:
        """Return a post as the timeline shows it, with every field there is."""
        words = WORDS[self.vocabulary]
        text, urls, shift = post["text"], [], 0
        for number, found in enumerate(extract_urls_with_indices(text)):
            short = f"https://t.co/{post['id']}x{number:04}"
            start, end = (place + shift for place in found["indices"])
            text = text[:start] + short + text[end:]
            shift += len(short) - (end - start)
            full = found["url"] if "://" in found["url"] else f"http://{found['url']}"
            urls.append({"url": short, "expanded_url": full, "display_url": found["url"]})
        whole, links = html.escape(text, quote=False), list(urls)
        if post["media"]:
            short = f"https://t.co/{post['id']}media"
            text += f" {short}"
            full = f"https://x.com/museum/status/{post['id']}/photo/1"
            urls += [{"url": short, "expanded_url": full, "media_key": f"3_{media}"} for media in post["media"]]
        told = {"id": post["id"], "text": html.escape(text, quote=False), "created_at": post["created_at"],
                words["history"]: post.get("history", [post["id"]]), "public_metrics": self.figures()}  # fmt: skip
        if urls:
            told["entities"] = {"urls": urls}
        if len(post["text"]) > CUT:
            told["text"] = html.escape(text[:CUT], quote=False)
            told["entities"] = {"urls": [each for each in urls if each["url"] in told["text"]]}
            told[words["note"]] = {"text": whole, "entities": {"urls": links}}
        if post["reply_to"]:
            told[words["references"]] = [{"type": "replied_to", "id": post["reply_to"]}]
        return told

    def figures(self) -> dict[str, int]:
        """Return public figures: nobody has seen anything."""
        names = (WORDS[self.vocabulary]["reposts"], "reply", "like", "quote", "bookmark", "impression")
        return {f"{name}_count": 0 for name in names}

    def shown(self, posts: list[dict[str, Any]], query: dict[str, str]) -> list[dict[str, Any]]:
        """Return posts with the fields that were asked for."""
        words = WORDS[self.vocabulary]
        names = {"id", "text", words["history"], *query.get(words["fields"], "").split(",")}
        names |= {name.partition(".")[0] for name in query.get("expansions", "").split(",")}
        return [{name: value for name, value in self.given_back(post).items() if name in names} for post in posts]

    def create(self, body: Any) -> Told:
        """Do what POST /2/tweets does."""
        if faults := objections(body, CREATE):
            return _problem(400, "; ".join(faults), "invalid-request")
        media = (body.get("media") or {}).get("media_ids") or []
        text = body.get("text", "")
        if not media and not text:
            return _problem(400, "text is required", "invalid-request")
        if text and not self.fits(text):
            return _problem(403, "You are not permitted to perform this action.")
        if len(CASHTAG.findall(text)) > 1:
            return _problem(403, "You are allowed a maximum of one cashtag.")
        if any(each not in self.media or time.time() - self.media[each]["made"] > DAY for each in media):
            return _problem(400, "Your media IDs are invalid.", "invalid-request")
        reply = (body.get("reply") or {}).get("in_reply_to_tweet_id")
        if reply and reply not in {post["id"] for post in self.posts}:
            detail = "You attempted to reply to a Tweet that is deleted or not visible to you."
            return _problem(self.reply_status, detail, "invalid-request")
        if any(post["text"] == text for post in self.posts):
            return _problem(403, "You are not allowed to create a Tweet with duplicate content.")
        post = {"id": self.next_id(), "text": text, "media": media, "reply_to": reply,
                "created_at": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())}  # fmt: skip
        self.posts.append(post)
        return 201, {"data": {"id": post["id"], "text": self.given_back(post)["text"]}}

    def edit(self, post_id: str, text: str) -> None:
        """Do what editing does: the new version has an id of its own, and every version lists all of them."""
        (place,) = [number for number, post in enumerate(self.posts) if post["id"] == post_id]
        old = self.posts[place]
        history = old.setdefault("history", [post_id])
        history.append(self.next_id())
        self.versions[post_id] = old
        self.posts[place] = old | {"id": history[-1], "text": text}

    def delete(self, post_id: str) -> None:
        """Delete a post, every version of it."""
        self.posts = [post for post in self.posts if post_id not in post.get("history", [post["id"]])]
        self.versions = {each: post for each, post in self.versions.items() if post_id not in post["history"]}

    def fits(self, text: str) -> bool:
        """Tell whether a text may be posted, as the independent library counts."""
        counted = parse_tweet(text).asdict()
        allowed = counted["valid"] or not re.search("[\ufffe\ufeff\uffff]", text)
        return bool(allowed and counted["weightedLength"] <= self.longest)


def _problem(status: int, detail: str, kind: str = "") -> Told:
    titles = {400: "Invalid Request", 401: "Unauthorized", 402: "CreditsDepleted", 403: "Forbidden",
              404: "Not Found Error", 415: "Unsupported Media Type", 429: "Too Many Requests"}  # fmt: skip
    type_ = f"https://api.twitter.com/2/problems/{kind}" if kind else "about:blank"
    return status, {"title": titles[status], "detail": detail, "type": type_, "status": status}


class _Handler(BaseHTTPRequestHandler):
    server: FakeX
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
        world = self.server
        with world.lock:
            signed = self.headers.get("Authorization", "")
            if fault := signature_fault(method, self.path, signed, world.nonces):
                status, told = _problem(401, f"Unauthorized: {fault}")
            else:
                status, told = self._read() if method == "GET" else self._write(body)
            limits: dict[str, Any] = {"access-level": world.level} if world.level else {}
            limits |= {"rate-limit-limit": 100, "rate-limit-remaining": world.left, "rate-limit-reset": world.reset}
            if world.application is not None:
                limits |= {"app-limit-24hour-limit": 10_000, "app-limit-24hour-remaining": world.application[0],
                           "app-limit-24hour-reset": world.application[1]}  # fmt: skip
        data = json.dumps(told).encode()
        self.send_response(status)
        for name, value in limits.items():
            self.send_header(f"x-{name}", str(value))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _read(self) -> Told:
        asked, world = urlsplit(self.path), self.server
        query = {name: ",".join(values) for name, values in parse_qs(asked.query).items()}
        words = WORDS[world.vocabulary]
        common = {words["fields"], "expansions"}
        known = {"/2/users/me": set[str](), "/2/tweets": {"ids"},
                 "/2/users/1/tweets": {"max_results", "start_time", "pagination_token", "exclude"}}  # fmt: skip
        if asked.path not in known:
            return _problem(404, "Not Found")
        faults = [f"parameter {name}" for name in query.keys() - known[asked.path] - common]
        for name, allowed in ((words["fields"], words["known"]), ("expansions", words["expansions"])):
            faults += [f"{name} {value}" for value in query.get(name, "").split(",") if value and value not in allowed]
        if not 5 <= int(query.get("max_results", "10")) <= 100:
            faults.append("max_results is 5 to 100")
        if "start_time" in query and not INSTANT.fullmatch(query["start_time"]):
            faults.append("start_time is no instant")
        if faults:
            return _problem(400, f"One or more parameters are invalid: {', '.join(faults)}", "invalid-request")
        if asked.path == "/2/users/me":
            return 200, {"data": {"id": "1", "name": "The Museum", "username": "museum"}}
        if asked.path == "/2/tweets":
            known_ = {post["id"]: post for post in world.posts} | world.versions
            found = [known_[each] for each in query["ids"].split(",") if each in known_]
            return 200, {"data": world.shown(found, query)} if found else {"errors": [NOT_FOUND]}
        return self._timeline(query)

    def _timeline(self, query: dict[str, str]) -> Told:
        world = self.server
        there = world.posts[: len(world.posts) - world.lag]
        recent = [post for post in reversed(there) if post["created_at"] >= query.get("start_time", "")]
        start, limit = int(query.get("pagination_token", "0")), int(query.get("max_results", "10"))
        shown = world.shown(recent[start : start + limit], query)
        meta: dict[str, Any] = {"result_count": len(shown)}
        if start + limit < len(recent):
            meta["next_token"] = str(start + limit)
        return 200, ({"data": shown} if shown else {}) | {"meta": meta}

    def _write(self, body: bytes) -> Told:
        path, world = self.path, self.server
        kind = self.headers.get("Content-Type", "").partition(";")[0]
        if path == "/2/media/upload" and kind == "multipart/form-data":
            return self._upload(body)
        if path not in {"/2/tweets", "/2/media/metadata"}:
            return _problem(404, "Not Found")
        if kind != "application/json":
            return _problem(415, "The body is JSON")
        told = json.loads(body)
        if path == "/2/tweets":
            if not world.credits:
                return _problem(402, "Your account has no credits left.", "credits")
            if world.left <= 0 or (world.application and world.application[0] <= 0):
                return _problem(429, "Too Many Requests")
            world.left -= 1
            if world.application:
                world.application[0] -= 1
            return world.create(told)
        if faults := objections(told, METADATA):
            return _problem(400, "; ".join(faults), "invalid-request")
        if told["id"] not in world.media:
            return _problem(400, "There is no such media", "invalid-request")
        world.media[told["id"]]["alt"] = told["metadata"]["alt_text"]["text"]
        return 200, {"data": {"id": told["id"]}}

    def _upload(self, body: bytes) -> Told:
        parts = multipart(self.headers["Content-Type"], body)
        if set(parts) != {"media", "media_category"} or parts["media_category"] != b"tweet_image":
            return _problem(400, "media and media_category are required, and nothing else", "invalid-request")
        content = parts["media"]
        if not content.startswith(MAGIC) or len(content) > MOST_BYTES:
            return _problem(400, "no picture, or too big", "invalid-request")
        made = self.server.next_id()
        self.server.media[made] = {"alt": "", "made": time.time()}
        told = {"id": made, "media_key": f"3_{made}", "expires_after_secs": DAY, "size": len(content)}
        return 200, {"data": told}


def multipart(kind: str, body: bytes) -> dict[str, bytes]:
    """Return the parts of a form by name."""
    form = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body, policy=HTTP)
    parts = {}
    for part in form.iter_parts():  # type: ignore[attr-defined]
        name = re.search('name="([^"]+)"', str(part["Content-Disposition"]))
        assert name is not None
        parts[name[1]] = part.get_payload(decode=True)
    return parts
