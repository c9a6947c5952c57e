"""Looking at picture files: are they pictures, how large, which bytes, what is written inside? Used inside load;
PictureFile by anybody."""

from __future__ import annotations

import hashlib
import struct
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from mwcampaign.load.written import read_written

if TYPE_CHECKING:
    from PIL import Image as Images

MAX_PIXELS = 90_000_000
"""More pixels than any camera's picture of a museum needs; unpacking them would take all memory."""
MAX_BYTES = 500_000_000
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "TIFF", "BMP")
"""What is tried. Never everything Pillow knows: some of its readers start other programs."""
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".tif", ".tiff", ".bmp", ".heic", ".jpe"})
DAMAGE = (
    OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, ArithmeticError, RuntimeError,
    AttributeError, AssertionError, MemoryError, struct.error, zlib.error,
)  # fmt: skip
"""What Pillow's readers raise on damaged files."""
NO_PILLOW = "install what looks at pictures with: pip install pillow"


@dataclass(frozen=True, slots=True)
class PictureFile:
    """One picture: `name` is its path in media/, `digest` the sha256 of its bytes in hex, `size` counts bytes, width
    and height are pixels as shown, with the camera's turn applied."""

    name: str
    path: Path
    digest: str
    mime: str
    size: int
    width: int
    height: int
    moves: bool = False
    """It has several frames that are shown one after the other."""
    turned: bool = False
    """Its pixels are stored turned or mirrored, with a note how to show them."""
    located: bool = False
    """It tells where it was taken."""
    credit: str = ""
    source_type: str = ""
    """Credit line and IPTC's digital source type as written inside, or ""."""


class NoPicture(Exception):
    """A file that is not a whole picture of a known kind; the message says why. `digest` is that of its bytes."""

    def __init__(self, why: str, digest: str, hint: str = "save it again as JPEG or PNG") -> None:
        super().__init__(why)
        self.digest, self.hint = digest, hint


def probe(name: str, path: Path) -> PictureFile:
    """Read a picture to its end without keeping its pixels. Raises NoPicture, and OSError where it cannot be read."""
    with path.open("rb") as opened:
        digest, size = digest_of(opened)
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError:
        raise NoPicture("without Pillow nobody can tell", digest, NO_PILLOW) from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=formats()) as picture:
                kind, (width, height) = picture.format or "", picture.size
                if width * height > MAX_PIXELS:
                    raise NoPicture(f"it unpacks to {width:,} × {height:,} pixels", digest)
                moves = kind not in {"TIFF", "MPO"} and bool(getattr(picture, "is_animated", False))
                written = read_written(picture, path)
                _read_on(picture, kind)
    except Image.DecompressionBombError:
        raise NoPicture("it unpacks to more pixels than fit into memory", digest) from None
    except UnidentifiedImageError:
        raise NoPicture("it is no JPEG, PNG, GIF, WebP, AVIF or TIFF, whatever its name says", digest) from None
    except DAMAGE:
        raise NoPicture("it is damaged or cut off", digest) from None
    # Cameras write JPEG with further views inside, which Pillow calls MPO.
    mime = "image/jpeg" if kind == "MPO" else Image.MIME[kind]
    # Pillow turns TIFF by itself.
    turn = 1 if kind == "TIFF" else written.turn
    if turn >= 5:
        width, height = height, width
    return PictureFile(
        name, path, digest, mime, size, width, height,
        moves, turn != 1, written.located, written.credit, written.source_type,
    )  # fmt: skip


def formats() -> list[str]:
    """Return what this Pillow knows of FORMATS."""
    from PIL import Image

    # Without init, Pillow knows only some of its formats, and fails at the name of another.
    Image.init()
    return [kind for kind in FORMATS if kind in Image.OPEN]


def digest_of(opened: BinaryIO) -> tuple[str, int]:
    """Return the sha256 in hex of what is left in an opened file, and the number of its bytes. Raises NoPicture where
    they are more than MAX_BYTES."""
    whole = hashlib.sha256()
    size = 0
    while block := opened.read(1 << 20):
        whole.update(block)
        size += len(block)
        if size > MAX_BYTES:
            raise NoPicture(f"it has more than {MAX_BYTES // 1_000_000} MB", "")
    return whole.hexdigest(), size


def _read_on(picture: Images.Image, kind: str) -> None:
    """Read a picture to its end, as small as that can be done."""
    if kind == "PNG":
        picture.verify()
        return
    # An eighth of the size is enough to notice that the end is missing.
    picture.draft("L", (max(picture.width // 8, 1), max(picture.height // 8, 1)))
    picture.load()
