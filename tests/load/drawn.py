"""Pictures of every kind, drawn for tests."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image, PngImagePlugin

XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"'
    b' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
    b' photoshop:Credit="Mill &quot;&amp;&quot; Garden">'
    b"<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/negativeFilm"
    b"</Iptc4xmpExt:DigitalSourceType></rdf:Description></rdf:RDF></x:xmpmeta>"
)


def halves(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Return a picture whose left half is red and whose right half is blue, so that a turn shows."""
    picture = Image.new("RGB", (width, height), "red")
    picture.paste("blue", (width // 2, 0, width, height))
    return picture.convert(mode)


def clouds(width: int, height: int) -> Image.Image:
    """Return a picture with as much in it as a photograph: the same each time, heavy as PNG, less so as JPEG."""
    state, out = 12345, bytearray()
    size = width // 12 + 1, height // 12 + 1
    while len(out) < size[0] * size[1] * 3:
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        out.append(state >> 16 & 0xFF)
    small = Image.frombytes("RGB", size, bytes(out[: size[0] * size[1] * 3]))
    return small.resize((width, height), Image.Resampling.BICUBIC)


def notes(*, turn: int = 1, place: bool | None = False, **words: str) -> bytes:
    """Return EXIF with a camera's name, how to turn the picture, where it was taken (None: an empty block for it), and
    words by their tag's name."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "A camera"
    exif[ExifTags.Base.Orientation] = turn
    for name, value in words.items():
        exif[ExifTags.Base[name]] = value
    if place is None:
        exif[ExifTags.IFD.GPSInfo] = {0: b"\x02\x03\x00\x00"}
    elif place:
        exif[ExifTags.IFD.GPSInfo] = {1: "N", 2: (48.0, 51.0, 39.0), 3: "E", 4: (2.0, 20.0, 9.0)}
    return exif.tobytes()


def save(path: Path, picture: Image.Image, kind: str, **options: Any) -> Path:
    """Write a picture to a file."""
    picture.save(path, kind, **options)
    return path


def opened(content: bytes) -> Image.Image:
    """Return a picture from its bytes, read to the end."""
    picture = Image.open(BytesIO(content))
    picture.load()
    return picture


def png_with_late_notes(picture: Image.Image, exif: bytes) -> bytes:
    """Return a PNG whose EXIF stands after the pixels, as the format allows."""
    told = BytesIO()
    picture.save(told, "PNG")
    made = BytesIO()
    PngImagePlugin.putchunk(made, b"eXIf", exif.removeprefix(b"Exif\0\0"))
    whole = told.getvalue()
    end = whole.rindex(b"IEND") - 4
    return whole[:end] + made.getvalue() + whole[end:]
