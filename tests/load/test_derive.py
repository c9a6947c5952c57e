"""Smaller copies: what was reviewed is what is sent, whole, upright, and free of what nobody meant to publish."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms, ImageOps, PngImagePlugin

from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.message import Picture
from mwcampaign.load.derive import LEAST_SIDE, Fitter, NoCopy, fitted
from mwcampaign.load.pictures import PictureFile, probe
from tests.load.drawn import XMP, clouds, halves, notes, opened, save

ALL_KINDS = ("image/jpeg", "image/png", "image/webp", "image/gif")


def able(*types: str, **limits: Any) -> Capabilities:
    """Return a network that takes these kinds, within limits."""
    return Capabilities(
        "kit", 500, "characters", "made for tests", "2026-01-01", picture_types=types or ALL_KINDS, **limits
    )


def shown(file: PictureFile) -> Picture:
    """Return the picture as a message names it."""
    return Picture(file.digest, file.name, file.mime, file.size, file.width, file.height, "A")


@pytest.fixture
def photo(tmp_path: Path) -> PictureFile:
    """A photograph of 800 × 600 pixels that does not shrink well."""
    return probe("photo.jpg", save(tmp_path / "photo.jpg", clouds(800, 600), "JPEG", quality=95))


def test_same_file_same_bytes(photo: PictureFile) -> None:
    """Made with the plan and made again with apply, a copy is the same to the last bit."""
    assert fitted(photo, able(picture_bytes=70_000)) == fitted(photo, able(picture_bytes=70_000))


def test_same_bytes_in_another_process(photo: PictureFile) -> None:
    """What a plan names today, another run makes tomorrow."""
    code = (
        "import sys; from pathlib import Path; from tests.load.test_derive import able; "
        "from mwcampaign.load.derive import fitted; from mwcampaign.load.pictures import probe; "
        "print(fitted(probe('photo.jpg', Path(sys.argv[1])), able(picture_pixels=100_000))[0].digest)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, str(photo.path)], capture_output=True, text=True, check=True,
        cwd=Path(__file__).parents[2], env={"PYTHONHASHSEED": "7"},
    )  # fmt: skip
    assert told.stdout.strip() == fitted(photo, able(picture_pixels=100_000))[0].digest


@pytest.mark.parametrize("bound", [120_000, 90_000, 70_000])
def test_bytes(photo: PictureFile, bound: int) -> None:
    """The copy is within the network's bytes, and what is told of it is so."""
    copy, content = fitted(photo, able(picture_bytes=bound))
    picture = opened(content)
    assert len(content) == copy.size <= bound
    assert (copy.mime, picture.format) == ("image/jpeg", "JPEG")
    assert picture.size == (copy.width, copy.height)
    assert hashlib.sha256(content).hexdigest() == copy.digest


@pytest.mark.parametrize("pixels", [479_999, 120_000, 50_001])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_pixels(tmp_path: Path, kind: str, pixels: int) -> None:
    """The copy has no more pixels than allowed, of the same kind and form, with nothing cut off."""
    file = probe("a", save(tmp_path / "a", halves(800, 600), kind))
    copy, content = fitted(file, able(picture_pixels=pixels))
    picture = opened(content).convert("RGB")
    assert copy.width * copy.height <= pixels
    assert abs(copy.width / copy.height - 4 / 3) < 0.02
    assert copy.mime == file.mime
    left, right = picture.getpixel((2, 2)), picture.getpixel((copy.width - 3, copy.height - 3))
    assert left[0] > 200 > 60 > left[2] and right[2] > 200 > 60 > right[0]  # type: ignore[index]


def test_never_larger(tmp_path: Path) -> None:
    """A small picture of another kind keeps its pixels."""
    file = probe("a", save(tmp_path / "a", halves(40, 30), "TIFF"))
    copy, _ = fitted(file, able("image/jpeg", picture_pixels=1_000_000, picture_bytes=5_000_000))
    assert (copy.width, copy.height, copy.mime) == (40, 30, "image/jpeg")


@pytest.mark.parametrize("turn", range(1, 9))
def test_upright(tmp_path: Path, turn: int) -> None:
    """The camera's turn is made in the pixels, and no note is left that would turn them again."""
    file = probe("a", save(tmp_path / "a", halves(400, 320), "PNG", exif=notes(turn=turn)))
    copy, content = fitted(file, able("image/jpeg"))
    wanted = ImageOps.exif_transpose(Image.open(file.path)).convert("RGB")
    got = opened(content).convert("RGB")
    assert got.size == wanted.size == (copy.width, copy.height) == (file.width, file.height)
    for spot in ((5, 5), (got.width - 5, 5), (5, got.height - 5)):
        assert max(abs(a - b) for a, b in zip(got.getpixel(spot), wanted.getpixel(spot), strict=True)) < 12  # type: ignore[arg-type]
    assert opened(content).getexif().get(0x0112, 1) == 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_what_is_kept_and_what_goes(tmp_path: Path, kind: str) -> None:
    """Credit, copyright and digital source type stay; camera, place and colour profile do not go out."""
    told: dict[str, Any] = {
        "exif": notes(turn=6, place=True, Copyright="Mill", Artist="The keeper"),
        "icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
        **({"pnginfo": _in_png(XMP)} if kind == "PNG" else {"xmp": XMP}),
    }
    file = probe("a", save(tmp_path / "a", halves(400, 320), kind, **told))
    assert file.located and file.turned
    copy, content = fitted(file, able(f"image/{kind.lower()}"))
    again = probe("b", _kept(tmp_path / "b", content))
    assert (again.credit, again.source_type) == ('Mill "&" Garden', "negativeFilm")
    assert not again.located and not again.turned
    assert dict(opened(content).getexif()) == {0x8298: "Mill", 0x013B: "The keeper"}
    assert "icc_profile" not in opened(content).info
    assert b"A camera" not in content
    assert copy.digest == again.digest


def _in_png(packet: bytes) -> PngImagePlugin.PngInfo:
    told = PngImagePlugin.PngInfo()
    told.add_itxt("XML:com.adobe.xmp", packet.decode())
    return told


def _kept(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_see_through_becomes_white(tmp_path: Path) -> None:
    """Where JPEG is all a network takes, nothing shines through black."""
    picture = Image.new("RGBA", (400, 400), (0, 0, 0, 0))
    picture.paste((255, 0, 0, 255), (0, 0, 200, 400))
    file = probe("a", save(tmp_path / "a", picture, "PNG"))
    _, content = fitted(file, able("image/jpeg"))
    told = opened(content)
    assert min(told.getpixel((390, 200))) > 250  # type: ignore[type-var]
    assert told.getpixel((10, 200))[0] > 240  # type: ignore[index]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_pixel(tmp_path: Path, mode: str) -> None:
    """Grey, indexed, print colours, sixteen bits: all become what networks show, and look the same."""
    picture = halves(400, 320)
    if mode == "I;16":
        picture = Image.new("I;16", (400, 320), 65535)
    elif mode == "LA":
        picture = Image.merge("LA", (picture.convert("L"), Image.new("L", picture.size, 255)))
    else:
        picture = picture.convert(mode)
    file = probe("a", save(tmp_path / "a", picture, "TIFF" if mode in {"CMYK", "I;16"} else "PNG"))
    copy, content = fitted(file, able("image/jpeg"))
    told = opened(content)
    assert (told.mode, told.size, copy.mime) == ("RGB", (400, 320), "image/jpeg")
    if mode == "I;16":
        assert told.getpixel((5, 5)) == (255, 255, 255)
    elif mode not in {"1", "L", "LA"}:
        assert told.getpixel((5, 5))[0] > 230 > 40 > told.getpixel((5, 5))[2]  # type: ignore[index]


def test_a_colour_profile_is_applied(tmp_path: Path) -> None:
    """The copy's numbers are sRGB's, by the profile in the file; a broken profile costs nobody the picture."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # In a profile whose red and blue change places, red is blue.
    swapped = profile.replace(b"rXYZ", b"tmp!").replace(b"bXYZ", b"rXYZ").replace(b"tmp!", b"bXYZ")
    for told, seen in (
        (profile, (255, 0, 0)),
        (swapped, (0, 0, 255)),
        (b"no profile", (255, 0, 0)),
        (None, (255, 0, 0)),
    ):
        file = probe("a", save(tmp_path / "a", halves(400, 320), "TIFF", icc_profile=told))
        got = opened(fitted(file, able("image/png"))[1]).getpixel((5, 5))
        assert max(abs(a - b) for a, b in zip(got, seen, strict=True)) < 5  # type: ignore[arg-type]


def test_a_heavy_png_becomes_a_jpeg(tmp_path: Path) -> None:
    """A photograph saved as PNG keeps its pixels where the network takes JPEG."""
    file = probe("a", save(tmp_path / "a", clouds(500, 400), "PNG"))
    copy, _ = fitted(file, able(picture_bytes=60_000))
    assert (copy.mime, copy.width, copy.height) == ("image/jpeg", 500, 400)


def test_never_a_stamp(photo: PictureFile) -> None:
    """Rather than to a size not worth looking at, the picture is refused."""
    with pytest.raises(NoCopy):
        fitted(photo, able(picture_bytes=10_000))
    copy, _ = fitted(photo, able("image/jpeg", picture_bytes=70_000))
    assert min(copy.width, copy.height) >= LEAST_SIDE


def test_what_moves_is_not_stilled(tmp_path: Path) -> None:
    """A moving picture is refused, for a copy would lose what it is about."""
    two = {"save_all": True, "append_images": [halves(40, 40).rotate(90)]}
    file = probe("a", save(tmp_path / "a", halves(40, 40), "GIF", **two))
    with pytest.raises(NoCopy, match="moves"):
        fitted(file, able("image/jpeg"))


def test_a_file_changed_meanwhile(photo: PictureFile) -> None:
    """A copy is only made of the bytes that were judged."""
    save(photo.path, halves(800, 600), "JPEG")
    with pytest.raises(NoCopy, match="changed"):
        fitted(photo, able(picture_bytes=70_000))


def test_the_fitter_leaves_what_fits(photo: PictureFile) -> None:
    """A network that takes the picture gets the museum's own bytes."""
    fitter = Fitter({photo.name: photo}, lambda _: True)
    assert fitter.fit(shown(photo), able()) == shown(photo)
    assert fitter.content(photo.digest) == photo.path.read_bytes()


def test_the_fitter_keeps_its_word(photo: PictureFile) -> None:
    """The digest in the message is that of the bytes that are put into the store; alt text and name stay."""
    fitter = Fitter({photo.name: photo}, lambda _: True)
    small = fitter.fit(shown(photo), able(picture_bytes=70_000))
    assert small.digest != photo.digest
    assert (small.name, small.alt) == (photo.name, "A")
    content = fitter.content(small.digest)
    assert (hashlib.sha256(content).hexdigest(), len(content)) == (small.digest, small.size)
    assert fitter.kinds() == {photo.digest: "image/jpeg", small.digest: "image/jpeg"}


def test_without_leave_there_is_no_copy(photo: PictureFile) -> None:
    """Where policy or licence say no, the picture stays as it is and the checks refuse it."""
    fitter = Fitter({photo.name: photo}, lambda _: False)
    assert fitter.fit(shown(photo), able(picture_bytes=70_000)) == shown(photo)


def test_a_picture_of_which_no_copy_can_be_made_stays(photo: PictureFile) -> None:
    """The checks then say why the network would refuse it."""
    fitter = Fitter({photo.name: photo}, lambda _: True)
    assert fitter.fit(shown(photo), able("image/svg+xml")) == shown(photo)


def test_a_place_does_not_go_out(tmp_path: Path) -> None:
    """With leave to make copies, a picture that tells a place is copied although it would fit."""
    file = probe("a", save(tmp_path / "a", halves(400, 320), "JPEG", exif=notes(place=True)))
    small = Fitter({"a": file}, lambda _: True).fit(shown(file), able())
    assert small.digest != file.digest
    assert (small.width, small.height) == (400, 320)


def test_bytes_that_are_not_what_was_planned(photo: PictureFile) -> None:
    """A plan's picture that cannot be made again is refused, never replaced by another."""
    fitter = Fitter({photo.name: photo}, lambda _: True)
    small = fitter.fit(shown(photo), able(picture_bytes=70_000))
    with pytest.raises(NoCopy):
        fitter.content("0" * 64)
    save(photo.path, halves(800, 600), "JPEG")
    for digest in (small.digest, photo.digest):
        with pytest.raises(NoCopy, match="changed"):
            fitter.content(digest)
