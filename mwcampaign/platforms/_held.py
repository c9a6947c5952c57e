"""Pictures in hand between `upload` and `publish`, for networks that take a picture with the post and not before.

What is sealed names a picture by its digest, which fixes the bytes; the bytes stay in memory until they are sent. Only
adapters that never replay a sealed request may use it: whoever starts anew uploads anew.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from mwcampaign.core.message import Picture
from mwcampaign.errors import Deferred

ROOM = 100_000_000
"""Bytes held for one account; what was never sent is forgotten first."""


class Held:
    """The pictures of one account that wait for their posts. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._contents: dict[str, bytes] = {}
        self._wanted: dict[str, int] = {}

    def keep(self, picture: Picture, content: bytes) -> str:
        """Take a picture in hand for one post; return its digest."""
        with self._lock:
            self._wanted[picture.digest] = self._wanted.pop(picture.digest, 0) + 1
            self._contents[picture.digest] = content
            while len(self._contents) > 1 and sum(map(len, self._contents.values())) > ROOM:
                self._forget(next(iter(self._wanted)))
        return picture.digest

    def take(self, step: str, digests: Sequence[str]) -> list[bytes]:
        """Give one post's pictures out of hand. Raises Deferred when one of them is not here: nothing was sent."""
        with self._lock:
            if any(digest not in self._contents for digest in digests):
                raise Deferred(f"{step}: a picture is not in hand any more; nothing was sent")
            contents = [self._contents[digest] for digest in digests]
            for digest in digests:
                if digest in self._wanted:
                    self._wanted[digest] -= 1
                    if self._wanted[digest] < 1:
                        self._forget(digest)
        return contents

    def _forget(self, digest: str) -> None:
        del self._wanted[digest], self._contents[digest]
