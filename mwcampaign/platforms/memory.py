"""A network in memory that keeps its documented limits: for trying out, for tests, and for rehearsals.

The shortest complete adapter: read it before writing one. With `imitates` it takes the limits of a real network, and
with `faults` it misbehaves on demand. Anybody may construct it; only the engine may publish.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from mwcampaign.core.campaign import Account
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.delivery import HANDED_OVER, DeliveryKey, Envelope, Receipt
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
from mwcampaign.errors import Ambiguous, Deferred, Rejected
from mwcampaign.platforms._memory_world import MemoryNetwork, MemoryPost
from mwcampaign.platforms._outcome import LastTold

__all__ = ["Faults", "Memory", "MemoryNetwork", "MemoryPost", "Moment"]

Moment = Literal["before", "after"]
Faults = Callable[[Moment, Envelope], None]
"""Called before and after a post becomes public; what it raises is what the engine gets."""
BY_HAND = f"{HANDED_OVER}a person posts it by hand, and says where it is"


class _SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def _silence(moment: Moment, envelope: Envelope) -> None:
    """Do nothing wrong."""


class Memory:
    """One account on a network in memory. See core.ports.Platform for what each method promises."""

    secret_names: tuple[str, ...] = ()
    option_names: tuple[str, ...] = ()
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
        self._last = LastTold()

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

    def stage(self, message: Message, handles: Handles) -> str:
        """Return nothing: a post is one request."""
        return ""

    def publish(self, envelope: Envelope) -> Receipt:
        """Make the post public, unless limits, quotas or a fault say no, or a person is to do it."""
        self._last.allowances = ()
        if self.capabilities.handed_over:
            raise Ambiguous(BY_HAND, reach="post")
        self._faults("before", envelope)
        with self.world.lock:
            post = self._known(envelope) or self.world.add(self._accepted(envelope))
            left = self._left()
        self._faults("after", envelope)
        self._last.allowances = left
        return self._receipt(post)

    def allowances(self) -> tuple[Allowance, ...]:
        """Return what each quota leaves, until one more post falls out of its span."""
        return self._last.allowances

    def find(self, envelope: Envelope, since: datetime) -> Found | Absent | Inconclusive:
        """Look as well as the imitated network lets us look."""
        if self.capabilities.handed_over:
            return Inconclusive(BY_HAND)
        if self.capabilities.lookup == "none":
            return Inconclusive("this network cannot be asked", self._url(""))
        for post in self.world.posts(self._account.id):
            if post.address == envelope.address and post.posted_at >= since:
                return Found(self._receipt(post))
            if post.address == envelope.address:
                return Inconclusive("an equal post is there, from before", self._receipt(post).url)
        return Absent() if self.capabilities.lookup == "exact" else Inconclusive("not in the list", self._url(""))

    def copies(self, envelope: Envelope, receipt: Receipt, since: datetime) -> tuple[Copy, ...] | Inconclusive:
        """Look through the account's posts, as far as the imitated network lets us look."""
        if self.capabilities.lookup == "none":
            return Inconclusive("this network cannot be asked", self._url(""))
        asked = self._as_asked(json.loads(envelope.payload))
        found = []
        for post in self.world.posts(self._account.id):
            same = asked == {name: getattr(post, name) for name in asked}
            if post.remote_id == receipt.remote_id or (same and post.posted_at >= since):
                found.append(Copy(self._receipt(post), same))
        return tuple(found)

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
        asked = self._as_asked(told)
        for refusal in self._refusals(told, asked["alts"]):
            raise Rejected(f"publish: {refusal}")
        now = self._clock.now()
        if used_up := [(left.shared, left.until, what) for what, left in self._quotas() if not left.remaining]:
            self._last.allowances = self._left()
            shared, until, what = max(used_up)
            raise Deferred(f"publish: {what} are all there may be", until - now,
                           reach="application" if shared else "account")  # fmt: skip
        return MemoryPost(remote_id="", account=self._account.id, address=envelope.address, posted_at=now, **asked)

    def _as_asked(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a request makes of a post, by the post's own names."""
        alts = (self.world.alt(handle) for handle in told["pictures"])
        return {
            "text": told["text"],
            "language": told["language"],
            "alts": tuple(alt for alt in alts if alt is not None),
            "warning": told["warning"],
            "visibility": told["visibility"],
            "reply_to": told["reply_to"],
        }

    def _left(self) -> tuple[Allowance, ...]:
        return tuple(allowance for _, allowance in self._quotas())

    def _quotas(self) -> Iterator[tuple[str, Allowance]]:
        """Yield each quota in words, and what it leaves: a post counts for as long as the quota's span."""
        now = self._clock.now()
        for whose, quotas in ((self._account.id, self.capabilities.quotas), (None, self.capabilities.shared_quotas)):
            for posts, seconds in quotas:
                span = timedelta(seconds=seconds)
                many, first = self.world.posted(whose, now - span, posts)
                left = Allowance(max(posts - many, 0), (first or now) + span, shared=whose is None)
                yield f"{posts} posts in {seconds} s" + (" of all accounts" if whose is None else ""), left

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
