"""The files beside a campaign: ledger, pictures of applied plans, logins, verified limits."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from math import inf
from pathlib import Path

from mwcampaign.errors import LedgerUnavailable
from mwcampaign.ledger.group import Patience
from mwcampaign.ledger.marker import Marker
from mwcampaign.ledger.pictures import PictureStore
from mwcampaign.ledger.sqlite import SqliteLedger

STATE_FOLDER = ".mwcampaign"
TWO_MINUTES = 120
"""Seconds that a person's word waits for another process: a large plan is applied in one transaction."""


def ledger_path(folder: Path, told: str) -> Path:
    """Return the ledger's file: as told, else in the state folder of a campaign's folder."""
    if told.startswith(("postgres:", "postgresql:")):
        raise LedgerUnavailable(
            "a PostgreSQL ledger is not built yet", hint="name a file, or leave --ledger and MWCAMPAIGN_LEDGER away"
        )
    return Path(told) if told else folder / STATE_FOLDER / "ledger.db"


@contextmanager
def read_ledger(path: Path) -> Iterator[SqliteLedger | None]:
    """Open the ledger to read, or give None where there never was one; creates nothing."""
    marker = Marker(path)
    marker.read()
    ledger = SqliteLedger.open_existing(path)
    try:
        if ledger is not None:
            marker.compare(ledger)
        yield ledger
    finally:
        if ledger is not None:
            ledger.close()


@contextmanager
def open_ledger(path: Path, patience: Patience | None = None) -> Iterator[SqliteLedger]:
    """Open the ledger to write, making it and its marker where there never was one; close it at the end.

    `patience` says how long to wait for another process that is writing, else it is ten seconds.
    """
    marker = Marker(path)
    marker.read()
    ledger = SqliteLedger(path, patience=patience)
    try:
        marker.compare(ledger)
        marker.keep(ledger)
        try:
            yield ledger
        finally:
            marker.keep(ledger)
    finally:
        ledger.close()


def patiently(tell: Callable[[str], None], most: float = inf) -> Patience:
    """Return the patience of who waits at most so many seconds for another process that is writing, and says so."""

    def wait_on(waited: int) -> bool:
        if waited == 1:
            tell("another process is writing to the ledger: waiting for it")
        return waited < most

    return wait_on


def picture_store(ledger: Path) -> PictureStore:
    """Return the store of pictures beside a ledger."""
    return PictureStore(ledger.parent / "pictures")


def read_verified(state_folder: Path) -> Mapping[str, dict[str, int]]:
    """Return the limits that `accounts verify` found, by account; a damaged cache counts as none."""
    try:
        data = json.loads((state_folder / "verified.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {name: dict(entry.get("limits", {})) for name, entry in data.items()}


def write_verified(state_folder: Path, entries: Mapping[str, Mapping[str, object]]) -> None:
    """Keep what `accounts verify` found, beside what is kept of other accounts."""
    path = state_folder / "verified.json"
    try:
        kept = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        kept = {}
    try:
        state_folder.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        new.write_text(json.dumps(kept | entries, ensure_ascii=False, indent=2, sort_keys=True) + "\n", "utf-8")
        new.replace(path)
    except OSError as error:
        raise LedgerUnavailable(f"{path}: cannot be written: {error.strerror}") from error


class SessionFiles:
    """Logins kept between runs: one file per account, readable by the owner alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, account: str) -> Path:
        return self._folder / f"{account}.session"

    def load(self, account: str) -> str | None:
        """Return what was saved, or None."""
        try:
            return self._path(account).read_text("utf-8")
        except OSError:
            return None

    def save(self, account: str, session: str) -> None:
        """Keep it; a full disk costs a new login next time, nothing else."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            new = self._path(account).with_suffix(".new")
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                file.write(session)
            new.replace(self._path(account))
        except OSError:
            return


class NoSessions:
    """For adapters that only judge text."""

    def load(self, account: str) -> str | None:
        """Return None."""

    def save(self, account: str, session: str) -> None:
        """Keep nothing."""
