"""A network in a file: what is public outlives whoever made it public, and several processes share it.

Each post is one line, appended with O_APPEND; nothing is ever taken back. The rules are those of the network in memory.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from mwcampaign.core.campaign import Account
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.delivery import Envelope
from mwcampaign.core.ports import Clock
from mwcampaign.platforms.memory import Memory, MemoryNetwork, MemoryPost, Moment
from mwcampaign.testing.rig import KeptSessions

FORGETFUL = replace(Memory.capabilities, replay_window=0, absence_after=0, quotas=((100_000, 3600),))
"""Every request makes a new post, also the same one again; what is not there will not come. Nothing hides a second
post here. There is a quota, so that quotas are kept."""
KNOWS_REPEATS = replace(Memory.capabilities, replay_window=3600, absence_after=60)
"""The same request again makes no second post; what is not there after a minute will not come."""
PROVES_NOTHING = replace(Memory.capabilities, replay_window=0, lookup="none", absence_after=None)
"""Every request makes a new post, and nobody can be asked."""


class _Lock:
    """Held by one thread of one process; may be taken again by whoever holds it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = threading.RLock()
        self._depth = self._file = 0

    def __enter__(self) -> None:
        self._threads.acquire()
        self._depth += 1
        if self._depth == 1:
            self._file = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._depth -= 1
        if self._depth == 0:
            # Closing lets go of the lock.
            os.close(self._file)
        self._threads.release()


class FileNetwork(MemoryNetwork):
    """The world that the adapters of all processes share, in one folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._path = folder / "public"
        self._pictures = folder / "uploads"
        self.lock = _Lock(folder / "lock")  # type: ignore[assignment]
        self._read_to = 0

    def posts(self, account: str | None = None) -> list[MemoryPost]:
        """Return what is public by now."""
        with self.lock:
            self._read()
            return super().posts(account)

    def add(self, post: MemoryPost) -> MemoryPost:
        """Make a post public: from the moment its line is written."""
        with self.lock:
            self._read()
            told = asdict(post) | {"posted_at": post.posted_at.isoformat()}
            _append(self._path, json.dumps(told))
            return self._read()[-1]

    def knows(self, remote_id: str) -> bool:
        """Return whether there is such a post."""
        with self.lock:
            self._read()
            return super().knows(remote_id)

    def posted(self, account: str | None, after: datetime, last: int) -> tuple[int, datetime | None]:
        """Return how often an account posted."""
        with self.lock:
            self._read()
            return super().posted(account, after, last)

    def upload(self, alt: str) -> str:
        """Keep a picture's alt text; the handle says where."""
        with self.lock:
            start = self._pictures.stat().st_size if self._pictures.exists() else 0
            _append(self._pictures, json.dumps(alt))
            return str(start)

    def alt(self, handle: str) -> str | None:
        """Return the alt text behind a handle."""
        with self._pictures.open(encoding="utf-8") as file:
            file.seek(int(handle))
            alt: str = json.loads(file.readline())
            return alt

    def _read(self) -> list[MemoryPost]:
        """Take in what was written since the last time, in the order of its lines."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._read_to)
            lines = file.readlines()
        self._read_to += sum(map(len, lines))
        return [super(FileNetwork, self).add(_post(json.loads(line))) for line in lines]


def _post(told: dict[str, Any]) -> MemoryPost:
    told["alts"] = tuple(told["alts"])
    told["posted_at"] = datetime.fromisoformat(told["posted_at"])
    return MemoryPost(**told)


def _append(path: Path, line: str) -> None:
    file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    os.write(file, line.encode() + b"\n")
    os.close(file)


class FileClock:
    """A clock that stands still until somebody moves it, in whichever process; it goes both ways."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> datetime:
        """Return the instant it was last set to."""
        return datetime.fromisoformat(self._path.read_text("ascii"))

    def set(self, instant: datetime) -> None:
        """Set it, for everybody at once."""
        new = self._path.with_suffix(".new")
        new.write_text(instant.isoformat(), "ascii")
        new.replace(self._path)

    def pass_time(self, span: timedelta) -> None:
        """Let time pass."""
        self.set(self.now() + span)


def adapter(
    account: str,
    world: MemoryNetwork,
    clock: Clock,
    able: Capabilities = FORGETFUL,
    faults: Callable[[Moment, Envelope], None] = lambda moment, envelope: None,
) -> Memory:
    """Return an account's adapter."""
    who = Account(id=account, institution=account.partition("@")[0], network="memory")
    return Memory(who, {}, KeptSessions(), world=world, imitates=able, clock=clock, faults=faults)
