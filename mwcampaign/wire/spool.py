"""Lists that may be longer than memory: kept in memory while short, else in a nameless temporary file."""

from __future__ import annotations

import pickle
import tempfile
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import islice
from typing import Any, Generic, TypeVar

from mwcampaign.errors import LedgerUnavailable

T = TypeVar("T")
FEW = 5000
"""So many are kept in memory."""
BATCH = 500


class Spool(Collection[T], Generic[T]):
    """What an iterator gave, to be walked as often as one likes. Read-only; the file goes when this goes.

    Raises LedgerUnavailable when there is no room for it.
    """

    def __init__(self, items: Iterable[T] = ()) -> None:
        self._first: list[T] = []
        self._length = 0
        self._places = array("Q", [0])
        self._file: Any = None
        self.fill(items)

    def fill(self, items: Iterable[T]) -> None:
        """Put items into an empty spool."""
        for _ in self.through(items):
            pass

    def through(self, items: Iterable[T], *, whole: bool = True) -> Iterator[T]:
        """Yield items, and have each once the next is asked for; without `whole` the first FEW of them. Only for an
        empty spool."""
        rest = iter(items)
        for item in islice(rest, FEW):
            self._first.append(item)
            self._length += 1
            yield item
        if not whole:
            yield from rest
        while batch := list(islice(rest, BATCH)):
            self._write(batch)
            yield from batch

    def _write(self, batch: list[T]) -> None:
        told = pickle.dumps(batch, pickle.HIGHEST_PROTOCOL)
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="mwcampaign-")  # noqa: SIM115 - it is closed when this goes
            self._file.write(told)
            # Here, and not when somebody reads: there a full disk would be taken for the ledger's.
            self._file.flush()
        except OSError as error:
            told_to = "set TMPDIR to a folder with room; nothing was changed"
            raise LedgerUnavailable(
                f"{tempfile.gettempdir()}: cannot be written: {error.strerror}", hint=told_to
            ) from error
        self._places.append(self._places[-1] + len(told))
        self._length += len(batch)

    def __iter__(self) -> Iterator[T]:
        yield from self._first
        if self._file is not None:
            for begin, end in zip(self._places, self._places[1:], strict=False):
                # Sought each time: there may be several walks at once.
                self._file.seek(begin)
                # Only what this very process wrote into a file without a name.
                yield from pickle.loads(self._file.read(end - begin))

    def __len__(self) -> int:
        return self._length

    def __contains__(self, item: object) -> bool:
        return any(each == item for each in self)

    @property
    def short(self) -> bool:
        """Return whether all of it is in memory."""
        return self._file is None


class Pairs(Spool[tuple[str, str]]):
    """A spool of names and what belongs to them."""

    def items(self) -> Iterator[tuple[str, str]]:
        """Yield the pairs."""
        return iter(self)


def in_order(items: Spool[T], key: Callable[[T], Any]) -> Collection[T]:
    """Return a short list in order, and a long one as it is."""
    return tuple(sorted(items, key=key)) if items.short else items
