"""Messages and pictures to test with. Test code may use it."""

from __future__ import annotations

import hashlib
import struct
import zlib

from mwcampaign.core.message import Message, Picture


def png(number: int = 0, width: int = 32, height: int = 24) -> bytes:
    """Make a PNG of one colour that depends on `number`; equal arguments give equal bytes."""
    pixel = bytes(((number * 67) % 256, (number * 131 + 40) % 256, (number * 29 + 90) % 256))
    rows = (b"\0" + pixel * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def picture(number: int = 0) -> tuple[Picture, bytes]:
    """Make a picture with its own alt text, and its bytes."""
    content = png(number)
    alt = f"Une salle du musée, vue {number + 1} sur la cour"
    digest = hashlib.sha256(content).hexdigest()
    return Picture(digest, f"room-{number + 1}.png", "image/png", len(content), 32, 24, alt), content


def message(text: str = "A morning in the museum", pictures: int = 0, language: str = "en") -> Message:
    """Make a message with so many pictures."""
    return Message(text, language, tuple(picture(number)[0] for number in range(pictures)))
