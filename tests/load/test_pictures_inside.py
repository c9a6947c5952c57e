"""What a picture file is and says of itself is read without being believed, and without unpacking more than needed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from mwcampaign.load.pictures import NoPicture, probe
from tests.load.drawn import XMP, halves, notes, png_with_late_notes, save
from tests.load.small import Folder, only


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_size_is_as_shown(tmp_path: Path, kind: str, turn: int) -> None:
    """A picture that the camera stored on its side has the width and height that people see."""
    file = probe("a", save(tmp_path / "a", halves(60, 20), kind, exif=notes(turn=turn)))
    assert (file.width, file.height) == ((20, 60) if turn >= 5 else (60, 20))
    assert file.turned == (turn != 1 and kind != "TIFF")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_place_is_noticed(tmp_path: Path, kind: str) -> None:
    """Wherever the format keeps it, the place where a picture was taken is seen; a camera's name is no place."""
    assert probe("a", save(tmp_path / "a", halves(9, 9), kind, exif=notes(place=True))).located
    assert not probe("b", save(tmp_path / "b", halves(9, 9), kind, exif=notes())).located
    assert not probe("c", save(tmp_path / "c", halves(9, 9), kind, exif=notes(place=None))).located


def test_a_place_after_the_pixels_is_noticed(tmp_path: Path) -> None:
    """PNG may keep its notes at the end, where a hurried look would miss them."""
    (tmp_path / "a").write_bytes(png_with_late_notes(halves(9, 9), notes(place=True)))
    assert probe("a", tmp_path / "a").located


def test_a_place_in_xmp_is_noticed(tmp_path: Path) -> None:
    """Programs that edit pictures write the place there."""
    packet = XMP.replace(b"<rdf:Description ", b'<rdf:Description exif:GPSLatitude="48,51.6N" ')
    assert probe("a", save(tmp_path / "a", halves(9, 9), "JPEG", xmp=packet)).located


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"", b""),
        (b'photoshop:Credit="Mill &quot;&amp;&quot; Garden"', b"photoshop:Credit='Mill &quot;&amp;&quot; Garden'"),
        (b"DigitalSourceType>http", b"DigitalSourceType> http"),
        (
            b"<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/negativeFilm"
            b"</Iptc4xmpExt:DigitalSourceType>",
            b'<Iptc4xmpExt:DigitalSourceType rdf:resource="http://cv.iptc.org/newscodes/digitalsourcetype/negativeFilm"/>',
        ),
    ],
)
def test_credit_and_source_type(tmp_path: Path, old: bytes, new: bytes) -> None:
    """Both are read in each of the forms that XMP allows."""
    file = probe("a", save(tmp_path / "a", halves(9, 9), "JPEG", xmp=XMP.replace(old, new)))
    assert (file.credit, file.source_type) == ('Mill "&" Garden', "negativeFilm")


@pytest.mark.parametrize(
    "exif", [b"", b"Exif\0\0", b"Exif\0\0MM\0*\xff\xff\xff\xff", b"Exif\0\0II*\0\x08\0\0\0\xff\xff", b"\0" * 99]
)
def test_damaged_notes_are_no_damaged_picture(tmp_path: Path, exif: bytes) -> None:
    """Nobody loses a sound picture because of what a camera wrote beside it."""
    file = probe("a", save(tmp_path / "a", halves(9, 9), "WEBP", exif=exif, xmp=b"\xff<photoshop:Credit"))
    assert (file.width, file.credit, file.turned) == (9, "", False)


@pytest.mark.parametrize(
    ("kind", "moves"), [("GIF", True), ("PNG", True), ("WEBP", True), ("TIFF", False), ("MPO", False)]
)
def test_what_moves(tmp_path: Path, kind: str, moves: bool) -> None:
    """Frames one after the other are a moving picture; a TIFF's pages and a camera's second view are not."""
    two: dict[str, Any] = {"save_all": True, "append_images": [halves(30, 30).rotate(90)]}
    assert probe("a", save(tmp_path / "a", halves(30, 30), kind, **two)).moves is moves
    assert not probe("b", save(tmp_path / "b", halves(30, 30), "GIF")).moves


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n"


@pytest.mark.parametrize("content", [SVG, PDF, EPS, b"MZ\x90\0", b"PK\x03\x04", b"<html>not found</html>"])
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
def test_other_files_under_a_picture_s_name(folder: Folder, content: bytes, suffix: str) -> None:
    """Drawings, documents, programs and error pages are refused before anything runs that could be fooled by them."""
    folder.write(f"media/x.{suffix}", content)
    folder.write(f"media/x.{suffix}.yaml", "alt: {en: A}\ncredit: B\nlicence: CC0-1.0\n")
    assert only(folder.load()).code == "MW212"


def test_a_gif_bomb(folder: Folder) -> None:
    """A few bytes that claim to be sixty thousand pixels wide are refused unopened, whatever their kind."""
    head = b"GIF89a" + (60_000).to_bytes(2, "little") * 2 + b"\0\0\0"
    folder.write("media/boats.jpg", head + b"\x2c" + bytes(4) + (60_000).to_bytes(2, "little") * 2 + b"\0\x02\x01\0\0;")
    finding = only(folder.load())
    assert (finding.code, "pixels" in finding.text) == ("MW212", True)


def test_a_link_out_of_the_folder(folder: Folder, tmp_path: Path, jpeg: bytes) -> None:
    """A picture that lies elsewhere is not followed: it would publish what the campaign does not hold."""
    (tmp_path / "private.jpg").write_bytes(jpeg)
    (folder.path / "media/boats.jpg").unlink()
    (folder.path / "media/boats.jpg").symlink_to(tmp_path / "private.jpg")
    loaded = folder.load()
    assert "MW113" in [one.code for one in loaded.findings]
    assert loaded.pictures == {}


def test_a_name_that_leads_out(folder: Folder, tmp_path: Path, jpeg: bytes) -> None:
    """A post cannot reach a picture outside media/ by its path."""
    (folder.path / "private.jpg").write_bytes(jpeg)
    folder.change("posts.yaml", "[boats.jpg]", "[../private.jpg]")
    assert [one.code for one in folder.load().findings if one.level == "error"] in (["MW113"], ["MW205"])


def test_the_documented_record_and_policies(folder: Folder) -> None:
    """What docs/pictures.md shows is what the program reads."""
    page = (Path(__file__).parents[2] / "docs/pictures.md").read_text("utf-8")
    record, policies = (part.split("```")[0] for part in page.split("```yaml\n")[1:3])
    folder.write("media/boats.jpg.yaml", record)
    folder.write("campaign.yaml", (folder.path / "campaign.yaml").read_text("utf-8") + policies)
    loaded = folder.load()
    assert [one for one in loaded.findings if one.level == "error"] == []
    assert loaded.campaign is not None
    assert loaded.campaign.policies.sensitive["nudity"] == {"x": "warn", "others": "block"}
    assert loaded.campaign.policies.sensitive["sacred"] == "yes"
    told = loaded.campaign.media["boats.jpg"]
    assert str(told.permission_until) == "2026-12-31" and told.fit and told.sensitive == ("human remains",)
    for key in (*type(told).model_fields, "pictures", "credit", "machine_pictures", "sensitive"):
        assert f"`{key}`" in page, key


@pytest.mark.parametrize(
    ("policies", "needle"),
    [
        ("sensitive: {nudity: maybe}", "maybe"), ("sensitive: {nudity: {x: maybe}}", "maybe"),
        ("pictures: shrink", "shrink"),
        ("credit: always", "always"), ("sensitive: [nudity]", "[nudity]"),
    ],
)  # fmt: skip
def test_a_policy_that_is_none(folder: Folder, policies: str, needle: str) -> None:
    """A slip in a policy is an error at its place, never a policy that does not hold."""
    folder.write("campaign.yaml", (folder.path / "campaign.yaml").read_text("utf-8") + f"policies: {{{policies}}}\n")
    finding = only(folder.load())
    assert (finding.code, finding.where) == ("MW108", folder.at("campaign.yaml", needle))


@pytest.mark.parametrize(
    ("line", "needle"),
    [
        ("permission_until: soon", "soon"), ("embargo_until: 2026-02-30", "2026-02-30"), ("fit: perhaps", "perhaps"),
        ("sensitive: nudity", "nudity"),
    ],
)  # fmt: skip
def test_a_record_that_is_none(folder: Folder, line: str, needle: str) -> None:
    """So is a slip in a record."""
    folder.write("media/boats.jpg.yaml", (folder.path / "media/boats.jpg.yaml").read_text("utf-8") + line + "\n")
    finding = next(one for one in folder.load().findings if one.code != "MW205")
    assert (finding.code, finding.where) == ("MW108", folder.at("media/boats.jpg.yaml", needle))


def test_a_picture_cut_off(tmp_path: Path, make: Callable[[str], Folder]) -> None:
    """Whoever asks without a campaign hears it as well, with the digest of what is there."""
    path = save(tmp_path / "a", halves(300, 200), "JPEG", quality=95)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(NoPicture) as caught:
        probe("a", path)
    assert len(caught.value.digest) == 64


def test_without_pillow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback: what is missing and how to install it."""
    path = save(tmp_path / "a", Image.new("L", (9, 9)), "PNG")
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(NoPicture, match="Pillow") as caught:
        probe("a", path)
    assert "pip install" in caught.value.hint
