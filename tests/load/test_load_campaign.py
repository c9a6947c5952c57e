"""What a sound folder becomes: the campaign, the places of its data, and what is merged from elsewhere."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from mwcampaign.core.findings import Position
from mwcampaign.load import load
from tests.load.small import CAMPAIGN, NETWORKS, Folder, only


def test_the_campaign(folder: Folder) -> None:
    """Files become the records their authors meant: accents, quotes, lists and patterns included."""
    campaign = folder.load().campaign
    assert campaign is not None
    harbour, mill = campaign.institutions
    assert (harbour.country, harbour.names, harbour.handles, harbour.extra) == (
        "NO", {"fr": "Musée du port"}, {"mastodon": "harbour"}, {"room": "12"},
    )  # fmt: skip
    assert (mill.name, mill.languages, mill.names, mill.handles, mill.extra) == (
        "Mill, House and Garden", ("fr", "en"), {}, {}, {},
    )  # fmt: skip
    assert campaign.defaults.at == "10:30"
    assert campaign.posts[1].day == ("monday", "2021-06-08")
    assert [(one.id, one.institution, one.handle, one.secrets) for one in campaign.all_accounts] == [
        ("harbour@mastodon", "harbour", "harbour", {"access_token": "env:TOKEN_harbour"}),
        ("mill@mastodon", "mill", "", {"access_token": "env:TOKEN_mill"}),
        ("garden", "mill", "", {}),
    ]


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("NO", "NO"), ("yes", "yes"), ("on", "on"), ("10:30", "10:30"), ("1_000", "1_000"), ("1e", "1e"),
        ("0b1", "0b1"), ("'null'", "null"), ('"~"', "~"), ("=", "="), ("1:2:3", "1:2:3"), ("<<", "<<"), ("é", "é"),
    ],
)  # fmt: skip
def test_text_stays_text(folder: Folder, told: str, read: str) -> None:
    """Words that YAML 1.1 takes for something else stay what was written."""
    folder.change("campaign.yaml", "title: MuseumWeek 2021", f"title: {told}")
    campaign = folder.load().campaign
    assert campaign is not None
    assert campaign.edition.title == read


def test_one_file_can_hold_it_all(tmp_path: Path, jpeg: bytes) -> None:
    """A small museum needs one file, of any name, and may give that file's path."""
    (tmp_path / "media").mkdir()
    (tmp_path / "media/a.jpg").write_bytes(jpeg)
    text = CAMPAIGN + (
        "institutions:\n- {id: mill, name: Mill, timezone: Europe/Paris}\n"
        "accounts:\n- {institution: mill, network: kit}\n"
        "templates:\n  hello.txt: |\n    Hello\n    {{ tags }}\n"
        "media:\n  a.jpg: {alt: {en: A boat}, credit: Mill, licence: CC0-1.0}\n"
        "posts:\n- {id: one, day: every, template: hello.txt, media: [a.jpg]}\n"
    )
    (tmp_path / "ours.yaml").write_text(text, "utf-8")
    (tmp_path / "posts.yaml").write_text("this belongs to campaign.yaml alone", "utf-8")
    loaded = load(tmp_path / "ours.yaml", NETWORKS)
    assert loaded.findings == []
    assert loaded.campaign is not None
    assert loaded.folder == tmp_path
    assert loaded.campaign.posts[0].media == ("a.jpg",)
    assert loaded.templates["hello.txt"].text == "Hello\n{{ tags }}\n"
    assert loaded.template_position("hello.txt", 2, "tags") == loaded.text_position(
        ("templates", "hello.txt"), 2, "tags"
    )
    line = text[: text.index("{{ tags }}")].count("\n") + 1
    assert loaded.template_position("hello.txt", 2, "tags") == Position(str(tmp_path / "ours.yaml"), line, 8)


def test_the_folder_and_its_main_file_are_the_same(folder: Folder) -> None:
    """campaign.yaml stands for its folder."""
    by_file = load(folder.path / "campaign.yaml", NETWORKS)
    by_folder = folder.load()
    assert by_file.digest == by_folder.digest
    assert by_file.campaign is not None
    assert by_folder.campaign is not None
    for name in type(by_file.campaign).model_fields:
        one, other = getattr(by_file.campaign, name), getattr(by_folder.campaign, name)
        assert (tuple(one) == tuple(other)) if name == "institutions" else (one == other)


def test_lists_in_several_files(folder: Folder) -> None:
    """Posts come from campaign.yaml, posts.yaml and posts/*.yaml together; institutions from table and YAML."""
    folder.change("campaign.yaml", "defaults:", "posts:\n- {id: first, day: monday, text: a}\ndefaults:")
    folder.write("posts/b.yaml", "posts:\n- {id: last, day: monday, text: d}\n")
    folder.write("posts/a.yaml", "- {id: third, day: monday, text: c}\n")
    folder.write("institutions.yaml", "- {id: tower, name: Tower, timezone: Asia/Tokyo, country: JP}\n")
    loaded = folder.load()
    assert loaded.findings == []
    assert loaded.campaign is not None
    assert [post.id for post in loaded.campaign.posts] == ["first", "welcome", "quiz", "third", "last"]
    assert [one.id for one in loaded.campaign.institutions] == ["tower", "harbour", "mill"]
    assert loaded.where("posts", 4, "text") == folder.at("posts/b.yaml", "d}")
    assert loaded.where("institutions", 1, "name") == folder.at("institutions.csv", "Harbour Museum")


def test_places(folder: Folder) -> None:
    """Every value knows where it stands; what is absent points to what would hold it."""
    loaded = folder.load()
    for loc, file, needle, nth in [
        (("edition", "days", 1, "date"), "campaign.yaml", "2021-06-08", 1),
        (("edition", "days", 1, "about"), "campaign.yaml", "id: tuesday", 1),
        (("defaults", "closes"), "campaign.yaml", "at: 10:30", 1),
        (("posts", 1, "day", 1), "posts.yaml", "2021-06-08", 1),
        (("posts", 1, "thread", 0, "text"), "posts.yaml", "id: quiz", 1),
        (("posts", 9), "posts.yaml", "- id: welcome", 1),
        (("institutions", 1, "name"), "institutions.csv", '"Mill', 1),
        (("institutions", 0, "names", "fr"), "institutions.csv", "Musée", 1),
        (("institutions", 0, "languages", 0), "institutions.csv", "en,Mus", 1),
        (("accounts", 0, "network"), "accounts.yaml", "mastodon", 1),
        (("accounts", 1, "network"), "accounts.yaml", "kit", 1),
        (("media", "boats.jpg", "alt", "fr"), "media/boats.jpg.yaml", "Des", 1),
    ]:
        assert loaded.where(*loc) == folder.at(file, needle, nth), loc
    assert loaded.where("nothing") == Position(str(folder.path / "campaign.yaml"), 1, 1)
    assert loaded.source_line(loaded.where("posts", 1, "at")) == "  at: 12:00 Europe/Paris"
    assert loaded.source_line(Position("elsewhere.yaml", 1)) is None
    assert loaded.source_line(Position(str(folder.path / "posts.yaml"), 99)) is None


def test_places_inside_texts(folder: Folder) -> None:
    """A line of a literal block is found exactly; other texts point to where they begin."""
    folder.write(
        "posts.yaml",
        "- id: one\n  day: monday\n  text: |-\n\n    Hello {{ tag }}\n      {{ tags }}\n  variants:\n"
        "  - language: en\n    text: >\n      folded\n      {{ tag }}\n  - {language: fr, text: 'Bonjour'}\n",
    )
    loaded = folder.load()
    text = ("posts", 0, "text")
    assert loaded.text_position(text, 2, "{{ tag") == folder.at("posts.yaml", "{{ tag }}")
    assert loaded.text_position(text, 2) == folder.at("posts.yaml", "Hello")
    assert loaded.text_position(text, 3, "absent") == folder.at("posts.yaml", "{{ tags }}")
    assert loaded.text_position(text, 99) == folder.at("posts.yaml", "|-")
    assert loaded.text_position(("posts", 0, "variants", 0, "text"), 2, "tag") == folder.at("posts.yaml", ">")
    assert loaded.text_position(("posts", 0, "variants", 1, "text"), 1, "jour") == folder.at("posts.yaml", "'Bonjour")
    assert loaded.text_position(("posts", 0, "warning"), 1, "x") == folder.at("posts.yaml", "id: one")
    assert loaded.template_position("quiz.txt", 1, "tags") == folder.at("templates/quiz.txt", "tags")


def test_file_names_are_as_people_open_them(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inside the current folder names are relative to it, elsewhere as they were given."""
    monkeypatch.chdir(folder.path.parent)
    assert load(folder.path, NETWORKS).where("posts", 0).file == "campaign/posts.yaml"
    assert load(Path("campaign"), NETWORKS).where("posts", 0).file == "campaign/posts.yaml"
    monkeypatch.chdir(folder.path / "media")
    assert load(Path(".."), NETWORKS).where("posts", 0).file == "../posts.yaml"
    assert load(folder.path, NETWORKS).where("posts", 0).file == str(folder.path / "posts.yaml")


def test_the_digest(folder: Folder, tmp_path: Path) -> None:
    """Equal folders have equal digests wherever they lie; any file that is read changes it, others do not."""
    first = folder.load().digest
    shutil.copytree(folder.path, tmp_path / "far" / "away")
    assert Folder(tmp_path / "far" / "away").load().digest == first
    folder.write("README.txt", "not read")
    assert folder.load().digest == first
    seen = {first}
    for name in ("campaign.yaml", "posts.yaml", "institutions.csv", "accounts.yaml", "templates/quiz.txt",
                 "media/boats.jpg.yaml", "media/boats.jpg"):  # fmt: skip
        content = (folder.path / name).read_bytes()
        folder.write(name, content + b"\n")
        seen.add(folder.load().digest)
        folder.write(name, content)
    assert len(seen) == 8
    (folder.path / "templates/quiz.txt").rename(folder.path / "templates/other.txt")
    assert folder.load().digest not in seen


def test_extending_another_campaign(make: Callable[[str], Folder], jpeg: bytes) -> None:
    """Mappings merge key by key, things with ids by id, other lists are replaced; every value keeps its file."""
    base, ours = make("edition"), make("ours")
    for name in ("institutions.csv", "posts.yaml", "accounts.yaml", "templates/quiz.txt", "media/boats.jpg.yaml"):
        (ours.path / name).unlink()
    (ours.path / "media/boats.jpg").unlink()
    ours.write(
        "campaign.yaml",
        "extends: ../edition\ndefaults: {at: 09:00}\nedition:\n  title: Ours\n  days:\n  - id: tuesday\n"
        '    tags: {fr: "#NousMW"}\n  - {id: extra, date: 2021-06-09}\n',
    )
    ours.write("posts.yaml", "- id: quiz\n  day: [tuesday]\n- {id: own, day: extra, template: own.txt}\n")
    ours.write("institutions.csv", "id;city\nmill;Villeurbanne\n")
    ours.write("templates/own.txt", "Own")
    loaded = ours.load()
    assert loaded.findings == []
    campaign = loaded.campaign
    assert campaign is not None
    assert (campaign.edition.title, campaign.edition.main_tag) == ("Ours", "#MuseumWeek")
    assert [day.id for day in campaign.edition.days] == ["monday", "tuesday", "extra"]
    assert campaign.edition.days[1].tags == {"en": "#BehindTheScenesMW", "fr": "#NousMW"}
    assert (campaign.defaults.at, campaign.defaults.language) == ("09:00", "en")
    assert [(post.id, post.day) for post in campaign.posts] == [
        ("welcome", "monday"), ("quiz", ("tuesday",)), ("own", "extra"),
    ]  # fmt: skip
    assert [(one.id, one.city, one.country) for one in campaign.institutions] == [("mill", "Villeurbanne", "FR")]
    assert set(loaded.templates) == {"quiz.txt", "own.txt"}
    assert loaded.pictures["boats.jpg"].path.read_bytes() == jpeg

    def place(position: Position) -> tuple[Path, int, int]:
        return Path(position.file).resolve(), position.line, position.column

    assert place(loaded.where("edition", "days", 1, "tags", "fr")) == place(ours.at("campaign.yaml", '"#NousMW"'))
    assert place(loaded.where("edition", "days", 1, "tags", "en")) == place(base.at("campaign.yaml", '"#Behind'))
    assert place(loaded.where("institutions", 0, "city")) == place(ours.at("institutions.csv", "Villeurbanne"))
    assert place(loaded.where("institutions", 0, "name")) == place(base.at("institutions.csv", '"Mill'))


def test_ours_wins_by_name(make: Callable[[str], Folder], tmp_path: Path) -> None:
    """Of templates with one name, ours is taken before the extended campaign's, and shared ones come last."""
    base, ours = make("edition"), make("ours")
    (tmp_path / "common").mkdir()
    for name in ("quiz.txt", "card.txt", "deep/low.txt"):
        (tmp_path / "common" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "common" / name).write_text("shared", "utf-8")
    base.write("templates/card.txt", "edition")
    base.change("campaign.yaml", "defaults:", "templates: {quiz.txt: in place, note.txt: in place}\ndefaults:")
    ours.change("campaign.yaml", "edition:\n", "extends: ../edition\nshared: ../common\nedition:\n")
    loaded = ours.load()
    assert loaded.findings == []
    told = {name: template.text for name, template in loaded.templates.items()}
    assert told == {
        "quiz.txt": "What is this? {{ tags }}\n",
        "card.txt": "edition",
        "note.txt": "in place",
        "deep/low.txt": "shared",
    }
    assert loaded.campaign is not None
    assert loaded.campaign.templates == {"note.txt": "in place"}


def test_an_account_written_out_is_more_particular(folder: Folder) -> None:
    """Where a pattern would make an account that is written out, the written one is taken."""
    folder.write(
        "accounts.yaml",
        '- institution: "*"\n  network: kit\n- institution: mill\n  network: kit\n  handle: the-mill\n',
    )
    loaded = folder.load()
    assert loaded.campaign is not None
    handles = [(one.id, one.handle) for one in loaded.campaign.all_accounts]
    assert handles == [("harbour@kit", ""), ("mill@kit", "the-mill")]
    assert loaded.where("accounts", 1, "handle") == folder.at("accounts.yaml", "the-mill")


def test_a_pattern_needs_a_star(folder: Folder) -> None:
    """A pattern that makes one id for all institutions is told so, once."""
    folder.write("accounts.yaml", '- institution: "*"\n  network: kit\n  id: ours\n')
    folder.change("posts.yaml", "  networks: [mastodon]\n", "")
    finding = only(folder.load())
    assert (finding.code, finding.where) == ("MW111", folder.at("accounts.yaml", "institution"))
    assert "*" in finding.hint


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_tables_as_spreadsheets_save_them(folder: Folder, delimiter: str, newline: str) -> None:
    """Comma, semicolon or tab, any line end, a byte order mark, headings in capitals, empty lines and quoted lines."""
    languages = "en fr"
    rows = [["ID", " Name", "TimeZone", "languages", "Note"], ["a", '"One ""A"""', "Europe/Paris", languages, '"x\ny"'],
            [""] * 5, ["b", "Two", "Asia/Tokyo", "", ""]]  # fmt: skip
    text = newline.join(delimiter.join(row) for row in rows) + newline + newline
    folder.write("institutions.csv", text.encode("utf-8-sig"))
    folder.write("posts.yaml", "[]")
    folder.write("accounts.yaml", "- {institution: b, network: kit}")
    loaded = folder.load()
    assert loaded.findings == []
    assert loaded.campaign is not None
    one, two = loaded.campaign.institutions
    assert (one.name, one.languages, one.extra) == ('One "A"', ("en", "fr"), {"Note": "x\ny"})
    assert (two.id, two.timezone, two.extra) == ("b", "Asia/Tokyo", {})
    assert loaded.where("institutions", 0, "name").column == 3


@pytest.mark.parametrize(
    ("kind", "suffix", "mime"),
    [("JPEG", "jpg", "image/jpeg"), ("PNG", "png", "image/png"), ("GIF", "gif", "image/gif"),
     ("WEBP", "webp", "image/webp"), ("TIFF", "tif", "image/tiff"), ("MPO", "jpeg", "image/jpeg")],
)  # fmt: skip
def test_kinds_of_pictures(folder: Folder, kind: str, suffix: str, mime: str) -> None:
    """What the picture is counts, not what its name says; size and digest are those of the bytes."""
    from hashlib import sha256

    told = BytesIO()
    picture = Image.effect_noise((40, 30), 50).convert("RGB")
    picture.save(told, kind, **({"save_all": True, "append_images": [picture]} if kind == "MPO" else {}))
    for name in (f"x.{suffix}", "y.jpg"):
        folder.write(f"media/{name}", told.getvalue())
        folder.write(f"media/{name}.yaml", "alt: {en: A}\ncredit: B\nlicence: CC0-1.0\n")
        loaded = folder.load()
        lies = name == "y.jpg" and mime != "image/jpeg"
        assert [one.code for one in loaded.findings] == ["MW239"] * lies
        file = loaded.pictures[name]
        assert (file.mime, file.width, file.height, file.size) == (mime, 40, 30, len(told.getvalue()))
        assert file.digest == sha256(told.getvalue()).hexdigest()


def test_half_a_picture_of_any_kind(folder: Folder) -> None:
    """A picture that was cut off while copying is noticed, whatever its kind."""
    for kind in ("JPEG", "PNG", "WEBP", "TIFF", "GIF"):
        told = BytesIO()
        Image.effect_noise((200, 200), 50).convert("RGB").save(told, kind)
        folder.write("media/boats.jpg", told.getvalue()[: len(told.getvalue()) * 2 // 3])
        assert only(folder.load()).code == "MW212", kind


def test_the_collector_is_left_as_it_was(folder: Folder) -> None:
    """Loading switches the cyclic collector off for a moment and leaves it as it found it."""
    assert gc.isenabled()
    folder.load()
    assert gc.isenabled()
    gc.disable()
    try:
        folder.load()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_many_institutions(folder: Folder) -> None:
    """Thousands of institutions load, each with its own account and place."""
    rows = "".join(f"m{number},Museum {number},Europe/Paris\n" for number in range(3_000))
    folder.write("institutions.csv", "id,name,timezone\n" + rows)
    folder.write("accounts.yaml", '- {institution: "*", network: kit}\n')
    folder.change("posts.yaml", "  networks: [mastodon]\n", "")
    loaded = folder.load()
    assert loaded.findings == []
    assert loaded.campaign is not None
    assert len(loaded.campaign.all_accounts) == 3_000
    assert loaded.where("institutions", 2_999, "name").line == 3_001
