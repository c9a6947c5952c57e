"""X as its documentation describes it: for tests of the X adapter, without any idea of how the adapter works.

It counts text with the independent library twitter-text-parser, knows only documented fields, and gives texts back as X
does: with short addresses, escaped, and one address more for pictures.
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

KEYS = {
    "consumer_key": "canary-consumer-key",
    "consumer_secret": "canary-consumer-secret",
    "access_token": "canary-access-token",
    "access_token_secret": "canary-access-token-secret",
}
FIELDS = {"text", "media", "reply", "quote_tweet_id", "poll", "reply_settings", "made_with_ai", "paid_partnership",
          "community_id", "share_with_followers", "geo", "nullcast", "card_uri", "for_super_followers_only",
          "direct_message_deep_link", "edit_options"}  # fmt: skip


class FakeX(ThreadingHTTPServer):
    """One account's world: posts, pictures, and the time they were made."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.posts: list[dict[str, Any]] = []
        self.media: dict[str, dict[str, Any]] = {}
        self.number = 1_000
        self.fields = "post.fields"
        """What the parameter for fields is called; X's description and its documentation differ."""
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Return the server's address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def next_id(self) -> str:
        """Return an id nobody had."""
        self.number += 1
        return str(self.number)

    def given_back(self, post: dict[str, Any]) -> dict[str, Any]:
        """Return a post as the timeline shows it."""
        text, urls, shift = post["text"], [], 0
        for number, found in enumerate(extract_urls_with_indices(text)):
            short = f"https://t.co/{post['id']}x{number:04}"
            start, end = (place + shift for place in found["indices"])
            text = text[:start] + short + text[end:]
            shift += len(short) - (end - start)
            full = found["url"] if "://" in found["url"] else f"http://{found['url']}"
            urls.append({"url": short, "expanded_url": full, "display_url": found["url"]})
        if post["media"]:
            short = f"https://t.co/{post['id']}media"
            text += f" {short}"
            full = f"https://x.com/museum/status/{post['id']}/photo/1"
            urls += [{"url": short, "expanded_url": full, "media_key": f"3_{media}"} for media in post["media"]]
        told = {"id": post["id"], "text": html.escape(text, quote=False), "created_at": post["created_at"],
                "edit_history_tweet_ids": [post["id"]]}  # fmt: skip
        if urls:
            told["entities"] = {"urls": urls}
        if post["reply_to"]:
            told["referenced_tweets"] = [{"type": "replied_to", "id": post["reply_to"]}]
        return told

    def create(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Do what POST /2/tweets does."""
        if unknown := set(body) - FIELDS:
            return _problem(400, f"[{', '.join(sorted(unknown))}] are not expected", "invalid-request")
        media = (body.get("media") or {}).get("media_ids") or []
        text = body.get("text", "")
        if not media and not text:
            return _problem(400, "text is required", "invalid-request")
        counted = parse_tweet(text).asdict() if text else {"valid": True}
        if not counted["valid"] or len(media) > 4:
            return _problem(403, "You are not permitted to perform this action.")
        if any(each not in self.media for each in media):
            return _problem(400, "Your media IDs are invalid.", "invalid-request")
        reply = (body.get("reply") or {}).get("in_reply_to_tweet_id")
        if reply and reply not in {post["id"] for post in self.posts}:
            return _problem(
                400, "You attempted to reply to a Tweet that is deleted or not visible to you.", "invalid-request"
            )
        if any(post["text"] == text for post in self.posts):
            return _problem(403, "You are not allowed to create a Tweet with duplicate content.")
        post = {"id": self.next_id(), "text": text, "media": media, "reply_to": reply,
                "created_at": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())}  # fmt: skip
        self.posts.append(post)
        return 201, {"data": {"id": post["id"], "text": self.given_back(post)["text"]}}


def _problem(status: int, detail: str, kind: str = "") -> tuple[int, dict[str, Any]]:
    titles = {400: "Invalid Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found Error"}
    type_ = f"https://api.twitter.com/2/problems/{kind}" if kind else "about:blank"
    return status, {"title": titles[status], "detail": detail, "type": type_, "status": status}


class _Handler(BaseHTTPRequestHandler):
    server: FakeX
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer reads."""
        self._answer(self._read)

    def do_POST(self) -> None:
        """Answer writes."""
        self._answer(self._write)

    def _answer(self, work: Any) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        signed = self.headers.get("Authorization", "")
        known = all(f'{name}="{KEYS[key]}"' in signed for name, key in
                    (("oauth_consumer_key", "consumer_key"), ("oauth_token", "access_token")))  # fmt: skip
        with self.server.lock:
            if not signed.startswith("OAuth ") or not known or "oauth_signature=" not in signed:
                status, told = _problem(401, "Unauthorized")
            else:
                status, told = work(urlsplit(self.path), body)
        data = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _read(self, asked: Any, _: bytes) -> tuple[int, dict[str, Any]]:
        query = parse_qs(asked.query)
        posts = self.server.posts
        others = {"ids", "max_results", "start_time", "pagination_token", self.server.fields}
        if unknown := set(query) - others:
            return _problem(400, f"The query parameter [{unknown}] is not one of those expected", "invalid-request")
        fields = {"id", "text", "edit_history_tweet_ids", *query.get(self.server.fields, [""])[0].split(",")}
        if asked.path == "/2/users/me":
            return 200, {"data": {"id": "1", "name": "The Museum", "username": "museum"}}
        if asked.path == "/2/users/1/tweets":
            since = query.get("start_time", [""])[0]
            limit = int(query["max_results"][0])
            start = int(query.get("pagination_token", ["0"])[0])
            recent = [post for post in reversed(posts) if post["created_at"] >= since]
            full = [self.server.given_back(post) for post in recent[start : start + limit]]
            shown = [{name: value for name, value in post.items() if name in fields} for post in full]
            meta: dict[str, Any] = {"result_count": len(shown)}
            if start + limit < len(recent):
                meta["next_token"] = str(start + limit)
            return 200, ({"data": shown} if shown else {}) | {"meta": meta}
        if asked.path == "/2/tweets":
            zero = {f"{name}_count": 0 for name in ("retweet", "reply", "like", "quote", "bookmark", "impression")}
            wanted = query["ids"][0].split(",")
            return 200, {
                "data": [
                    {"id": post["id"]} | ({"public_metrics": zero} if "public_metrics" in fields else {})
                    for post in posts
                    if post["id"] in wanted
                ]
            }
        return _problem(404, "Not Found")

    def _write(self, asked: Any, body: bytes) -> tuple[int, dict[str, Any]]:
        if asked.path == "/2/tweets":
            return self.server.create(json.loads(body))
        if asked.path == "/2/media/metadata":
            told = json.loads(body)
            alt = told["metadata"]["alt_text"]["text"]
            if told["id"] not in self.server.media or len(alt) > 1000:
                return _problem(400, "bad media or alt text", "invalid-request")
            self.server.media[told["id"]]["alt"] = alt
            return 200, {"data": {"id": told["id"]}}
        if asked.path == "/2/media/upload":
            head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
            parts = {
                re.search('name="([^"]+)"', str(part["Content-Disposition"]))[1]: part  # type: ignore[index]
                for part in message_from_bytes(head + body, policy=HTTP).iter_parts()
            }  # type: ignore[attr-defined]
            if (
                set(parts) != {"media", "media_category"}
                or parts["media_category"].get_content().strip() != "tweet_image"
            ):
                return _problem(400, "media and media_category are required", "invalid-request")
            made = self.server.next_id()
            content = parts["media"].get_payload(decode=True)
            self.server.media[made] = {"alt": "", "size": len(content)}
            return 200, {
                "data": {"id": made, "media_key": f"3_{made}", "expires_after_secs": 86400, "size": len(content)}
            }
        return _problem(404, "Not Found")
