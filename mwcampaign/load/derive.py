"""Smaller copies of pictures for networks that take less. Made one at a time, never kept; called by wire.

The same file, limits and Pillow give the same bytes, so a copy is made when a plan is, named in it by its digest, and
made again when the plan is applied. Never larger than the picture, never cut.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from math import sqrt
from typing import TYPE_CHECKING, Any, BinaryIO

from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.message import Picture
from mwcampaign.core.picture_checks import within
from mwcampaign.load.pictures import DAMAGE, MAX_PIXELS, NoPicture, PictureFile, digest_of, formats
from mwcampaign.load.written import Written, read_written, write_words

if TYPE_CHECKING:
    from PIL import Image as Images

MOST_PIXELS = 24_000_000
"""A copy has no more than these: no network shows as many, and memory ends."""
LEAST_SIDE = 320
"""A copy is not made so small that its shorter side has fewer pixels; the picture is refused instead."""
STEPS = (1.0, 0.84, 0.71, 0.59, 0.5, 0.42, 0.35, 0.3, 0.25, 0.21, 0.18, 0.15, 0.12, 0.1)
QUALITIES = (90, 82, 72)
KINDS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
"""What copies are written as."""
WEBP_SIDE = 16_383

Limits = tuple[tuple[str, ...], int | None, int | None]


class NoCopy(Exception):
    """There is no copy of the picture that the network takes; the message says why."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What a copy turned out to be; `digest` is the sha256 of its bytes in hex."""

    digest: str
    mime: str
    size: int
    width: int
    height: int


def fitted(file: PictureFile, able: Capabilities) -> tuple[Copy, bytes]:
    """Make the copy of a picture that a network takes: upright, sRGB, free of the camera's notes. Raises NoCopy, and
    OSError where the file cannot be read."""
    if file.moves:
        raise NoCopy("it moves, and a copy would stand still")
    with file.path.open("rb") as opened:
        try:
            if digest_of(opened)[0] != file.digest:
                raise NoCopy("the file was changed meanwhile")
            opened.seek(0)
            return _copy(opened, file, able)
        except (NoPicture, *DAMAGE) as fault:
            raise NoCopy(f"no copy can be made of it: {type(fault).__name__}") from fault


class Fitter:
    """Makes copies for one campaign's messages; remembers what became of each picture, never its bytes."""

    def __init__(self, files: Mapping[str, PictureFile], may: Callable[[str], bool]) -> None:
        """Take the campaign's files by name, and who says whether copies may be made of a picture."""
        self._files, self._may = files, may
        self._own = {file.digest: file for file in files.values()}
        self._known: dict[tuple[str, Limits], Copy | None] = {}
        self._copies: dict[str, tuple[PictureFile, Copy, Capabilities]] = {}

    def fit(self, picture: Picture, able: Capabilities) -> Picture:
        """Return the picture as the network gets it: itself where it fits, a copy where one may and can be made, else
        itself, to be refused by the checks."""
        file = self._files.get(picture.name)
        if file is None or not self._may(picture.name) or not needs_copy(file, picture, able):
            return picture
        key = (file.digest, (able.picture_types, able.picture_bytes, able.picture_pixels))
        if key not in self._known:
            try:
                copy, _ = fitted(file, able)
            except (NoCopy, OSError):
                self._known[key] = None
            else:
                self._known[key] = copy
                self._copies[copy.digest] = (file, copy, able)
        made = self._known[key]
        if made is None:
            return picture
        return replace(
            picture, digest=made.digest, mime=made.mime, size=made.size, width=made.width, height=made.height
        )

    def kinds(self) -> dict[str, str]:
        """Return the kind of every picture and of every copy made so far, by digest."""
        copies = {digest: copy.mime for digest, (_, copy, _) in self._copies.items()}
        return {digest: file.mime for digest, file in self._own.items()} | copies

    def content(self, digest: str) -> bytes:
        """Return the bytes of a picture, or of a copy that `fit` named, made again. Raises NoCopy where they are not
        these bytes any more, and OSError."""
        if own := self._own.get(digest):
            content, name = own.path.read_bytes(), own.name
        elif digest in self._copies:
            file, _, able = self._copies[digest]
            content, name = fitted(file, able)[1], file.name
        else:
            raise NoCopy("a picture's copy is not what it was when the plan was made")
        if hashlib.sha256(content).hexdigest() != digest:
            raise NoCopy(f"{name} changed while it was being read")
        return content


def needs_copy(file: PictureFile, picture: Picture, able: Capabilities) -> bool:
    """Return whether a network should get a copy: it takes less, or the file tells a place or lies on its side."""
    return not within(picture, able) or file.located or file.turned


def _copy(opened: BinaryIO, file: PictureFile, able: Capabilities) -> tuple[Copy, bytes]:
    from PIL import Image, ImageOps

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(opened, formats=formats()) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise NoCopy("it has too many pixels")
            written = read_written(picture, file.path)
            pixels = picture.width * picture.height
            scale = min(1.0, sqrt(min(able.picture_pixels or MOST_PIXELS, MOST_PIXELS) / pixels))
            if pixels > 2 * MOST_PIXELS:
                scale = min(scale, 0.5)  # which JPEG can be unpacked at, in a quarter of the memory
            picture.draft(None, (int(picture.width * scale), int(picture.height * scale)))
            ImageOps.exif_transpose(picture, in_place=True)
            plain = _in_srgb(picture)
    full = _side(file.width, scale), _side(file.height, scale)
    if plain.size != full:
        plain = plain.resize(full, _smooth(), reducing_gap=3.0)
    for mime in _candidates(file.mime, plain, able.picture_types):
        for content, size in _written(plain, KINDS[mime], written, able.picture_bytes):
            if able.picture_bytes is None or len(content) <= able.picture_bytes:
                return Copy(hashlib.sha256(content).hexdigest(), mime, len(content), *size), content
    raise NoCopy("no copy of a size worth looking at is small enough, or of a kind the network takes")


def _side(pixels: int, scale: float) -> int:
    return max(1, int(pixels * scale))


def _candidates(mime: str, picture: Images.Image, types: tuple[str, ...]) -> Iterator[str]:
    """Yield the kinds to try: the picture's own, then what suits it, then what is left."""
    # What see-through pixels are worth is lost in a JPEG, so it comes last for those.
    order = ("image/webp", "image/png", "image/jpeg") if picture.mode == "RGBA" else tuple(KINDS)
    yield from (kind for kind in dict.fromkeys((mime, *order)) if kind in KINDS and kind in types)


def _written(
    full: Images.Image, kind: str, written: Written, bound: int | None
) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """Yield ever smaller files of one kind, with their size in pixels; PNG only once, for it is no kind for photos."""
    words: dict[str, Any] = write_words(written)
    if kind == "PNG":
        told = BytesIO()
        full.save(told, kind, compress_level=9, **_as_png(words))
        yield told.getvalue(), full.size
        return
    if kind == "JPEG":
        full = _on_white(full) if full.mode == "RGBA" else full
        words |= {"subsampling": 0, "optimize": True}
    weight = 0.0
    for step in STEPS:
        size = _side(full.width, step), _side(full.height, step)
        if step < 1 and min(size) < LEAST_SIDE:
            return
        # A smaller picture weighs more by the pixel, so what is by far too heavy need not be tried.
        if bound is not None and weight * step * step > 3 * bound:
            continue
        if kind == "WEBP" and max(size) > WEBP_SIDE:
            continue
        picture = full if full.size == size else full.resize(size, _smooth(), reducing_gap=3.0)
        for quality in QUALITIES:
            told = BytesIO()
            try:
                picture.save(told, kind, quality=quality, **words)
            except OSError:
                # Pillow gives a grainy picture too little room when it is to be written best.
                told = BytesIO()
                picture.save(told, kind, quality=quality, **{**words, "optimize": False})
            yield told.getvalue(), size
            if quality == QUALITIES[0]:
                weight = told.tell() / step / step
                if bound is not None and told.tell() > 3 * bound:
                    break


def _as_png(words: dict[str, Any]) -> dict[str, Any]:
    from PIL import PngImagePlugin

    told = PngImagePlugin.PngInfo()
    if "xmp" in words:
        told.add_itxt("XML:com.adobe.xmp", words["xmp"].decode())
    return {"pnginfo": told} | ({"exif": words["exif"]} if "exif" in words else {})


def _smooth() -> Images.Resampling:
    from PIL import Image

    return Image.Resampling.LANCZOS


def _on_white(picture: Images.Image) -> Images.Image:
    from PIL import Image

    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def _in_srgb(picture: Images.Image) -> Images.Image:
    """Return the picture in the colours that networks take for granted, RGBA where pixels are see-through, else RGB."""
    from PIL import ImageCms

    profile = picture.info.get("icc_profile")
    see_through = picture.has_transparency_data
    if picture.mode in {"P", "PA", "LA", "La", "RGBa"} or (see_through and picture.mode != "RGBA"):
        picture = picture.convert("RGBA")
    elif picture.mode.startswith("I;16") or picture.mode in {"I", "F"}:
        picture = picture.convert("I").point([value >> 8 for value in range(65536)], "L")
    if profile and picture.mode in {"RGB", "RGBA", "CMYK", "L"}:
        mode = "RGBA" if picture.mode == "RGBA" else "RGB"
        try:
            told = ImageCms.ImageCmsProfile(BytesIO(profile))
            made = ImageCms.profileToProfile(picture, told, ImageCms.createProfile("sRGB"), outputMode=mode)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            made = None  # a broken profile says nothing: the colours are taken as they are
        picture = made or picture
    wanted = "RGBA" if see_through else "RGB"
    picture = picture if picture.mode == wanted else picture.convert(wanted)
    picture.info = {}
    return picture
