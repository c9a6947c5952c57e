"""The ledger's file: making and recognising it, its schema's versions, its connections. Used by ledger.sqlite."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from importlib.resources import files
from pathlib import Path
from time import monotonic, sleep
from typing import TypedDict, TypeVar, Unpack

from mwcampaign.errors import LedgerUnavailable
from mwcampaign.ledger.group import Commits, Patience, begin
from mwcampaign.ledger.words import in_words

APPLICATION_ID = 0x6D776364  # "mwcd": says whose file this is
BUSY_TIMEOUT = 10.0
"""Seconds to wait for another process that is writing."""
CACHE = 49152
"""KiB of the file that the writing connection may hold: new keys fall everywhere, so a small cache is read anew."""
PAUSE = 0.01
"""Seconds between two tries of the one thing for which SQLite does not wait by itself."""

T = TypeVar("T")


@cache
def migrations() -> tuple[str, ...]:
    """Return the schema's steps in order: step n leads to version n."""
    folder = files("mwcampaign.ledger").joinpath("schema")
    steps = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda each: each.name)
    return tuple(file.read_text("utf-8") for file in steps)


class Opening(TypedDict, total=False):
    """How a ledger is opened."""

    durable: bool
    """False is for rehearsals only: a power cut may then forget what was sent."""
    read_only: bool
    busy_timeout: float
    """Seconds to wait for another process that is writing, BUSY_TIMEOUT if not told."""
    patience: Patience | None
    """To write it waits as long as this says, where there is one."""


class LedgerFile:
    """One SQLite file: one connection that writes, shared by all threads, and one that reads for each thread.

    `steps` are the schema's migrations; a file of an older version is brought up to date when opened to write.
    Raises LedgerUnavailable when the file is not a ledger, is of a newer version, or cannot be opened.
    """

    def __init__(self, path: Path, *, steps: Sequence[str] | None = None, **how: Unpack[Opening]) -> None:
        self.path, read_only = path, how.get("read_only", False)
        self._busy_timeout, self._patience = how.get("busy_timeout", BUSY_TIMEOUT), how.get("patience")
        self._steps = migrations() if steps is None else tuple(steps)
        self._local = threading.local()
        self._readers: list[sqlite3.Connection] = []
        self._listing = threading.Lock()
        with in_words(path):
            if not read_only:
                _make(path)
            connection = self._connect()
            try:
                self.version = self._version(connection)
                """The version it was found in; 0 is a file that nothing was written to yet."""
                if read_only:
                    self._accept(connection)
                else:
                    self._prepare(connection, durable=how.get("durable", True))
            except BaseException:
                connection.close()
                raise
        self._commits = Commits(connection, path, self._patience)

    def _connect(self, *, read_only: bool = False) -> sqlite3.Connection:
        address = f"{self.path.absolute().as_uri()}?mode=rw"
        connection = sqlite3.connect(
            address, uri=True, isolation_level=None, timeout=self._busy_timeout, check_same_thread=False
        )
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        if read_only:
            connection.execute("PRAGMA query_only = ON")
        return connection

    def _accept(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA query_only = ON")
        if 0 < self.version < len(self._steps):
            raise LedgerUnavailable(
                f"{self.path}: the ledger is of version {self.version}, this program needs {len(self._steps)}",
                hint="mwcampaign run or apply brings it up to date",
            )

    def _prepare(self, connection: sqlite3.Connection, *, durable: bool) -> None:
        self._keep_log(connection)
        # FULL: with less, a power cut forgets a seal that was acted upon, which means a double post.
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")
        connection.execute(f"PRAGMA cache_size = -{CACHE}")
        if self._patience is not None:
            connection.execute("PRAGMA busy_timeout = 1000")
        if self.version < len(self._steps):
            begin(connection, self._patience)
            # Another process may have been faster.
            for step in self._steps[self._read_version(connection) :]:
                for statement in statements(step):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {len(self._steps)}")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute("COMMIT")

    def _keep_log(self, connection: sqlite3.Connection) -> None:
        """Switch to a write-ahead log, once in a file's life. SQLite does not wait for others here, so we do."""
        until = monotonic() + self._busy_timeout
        while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or monotonic() > until:
                    raise
                sleep(PAUSE)

    def _version(self, connection: sqlite3.Connection) -> int:
        # In one transaction: another process may be making the file at this moment.
        connection.execute("BEGIN")
        try:
            version = self._read_version(connection)
        finally:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
        if version > len(self._steps):
            raise LedgerUnavailable(
                f"{self.path}: the ledger is of version {version}, this program knows {len(self._steps)}",
                hint="use the newer mwcampaign that wrote it; nothing was changed",
            )
        return version

    def _read_version(self, connection: sqlite3.Connection) -> int:
        empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        owner = connection.execute("PRAGMA application_id").fetchone()[0]
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
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
                connection = self._local.connection = self._connect(read_only=True)
            with self._listing:
                self._readers.append(connection)
        return connection

    @contextmanager
    def stream(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection for one long reading: it sees one moment, and nothing else is held to that moment."""
        with in_words(self.path):
            connection = self._connect(read_only=True)
            try:
                yield connection
            finally:
                connection.close()

    def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do some writing; it is on disk when this returns. See group.Commits."""
        return self._commits.write(work)

    def waiting(self) -> int:
        """Return how many pieces of writing wait for the next commit."""
        return self._commits.waiting()

    def close(self) -> None:
        """Close every connection."""
        with self._listing:
            readers, self._readers = self._readers, []
        for connection in readers:
            connection.close()
        self._commits.close()


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Only where there is none: closing a second handle on an open ledger would let go of SQLite's locks on it.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def statements(script: str) -> Iterator[str]:
    """Split SQL into its statements, as SQLite itself would."""
    told = ""
    for line in script.splitlines(keepends=True):
        told += line
        if sqlite3.complete_statement(told):
            yield told
            told = ""
    if told.strip():
        yield told
