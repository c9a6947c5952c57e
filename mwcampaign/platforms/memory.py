"""A network in memory that keeps its documented limits: for trying out, for tests, and for rehearsals.

The shortest complete adapter: read it before writing one. With `imitates` it takes the limits of a real network, and
with `faults` it misbehaves on demand. Anybody may construct it; only the engine may publish.
"""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from mwcampaign.core.campaign import Account
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.delivery import DeliveryKey, Envelope, Receipt
from mwcampaign.core.message import Message, Picture, canonical
from mwcampaign.core.ports import (
    Absent,
    Allowance,
    Clock,
    Copy,
    Found,
    Handles,
    Identity,
    Inconclusive,
    Metrics,
    Sessions,
)
from mwcampaign.errors import Deferred, Rejected

Moment = Literal["before", "after"]
Faults = Callable[[Moment, Envelope], None]
"""Called before and after a post becomes public; what it raises is what the engine gets."""


@dataclass(frozen=True, slots=True)
class MemoryPost:
    """A public post, as the world can inspect it."""

    remote_id: str
    account: str
    address: str
    text: str
    language: str
    alts: tuple[str, ...]
    warning: str
    visibility: str
    reply_to: str | None
    posted_at: datetime


class MemoryNetwork:
    """The world that adapters share: every account's posts and uploads. Safe for threads."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._posts: dict[str, list[MemoryPost]] = defaultdict(list)
        self._ids: set[str] = set()
        self._uploads: dict[str, str] = {}

    def posts(self, account: str | None = None) -> list[MemoryPost]:
        """Return the posts of one account or of all, oldest first."""
        with self.lock:
            if account is not None:
                return list(self._posts.get(account, ()))
            return sorted(
                (post for each in self._posts.values() for post in each), key=lambda post: int(post.remote_id)
            )

    def add(self, post: MemoryPost) -> MemoryPost:
        """Make a post public and return it with its id."""
        with self.lock:
            numbered = replace(post, remote_id=str(len(self._ids) + 1))
            self._ids.add(numbered.remote_id)
            self._posts[post.account].append(numbered)
            return numbered

    def knows(self, remote_id: str) -> bool:
        """Return whether there is such a post."""
        return remote_id in self._ids

    def upload(self, alt: str) -> str:
        """Keep a picture's alt text; return the handle that posts quote."""
        with self.lock:
            handle = f"picture-{len(self._uploads) + 1}"
            self._uploads[handle] = alt
            return handle

    def alt(self, handle: str) -> str | None:
        """Return the alt text behind a handle, or None when it was never uploaded."""
        return self._uploads.get(handle)


class _SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def _silence(moment: Moment, envelope: Envelope) -> None:
    """Do nothing wrong."""


class Memory:
    """One account on a network in memory. See core.ports.Platform for what each method promises."""

    secret_names: tuple[str, ...] = ()
    capabilities = Capabilities(
        network="memory",
        text_limit=500,
        unit="characters",
        source="mwcampaign.platforms.memory",
        as_of="2026-11-21",
        pictures=4,
        picture_types=("image/jpeg", "image/png", "image/webp"),
        alt_limit=1500,
        threads=True,
        languages=True,
        warnings="text",
        visibilities=("public", "unlisted", "private"),
        lookup="exact",
        absence_after=0,
        replay_window=3600,
    )

    def __init__(
        self,
        account: Account,
        secrets: Mapping[str, str],
        sessions: Sessions,
        *,
        world: MemoryNetwork | None = None,
        imitates: Capabilities | None = None,
        count: Callable[[str], int] = len,
        clock: Clock | None = None,
        faults: Faults = _silence,
    ) -> None:
        self.world = world or MemoryNetwork()
        self.capabilities = (imitates or type(self).capabilities).with_limits(account.limits)
        self._account = account
        self._count = count
        self._clock = clock or _SystemClock()
        self._faults = faults

    def count(self, text: str) -> int:
        """Count with the function given, else in characters."""
        return self._count(text)

    def check(self, message: Message) -> Iterable[tuple[str, str]]:
        """Yield nothing: capabilities say it all."""
        return ()

    def prepare(self, message: Message, handles: Handles, key: DeliveryKey, at: datetime) -> Envelope:
        """Fix the request: the key is the address."""
        told = {
            "text": message.text,
            "language": message.language,
            "pictures": list(handles.pictures),
            "warning": message.warning,
            "visibility": message.visibility,
            "reply_to": handles.parent.remote_id if handles.parent else None,
        }
        return Envelope(key, canonical(told))

    def whoami(self) -> Identity:
        """Return the account as the campaign describes it."""
        return Identity(self._account.handle or self._account.id, self._account.id, self._url(""))

    def resolve(self, message: Message) -> Mapping[str, str]:
        """Return nothing: names have no ids here."""
        return {}

    def upload(self, picture: Picture, content: bytes) -> str:
        """Keep the alt text; forget the picture."""
        return self.world.upload(picture.alt)

    def publish(self, envelope: Envelope) -> Receipt:
        """Make the post public, unless limits, quotas or a fault say no."""
        self._faults("before", envelope)
        with self.world.lock:
            post = self._known(envelope) or self.world.add(self._accepted(envelope))
        self._faults("after", envelope)
        return self._receipt(post)

    def allowances(self) -> tuple[Allowance, ...]:
        """Return nothing yet."""
        return ()

    def find(self, envelope: Envelope, since: datetime) -> Found | Absent | Inconclusive:
        """Look as well as the imitated network lets us look."""
        if self.capabilities.lookup == "none":
            return Inconclusive("this network cannot be asked", self._url(""))
        for post in self.world.posts(self._account.id):
            if post.address == envelope.address and post.posted_at >= since:
                return Found(self._receipt(post))
        return Absent() if self.capabilities.lookup == "exact" else Inconclusive("not in the list", self._url(""))

    def copies(self, envelope: Envelope, receipt: Receipt, since: datetime) -> tuple[Copy, ...] | Inconclusive:
        """Return nothing yet."""
        return Inconclusive("not built")

    def metrics(self, receipt: Receipt) -> Metrics | None:
        """Return None: nobody looks at posts in memory."""
        return None

    def close(self) -> None:
        """Do nothing: there is no connection."""

    def _known(self, envelope: Envelope) -> MemoryPost | None:
        window = timedelta(seconds=self.capabilities.replay_window)
        for post in self.world.posts(self._account.id):
            if post.address == envelope.address and self._clock.now() - post.posted_at < window:
                return post
        return None

    def _accepted(self, envelope: Envelope) -> MemoryPost:
        told: dict[str, Any] = json.loads(envelope.payload)
        alts = tuple(alt for handle in told["pictures"] if (alt := self.world.alt(handle)) is not None)
        for refusal in self._refusals(told, alts):
            raise Rejected(f"publish: {refusal}")
        now = self._clock.now()
        mine = self.world.posts(self._account.id)
        for posts, seconds in self.capabilities.quotas:
            span = timedelta(seconds=seconds)
            recent = [post.posted_at for post in mine if now - post.posted_at < span]
            if len(recent) >= posts:
                raise Deferred(
                    f"publish: {posts} posts in {seconds} s are all there may be", recent[-posts] + span - now
                )
        return MemoryPost(
            remote_id="",
            account=self._account.id,
            address=envelope.address,
            text=told["text"],
            language=told["language"],
            alts=alts,
            warning=told["warning"],
            visibility=told["visibility"],
            reply_to=told["reply_to"],
            posted_at=now,
        )

    def _refusals(self, told: dict[str, Any], alts: tuple[str, ...]) -> Iterable[str]:
        limits = self.capabilities
        if (count := self.count(told["text"])) > limits.text_limit:
            yield f"the text is {count} of {limits.text_limit} {limits.unit}"
        if limits.bytes_limit is not None and len(told["text"].encode()) > limits.bytes_limit:
            yield f"the text is over {limits.bytes_limit} bytes"
        if len(told["pictures"]) > limits.pictures:
            yield f"{len(told['pictures'])} pictures, there may be {limits.pictures}"
        if len(alts) < len(told["pictures"]):
            yield "a picture was never uploaded"
        if limits.alt_limit is not None and any(len(alt) > limits.alt_limit for alt in alts):
            yield f"an alternative text is over {limits.alt_limit} characters"
        if told["visibility"] not in limits.visibilities:
            yield f"there is no visibility {told['visibility']!r}"
        if told["reply_to"] is not None and not self.world.knows(told["reply_to"]):
            yield "the post it replies to does not exist"
        if limits.duplicates_refused and any(post.text == told["text"] for post in self.world.posts(self._account.id)):
            yield "duplicate: this account has posted the same text before"

    def _receipt(self, post: MemoryPost) -> Receipt:
        return Receipt(post.remote_id, self._url(post.remote_id), post.posted_at)

    def _url(self, remote_id: str) -> str:
        return f"https://memory.invalid/{self._account.id}/{remote_id}"
