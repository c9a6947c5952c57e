"""What is sent: rendered text and pictures for one account, free of templates and files."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: `digest` is the sha256 of its bytes, `size` counts bytes, width and height are pixels."""

    digest: str
    name: str
    mime: str
    size: int
    width: int
    height: int
    alt: str


class _Written:
    """Room for the JSON that was written: an institution's accounts mostly get the same message."""

    __slots__ = ("_json",)
    _json: str


@dataclass(frozen=True, slots=True)
class Message(_Written):
    """Text in one language (BCP 47) with its pictures; `warning` is the content warning, "" for none."""

    text: str
    language: str
    pictures: tuple[Picture, ...] = ()
    warning: str = ""
    visibility: str = "public"

    def to_json(self) -> str:
        """Return canonical JSON: equal messages give equal bytes."""
        try:
            return self._json
        except AttributeError:
            object.__setattr__(self, "_json", self._in_json())
            return self._json

    def _in_json(self) -> str:
        told = {name: getattr(self, name) for name in ("text", "language", "warning", "visibility")}
        return canonical(told | {"pictures": [asdict(picture) for picture in self.pictures]})

    @classmethod
    def from_json(cls, told: str) -> Message:
        """Read what to_json wrote."""
        data: dict[str, Any] = json.loads(told)
        data["pictures"] = tuple(Picture(**picture) for picture in data["pictures"])
        return cls(**data)


# Made once: a new encoder for each call costs as much as the encoding.
_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def canonical(data: object) -> str:
    """Write JSON with sorted keys and no spaces, so that equal data are equal bytes."""
    return _CANONICAL(data)
