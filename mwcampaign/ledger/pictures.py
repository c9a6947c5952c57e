"""The pictures of applied plans, kept beside the ledger by their content. Implements core.ports.Pictures."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from mwcampaign.errors import LedgerUnavailable


class PictureStore:
    """A folder of files named by the sha256 of their bytes; written once, never changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest

    def put(self, content: bytes) -> str:
        """Keep the bytes, on disk when this returns; return their sha256. Raises LedgerUnavailable."""
        digest = hashlib.sha256(content).hexdigest()
        path = self._path(digest)
        try:
            # What is there unchanged stays; what the disk spoilt is written anew.
            if not path.exists() or path.read_bytes() != content:
                path.parent.mkdir(parents=True, exist_ok=True)
                write_whole(path, content)
        except OSError as error:
            raise LedgerUnavailable(
                f"{path}: the picture cannot be kept: {error.strerror}",
                hint="make room, look at the rights of the folder, and run this again",
            ) from error
        return digest

    def has(self, digest: str) -> bool:
        """Return whether there is a file for these bytes; `get` says whether it holds them."""
        return self._path(digest).is_file()

    def get(self, digest: str) -> bytes:
        """Return exactly the bytes put in. Raises LedgerUnavailable when they are not there unchanged."""
        path = self._path(digest)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise LedgerUnavailable(f"{path}: the picture is lost: {error.strerror}", hint="apply again") from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise LedgerUnavailable(f"{path}: the picture was changed on disk", hint="delete it and apply again")
        return content


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, and on disk. Raises OSError."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
    # The name is on disk only when its folder is.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
