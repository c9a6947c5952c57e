"""Instagram's content publishing as Meta's documentation describes it: for tests of the Instagram adapter."""

from __future__ import annotations

from tests.platforms.fake_graph import Form, Told, refused
from tests.platforms.fake_graph_containers import NAME, USER, FakeContainers

__all__ = ["NAME", "USER", "FakeInstagram"]

KNOWN = frozenset({"image_url", "caption", "alt_text", "is_carousel_item", "media_type", "children"})
LONGEST = 2200


class FakeInstagram(FakeContainers):
    """One professional account."""

    visible = "/media_publish"
    make = "media"
    limit = "content_publishing_limit"
    status = "status_code"
    why = "status"
    text = "caption"
    formats = frozenset({"JPEG"})
    ratio = (0.8, 1.91)
    of_profile = frozenset({"id", "user_id", "username"})
    of_posts = frozenset(
        {"id", "caption", "timestamp", "permalink", "media_type", "children", "like_count", "comments_count"}
    )

    def objection(self, form: Form) -> Told | None:
        """Return what Instagram has against a container's fields."""
        caption = form.get("caption", "")
        if unknown := form.keys() - KNOWN:
            return refused(100, words=f"Unknown parameters {sorted(unknown)}")
        if "image_url" not in form and form.get("media_type") != "CAROUSEL":
            return refused(100, words="The parameter image_url is required")
        if len(caption.encode("utf-16-le")) // 2 > LONGEST:
            return refused(36004, 2207010, "The caption is too long")
        if sum(word.startswith("#") for word in caption.split()) > 30:
            return refused(100, 2207040, "Too many tags")
        return None

    def permalink(self, post: str) -> str:
        """Return a post's address."""
        return f"https://www.instagram.com/p/C{post}/"
