"""What a picture file carries in words: how to turn it, where it was taken, whom to credit, how it came to be.

Reads EXIF, XMP and IPTC's old block; writes the little of them that a copy keeps. Used inside load only.
"""

from __future__ import annotations

import html
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image as Images

ORIENTATION, ARTIST, COPYRIGHT, PLACE = 0x0112, 0x013B, 0x8298, 0x8825
XMP_TAG = 700
MOST = 1 << 20
"""Bytes of metadata that are looked at."""
LINE = 500
"""Characters of one value that are kept."""
VOCABULARY = "http://cv.iptc.org/newscodes/digitalsourcetype/"
BROKEN = (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, AttributeError, struct.error)


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in a file. `turn` is EXIF's orientation, 1 to 8; `artist` and `copyright` are EXIF's words."""

    turn: int = 1
    located: bool = False
    credit: str = ""
    source_type: str = ""
    artist: str = ""
    copyright: str = ""


def read_written(picture: Images.Image, path: Path) -> Written:
    """Return what an opened picture's file says of itself, without what cannot be understood. Decodes no pixels."""
    info: dict[Any, Any] = picture.info
    told, packet = info.get("exif", b""), info.get("xmp", b"")
    if picture.format == "PNG":
        # Pillow sees only what stands before the pixels.
        late = _png_words(path)
        told, packet = told or late.get("exif", b""), packet or late.get("xmp", b"")
    exif = _exif(picture, told)
    xmp = _xmp(exif.get(XMP_TAG) if picture.format == "TIFF" else packet)
    turn = exif.get(ORIENTATION, 1)
    return Written(
        turn=turn if isinstance(turn, int) and 1 <= turn <= 8 else 1,
        located=_has_place(exif) or re.search(r"\bexif:GPS(Latitude|Longitude)\b", xmp) is not None,
        credit=_property(xmp, "photoshop:Credit") or _old_credit(picture),
        source_type=_property(xmp, "Iptc4xmpExt:DigitalSourceType").rstrip("/").rsplit("/", 1)[-1],
        artist=_line(exif.get(ARTIST)),
        copyright=_line(exif.get(COPYRIGHT)),
    )


def write_words(written: Written) -> dict[str, bytes]:
    """Return EXIF and XMP that hold whom to credit and how the picture came to be, and nothing else."""
    from PIL import Image

    told: dict[str, bytes] = {}
    exif = Image.Exif()
    for tag, value in ((ARTIST, written.artist), (COPYRIGHT, written.copyright)):
        if value:
            exif[tag] = value
    if len(exif):
        told["exif"] = exif.tobytes()
    pairs = [
        (name, value)
        for name, value in (
            ("photoshop:Credit", written.credit),
            ("Iptc4xmpExt:DigitalSourceType", VOCABULARY + written.source_type if written.source_type else ""),
        )
        if value
    ]
    if pairs:
        attributes = " ".join(f'{name}="{html.escape(value)}"' for name, value in pairs)
        told["xmp"] = (
            '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
            ' xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"'
            f' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" {attributes}/>'
            '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
        ).encode()
    return told


def _exif(picture: Images.Image, told: bytes) -> Images.Exif:
    from PIL import Image

    exif = Image.Exif()
    try:
        if picture.format == "TIFF":
            return picture.getexif()
        if told and len(told) <= MOST:
            exif.load(told)
    except BROKEN:
        return Image.Exif()
    return exif


def _has_place(exif: Images.Exif) -> bool:
    try:
        # 0 is the block's version, which some programs leave behind.
        return bool(exif.get_ifd(PLACE).keys() - {0})
    except BROKEN:
        # A place that cannot be read here may be readable elsewhere.
        return PLACE in exif


def _xmp(told: Any) -> str:
    if isinstance(told, tuple):
        told = bytes(told)
    if isinstance(told, str):
        return told[:MOST]
    return told[:MOST].decode("utf-8", "replace") if isinstance(told, bytes) else ""


def _property(xmp: str, name: str) -> str:
    """Return one property, given as an attribute, an element, an address in it, or the first of a list."""
    for form in (
        rf"\b{name}\s*=\s*\"([^\"<]*)\"",
        rf"\b{name}\s*=\s*'([^'<]*)'",
        rf"<{name}\b[^>]*rdf:resource=\"([^\"<]*)\"",
        rf"<{name}\b[^>]*>\s*(?:<rdf:(?:Alt|Bag|Seq)>\s*<rdf:li[^>]*>)?([^<]+)<",
    ):
        if found := re.search(form, xmp):
            return _line(html.unescape(found[1]))
    return ""


def _old_credit(picture: Images.Image) -> str:
    from PIL import ImageFile, IptcImagePlugin

    if picture.format not in {"JPEG", "MPO", "TIFF"} or not isinstance(picture, ImageFile.ImageFile):
        return ""
    try:
        found = (IptcImagePlugin.getiptcinfo(picture) or {}).get((2, 110))
    except BROKEN:
        return ""
    return _line(found[0] if isinstance(found, list) and found else found)


def _line(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return " ".join(value.replace("\0", " ").split())[:LINE] if isinstance(value, str) else ""


def _png_words(path: Path) -> dict[str, bytes]:
    """Return EXIF and XMP of a PNG wherever they stand, without unpacking pixels."""
    found: dict[str, bytes] = {}
    with path.open("rb") as file:
        file.seek(8)
        while len(head := file.read(8)) == 8:
            length, kind = struct.unpack(">I4s", head)
            if kind in {b"eXIf", b"iTXt"} and length <= MOST:
                data = file.read(length)
                if kind == b"eXIf":
                    found["exif"] = b"Exif\0\0" + data
                elif data.startswith(b"XML:com.adobe.xmp\0\0"):
                    found["xmp"] = data
                file.seek(4, 1)
            else:
                file.seek(length + 4, 1)
    return found
