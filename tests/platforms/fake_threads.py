"""Threads as Meta's documentation describes it: for tests of the Threads adapter."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.platforms.fake_graph import GONE, Form, Told, refused
from tests.platforms.fake_graph_containers import NAME, USER, FakeContainers

__all__ = ["NAME", "USER", "FakeThreads", "as_seen"]

KNOWN = frozenset(
    {"media_type", "text", "image_url", "alt_text", "is_carousel_item", "children", "reply_to_id", "topic_tag"}
)
KINDS = frozenset({"TEXT", "IMAGE", "CAROUSEL"})
LONGEST = 500
FIGURES = ("views", "likes", "replies", "reposts", "quotes", "shares")


def as_seen(text: str) -> int:
    """Count as live texts were counted in August 2026: UTF-8 bytes."""
    return len(text.encode())


class FakeThreads(FakeContainers):
    """One account."""

    version = "v1.0"
    visible = "/threads_publish"
    make = "threads"
    limit = "threads_publishing_limit"
    status = "status"
    why = "error_message"
    text = "text"
    formats = frozenset({"JPEG", "PNG"})
    ratio = (0.1, 10.0)
    most_children = 20
    quota = 250
    of_profile = frozenset({"id", "username"})
    of_posts = frozenset({"id", "text", "timestamp", "permalink", "media_type", "children", "replied_to"})
    count: Callable[[str], int] = staticmethod(len)
    """How long a text is: UNKNOWN for texts in other than ASCII."""

    def objection(self, form: Form) -> Told | None:
        """Return what Threads has against a container's fields."""
        text, kind = form.get("text", ""), form.get("media_type")
        if (unknown := form.keys() - KNOWN) or kind not in KINDS:
            return refused(100, words=f"Unknown parameters {sorted(unknown)} or media_type")
        if (kind == "TEXT" and not text) or (kind == "IMAGE") != ("image_url" in form):
            return refused(100, words="Invalid parameter")
        if self.count(text) > LONGEST:
            return refused(100, words="Param text must be at most 500 characters long")
        if len(set(re.findall(r"https?://\S+", text))) > 5:
            return refused(100, words="THREADS_API__LINK_LIMIT_EXCEEDED")
        if "reply_to_id" in form and form["reply_to_id"] not in {post["id"] for post in self.posts}:
            return refused(100, words="The replied-to post does not exist")
        return None

    def read(self, path: str, asked: Form) -> Told:
        """Do what GET does; insights are an edge of a post."""
        post, _, edge = path.partition("/")
        if edge != "insights":
            return super().read(path, asked)
        if post not in {each["id"] for each in self.posts}:
            return GONE
        wanted = asked.get("metric", "").split(",")
        if not set(wanted) <= set(FIGURES):
            return refused(100, words="metric must be one of the following values")
        figures = [{"name": name, "period": "lifetime", "values": [{"value": 0}]} for name in wanted]
        return 200, {"data": figures}

    def permalink(self, post: str) -> str:
        """Return a post's address."""
        return f"https://www.threads.com/@{NAME}/post/D{post}"
