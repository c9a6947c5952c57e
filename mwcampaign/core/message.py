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


@dataclass(frozen=True, slots=True)
class Message:
    """Text in one language (BCP 47) with its pictures; `warning` is the content warning, "" for none."""

    text: str
    language: str
    pictures: tuple[Picture, ...] = ()
    warning: str = ""
    visibility: str = "public"

    def to_json(self) -> str:
        """Return canonical JSON: equal messages give equal bytes."""
        return canonical(asdict(self))

    @classmethod
    def from_json(cls, told: str) -> Message:
        """Read what to_json wrote."""
        data: dict[str, Any] = json.loads(told)
        data["pictures"] = tuple(Picture(**picture) for picture in data["pictures"])
        return cls(**data)


def canonical(data: object) -> str:
    """Write JSON with sorted keys and no spaces, so that equal data are equal bytes."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
