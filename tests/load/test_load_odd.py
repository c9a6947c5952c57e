"""Rarer faults of folders, tables and records: each is a finding at its place, none hides the others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mwcampaign.core.findings import Level, Position
from mwcampaign.load import load
from tests.load.small import NETWORKS, Folder, only

ODD = [
    ("posts.yaml", "posts: []\nnotes: x\n", "MW107", "notes", "only posts"),
    ("posts.yaml", "post: []\n", "MW107", "post", "did you mean posts?"),
    ("posts.yaml", "posts: 3\n", "MW108", "3", "list"),
    ("posts.yaml", "just words\n", "MW108", "just", "list"),
    ("posts.yaml", "- just words\n", "MW108", "just", "mapping"),
    ("posts.yaml", "- ? [a]\n  : b\n", "MW104", "[a]", "key"),
    ("posts.yaml", "- {id: a, day: monday, text: x, visibility: publik}\n", "MW108", "publik", "did you mean public?"),
    ("posts.yaml", "- {id: a, day: monday, text: x, variants: [{text: y}]}\n", "MW108", "{text: y}", "names a network"),
    ("posts.yaml", "- {id: a, day: monday, text: x, template: quiz.txt}\n", "MW108", "x, t", "not both"),
    ("posts.yaml", "- {id: 3.5, day: monday, text: x}\n", "MW108", "3.5", '"3.5"'),
    ("posts.yaml", "- {id: a, day: monday, text: {1: x}}\n", "MW108", "1: x", "language"),
    ("accounts.yaml", "- {institution: a b, network: kit}\n", "MW108", "a b", "id"),
    ("accounts.yaml", "- {institution: [a], network: kit}\n", "MW108", "[a]", "text"),
    ("accounts.yaml", "- {institution: mill, network: kit, limits: {letters: 3}}\n", "MW108", "{inst", "letters"),
    ("accounts.yaml", "- {institution: mill, network: kit, limits: {pictures: x}}\n", "MW108", "x}", "whole number"),
    ("accounts.yaml", "- {institution: mill}\n", "MW109", "{institution", "network"),
    ("accounts.yaml", "- {institution: mill, network: kit}\n" * 2, "MW111", "- {", "mill@kit"),
    ("media/boats.jpg.yaml", "\n", "MW109", None, "empty"),
    ("media/boats.jpg.yaml", "- a\n", "MW108", "- a", "mapping"),
    ("media/boats.jpg.yaml", "alt: {}\ncredit: a\nlicence: b\n", "MW108", "{}", "at least one"),
    ("institutions.csv", "", "MW110", None, "heading"),
    ("institutions.csv", '"id\n', "MW110", '"id', "quote"),
    ("institutions.csv", 'id,name,timezone,note\nmill,"Mill" and more,Europe/Paris,\n', "MW110", '"Mill', "quote"),
    ("institutions.csv", 'id,name,timezone\nmill,"Mill,Europe/Paris\n' + "x" * 140_000 + '"\n', "MW110", '"M', "quote"),
    ("institutions.csv", 'id,name,"time\nzone"\nmill,"Mi\nll",Europe/Paris\n', "MW107", '"time', "timezone"),
    ("institutions.csv", 'id,name,timezone\nmill,"Mi\n""l""l", Europe/Pari\n', "MW209", "Europe/Pari", "Europe/Paris"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "content", "code", "needle", "word"), ODD)
def test_an_odd_file(folder: Folder, file: str, content: str, code: str, needle: str | None, word: str) -> None:
    """Each oddity has its code, its place and a word of help."""
    folder.write(file, content)
    loaded = folder.load()
    found = [one for one in loaded.findings if one.code == code and one.where.file == str(folder.path / file)]
    assert found, [f"{one.where} {one.code} {one.text}" for one in loaded.findings]
    if content.count(needle or "") == 2 and code == "MW111":
        where = Position(str(folder.path / file), 2, 3)
    else:
        where = folder.at(file, needle) if needle else Position(str(folder.path / file))
    assert found[0].where == where
    assert word in f"{found[0].text} {found[0].hint}"
    assert found[0].hint


MAIN = [
    ("posts: 3\n", "MW108", "3", "list"),
    ("posts: {a: b}\n", "MW108", "{a", "list"),
    ("media: [a]\n", "MW108", "[a]", "mapping"),
    ("templates: words\n", "MW108", "words", "mapping"),
    ("templates: {a.txt: [b]}\n", "MW108", "[b]", "text"),
    ("templates: {../a.txt: b}\n", "MW113", "b}", "templates/"),
    ("media: {boats.jpg: {alt: {en: A}, credit: b, licence: c}}\n", "MW105", None, "two records"),
    ("shared: quiz\n", "MW112", "quiz", "not there"),
    ("shared: posts.yaml\n", "MW112", "posts.yaml", "folder"),
    ("extends: templates\n", "MW112", "templates", "no campaign"),
    ('extends: "a\\0b"\n', "MW108", '"a', "path"),
    ("extends: ''\n", "MW108", "''", "path"),
]


@pytest.mark.parametrize(("added", "code", "needle", "word"), MAIN)
def test_an_odd_main_file(folder: Folder, added: str, code: str, needle: str | None, word: str) -> None:
    """Keys of the main file are judged like those of the other files."""
    if added.startswith("posts"):
        (folder.path / "posts.yaml").unlink()
    text = (folder.path / "campaign.yaml").read_text("utf-8")
    folder.write("campaign.yaml", added + text)
    found = [one for one in folder.load().findings if one.code == code]
    file, sign = ("campaign.yaml", needle) if needle else ("media/boats.jpg.yaml", "alt")
    assert [one.where for one in found] == [folder.at(file, sign)]
    assert word in f"{found[0].text} {found[0].hint}"


def test_empty_sections_are_fine(folder: Folder) -> None:
    """A key with nothing behind it says nothing."""
    text = (folder.path / "campaign.yaml").read_text("utf-8")
    folder.write("campaign.yaml", text + "posts:\nmedia:\ntemplates:\nextends:\nshared:\ninstitutions: ~\n")
    loaded = folder.load()
    assert loaded.findings == []
    assert loaded.campaign is not None
    assert len(loaded.campaign.posts) == 2


def test_a_list_that_is_none_beside_one_that_is(folder: Folder) -> None:
    """When posts in the main file are no list, the posts in posts.yaml do not hide it."""
    folder.change("campaign.yaml", "defaults:", "posts: words\ndefaults:")
    found = only(folder.load())
    assert (found.code, found.where) == ("MW108", folder.at("campaign.yaml", "words"))


def test_records_and_campaigns_with_the_other_ending(folder: Folder) -> None:
    """Only .yaml is read; .yml is told of."""
    (folder.path / "media/boats.jpg.yaml").rename(folder.path / "media/boats.jpg.yml")
    told = {(one.code, one.level) for one in folder.load().findings}
    assert told == {("MW107", Level.WARNING), ("MW211", Level.ERROR)}


def test_links_of_lists(folder: Folder, tmp_path: Path) -> None:
    """A table or a folder of templates that is a link out of the folder is refused, and nothing else is blamed."""
    (folder.path / "institutions.csv").rename(tmp_path / "outside.csv")
    (folder.path / "institutions.csv").symlink_to(tmp_path / "outside.csv")
    (folder.path / "templates").rename(tmp_path / "templates")
    (folder.path / "templates").symlink_to(tmp_path / "templates")
    told = {(one.code, Path(one.where.file).name) for one in folder.load().findings}
    assert {("MW113", "institutions.csv"), ("MW113", "templates")} <= told


def test_tables_with_hundreds_of_broken_lines(folder: Folder) -> None:
    """A table gone wrong altogether is told of a hundred times at most, and read in reasonable time."""
    head = "id,name,timezone\n"
    for line in ("a,b\n", 'a,"b\n', "a,b,c,d\n"):
        folder.write("institutions.csv", head + line * 5_000)
        broken = [one for one in folder.load().findings if one.code == "MW110"]
        assert 1 <= len(broken) <= 101
        assert len(broken) < 100 or any("too many" in one.text for one in broken)


def test_days_that_are_all_wrong(folder: Folder) -> None:
    """When no day is sound, the edition's other keys are judged all the same, and posts are not blamed."""
    for date in ("2021-06-07", "2021-06-08"):
        folder.change("campaign.yaml", f"date: {date}", "date: soon")
    folder.change("campaign.yaml", "title:", "titel:")
    assert [one.code for one in folder.load().findings] == ["MW109", "MW107", "MW108", "MW108"]
    folder.write("campaign.yaml", "edition: {id: a, title: b, main_tag: '#c', days: []}\n")
    assert {one.code for one in folder.load().findings if one.where.file.endswith("campaign.yaml")} == {"MW108"}


def test_extending_what_is_broken(make: Callable[[str], Folder]) -> None:
    """Faults of the extended campaign are found in its own files."""
    base, ours = make("edition"), make("ours")
    ours.change("campaign.yaml", "edition:\n", "extends: ../edition\nedition:\n")
    base.write("accounts.yaml", "- [\n")
    base.change("posts.yaml", "day: monday", "dya: monday")
    codes = {(one.code, Path(one.where.file).resolve()) for one in ours.load().findings}
    assert ("MW104", (base.path / "accounts.yaml").resolve()) in codes
    assert ("MW107", (base.path / "posts.yaml").resolve()) in codes


def test_a_file_s_own_name(tmp_path: Path) -> None:
    """A main file of another name is named in its findings; one that is a folder is no campaign."""
    (tmp_path / "mine.yaml").write_text("- a\n", "utf-8")
    found = load(tmp_path / "mine.yaml", NETWORKS).findings
    assert "mine.yaml" in found[0].text or "mine.yaml" in found[1].text
    (tmp_path / "folder.yaml").mkdir()
    assert only(load(tmp_path / "folder.yaml", NETWORKS)).code == "MW101"


def test_days_twice(tmp_path: Path) -> None:
    """One empty and one with a fault: both are told, and nothing breaks."""
    text = "edition:\n  id: e\n  title: E\n  main_tag: '#E'\n  days: []\n  days: [x]\n"
    (tmp_path / "campaign.yaml").write_text(text, "utf-8")
    codes = {finding.code for finding in load(tmp_path, {}).findings}
    assert {"MW105", "MW108"} <= codes


@pytest.mark.parametrize(
    ("name", "old", "new", "hint"),
    [
        ("posts.yaml", "at: 12:00 Europe/Paris", "at: 10.30", 'write "10:30"'),
        ("posts.yaml", "at: 12:00 Europe/Paris", "at: 9.05", 'write "09:05"'),
        ("institutions.csv", "handle:mastodon,room", "handle:mastodon,duty", "09:00-17:00"),
        ("institutions.csv", "handle:mastodon,room", "handle:mastodon,closed", "monday or 2021-06-08"),
    ],
)
def test_hours_and_days_are_shown_as_they_should_be(folder: Folder, name: str, old: str, new: str, hint: str) -> None:
    """The hint is what to write, and leads to no next error; nobody sees a regular expression."""
    folder.change(name, old, new)
    told = [one for one in folder.load().findings if one.code == "MW108"]
    assert len(told) == 1
    assert hint in told[0].hint
    assert "\\d" not in told[0].text + told[0].hint


def test_a_list_that_is_none_hides_no_other(folder: Folder) -> None:
    """Of two files in posts/ one holds a word: the posts of the other are there, and the word is told."""
    folder.write("posts/a.yaml", "hello\n")
    folder.write("posts/b.yaml", "- {id: b, day: mondy, text: Hello}\n")
    loaded = folder.load()
    told = {(one.code, one.where) for one in loaded.findings}
    assert told == {
        ("MW108", folder.at("posts/a.yaml", "hello")),
        ("MW201", folder.at("posts/b.yaml", "mondy")),
    }
    assert loaded.remains is not None
    assert [post.id for post in loaded.remains.posts] == ["welcome", "quiz", "b"]


@pytest.mark.parametrize("key", ["id: museumweek-2021", "title: MuseumWeek 2021"])
def test_an_edition_without_a_name_hides_no_post(folder: Folder, key: str) -> None:
    """What only names the edition is asked for, and all that it does not change is there to be judged."""
    folder.change("campaign.yaml", f"  {key}\n", "")
    loaded = folder.load()
    assert [one.code for one in loaded.findings] == ["MW109"]
    assert loaded.campaign is None
    assert loaded.remains is not None
    assert len(loaded.remains.posts) == 2
