"""The ledger's file: opening, schema, errors in words, and commits shared by many threads. Used by ledger.sqlite."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from mwcampaign.errors import LedgerUnavailable

APPLICATION_ID = 0x6D776364  # "mwcd": says whose file this is
BUSY_TIMEOUT = 30.0
"""Seconds to wait for another process that is writing."""

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]


def migrations() -> list[str]:
    """Return the schema's steps in order: step n leads to version n."""
    folder = files("mwcampaign.ledger").joinpath("schema")
    return [file.read_text("utf-8") for file in sorted(folder.iterdir(), key=lambda each: each.name)]


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """Turn whatever SQLite and the disk say into LedgerUnavailable: where, what, what to do."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except (sqlite3.Error, OSError) as error:
        what, hint = _words(str(error).lower())
        raise LedgerUnavailable(f"{path}: {what} ({error})", hint=hint) from error


def _words(told: str) -> tuple[str, str]:
    known = (
        ("locked", "another program holds the ledger locked", "close it, or wait until it is done, and run this again"),
        ("busy", "another program holds the ledger locked", "close it, or wait until it is done, and run this again"),
        ("full", "the disk is full", "make room and run this again; what was written before is safe"),
        ("too large", "the disk is full", "make room and run this again; what was written before is safe"),
        ("no space", "the disk is full", "make room and run this again; what was written before is safe"),
        ("not a database", "this is not a ledger, or it was damaged", "name another file, or restore it from a backup"),
        ("malformed", "the ledger is damaged", "restore it from a backup; do not begin a new one: it would post again"),
        ("readonly", "the ledger cannot be written", "look at the rights of the file and its folder"),
        ("permission", "the ledger cannot be opened", "look at the rights of the file and its folder"),
        ("unable to open", "the ledger cannot be opened", "look at the rights of the file and its folder"),
        ("disk i/o", "the disk cannot be read or written", "look at the disk; what was committed before is safe"),
    )
    for sign, what, hint in known:
        if sign in told:
            return what, hint
    return "the ledger cannot be used", "look at the file and its disk"


class LedgerFile:
    """One SQLite file: one connection that writes, guarded, and one that reads for each thread."""

    def __init__(self, path: Path, *, durable: bool, read_only: bool, busy_timeout: float) -> None:
        self.path, self._durable, self._busy_timeout = path, durable, busy_timeout
        self._writing = threading.Lock()
        self._queue: list[_Task] = []
        self._queueing = threading.Lock()
        self._local = threading.local()
        self._readers: list[sqlite3.Connection] = []
        with in_words(path):
            if not read_only:
                path.parent.mkdir(parents=True, exist_ok=True)
                os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._connection = self._connect()
            self._identify(read_only)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode=rw",
            uri=True,
            isolation_level=None,
            timeout=self._busy_timeout,
            check_same_thread=False,
        )
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def _identify(self, read_only: bool) -> None:
        known = migrations()
        connection = self._connection
        version = self._version()
        if version > len(known):
            raise LedgerUnavailable(
                f"{self.path}: the ledger is of version {version}, this program knows {len(known)}",
                hint="use the newer mwcampaign that wrote it; nothing was changed",
            )
        if read_only:
            connection.execute("PRAGMA query_only = ON")
            return
        connection.execute("PRAGMA journal_mode = WAL")
        # FULL: with less, a power cut forgets a seal that was acted upon, which means a double post.
        connection.execute(f"PRAGMA synchronous = {'FULL' if self._durable else 'OFF'}")
        if version < len(known):
            connection.execute("BEGIN IMMEDIATE")
            # Another process may have been faster.
            for number, step in list(enumerate(known, 1))[self._version() :]:
                for statement in step.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number}")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute("COMMIT")

    def _version(self) -> int:
        owner = self._connection.execute("PRAGMA application_id").fetchone()[0]
        version: int = self._connection.execute("PRAGMA user_version").fetchone()[0]
        empty = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        if owner != APPLICATION_ID and not (owner == 0 and version == 0 and empty):
            raise LedgerUnavailable(
                f"{self.path}: this is a database, but not a ledger of mwcampaign", hint="name another file"
            )
        return version

    def read(self) -> sqlite3.Connection:
        """Return this thread's reading connection."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            with in_words(self.path):
                connection = self._local.connection = self._connect()
                connection.execute("PRAGMA query_only = ON")
            with self._queueing:
                self._readers.append(connection)
        return connection

    def write(self, work: Work[T]) -> T:
        """Do some writing; it is on disk when this returns. Raises what `work` raises, with nothing of it written.

        Threads that come while another one commits wait, and share the next commit: one sync of the disk for all.
        """
        task = _Task(work)
        with self._queueing:
            self._queue.append(task)
        with self._writing:
            if not task.done:
                with self._queueing:
                    batch, self._queue = self._queue, []
                self._commit(batch)
        if task.error is not None:
            raise task.error
        result: T = task.result
        return result

    def _commit(self, batch: list[_Task]) -> None:
        connection = self._connection
        try:
            with in_words(self.path):
                connection.execute("BEGIN IMMEDIATE")
                for task in batch:
                    task.perform(connection)
                connection.execute("COMMIT")
        except BaseException as error:  # noqa: BLE001 - handed to every thread that waits for this commit
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            for task in batch:
                task.result, task.error = None, error
        finally:
            for task in batch:
                task.done = True

    def close(self) -> None:
        """Close every connection."""
        with self._writing:
            for connection in (*self._readers, self._connection):
                connection.close()


class _Task:
    """One piece of writing, its result or its error."""

    def __init__(self, work: Callable[[sqlite3.Connection], Any]) -> None:
        self.work = work
        self.done = False
        self.result: Any = None
        self.error: BaseException | None = None

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
