"""A Facebook Page as Meta's documentation describes it: for tests of the Facebook adapter."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.platforms.fake_graph import GONE, FakeGraph, Form, Told, instant, listed, named, refused

__all__ = ["PAGE", "FakeFacebook"]

PAGE = "1001"
MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*")
MOST_BYTES = 4_000_000
LONGEST = 63_206
"""Said everywhere, and not in Meta's pages; in which unit is UNKNOWN."""
OF_POSTS = frozenset(
    {"id", "message", "created_time", "permalink_url", "is_published", "attachments", "reactions", "comments", "shares"}
)
OF_FEED = frozenset({"message", "link", "published", "fields"})


class FakeFacebook(FakeGraph):
    """One Page: its photos and posts."""

    visible = "/feed"

    def __init__(self) -> None:
        super().__init__()
        self.posts: list[dict[str, Any]] = []
        self.photos: dict[str, dict[str, Any]] = {}
        self.duplicates = "506"
        """How the same text again is answered: with 506, with 368, or not at all ("")."""
        self.hidden = 0
        """So many of the newest posts are not in the list: it proves no absence."""
        self.unreadable: set[str] = set()
        """Links that Facebook cannot read."""

    def write(self, path: str, form: Form, files: dict[str, bytes]) -> Told:
        """Do what POST does."""
        page, _, edge = path.partition("/")
        if page not in {"me", PAGE}:
            return refused(200, words="Permissions error", status=403)
        if edge == "photos":
            return self.photo(form, files)
        return self.feed(form) if edge == "feed" else refused(100, words="Unsupported post request")

    def photo(self, form: Form, files: dict[str, bytes]) -> Told:
        """Take a photo that is not published."""
        if form.keys() - {"published", "alt_text_custom", "caption"} or form.get("published") != "false":
            return refused(100, words="Invalid parameter")
        content = files.get("source", b"")
        if not content.startswith(MAGIC):
            return refused(100, 1366046, "Your photos couldn't be uploaded")
        if len(content) > MOST_BYTES:
            return refused(1, 1366046, "Photos should be smaller than 4 MB")
        photo = self.next_id()
        self.photos[photo] = {"alt": form.get("alt_text_custom", ""), "used": False}
        return 200, {"id": photo}

    def feed(self, form: Form) -> Told:
        """Publish a post."""
        attached = {name: value for name, value in form.items() if re.fullmatch(r"attached_media\[\d+\]", name)}
        if unknown := form.keys() - OF_FEED - attached.keys():
            return refused(100, words=f"Unknown parameters {sorted(unknown)}")
        text = form.get("message", "")
        if not (text or form.get("link") or attached):
            return refused(100, words="Missing message or attachment")
        if len(text) > LONGEST:
            return refused(100, words="The message is too long")
        if form.get("link") in self.unreadable:
            return refused(1609005, words="There was a problem scraping data from the provided link")
        photos = [str(json.loads(value)["media_fbid"]) for _, value in sorted(attached.items(), key=_place)]
        if any(photo not in self.photos for photo in photos):
            return refused(100, words="Invalid media_fbid")
        if any(self.photos[photo]["used"] for photo in photos):
            return refused(100, 1366051, "These photos were already posted")
        if self.duplicates and self.posts and self.posts[-1]["message"] == text:
            words = "You've already posted this" if self.duplicates == "368" else "Duplicate status message"
            return refused(int(self.duplicates), words=words)
        for photo in photos:
            self.photos[photo]["used"] = True
        post = {"id": f"{PAGE}_{self.next_id()}", "message": text, "created_time": instant(), "photos": photos,
                "link": form.get("link")}  # fmt: skip
        self.posts.append(post)
        return 200, self.shown(post, {"fields": form.get("fields", "id")})

    def read(self, path: str, asked: Form) -> Told:
        """Do what GET does."""
        if path in {"me", PAGE}:
            told = {"id": PAGE, "name": "The Museum", "link": f"https://www.facebook.com/{PAGE}"}
            if unknown := set(named(asked)) - told.keys():
                return refused(100, words=f"Tried accessing nonexisting field ({sorted(unknown)})")
            return 200, {name: told[name] for name in named(asked)}
        if unknown := set(named(asked)) - OF_POSTS:
            return refused(100, words=f"Tried accessing nonexisting field ({sorted(unknown)})")
        if path in {"me/published_posts", f"{PAGE}/published_posts"}:
            there = self.posts[: len(self.posts) - self.hidden]
            return listed(there, asked, lambda post: self.shown(post, asked))
        found = [post for post in self.posts if post["id"] == path]
        return (200, self.shown(found[0], asked)) if found else GONE

    def shown(self, post: dict[str, Any], asked: Form) -> dict[str, Any]:
        """Return a post with the fields that were asked for; what is empty is left out, as Graph does."""
        album = [{"media_type": "photo"} for _ in post["photos"]]
        attachments: list[dict[str, Any]] = []
        if len(album) > 1:
            attachments = [{"media_type": "album", "subattachments": {"data": album}}]
        elif album or post.get("link"):
            attachments = album or [{"media_type": "link"}]
        whole = {
            "id": post["id"],
            "message": post["message"],
            "created_time": post["created_time"],
            "permalink_url": f"https://www.facebook.com/{PAGE}/posts/{post['id'].partition('_')[2]}",
            "is_published": True,
            "attachments": {"data": attachments} if attachments else None,
            "reactions": {"data": [], "summary": {"total_count": 0}},
            "comments": {"data": [], "summary": {"total_count": 0, "order": "chronological"}},
        }
        return {name: whole[name] for name in {"id", *named(asked)} if whole.get(name) not in (None, "")}


def _place(attached: tuple[str, str]) -> int:
    return int(attached[0].partition("[")[2].rstrip("]"))
