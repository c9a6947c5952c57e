"""Very many names, eight bytes each. Pure; anybody may call it."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import pairwise


class Names(Collection[str]):
    """Names that can be walked again and again: whether one is among them is known without keeping them.

    What is kept is a hash of 64 bits of each, salted by Python: of 60,000 names two have the same one once in ten
    billion times.
    """

    def __init__(self, walk: Callable[[], Iterable[str]]) -> None:
        self._walk = walk
        self._hashes = array("q", sorted(map(hash, walk())))

    def __contains__(self, name: object) -> bool:
        told = hash(name)
        place = bisect_left(self._hashes, told)
        return place < len(self._hashes) and self._hashes[place] == told

    def __iter__(self) -> Iterator[str]:
        return iter(self._walk())

    def __len__(self) -> int:
        return len(self._hashes)

    def twice(self) -> Callable[[str], bool]:
        """Return what tells whether a name is there more than once, or has the hash of another one."""
        found = {told for told, following in pairwise(self._hashes) if told == following}
        return lambda name: hash(name) in found
