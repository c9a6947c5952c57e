"""Who is still alive: each runner holds a lock on a file of its own, and a dead process holds none.

Without this a killed runner's deliveries would wait for their lease. Where locks do not tell (another machine), they
do wait.
"""

from __future__ import annotations

import os
import socket
import sys
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from mwcampaign.errors import LedgerUnavailable

if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def alone(path: Path) -> Iterator[bool]:
    """Hold a lock on a file, and yield whether it is ours: False while another process, or thread, holds it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a", encoding="ascii")
    except OSError as error:
        raise LedgerUnavailable(f"{path}: cannot be written: {error.strerror}") from error
    with file:
        try:
            _lock(file)
        except OSError:
            yield False
            return
        # The file stays: whoever waits for a file that is taken away would lock another one.
        yield True


_UNTIL_THE_END: list[IO[str]] = []


class Presence:
    """This process as a runner, from construction to close; `name` is unique for ever."""

    def __init__(self, folder: Path) -> None:
        self.name = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file: IO[str] = (folder / self.name).open("w", encoding="ascii")
        except OSError as error:
            raise LedgerUnavailable(f"{folder}: cannot be written: {error.strerror}") from error
        _lock(self._file)

    def dead(self, runners: Iterable[str]) -> set[str]:
        """Return those runners that are certainly no longer alive."""
        return {name for name in runners if name != self.name and self._is_dead(name)}

    def _is_dead(self, name: str) -> bool:
        try:
            with (self._folder / name).open("r+", encoding="ascii") as file:
                _lock(file)
        except OSError:
            # No such file: a runner of another machine, perhaps. Locked: alive. Its lease decides.
            return False
        (self._folder / name).unlink(missing_ok=True)
        return True

    def close(self) -> None:
        """Say goodbye; in the middle of trouble, when work may be left in hand, only with the end of the process."""
        if sys.exception() is not None:
            # Kept from the garbage: threads may still be at work, and nobody may take it over while they are.
            _UNTIL_THE_END.append(self._file)
            return
        self._file.close()
        (self._folder / self.name).unlink(missing_ok=True)
