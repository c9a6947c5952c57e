"""Publishing in two steps as the documentation of Instagram and of Threads describes it: for the fakes of both.

What the documentation does not say is a setting here: how long a published container is not yet called so, how a second
publish of one is answered, how far the lists lag.
"""

from __future__ import annotations

import urllib.request
from io import BytesIO
from typing import Any
from urllib.error import URLError

from PIL import Image, UnidentifiedImageError

from tests.platforms.fake_graph import GONE, FakeGraph, Form, Told, instant, listed, named, refused

USER = "178414"
NAME = "museum"
MOST_BYTES = 8_000_000
DAY_QUOTA = 9, 2207042
NOT_READY = refused(9007, 2207027, "The media is not ready for publishing, please wait a moment")


class FakeContainers(FakeGraph):
    """One account: containers, and posts made of them."""

    make = ""
    status = ""
    why = ""
    text = ""
    formats: frozenset[str] = frozenset()
    ratio = (0.0, 100.0)
    most_children = 10
    quota = 100
    of_profile: frozenset[str] = frozenset()
    of_posts: frozenset[str] = frozenset()
    limit = ""
    """The edge that tells how many posts are left."""

    def __init__(self) -> None:
        super().__init__()
        self.containers: dict[str, dict[str, Any]] = {}
        self.posts: list[dict[str, Any]] = []
        self.slow = 0
        """So many looks at a new container find it in progress."""
        self.late = 0
        """So many looks at a published container find it still called finished."""
        self.again = "refused"
        """How a second publish of a container is answered: refused, or with the same id."""
        self.hidden = 0
        """So many of the newest posts are not in the lists yet."""
        self.fails: list[str] = []
        """What is told of the next containers, which come to nothing."""
        self.may_publish = True

    def objection(self, form: Form) -> Told | None:
        """Return what the network has against a container's fields."""
        raise NotImplementedError

    def permalink(self, post: str) -> str:
        """Return a post's address."""
        raise NotImplementedError

    def write(self, path: str, form: Form, files: dict[str, bytes]) -> Told:
        """Do what POST does."""
        user, _, edge = path.partition("/")
        if user not in {"me", USER}:
            return refused(10, words="Application does not have permission for this action", status=403)
        if edge == self.make:
            return self.container(form)
        return self.publish(form) if edge == self.visible.strip("/") else refused(100, words="Unsupported post request")

    def container(self, form: Form) -> Told:
        """Make a container: pictures are fetched and looked at at once."""
        if no := self.objection(form) or self.of_picture(form) or self.of_carousel(form):
            return no
        made = self.next_id()
        why = self.fails.pop(0) if self.fails else ""
        self.containers[made] = {"form": form, "slow": self.slow, "post": None, "late": 0, "why": why, "over": False}
        return 200, {"id": made}

    def of_picture(self, form: Form) -> Told | None:
        """Return what is wrong with a container's picture."""
        if "image_url" not in form:
            return None
        if len(form.get("alt_text", "")) > 1000:
            return refused(100, words="Param alt_text must be at most 1000 characters long")
        try:
            with urllib.request.urlopen(form["image_url"], timeout=5) as answer:
                content = answer.read()
            image = Image.open(BytesIO(content))
        except URLError:
            return refused(9004, 2207052, "The media could not be fetched from this uri")
        except UnidentifiedImageError:
            return refused(36001, 2207005, "The image format is not supported")
        if image.format not in self.formats:
            return refused(36001, 2207005, "The image format is not supported")
        if len(content) > MOST_BYTES:
            return refused(36000, 2207004, "The image is too large to download")
        if not self.ratio[0] <= image.width / image.height <= self.ratio[1]:
            return refused(36003, 2207009, "The submitted image's aspect ratio is not supported")
        return None

    def of_carousel(self, form: Form) -> Told | None:
        """Return what is wrong with a carousel's children: they are containers of their own, each used once."""
        if form.get("media_type") != "CAROUSEL":
            return None
        children = [self.containers.get(child) for child in form.get("children", "").split(",")]
        if not 2 <= len(children) <= self.most_children:
            return refused(100, 2207028, "Your post won't work as a carousel")
        if any(not child or child["form"].get("is_carousel_item") != "true" or child["post"] for child in children):
            return refused(100, words="Invalid children")
        if any(child and self.state(child) != "FINISHED" for child in children):
            return NOT_READY
        return None

    def state(self, container: dict[str, Any]) -> str:
        """Return what a container is called."""
        if container["why"]:
            return "ERROR"
        if container["post"]:
            return "FINISHED" if container["late"] else "PUBLISHED"
        if container["over"]:
            return "EXPIRED"
        return "IN_PROGRESS" if container["slow"] else "FINISHED"

    def publish(self, form: Form) -> Told:
        """Publish a container, once."""
        container = self.containers.get(form.get("creation_id", ""))
        if form.keys() != {"creation_id"} or container is None:
            return refused(24, 2207006, "The requested resource does not exist")
        if container["post"]:
            return (200, {"id": container["post"]}) if self.again == "same" else NOT_READY
        if container["over"]:
            return refused(24, 2207008, "The media container with the specified id does not exist: it has expired")
        if self.state(container) != "FINISHED" or container["form"].get("is_carousel_item"):
            return NOT_READY
        if len(self.posts) >= self.quota:
            return refused(*DAY_QUOTA, "You reached the maximum number of posts that is allowed")
        children = [self.containers[child] for child in container["form"].get("children", "").split(",") if child]
        post = {"id": self.next_id(), "timestamp": instant(), "text": container["form"].get(self.text, ""),
                "reply_to": container["form"].get("reply_to_id"), "form": container["form"],
                "alts": tuple(each["form"].get("alt_text", "") for each in children or [container]
                              if "image_url" in each["form"])}  # fmt: skip
        self.posts.append(post)
        container |= {"post": post["id"], "late": self.late}
        return 200, {"id": post["id"]}

    def read(self, path: str, asked: Form) -> Told:
        """Do what GET does."""
        if path in {"me", USER}:
            return self.shown(self.of_profile, {"id": USER, "user_id": USER, "username": NAME}, asked)
        user, _, edge = path.partition("/")
        if user in {"me", USER} and edge == self.limit:
            return self.left(asked)
        if user in {"me", USER} and edge in {self.make, "replies"}:
            there = self.posts[: len(self.posts) - self.hidden]
            mine = [post for post in there if bool(post["reply_to"]) == (edge == "replies")]
            if unknown := set(named(asked)) - self.of_posts:
                return refused(100, words=f"Tried accessing nonexisting field ({sorted(unknown)})")
            return listed(mine, asked, lambda post: self.shown(self.of_posts, self.whole(post), asked)[1])
        if path in self.containers:
            container = self.containers[path]
            told = {"id": path, self.status: self.state(container), self.why: container["why"]}
            for waiting in ("slow", "late"):
                container[waiting] = max(0, container[waiting] - 1)
            return self.shown(frozenset(told), told, asked)
        found = [post for post in self.posts if post["id"] == path]
        return self.shown(self.of_posts, self.whole(found[0]), asked) if found else GONE

    def left(self, asked: Form) -> Told:
        """Tell how many posts were published, and how many may be, to those who may publish."""
        if not self.may_publish:
            return refused(10, words="Application does not have permission for this action", status=403)
        if unknown := set(named(asked)) - {"quota_usage", "config"}:
            return refused(100, words=f"Tried accessing nonexisting field ({sorted(unknown)})")
        config = {"quota_total": self.quota, "quota_duration": 86_400}
        whole = {"quota_usage": len(self.posts), "config": config}
        return 200, {"data": [{name: whole[name] for name in named(asked)}]}

    def whole(self, post: dict[str, Any]) -> dict[str, Any]:
        """Return every field of a post; lists of pictures are there for carousels alone."""
        many = len(post["alts"]) > 1
        kind = "CAROUSEL_ALBUM" if many else "IMAGE" if post["alts"] else "TEXT_POST"
        told = {"id": post["id"], self.text: post["text"], "timestamp": post["timestamp"],
                "permalink": self.permalink(post["id"]), "media_type": kind,
                "like_count": 0, "comments_count": 0}  # fmt: skip
        if many:
            told["children"] = {"data": [{"id": f"{post['id']}{number}"} for number in range(len(post["alts"]))]}
        if post["reply_to"]:
            told["replied_to"] = {"id": post["reply_to"]}
        return told

    def shown(self, known: frozenset[str], whole: dict[str, Any], asked: Form) -> Told:
        """Return the fields that were asked for."""
        if unknown := set(named(asked)) - known:
            return refused(100, words=f"Tried accessing nonexisting field ({sorted(unknown)})")
        return 200, {name: whole[name] for name in {"id", *named(asked)} if whole.get(name) not in (None, "")}
