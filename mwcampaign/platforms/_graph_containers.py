"""Containers: how Instagram and Threads publish in two steps. For the instagram and threads adapters.

A container is made and not seen by anybody; publishing names it, and it can be published once only. So after a lost
answer the container itself says whether the post went out, and the same request may go again.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from mwcampaign.core.delivery import Receipt
from mwcampaign.core.message import canonical
from mwcampaign.core.ports import Absent, Copy, Found, Inconclusive
from mwcampaign.errors import Ambiguous, CredentialRejected, Deferred, PublishError, Rejected
from mwcampaign.platforms._graph import PAGE, PAGES, Graph, NotThere, plain

NEVER = frozenset(
    {2207004, 2207005, 2207009, 2207010, 2207023, 2207026, 2207028, 2207035, 2207036, 2207037, 2207040, 2207057}
)
"""Too big, not JPEG, a wrong ratio, too long: making the container again changes nothing."""
CODE = re.compile(r"\b22\d{5}\b")


@dataclass(frozen=True, slots=True)
class Words:
    """What one of the two networks calls what both have. `fields` are those of a post, `reply_fields` of an answer to
    one; `wait` is until the next look at a container."""

    make: str
    publish: str
    status: str
    why: str
    text: str
    fields: str
    wait: timedelta
    reply_fields: str = ""


@dataclass(slots=True)
class _Making:
    """Containers made for one post that were not ready when we looked."""

    children: list[str] = field(default_factory=list)
    whole: str = ""


class Containers:
    """One account's containers and posts. `user` gives its id, `profile` where a person looks. Safe for threads."""

    def __init__(self, graph: Graph, words: Words, user: Callable[[], str], profile: Callable[[], str]) -> None:
        self._graph, self._words = graph, words
        self._user, self._profile = user, profile
        self._lock = threading.Lock()
        self._making: dict[str, _Making] = {}

    def stage(self, children: Sequence[Mapping[str, str]], whole: Mapping[str, str]) -> str:
        """Make the container of a post, those of its pictures first; return USER/CONTAINER when it can be published.

        Raises Deferred while the network is at work; the next call then looks again instead of making more.
        """
        key = canonical([list(children), whole])
        with self._lock:
            # Taken out, so that no two posts get the same container.
            making = self._making.pop(key, None) or _Making()
        try:
            for number in range(len(making.children), len(children)):
                making.children.append(self._make(f"container of picture {number + 1}", children[number]))
            for child in making.children if not making.whole else ():
                self._until_ready(child)
            if not making.whole:
                joined = {"children": ",".join(making.children)} if children else {}
                making.whole = self._make("container", {**whole, **joined})
            self._until_ready(making.whole)
        except _Failed as failed:
            raise failed.trouble from None
        except Deferred:
            with self._lock:
                self._making[key] = making
            raise
        return f"{self._user()}/{making.whole}"

    @staticmethod
    def named(staged: str) -> dict[str, str]:
        """Return what a sealed request says of the container that `stage` made. Pure."""
        user, _, container = staged.rpartition("/")
        return {"user": user, "container": container}

    def publish(self, told: Mapping[str, Any]) -> Receipt:
        """Publish the container of a sealed request. A refusal is believed only if the container bears it out."""
        path, form = f"{told['user']}/{self._words.publish}", {"creation_id": str(told["container"])}
        try:
            answer = self._graph.post("publish", path, form, visible=True)
        except CredentialRejected:
            raise
        except (Rejected, Deferred) as no:
            if no.reach != "post":
                raise
            raise self._after(no, told["container"]) from None
        media = self._graph.text(answer, "id", "publish", visible=True)
        try:
            return self._receipt(self._graph.get("address", media, "id,permalink,timestamp"))
        except PublishError:
            # The post is public: a missing address must not cast doubt on that.
            return Receipt(media, self._profile(), datetime.now(UTC))

    def find(self, told: Mapping[str, Any], since: datetime) -> Found | Absent | Inconclusive:
        """Ask the container, and look for its post among the newest: the container does not name it."""
        try:
            state, why = self._state(told["container"])
        except NotThere as error:
            return Inconclusive(str(error), self._profile())
        post = self._like(told, since) if state != "IN_PROGRESS" else None
        match state:
            case "PUBLISHED" if post is not None:
                return Found(self._receipt(post))
            case "PUBLISHED":
                return Inconclusive("it is published, and not among the newest posts yet", self._profile())
            case "FINISHED" | "ERROR" | "EXPIRED" if post is None:
                return Absent()
            case "FINISHED" | "ERROR" | "EXPIRED":
                return Inconclusive("not published, and yet there is a post that reads the same", self._profile())
            case _:
                return Inconclusive(f"the container is {state or 'of no known state'} {why}".strip(), self._profile())

    def copies(self, told: Mapping[str, Any], receipt: Receipt, since: datetime) -> tuple[Copy, ...] | Inconclusive:
        """Ask for the receipt's own post by its id, and look for others that read the same."""
        found: list[Copy] = []
        try:
            own = self._graph.get("look", receipt.remote_id, self._fields(told))
            found.append(Copy(self._receipt(own), self._same(own, told)))
        except NotThere:
            own = {}
        for post in self._posts(told, since):
            if post is None:
                return Inconclusive(f"more than {PAGE * PAGES} posts since then", self._profile())
            if post.get("id") != own.get("id") and (self._same(post, told) or post.get("id") == receipt.remote_id):
                found.append(Copy(self._receipt(post), self._same(post, told)))
        return tuple(found)

    def _make(self, step: str, params: Mapping[str, str]) -> str:
        answer = self._graph.post(step, f"{self._user()}/{self._words.make}", params)
        return self._graph.text(answer, "id", step)

    def _state(self, container: str) -> tuple[str, str]:
        fields = f"id,{self._words.status},{self._words.why}"
        told = self._graph.get("state of the container", container, fields)
        return str(told.get(self._words.status) or ""), str(told.get(self._words.why) or "")[:100]

    def _until_ready(self, container: str) -> None:
        state, why = self._state(container)
        if state == "FINISHED":
            return
        if state in {"ERROR", "EXPIRED", "PUBLISHED"}:
            codes = {int(code) for code in CODE.findall(why)}
            told = f"container: the network could not make it ({why or state})"
            never = codes & NEVER or why.startswith("INVALID")
            raise _Failed(Rejected(told) if never else Deferred(told))
        raise Deferred("container: the network is still at work on it", self._words.wait)

    def _after(self, no: Rejected | Deferred, container: str) -> PublishError:
        """Return what a refusal means: an earlier request may have published the container already."""
        try:
            state, _ = self._state(container)
        except PublishError:
            return Ambiguous(f"{no}; and its container could not be asked", reach="post")
        if state == "FINISHED":
            return no
        if state in {"ERROR", "EXPIRED"}:
            return Deferred(f"{no}; its container came to nothing, another is made")
        return Ambiguous(f"{no}; but its container is {state or 'of no known state'}", reach="post")

    def _fields(self, told: Mapping[str, Any]) -> str:
        return self._words.reply_fields if told.get("reply_to") else self._words.fields

    def _posts(self, told: Mapping[str, Any], since: datetime) -> Iterator[dict[str, Any] | None]:
        edge = "replies" if told.get("reply_to") else self._words.make
        return self._graph.posts(f"{told['user']}/{edge}", self._fields(told), "timestamp", since)

    def _like(self, told: Mapping[str, Any], since: datetime) -> dict[str, Any] | None:
        """Return the oldest post since then that reads the same: newer ones would be somebody's repetition."""
        found = None
        for post in self._posts(told, since):
            if post is not None and self._same(post, told):
                found = post
        return found

    def _same(self, post: Mapping[str, Any], told: Mapping[str, Any]) -> bool:
        replied = post.get("replied_to")
        answers = replied.get("id") if isinstance(replied, dict) else None
        return (
            plain(str(post.get(self._words.text) or "")) == plain(told["text"])
            and _pictures(post) == told["pictures"]
            and answers == told.get("reply_to")
        )

    def _receipt(self, post: Mapping[str, Any]) -> Receipt:
        remote_id = self._graph.text(post, "id", "look")
        address = post.get("permalink")
        return Receipt(remote_id, str(address or self._profile()), self._graph.moment(post, "timestamp"))


class _Failed(Exception):
    """A container that will never be ready."""

    def __init__(self, trouble: PublishError) -> None:
        super().__init__()
        self.trouble = trouble


def _pictures(post: Mapping[str, Any]) -> int:
    children = post.get("children")
    if isinstance(children, dict) and isinstance(each := children.get("data"), list):
        return len(each)
    return 1 if post.get("media_type") == "IMAGE" else 0
