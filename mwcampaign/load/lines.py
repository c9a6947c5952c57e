"""The lines of a table, on disk when they are many: memory does not grow with a movement. Used inside load only."""

from __future__ import annotations

import re
import tempfile
from array import array
from collections.abc import Iterator

from mwcampaign.errors import MwcampaignError

SMALL = 1_000_000
"""Bytes that are kept in memory."""
BLOCK = 512
"""Lines read from disk at a time, at most."""
_END = re.compile(b"\r\n|\r|\n")


class NoRoom(MwcampaignError):
    """The folder for temporary files is full, or nobody may write there."""


class Lines:
    """The lines of a text with their ends, cut when they are asked for. Text comes in pieces, by `add`; then `end`."""

    def __init__(self, text: str = "") -> None:
        self._file = tempfile.SpooledTemporaryFile(SMALL, prefix="mwcampaign-")  # noqa: SIM115 - it goes when this goes
        self._starts = array("Q", [0])
        self._size = 0
        self._rest = b""
        self.nul = False
        """Whether there is a NUL character somewhere."""
        if text:
            self.add(text)
            self.end()

    def add(self, text: str) -> None:
        """Put text behind the text so far. Raises NoRoom."""
        self.nul = self.nul or "\0" in text
        told = self._rest + text.encode()
        # What follows may make it the end of one line with two characters.
        self._rest = b"\r" if told.endswith(b"\r") else b""
        self._put(told.removesuffix(self._rest))

    def end(self) -> None:
        """Say that there is no more text."""
        self._put(self._rest)
        self._rest = b""
        if self._starts[-1] != self._size:
            self._starts.append(self._size)

    def _put(self, told: bytes) -> None:
        self._starts.extend(self._size + end.end() for end in _END.finditer(told))
        self._size += len(told)
        try:
            self._file.seek(0, 2)
            self._file.write(told)
        except OSError as error:
            folder = tempfile.gettempdir()
            raise NoRoom(
                f"{folder}: cannot be written: {error.strerror}", hint="set TMPDIR to a folder with room"
            ) from error

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, index: int) -> str:
        """Return one line. Raises IndexError."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        return next(self._block(index, index + 1))

    def __iter__(self) -> Iterator[str]:
        return self.since(0)

    def since(self, index: int) -> Iterator[str]:
        """Yield the lines from one on."""
        size = 1
        while index < len(self):
            # Most who ask want one or two lines.
            size = min(size * 2, BLOCK)
            yield from self._block(index, min(index + size, len(self)))
            index += size

    def _block(self, begin: int, end: int) -> Iterator[str]:
        first = self._starts[begin]
        self._file.seek(first)
        told = self._file.read(self._starts[end] - first)
        for index in range(begin, end):
            yield told[self._starts[index] - first : self._starts[index + 1] - first].decode()
