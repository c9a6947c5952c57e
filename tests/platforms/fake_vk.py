"""VK as its documentation describes it: for tests of the VK adapter, without any idea of how the adapter works.

Errors come with status 200 and repeat what was sent, the token too, as a careless server might. What the documentation
leaves open can be set.
"""

from __future__ import annotations

import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.platforms.fake_x import multipart

TOKEN = "canary-vk-token"
GROUP = 1234567
MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8")
REMEMBERED = 3600
MOST_ATTACHED = 10
MOST_A_DAY = 50
LONGEST_CAPTION = 2048
PHOTO = re.compile(r"photo(-?\d+)_(\d+)")


class Refused(Exception):
    """VK says no, with a number and words."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(code, words)


class FakeVK(ThreadingHTTPServer):
    """One community's world: its wall and its photos."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.posts: list[dict[str, Any]] = []
        """Oldest first: id, text, photos, date, edited."""
        self.photos: dict[str, str] = {}
        """Captions by the name of the photo, such as photo100_7."""
        self.uploaded: set[str] = set()
        """Hashes of photos that were uploaded and not yet saved."""
        self.guids: dict[str, tuple[int, float]] = {}
        self.number = 400
        self.public = self.url
        """The address under which the world reaches this server."""
        self.longest = 15_895
        """Of a text, in UTF-16 units: UNKNOWN."""
        self.repeated = "same"
        """What is answered to a guid that is known: UNKNOWN. same: the post's id; empty: an answer without one."""
        self.renames = True
        """Whether a photo has another name in a post than it was saved under: UNKNOWN."""
        self.pinned: int | None = None
        self.lag = 0
        """So many of the newest posts are not on the wall's list yet: UNKNOWN."""
        self.today = 0
        """So many posts count as made today."""
        self.mask: int | None = 4 + 8192 + 262_144
        """What the token may do; None: account.getAppPermissions is not for it."""
        self.role: dict[str, int] = {"is_admin": 1, "admin_level": 3}
        """What the person is in the community: told with the right groups alone."""
        self.told: list[tuple[str, Any]] = []
        """Every method's answer, for whoever compares it with VK's own description."""
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self) -> str:
        """Return the server's address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def next_number(self) -> int:
        """Return a number nobody had."""
        self.number += 1
        return self.number

    def add(self, text: str, photos: list[str], date: int | None = None) -> int:
        """Put a post on the wall; return its id."""
        made = {"text": text, "photos": photos, "date": date or int(time.time()), "edited": False}
        self.posts.append(made | {"id": self.next_number()})
        return int(self.posts[-1]["id"])

    def call(self, method: str, told: dict[str, str]) -> Any:
        """Do what a method does; raise Refused."""
        match method:
            case "users.get":
                return [{"id": 100, "first_name": "Test", "last_name": "User", "is_closed": False}]
            case "account.getAppPermissions":
                if self.mask is None:
                    raise Refused(15, "Access denied")
                return self.mask
            case "groups.getById":
                self.ours(int(told["group_id"]))
                group = {"id": GROUP, "name": "The Museum", "screen_name": "the_museum", "is_closed": 0, "type": "page"}
                seen = self.role if self.mask is not None and self.mask & 262_144 else {}
                return {"groups": [group | seen], "profiles": []}
            case "photos.getWallUploadServer":
                self.ours(int(told["group_id"]))
                return {"upload_url": f"{self.public}/upload.php?act=do_add", "album_id": -14, "user_id": 100}
            case "photos.saveWallPhoto":
                return [self.save(told)]
            case "wall.post":
                return {"post_id": self.post(told)}
            case "wall.get":
                return self.wall(told)
            case "wall.getById":
                wanted = told["posts"].split(",")
                return {"items": [self.shown(post) for post in self.posts if f"-{GROUP}_{post['id']}" in wanted]}
        raise Refused(3, "Unknown method passed")

    def ours(self, group: int) -> None:
        """Refuse another community."""
        if group != GROUP:
            raise Refused(15, "Access denied: no access to this group")

    def save(self, told: dict[str, str]) -> dict[str, Any]:
        """Do what photos.saveWallPhoto does: once for each upload."""
        self.ours(int(told["group_id"]))
        if told.get("hash") not in self.uploaded:
            raise Refused(121, "Invalid hash")
        if told.get("server") != "626" or len(told.get("caption", "")) > LONGEST_CAPTION:
            raise Refused(100, "One of the parameters specified was missing or invalid: caption")
        self.uploaded.remove(told["hash"])
        number = self.next_number()
        self.photos[f"photo100_{number}"] = told.get("caption", "")
        return self.photo(100, number, told.get("caption", ""))

    def photo(self, owner: int, number: int, caption: str) -> dict[str, Any]:
        """Return a photo as VK shows it."""
        return {"id": number, "owner_id": owner, "album_id": -14, "date": int(time.time()), "text": caption,
                "access_key": "a1b2c3", "has_tags": False, "sizes": []}  # fmt: skip

    def post(self, told: dict[str, str]) -> int | None:
        """Do what wall.post does: once an hour for each guid."""
        if int(told.get("owner_id", "100")) != -GROUP:
            raise Refused(214, "Access to adding post denied")
        if told.get("from_group") != "1" or "publish_date" in told:
            raise Refused(100, "One of the parameters specified was missing or invalid: not as these tests want it")
        known, made = self.guids.get(told.get("guid", ""), (0, 0.0))
        if time.time() - made < REMEMBERED:
            return known if self.repeated == "same" else None
        text, photos = told.get("message", ""), [each for each in told.get("attachments", "").split(",") if each]
        if not text and not photos:
            raise Refused(100, "One of the parameters specified was missing or invalid: message is undefined")
        if len(text.encode("utf-16-le")) // 2 > self.longest:
            raise Refused(100, "One of the parameters specified was missing or invalid: message is too long")
        if len(photos) > MOST_ATTACHED or any(each not in self.photos for each in photos):
            raise Refused(100, "One of the parameters specified was missing or invalid: attachments")
        if self.today >= MOST_A_DAY:
            raise Refused(214, "Access to adding post denied: you can only add 50 posts a day")
        self.today += 1
        made_id = self.add(text, photos)
        if "guid" in told:
            self.guids[told["guid"]] = (made_id, time.time())
        return made_id

    def wall(self, told: dict[str, str]) -> dict[str, Any]:
        """Do what wall.get does: newest first, but the pinned post before all."""
        self.ours(-int(told["owner_id"]))
        count, offset = int(told.get("count", "20")), int(told.get("offset", "0"))
        if count > 100:
            raise Refused(100, "One of the parameters specified was missing or invalid: count")
        there = sorted(self.posts[: len(self.posts) - self.lag], key=lambda post: (post["date"], post["id"]))[::-1]
        there.sort(key=lambda post: post["id"] != self.pinned)
        return {"count": len(there), "items": [self.shown(post) for post in there[offset : offset + count]]}

    def shown(self, post: dict[str, Any]) -> dict[str, Any]:
        """Return a post as VK shows it."""
        attached = []
        for name in post["photos"]:
            owner, number = (int(part) for part in PHOTO.fullmatch(name).groups())  # type: ignore[union-attr]
            if self.renames:
                owner, number = -GROUP, number + 10_000
            attached.append({"type": "photo", "photo": self.photo(owner, number, self.photos.get(name, ""))})
        told: dict[str, Any] = {
            "inner_type": "wall_wallpost", "type": "post", "post_type": "post", "id": post["id"], "owner_id": -GROUP,
            "from_id": -GROUP, "created_by": 100, "date": post["date"], "text": post["text"], "attachments": attached,
            "likes": {"count": 0, "user_likes": 0, "can_like": 1, "can_publish": 1}, "views": {"count": 0},
            "reposts": {"count": 0, "user_reposted": 0}, "comments": {"count": 0, "can_post": 1},
        }  # fmt: skip
        if post["id"] == self.pinned:
            told["is_pinned"] = 1
        return told

    def delete(self, number: int) -> None:
        """Delete a post."""
        self.posts = [post for post in self.posts if post["id"] != number]


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: FakeVK
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""

    def do_POST(self) -> None:
        """Answer a call or take a photo; nothing else is asked with another verb here."""
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked = urlsplit(self.path)
        with self.server.lock:
            if asked.path == "/upload.php":
                told = self._photo(content)
            else:
                told = self._method(asked.path.removeprefix("/method/"), content)
                self.server.told.append((asked.path.removeprefix("/method/"), told))
        data = json.dumps(told, ensure_ascii=False).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _method(self, method: str, content: bytes) -> dict[str, Any]:
        kind = self.headers.get("Content-Type", "").partition(";")[0]
        told = {name: values[0] for name, values in parse_qs(content.decode(), keep_blank_values=True).items()}
        told.setdefault("access_token", self.headers.get("Authorization", "").removeprefix("Bearer "))
        if kind != "application/x-www-form-urlencoded" or not re.fullmatch(r"5\.\d+", told.get("v", "")):
            return error(8, "Invalid request: v (version) is required", told)
        if told["access_token"] != TOKEN:
            return error(5, "User authorization failed: invalid access_token (4).", told)
        try:
            made = self.server.call(method, told)
        except Refused as no:
            return error(*no.args, told)
        return {"response": {} if made == {"post_id": None} else made}

    def _photo(self, content: bytes) -> dict[str, Any]:
        photo = multipart(self.headers["Content-Type"], content).get("photo", b"")
        if "Authorization" in self.headers or not photo.startswith(MAGIC):
            return {"server": 626, "photo": "[]", "hash": ""}
        made = f"{self.server.next_number():x}f00d"
        self.server.uploaded.add(made)
        return {"server": 626, "photo": json.dumps([{"photo": made, "sizes": []}]), "hash": made}


def error(code: int, words: str, told: dict[str, str] | None = None) -> dict[str, Any]:
    """Return an error as VK tells it, with all that was sent."""
    params = [{"key": name, "value": value} for name, value in (told or {"access_token": TOKEN}).items()]
    return {"error": {"inner_type": "base_error", "error_code": code, "error_msg": words, "request_params": params}}
