"""Group commit: threads that write while another one commits share the next commit. Used by ledger.file.

No thread of its own and no waiting when alone: whoever gets the lock first does the work of all who came meanwhile,
in one transaction with one sync of the disk, and wakes them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from mwcampaign.errors import LedgerUnavailable
from mwcampaign.ledger.words import unavailable

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]


class Commits:
    """Everything that is written through one connection, in the order it came."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection, self._path = connection, path
        self._committing = Lock()
        self._queueing = Lock()
        self._queue: list[_Task] = []

    def write(self, work: Work[T]) -> T:
        """Do some writing; it is on disk when this returns.

        Raises what `work` raises, with nothing of it written, and LedgerUnavailable when the file cannot be written.
        """
        task = _Task(work)
        with self._queueing:
            self._queue.append(task)
        with self._committing:
            if not task.done:
                with self._queueing:
                    batch, self._queue = self._queue, []
                self._commit(batch)
        if isinstance(task.error, sqlite3.Error):
            raise unavailable(self._path, task.error) from task.error
        if task.error is not None:
            raise task.error
        result: T = task.result
        return result

    def waiting(self) -> int:
        """Return how many pieces of writing wait for the next commit."""
        with self._queueing:
            return len(self._queue)

    def close(self) -> None:
        """Wait for the commit in hand and close the connection."""
        with self._committing:
            self._connection.close()

    def _commit(self, batch: list[_Task]) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for task in batch:
                task.perform(self._connection)
            self._connection.execute("COMMIT")
        except BaseException as error:
            # First of all nobody may believe that it was written; only then try to tidy up.
            for task in batch:
                task.error = self._told(error)
            with suppress(sqlite3.Error):
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
            if not isinstance(error, Exception):
                raise
        finally:
            for task in batch:
                task.done = True

    def _told(self, error: BaseException) -> LedgerUnavailable:
        if isinstance(error, sqlite3.Error):
            told = unavailable(self._path, error)
        else:
            told = LedgerUnavailable(f"{self._path}: writing was interrupted")
        told.__cause__ = error
        return told


class _Task:
    """One piece of writing, its result or its error."""

    def __init__(self, work: Work[Any]) -> None:
        self.work = work
        self.done = False
        self.result: Any = None
        self.error: Exception | None = None

    def perform(self, connection: sqlite3.Connection) -> None:
        """Do it under a savepoint, so that one refused piece leaves the others of the batch alone."""
        connection.execute("SAVEPOINT piece")
        try:
            self.result = self.work(connection)
        except Exception as error:
            # A broken disk breaks the whole batch; a refusal is handed to the thread that asked for it.
            if isinstance(error, sqlite3.Error) and not isinstance(error, sqlite3.IntegrityError):
                raise
            self.error = error
            connection.execute("ROLLBACK TO piece")
        connection.execute("RELEASE piece")
