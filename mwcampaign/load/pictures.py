"""Looking at picture files: are they pictures, how large, which bytes? Used inside load; PictureFile by anybody."""

from __future__ import annotations

import hashlib
import struct
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path

MAX_PIXELS = 90_000_000
"""More pixels than any camera's picture of a museum needs; unpacking them would take all memory."""
MAX_BYTES = 500_000_000
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "TIFF", "BMP")
"""What is tried. Never everything Pillow knows: some of its readers start other programs."""
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".tif", ".tiff", ".bmp", ".heic", ".jpe"})


@dataclass(frozen=True, slots=True)
class PictureFile:
    """One picture: `name` is its path in media/, `digest` the sha256 of its bytes in hex, `size` counts bytes, width
    and height are pixels as stored."""

    name: str
    path: Path
    digest: str
    mime: str
    size: int
    width: int
    height: int


class NoPicture(Exception):
    """A file that is not a whole picture of a known kind; the message says why. `digest` is that of its bytes."""

    def __init__(self, why: str, digest: str) -> None:
        super().__init__(why)
        self.digest = digest


def probe(name: str, path: Path) -> PictureFile:
    """Read a picture to its end without keeping its pixels. Raises NoPicture, and OSError where it cannot be read."""
    from PIL import Image, UnidentifiedImageError

    # Without init, Pillow knows only some of its formats, and fails at the name of another.
    Image.init()
    formats = [kind for kind in FORMATS if kind in Image.OPEN]
    whole = hashlib.sha256()
    size = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            whole.update(block)
            size += len(block)
            if size > MAX_BYTES:
                raise NoPicture(f"it has more than {MAX_BYTES // 1_000_000} MB", "")
    digest = whole.hexdigest()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=formats) as picture:
                kind, (width, height) = picture.format or "", picture.size
                if width * height > MAX_PIXELS:
                    raise NoPicture(f"it unpacks to {width:,} × {height:,} pixels", digest)
                if kind == "PNG":
                    picture.verify()
                else:
                    # An eighth of the size is enough to notice that the end is missing.
                    picture.draft("L", (max(width // 8, 1), max(height // 8, 1)))
                    picture.load()
    except Image.DecompressionBombError:
        raise NoPicture("it unpacks to more pixels than fit into memory", digest) from None
    except UnidentifiedImageError:
        raise NoPicture("it is no JPEG, PNG, GIF, WebP, AVIF or TIFF, whatever its name says", digest) from None
    except (
        OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, ArithmeticError, RuntimeError,
        AttributeError, AssertionError, MemoryError, struct.error, zlib.error,
    ):  # fmt: skip
        # Pillow's readers fail in all these ways on damaged files.
        raise NoPicture("it is damaged or cut off", digest) from None
    # Cameras write JPEG with further views inside, which Pillow calls MPO.
    mime = "image/jpeg" if kind == "MPO" else Image.MIME[kind]
    return PictureFile(name, path, digest, mime, size, width, height)
