"""What SQLite and the disk say, in words for people. Used by the other modules of this room."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mwcampaign.errors import LedgerUnavailable

LOCKED = ("another program holds the ledger locked", "close it, or wait until it is done, and run this again")
FULL = ("the disk is full", "make room and run this again; what was written before is safe")
FOREIGN = ("this is not a ledger, or it was damaged", "name another file, or restore it from a backup")
DAMAGED = ("the ledger is damaged", "restore it from a backup; do not begin a new one: it would post again")
RIGHTS = ("the ledger cannot be opened or written", "look at the rights of the file and its folder")
DISK = ("the disk cannot be read or written", "look at the disk and its free space; what was written before is safe")
INCONSISTENT = ("the ledger refused an inconsistent change", "this is a bug: report it; nothing was changed")
UNKNOWN = ("the ledger cannot be used", "look at the file and its disk")

TEMPORARY = "set TMPDIR to a folder with room, or make some; the ledger is as it was before"

SIGNS = (
    ("locked", LOCKED),
    ("busy", LOCKED),
    ("is full", FULL),
    ("no space", FULL),
    ("too large", FULL),
    ("quota", FULL),
    ("not a database", FOREIGN),
    ("malformed", DAMAGED),
    ("readonly", RIGHTS),
    ("read-only", RIGHTS),
    ("permission", RIGHTS),
    ("unable to open", RIGHTS),
    ("is a directory", RIGHTS),
    ("not a directory", RIGHTS),
    ("i/o error", DISK),
    ("input/output", DISK),
    ("constraint failed", INCONSISTENT),
)


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """Turn whatever SQLite and the disk raise into LedgerUnavailable: where, what, what to do."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise unavailable(path, error) from error


def unavailable(path: Path, error: sqlite3.Error | OSError) -> LedgerUnavailable:
    """Return what to tell a person about an error of SQLite or the disk."""
    if isinstance(error, sqlite3.Error) and "is full" in str(error) and (folder := _elsewhere_full(path)):
        return LedgerUnavailable(f"{folder}: the disk for temporary files is full ({error})", hint=TEMPORARY)
    told = (error.strerror if isinstance(error, OSError) else None) or str(error)
    what, hint = next((words for sign, words in SIGNS if sign in told.lower()), UNKNOWN)
    return LedgerUnavailable(f"{path}: {what} ({told})", hint=hint)


def _elsewhere_full(path: Path) -> Path | None:
    """Return the folder where SQLite keeps what it needs for a moment, if that is another disk with less room."""
    told = (os.environ.get("SQLITE_TMPDIR"), os.environ.get("TMPDIR"), "/var/tmp", "/usr/tmp", "/tmp", ".")
    # The order in which SQLite looks; it does not say which one it took, nor which disk was full.
    folder = next((Path(one) for one in told if one and Path(one).is_dir() and os.access(one, os.W_OK | os.X_OK)), None)
    with suppress(OSError):
        if folder is not None and folder.stat().st_dev != path.parent.stat().st_dev:
            return folder if shutil.disk_usage(folder).free < shutil.disk_usage(path.parent).free else None
    return None
