"""Group commit: threads that write while another one commits share the next commit. Used by ledger.file.

No thread of its own and no waiting when alone: the first who comes leads. He does the work of all who came until he
began, in one transaction with one sync of the disk, wakes them, and hands over to the first who came meanwhile.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from mwcampaign.errors import LedgerUnavailable
from mwcampaign.ledger.words import unavailable

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]
Patience = Callable[[int], bool]
"""Asked after each second of waiting for another process that is writing, with their number: whether to wait on."""


def begin(connection: sqlite3.Connection, patience: Patience | None) -> None:
    """Begin to write, once nobody else does. Raises sqlite3.OperationalError when patience is over."""
    for tries in count(1):
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or patience is None or not patience(tries):
                raise
        else:
            return


class Commits:
    """Everything that is written through one connection, in the order it came."""

    def __init__(self, connection: sqlite3.Connection, path: Path, patience: Patience | None) -> None:
        self._connection, self._path, self._patience = connection, path, patience
        self._committing = Lock()
        self._queueing = Lock()
        self._queue: list[_Task] = []
        self._led = False

    def write(self, work: Work[T]) -> T:
        """Do some writing; it is on disk when this returns.

        Raises what `work` raises, with nothing of it written, and LedgerUnavailable when the file cannot be written.
        """
        task = _Task(work)
        try:
            with self._queueing:
                self._queue.append(task)
                if not self._led:
                    self._led = task.leads = True
            if not task.leads:
                task.woken.acquire()
            if task.leads:
                self._lead()
        finally:
            self._leave(task)
        if not task.done:
            raise self._told(None)
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

    def _lead(self) -> None:
        """Commit what has come so far, our own among it."""
        with self._queueing:
            batch, self._queue = self._queue, []
        try:
            with self._committing:
                self._commit(batch)
        finally:
            for task in batch:
                task.woken.release()

    def _leave(self, task: _Task) -> None:
        """Go, also when interrupted; who led hands over to whoever has waited longest."""
        with self._queueing:
            if not task.done and task in self._queue:
                self._queue.remove(task)
            if not task.leads:
                return
            self._led = bool(self._queue)
            if self._queue:
                self._queue[0].leads = True
                self._queue[0].woken.release()

    def _commit(self, batch: list[_Task]) -> None:
        try:
            begin(self._connection, self._patience)
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

    def _told(self, error: BaseException | None) -> LedgerUnavailable:
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
        self.leads = self.done = False
        self.woken = Lock()
        """Held until somebody wakes the thread: its work is done, or it is its turn to lead."""
        self.woken.acquire()
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
