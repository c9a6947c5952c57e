"""The world behind the memory adapter: what is public there, and what people do to it without us.

The memory adapter makes it; tests and rehearsals look at it, and delete or alter posts, as its users would.
"""

from __future__ import annotations

import threading
from bisect import bisect_right, insort
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime


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
        self._owners: dict[str, str] = {}
        self._made = 0
        self._times: dict[str | None, list[datetime]] = defaultdict(list)
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
            self._made += 1
            numbered = replace(post, remote_id=str(self._made))
            self._owners[numbered.remote_id] = post.account
            self._posts[post.account].append(numbered)
            for whose in (post.account, None):
                insort(self._times[whose], post.posted_at)
            return numbered

    def remove(self, remote_id: str) -> None:
        """Delete a public post, as a person may; what it took of a quota stays taken. Raises KeyError."""
        with self.lock:
            account = self._owners.pop(remote_id)
            self._posts[account] = [post for post in self._posts[account] if post.remote_id != remote_id]

    def alter(self, remote_id: str, text: str) -> None:
        """Give a public post other words, as a person may. Raises KeyError."""
        with self.lock:
            posts = self._posts[self._owners[remote_id]]
            posts[:] = [replace(post, text=text) if post.remote_id == remote_id else post for post in posts]

    def knows(self, remote_id: str) -> bool:
        """Return whether there is such a post."""
        return remote_id in self._owners

    def posted(self, account: str | None, after: datetime, last: int) -> tuple[int, datetime | None]:
        """Return how often an account, or all of them, posted later than that, and when the first of the `last` of them
        was. What was deleted since counts too."""
        with self.lock:
            times = self._times.get(account, [])
            start = bisect_right(times, after)
            many = len(times) - start
            return many, times[max(start, len(times) - last)] if many else None

    def upload(self, alt: str) -> str:
        """Keep a picture's alt text; return the handle that posts quote."""
        with self.lock:
            handle = f"picture-{len(self._uploads) + 1}"
            self._uploads[handle] = alt
            return handle

    def alt(self, handle: str) -> str | None:
        """Return the alt text behind a handle, or None when it was never uploaded."""
        return self._uploads.get(handle)
