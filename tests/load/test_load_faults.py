"""Every fault is found, with its code, file, line and column, and with advice."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mwcampaign.core.findings import Level, Position
from mwcampaign.load import load
from tests.load.small import NETWORKS, Folder, only


def test_a_sound_campaign_has_no_findings(folder: Folder) -> None:
    """Nothing is complained of where nothing is wrong; otherwise the tests below prove little."""
    loaded = folder.load()
    assert loaded.findings == []
    assert loaded.campaign is not None


# file, text to replace, what replaces it, code, text at which the finding points, which one, word in text or hint
FAULTS = [
    ("campaign.yaml", "title: MuseumWeek 2021", "title: Monday: begins", "MW104", ": begins", 1, "colon"),
    ("campaign.yaml", "    - id: tuesday", "\t- id: tuesday", "MW104", "\t- id", 1, "tab"),
    ("posts.yaml", "at: 12:00", 'at: "12:00', "MW104", '"12:00', 1, "quote"),
    ("campaign.yaml", "MuseumWeek 2021", "Week\u2028 2021", "MW104", "\u2028", 1, "invisible"),
    ("campaign.yaml", "MuseumWeek 2021", "Week\x07 2021", "MW104", "\x07", 1, "invisible"),
    ("campaign.yaml", "MuseumWeek 2021", "!!python/name:os.system x", "MW104", "!!python", 1, "!"),
    ("campaign.yaml", "MuseumWeek 2021", "*week", "MW104", "*week", 1, "quotes"),
    ("campaign.yaml", "  title: MuseumWeek 2021", "  title: a\n  title: b", "MW105", "title: b", 1, "twice"),
    ("campaign.yaml", "  title: MuseumWeek 2021", "  titel: a\n  title: b", "MW107", "titel", 1, "title"),
    ("campaign.yaml", "defaults:", "defualts:", "MW107", "defualts", 1, "did you mean defaults?"),
    ("campaign.yaml", "  at: 10:30", "  time: 10:30", "MW107", "time:", 1, "did you mean at?"),
    ("campaign.yaml", "  at: 10:30", "  <<: {at: 10:30}", "MW107", "<<", 1, "merge"),
    ("campaign.yaml", "title: MuseumWeek 2021", "title: 2021", "MW108", "2021", 2, '"2021"'),
    ("campaign.yaml", "title: MuseumWeek 2021", "title: [a]", "MW108", "[a]", 1, "text"),
    ("campaign.yaml", "title: MuseumWeek 2021", "title:", "MW108", "title:", 1, "empty"),
    ("campaign.yaml", "2021-06-08", "tomorrow", "MW108", "tomorrow", 1, "date"),
    ("campaign.yaml", '"#BehindTheScenesMW"', "Behind", "MW108", "Behind", 1, "hashtag"),
    ("campaign.yaml", "about: {en:", "about: {english:", "MW108", "english", 1, "language"),
    ("campaign.yaml", "at: 10:30", "at: 25:30", "MW108", "25:30", 1, "hours"),
    ("campaign.yaml", "  title: MuseumWeek 2021\n", "", "MW109", "id: museumweek-2021", 1, "title"),
    ("campaign.yaml", "      date: 2021-06-08\n", "", "MW109", "id: tuesday", 1, "date"),
    ("campaign.yaml", "id: tuesday", "id: monday", "MW111", "monday", 2, "twice"),
    ("campaign.yaml", "defaults:", "extends: ../nowhere\ndefaults:", "MW112", "../nowhere", 1, "nowhere"),
    ("campaign.yaml", "defaults:", "shared: ../nowhere\ndefaults:", "MW112", "../nowhere", 1, "nowhere"),
    ("campaign.yaml", "defaults:", "extends: [a]\ndefaults:", "MW108", "[a]", 1, "path"),
    ("posts.yaml", "id: quiz", "id: welcome", "MW111", "welcome", 2, "line 1"),
    ("posts.yaml", "- id: quiz", "- id: q u", "MW108", "q u", 1, "id"),
    ("posts.yaml", "  day: monday\n", "  day: monday\n  day: tuesday\n", "MW105", "day: tuesday", 1, "line 2"),
    ("posts.yaml", "networks: [mastodon]", "networks: mastodon", "MW108", "mastodon", 1, "list"),
    ("posts.yaml", "networks: [mastodon]", "networks: [{a: b}]", "MW108", "{a: b}", 1, "text"),
    ("posts.yaml", "day: monday", "day: {a: b}", "MW108", "{a: b}", 1, "text or a list"),
    ("posts.yaml", "template: quiz.txt", "template: [quiz.txt]", "MW108", "[quiz.txt]", 1, "by language"),
    ("posts.yaml", "fr: Bonjour", "français: Bonjour", "MW108", "français", 1, "language"),
    ("posts.yaml", "fr: Bonjour ! {{ tags }}", "fr: 7", "MW108", "7", 1, "quotes"),
    ("posts.yaml", "  template: quiz.txt\n", "", "MW109", "id: quiz", 1, "template"),
    ("posts.yaml", "quiz.txt", "../quiz.txt", "MW113", "../quiz.txt", 1, "templates/"),
    ("posts.yaml", "boats.jpg", "/etc/passwd", "MW113", "/etc/passwd", 1, "media/"),
    ("posts.yaml", "day: monday", "day: mondy", "MW201", "mondy", 1, "monday? the days are monday, tuesday"),
    ("posts.yaml", "2021-06-08", "2021-06-09", "MW201", "2021-06-09", 1, "museumweek-2021"),
    ("posts.yaml", "id: quiz", "institutions: [harbor]\n  id: quiz", "MW202", "harbor]", 1, "did you mean harbour?"),
    ("posts.yaml", "[mastodon]", "[mastadon, mastodon]", "MW203", "mastadon", 1, "did you mean mastodon?"),
    ("posts.yaml", "quiz.txt", "quizz.txt", "MW204", "quizz.txt", 1, "did you mean quiz.txt?"),
    ("posts.yaml", "[boats.jpg]", "[boats.jpg, Boots.jpg]", "MW205", "Boots.jpg", 1, "did you mean boats.jpg?"),
    ("posts.yaml", "[mastodon]", "[mastodon, bluesky]", "MW208", "bluesky", 1, "accounts.yaml"),
    ("posts.yaml", "12:00 Europe/Paris", "12:00 Europe/Pairs", "MW209", "12:00", 1, "Europe/Paris"),
    ("posts.yaml", "networks: [mastodon]", "countries: [JP]", "MW210", "id: quiz", 1, "nobody"),
    ("institutions.csv", "Europe/Oslo", "Europe/Olso", "MW209", "Europe/Olso", 1, "Europe/Oslo"),
    ("institutions.csv", "Europe/Oslo", "Oslo", "MW209", "Oslo,", 1, "did you mean Europe/Oslo?"),
    ("institutions.csv", "NO,Bergen", "Norway,Bergen", "MW108", "Norway", 1, "two capital letters"),
    ("institutions.csv", "Harbour Museum,NO", "Harbour Museum,no", "MW108", "no,Bergen", 1, "two capital letters"),
    ("institutions.csv", "Europe/Oslo,en", "Europe/Oslo,english!", "MW108", "english!", 1, "language"),
    ("institutions.csv", "Europe/Oslo,en,", "Europe/Oslo,", "MW110", "\nmill", 1, "8 cells, the heading 9"),
    ("institutions.csv", "@harbour,12", "@harbour,12,13", "MW110", "13", 1, "10 cells, the heading 9"),
    ("institutions.csv", "Harbour Museum", "Harbour, Museum", "MW110", "12\n", 1, "quotes"),
    ("institutions.csv", 'Mill, House and Garden"', "Mill, House and Garden", "MW110", '"Mill', 1, "quote"),
    ("institutions.csv", "Harbour Museum", "Harbour\0Museum", "MW110", "\0", 1, "NUL"),
    ("institutions.csv", "harbour,Harbour", "mill,Harbour", "MW111", "mill", 2, "twice"),
    ("institutions.csv", "harbour,Harbour", "not ok,Harbour", "MW108", "not ok", 1, "id"),
    ("institutions.csv", "room", "name:fr", "MW105", "name:fr", 2, "twice"),
    ("institutions.csv", "Harbour Museum", "", "MW109", ",NO", 1, "name"),
    ("institutions.csv", "timezone", "timzone", "MW107", "timzone", 1, "did you mean timezone?"),
    ("institutions.csv", "city", "citty", "MW107", "citty", 1, "did you mean city?"),
    ("institutions.csv", "timezone", "where", "MW109", "id,name", 1, "column timezone"),
    ("institutions.csv", "name:fr", "", "MW110", "Musée", 1, "name"),
    ("accounts.yaml", "https://mastodon.example", "mastodon.example", "MW108", "mastodon.example", 1, "address"),
    ("accounts.yaml", "network: kit", "network: kitt", "MW203", "kitt", 1, "did you mean kit?"),
    ("accounts.yaml", "institution: mill", "institution: mil", "MW202", "mil", 1, "did you mean mill?"),
    ("accounts.yaml", "access_token", "acces_token", "MW206", "{acces", 1, "access_token where it says acces_token"),
    ("accounts.yaml", '{access_token: "env:TOKEN_{institution}"}', "{}", "MW206", "{}", 1, "access_token: env:NAME"),
    ("media/boats.jpg.yaml", "licence:", "license:", "MW107", "license", 1, "did you mean licence?"),
    ("media/boats.jpg.yaml", "licence: CC0-1.0\n", "", "MW109", "alt", 1, "licence"),
    ("media/boats.jpg.yaml", ", fr: Des bateaux à marée basse", "", "MW213", "{en", 1, "fr"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "code", "needle", "nth", "word"), FAULTS)
def test_a_planted_fault(
    folder: Folder, file: str, old: str, new: str, code: str, needle: str, nth: int, word: str
) -> None:
    """One fault gives its code at its place, with the word that helps; nothing else in other files is blamed."""
    folder.change(file, old, new)
    loaded = folder.load()
    found = [finding for finding in loaded.findings if finding.code == code]
    assert len(found) == 1, [f"{one.where} {one.code} {one.text}" for one in loaded.findings]
    where = folder.at(file, needle, nth)
    if needle.startswith("\n"):
        before = (folder.path / file).read_text("utf-8").split("\n")[where.line - 1]
        where = Position(where.file, where.line, len(before) + 1)
    if (new, needle) == ("title:", "title:"):
        where = Position(where.file, where.line, where.column + len("title:"))
    assert found[0].where == where
    assert word in f"{found[0].text} {found[0].hint}"
    assert found[0].hint
    others = [one for one in loaded.findings if one.code != code]
    assert all(one.where.file == where.file for one in others), [f"{one.where} {one.code} {one.text}" for one in others]
    errors = [one for one in loaded.findings if one.level is Level.ERROR]
    assert bool(errors) == (code not in {"MW208", "MW210"} and new != "citty")


@pytest.mark.parametrize(
    "value", ["hunter2-Xy", '"hunter2-Xy"', "1234567", "[hunter2-Xy]", "{a: hunter2-Xy}"], ids="abcde"
)
def test_a_secret_in_place(folder: Folder, value: str) -> None:
    """A secret in the file is reported where it stands, and appears in no finding and no line shown."""
    folder.change("accounts.yaml", '"env:TOKEN_{institution}"', value)
    loaded = folder.load()
    finding = only(loaded)
    assert (finding.code, finding.where) == ("MW207", folder.at("accounts.yaml", value))
    assert loaded.campaign is None
    assert loaded.source_line(finding.where) is None
    told = repr(loaded.findings) + repr(loaded)
    assert "hunter2" not in told
    assert "1234567" not in told


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  network: mastodon", "  network: mastodon\n  pwd: hunter2"),
        ("network: kit", "network: kit\n  secrets: hunter2"),
        ("network: kit", "network: kit\n  token: hunter2: x"),
        ("network: kit", "network: kit\n  limits: hunter2"),
    ],
    ids=["unknown key", "no mapping", "no YAML", "another key"],
)
def test_a_secret_in_a_wrong_place(folder: Folder, old: str, new: str) -> None:
    """A password under a key that does not exist, or in a file that cannot be understood, is not shown either."""
    folder.change("accounts.yaml", old, new)
    loaded = folder.load()
    assert loaded.findings
    assert all("hunter2" not in finding.text + finding.hint for finding in loaded.findings)
    if "limits" not in new:
        lines = [
            loaded.source_line(Position(finding.where.file, line)) for finding in loaded.findings for line in range(12)
        ]
        assert all("hunter2" not in (line or "") for line in lines)


@pytest.mark.parametrize(
    ("encoding", "guess", "line", "column"),
    [("latin-1", "Latin-1", 2, 52), ("utf-16", "UTF-16", 1, 1), ("utf-16-le", "UTF-16", 1, 2)],
)
def test_a_table_in_another_encoding(folder: Folder, encoding: str, guess: str, line: int, column: int) -> None:
    """The first byte that is not UTF-8 is named, with a guess at the encoding and how to save it again."""
    assert folder.at("institutions.csv", "é").column == 52
    text = (folder.path / "institutions.csv").read_text("utf-8")
    if encoding == "utf-16-le":
        text = text.replace("é", "e")  # so that every byte is valid, and only the NULs tell
    folder.write("institutions.csv", text.encode(encoding))
    finding = next(one for one in folder.load().findings if one.code == "MW103")
    assert finding.where == Position(str(folder.path / "institutions.csv"), line, column)
    assert guess in finding.text
    assert "UTF-8" in finding.hint


def test_a_lost_file_is_one_finding(folder: Folder) -> None:
    """When the institutions cannot be read, posts and accounts that name them are not blamed for it."""
    folder.change("posts.yaml", "id: quiz", "id: quiz\n  institutions: [mill]")
    folder.write("institutions.csv", b"id,name\n\xff")
    assert [one.code for one in folder.load().findings] == ["MW103"]
    folder.write("campaign.yaml", "edition: [\n")
    assert [one.code for one in folder.load().findings] == ["MW104", "MW103"]


def test_no_picture(folder: Folder, jpeg: bytes) -> None:
    """A text with a picture's name, a picture cut off, and an empty file are no pictures."""
    for content in (b"not a picture", jpeg[: len(jpeg) // 2], b""):
        folder.write("media/boats.jpg", content)
        finding = only(folder.load())
        assert (finding.code, finding.where) == ("MW212", Position(str(folder.path / "media/boats.jpg")))


def test_a_decompression_bomb(folder: Folder) -> None:
    """A picture of a hundred and a few thousand million pixels is refused unopened."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    for side in (10_000, 60_000):
        head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
        png = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
        folder.write("media/boats.jpg", png)
        finding = only(folder.load())
        assert finding.code == "MW212"
        assert "pixels" in finding.text


def test_pictures_and_records_belong_together(folder: Folder, jpeg: bytes) -> None:
    """A picture in use needs a record; a spare picture or record is only a warning."""
    folder.write("media/spare.jpg", jpeg)
    folder.write("media/gone.png.yaml", "alt: {en: Gone}\ncredit: Nobody\nlicence: CC0-1.0\n")
    (folder.path / "media/boats.jpg.yaml").unlink()
    folder.write("media/notes.txt", "not a picture, and nobody says so")
    told = {(one.code, one.level, one.where) for one in folder.load().findings}
    assert told == {
        ("MW205", Level.WARNING, Position(str(folder.path / "media/gone.png.yaml"), 1, 1)),
        ("MW211", Level.WARNING, Position(str(folder.path / "media/spare.jpg"))),
        ("MW211", Level.ERROR, folder.at("posts.yaml", "boats.jpg")),
    }


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    """An empty folder, a missing one and a file that is none of ours are no campaigns."""
    for path in (tmp_path, tmp_path / "missing", tmp_path / "missing.yaml", tmp_path / ("x" * 300)):
        finding = only(load(path, NETWORKS))
        assert (finding.code, finding.where) == ("MW101", Position(str(path)))
    (tmp_path / "campaign.yml").write_text("edition: {}\n", "utf-8")
    assert "rename" in only(load(tmp_path, NETWORKS)).hint


def test_an_empty_campaign(tmp_path: Path) -> None:
    """A main file that says nothing lacks an edition, and that is all there is to say."""
    for text in ("", "# nothing yet\n", "posts:\n", "---\n"):
        (tmp_path / "campaign.yaml").write_text(text, "utf-8")
        finding = only(load(tmp_path, NETWORKS))
        assert (finding.code, finding.where) == ("MW109", Position(str(tmp_path / "campaign.yaml"), 1, 1))
    (tmp_path / "campaign.yaml").write_text("just words", "utf-8")
    assert [one.code for one in load(tmp_path, NETWORKS).findings] == ["MW108", "MW109"]


def test_a_loop_of_campaigns(make: Callable[[str], Folder]) -> None:
    """Two campaigns that extend each other are told so where the circle closes."""
    one, two = make("one"), make("two")
    one.change("campaign.yaml", "defaults:", "extends: ../two\ndefaults:")
    two.change("campaign.yaml", "defaults:", "extends: ../one\ndefaults:")
    finding = only(one.load())
    assert finding.code == "MW112"
    assert finding.where.line == two.at("campaign.yaml", "../one").line
    assert Path(finding.where.file).resolve() == (two.path / "campaign.yaml").resolve()


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (BOMB, "repeated"),
        ("posts: &p\n  - *p\n", "itself"),
        ("a: &a [x]\n" + "".join(f"n{i}: &n{i} [*{'a' if not i else f'n{i - 1}'}]\n" for i in range(400)), "repeated"),
        ("[" * 1_000_000, "deep"),
        ("- " * 1_000_000, "deep"),
        ("{a: " * 100_000, "deep"),
        ("x" * 6_000_000, "MB"),
    ],
    ids=["aliases", "circle", "chain", "brackets", "dashes", "braces", "large"],
)
def test_a_bomb(folder: Folder, text: str, word: str) -> None:
    """Files made to exhaust memory or stack are refused, and the other files are still judged."""
    folder.write("campaign.yaml", text)
    folder.change("accounts.yaml", "network: kit", "netwrok: kit")
    loaded = folder.load()
    bomb = [one for one in loaded.findings if one.code == "MW106"]
    assert [one.where.file for one in bomb] == [str(folder.path / "campaign.yaml")]
    assert word in bomb[0].text
    assert {"MW107", "MW109"} <= {one.code for one in loaded.findings}


def test_aliases_in_measure_are_fine(folder: Folder) -> None:
    """An anchor used a few times is YAML as it should be."""
    folder.change("posts.yaml", "day: [monday, 2021-06-08]", "day: &days [monday, 2021-06-08]")
    folder.write("posts/more.yaml", "posts:\n- id: one\n  day: &d [monday]\n  text: a\n- {id: two, day: *d, text: b}\n")
    loaded = folder.load()
    assert loaded.findings == []
    assert loaded.campaign is not None
    assert loaded.campaign.posts[3].day == ("monday",)


def test_several_faults_in_several_files(folder: Folder) -> None:
    """All faults of all files come in one run, in the order of their places."""
    folder.change("campaign.yaml", "title:", "titel:")
    folder.change("posts.yaml", "day: monday", "day: mondy")
    folder.change("posts.yaml", "template: quiz.txt", "template: 7\n  tmeplate: quiz.txt")
    folder.change("institutions.csv", "Europe/Oslo", "Europe/Olso")
    folder.change("institutions.csv", "fr;en,,,", "fr;en,,,,")
    folder.change("accounts.yaml", "network: kit", "network: kit\n  secrets: {access_token: in-place}")
    folder.change("media/boats.jpg.yaml", "credit:", "credits:")
    folder.write("templates/broken.txt", b"caf\xe9")
    loaded = folder.load()
    told = [(Path(one.where.file).name, one.code) for one in loaded.findings]
    assert told == [
        ("accounts.yaml", "MW207"),
        ("campaign.yaml", "MW109"),
        ("campaign.yaml", "MW107"),
        ("institutions.csv", "MW209"),
        ("institutions.csv", "MW110"),
        ("boats.jpg.yaml", "MW109"),
        ("boats.jpg.yaml", "MW107"),
        ("posts.yaml", "MW201"),
        ("posts.yaml", "MW108"),
        ("posts.yaml", "MW107"),
        ("broken.txt", "MW103"),
    ]
    assert loaded.campaign is None
    assert loaded.findings == sorted(loaded.findings, key=lambda one: one.sort_key)


def test_links_that_lead_out(folder: Folder, tmp_path: Path) -> None:
    """A link out of the folder is refused unread, be it a template, a picture, a record or a list."""
    (tmp_path / "private.txt").write_text("- private\n", "utf-8")
    (tmp_path / "elsewhere").mkdir()
    (folder.path / "posts.yaml").unlink()
    for name in ("templates/leak.txt", "media/leak.jpg", "posts/leak.yaml", "posts.yaml"):
        (folder.path / name).parent.mkdir(exist_ok=True)
        (folder.path / name).symlink_to(tmp_path / "private.txt")
    (folder.path / "templates/more").symlink_to(tmp_path / "elsewhere")
    loaded = folder.load()
    names = {"templates/leak.txt", "media/leak.jpg", "posts/leak.yaml", "posts.yaml", "templates/more"}
    assert {one.where.file for one in loaded.findings if one.code == "MW113"} == {
        str(folder.path / one) for one in names
    }
    assert "private" not in repr(loaded)


def test_a_link_inside_is_fine(folder: Folder) -> None:
    """A link that stays in the folder is a file like others."""
    (folder.path / "templates/again.txt").symlink_to("quiz.txt")
    loaded = folder.load()
    assert loaded.findings == []
    assert loaded.templates["again.txt"].text == loaded.templates["quiz.txt"].text


def test_what_is_no_file(folder: Folder) -> None:
    """Pipes and folders in the place of files are findings, and nobody waits for them."""
    os.mkfifo(folder.path / "templates/pipe.txt")
    os.mkfifo(folder.path / "media/pipe.jpg")
    (folder.path / "accounts.yaml").unlink()
    (folder.path / "accounts.yaml").mkdir()
    told = {(one.code, Path(one.where.file).name) for one in folder.load().findings}
    assert told == {("MW102", "pipe.txt"), ("MW102", "pipe.jpg"), ("MW102", "accounts.yaml")}


def test_names_that_nothing_reads(folder: Folder) -> None:
    """A misspelt file name is a warning: its content would be ignored in silence."""
    (folder.path / "accounts.yaml").rename(folder.path / "acounts.yaml")
    told = [one for one in folder.load().findings if one.code == "MW107"]
    assert [(one.where.file, one.level) for one in told] == [(str(folder.path / "acounts.yaml"), Level.WARNING)]
    assert "accounts.yaml" in told[0].hint


def test_a_campaign_without_people(folder: Folder) -> None:
    """A campaign that others extend has no accounts; that is one warning, not one for each post."""
    (folder.path / "accounts.yaml").unlink()
    finding = only(folder.load())
    assert (finding.code, finding.level) == ("MW210", Level.WARNING)


def test_hundreds_of_like_faults_are_cut(folder: Folder) -> None:
    """Sixty thousand wrong zones do not become sixty thousand findings."""
    rows = "".join(f"m{number},Museum,Nowhere/{number}\n" for number in range(3_000))
    folder.write("institutions.csv", "id,name,timezone\n" + rows)
    zones = [one for one in folder.load().findings if one.code == "MW209"]
    assert len(zones) == 500
    assert "not listed" in zones[-1].text
