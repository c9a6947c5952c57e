"""Records of one kind, sound and unsound; institutions are read again from their list whenever they are walked. Used by
load.records.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, overload

from pydantic import BaseModel, TypeAdapter, ValidationError

from mwcampaign.core.campaign import Institution
from mwcampaign.load.yaml import plain


@dataclass(slots=True)
class Section:
    """Records of one kind: those that are sound by their index or name, and the others' nodes."""

    sound: dict[Any, Any] = field(default_factory=dict)
    unsound: Sequence[Any] = ()

    @property
    def origins(self) -> Sequence[Any]:
        """Return where each sound record stood in the list."""
        return list(self.sound)

    def records(self) -> Sequence[Any]:
        """Return the sound records in order."""
        return tuple(self.sound.values())


class Some(Sequence[Any]):
    """Some entries of a list, by their indexes; each is read again when it is asked for."""

    def __init__(self, indexes: array[int], items: Sequence[Any]) -> None:
        self._indexes, self._items = indexes, items

    def __len__(self) -> int:
        return len(self._indexes)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        """Return one entry, or some."""
        if isinstance(index, slice):
            return [self._items[told] for told in self._indexes[index]]
        return self._items[self._indexes[index]]


CHUNK = 500
"""Institutions judged at a time."""


@dataclass(slots=True)
class Streamed(Section):
    """Institutions: `kept` are the indexes of those in `items` that are sound; each is read again when it is asked for,
    so that memory does not grow with their number."""

    kept: array[int] = field(default_factory=lambda: array("L"))
    items: Sequence[Any] = ()

    @property
    def origins(self) -> Sequence[int]:
        """Return where each sound record stood in the list."""
        return self.kept

    def records(self) -> Institutions:
        """Return the sound records in order."""
        return Institutions(self.kept, self.items)


class Institutions(Sequence[Institution]):
    """The sound institutions of a list, read again from it whenever they are asked for."""

    def __init__(self, kept: array[int], items: Sequence[Any]) -> None:
        self._kept, self._items = kept, items

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[Institution]:
        for start in range(0, len(self._kept), CHUNK):
            yield from self[start : start + CHUNK]

    @overload
    def __getitem__(self, index: int) -> Institution: ...
    @overload
    def __getitem__(self, index: slice) -> list[Institution]: ...
    def __getitem__(self, index: int | slice) -> Institution | list[Institution]:
        """Return one institution, or some."""
        if isinstance(index, slice):
            return adapter(Institution).validate_python([plain(self._items[told]) for told in self._kept[index]])
        return Institution.model_validate(plain(self._items[self._kept[index]]))


@cache
def adapter(model: type[BaseModel]) -> TypeAdapter[list[Any]]:
    """Return what judges a list of records at once, made once."""
    return TypeAdapter(list[model])  # type: ignore[valid-type]


def without_faults(model: type[BaseModel], data: Any) -> Any:
    """Return the record without its faulty keys, so that the rest can still be judged; None if it cannot be."""
    try:
        return model.model_validate(data)
    except ValidationError as caught:
        faulty = {error["loc"][0] for error in caught.errors(include_url=False, include_input=False) if error["loc"]}
    if not isinstance(data, dict) or not faulty & data.keys():
        return None
    return without_faults(model, {key: value for key, value in data.items() if key not in faulty})
