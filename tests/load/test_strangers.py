"""Files that somebody meant and nothing reads are told of, with the name that would be read."""

from __future__ import annotations

import pytest

from mwcampaign.core.findings import Level
from tests.load.small import Folder, only


@pytest.mark.parametrize(
    ("missing", "name", "proposed"),
    [
        ("", "posts/monday.yml", "monday.yaml"),
        ("", "posts/monday.YAML", "monday.yaml"),
        ("", "posts/monday.yaml.txt", "monday.yaml"),
        ("", "posts/monday.docx", "monday.yaml"),
        ("", "posts/week/monday.yaml", "into posts/ itself"),
        ("accounts.yaml", "accounts.txt", "accounts.yaml"),
        ("accounts.yaml", "accounts.yaml.txt", "accounts.yaml"),
        ("institutions.csv", "institutions.xlsx", "institutions.csv (CSV UTF-8)"),
    ],
)
def test_files_with_nearly_the_right_name(folder: Folder, missing: str, name: str, proposed: str) -> None:
    """One warning, at the file, that says what to call it."""
    if missing:
        (folder.path / missing).unlink()
    folder.write(name, "")
    told = [one for one in folder.load().findings if one.code == "MW107"]
    assert [one.level for one in told] == [Level.WARNING]
    assert proposed in told[0].hint
    assert told[0].where.file.startswith(str(folder.path / name.removesuffix("/monday.yaml")))


@pytest.mark.parametrize("name", ["institutions.xlsx", "posts.txt", "budget.xlsx", "README.md", "posts/README.md"])
def test_what_lies_beside_is_left_in_peace(folder: Folder, name: str) -> None:
    """Sources and notes beside the files that are read are nobody's mistake."""
    folder.write(name, "")
    assert folder.load().findings == []


@pytest.mark.parametrize(("right", "name"), [("templates", "template"), ("templates", "Template"), ("media", "Medias")])
def test_folders_with_nearly_the_right_name(folder: Folder, right: str, name: str) -> None:
    """While the folder itself is not there, a warning at the other one says what to call it."""
    (folder.path / right).rename(folder.path / name)
    (told,) = [one for one in folder.load().findings if one.code == "MW107"]
    assert (told.level, told.where.file) == (Level.WARNING, str(folder.path / name))
    assert told.hint == f"name it {right}"
    (folder.path / right).mkdir()
    assert [one for one in folder.load().findings if one.code == "MW107"] == []


@pytest.mark.parametrize(
    ("right", "name", "code"), [("templates", "quiz.txt", "MW204"), ("media", "boats.jpg", "MW205")]
)
def test_what_posts_name_lies_beside_its_folder(folder: Folder, right: str, name: str, code: str) -> None:
    """A template or picture beside campaign.yaml is not read, and is told of where a post names it in vain."""
    (folder.path / name).write_bytes((folder.path / right / name).read_bytes())
    assert folder.load().findings == []
    (folder.path / right / name).unlink()
    found = folder.load().findings
    assert {one.code for one in found} == {"MW107", code}
    (told,) = [one for one in found if one.code == "MW107"]
    assert (told.level, told.where.file) == (Level.WARNING, str(folder.path / name))
    assert told.hint == f"move it into {right}/"


def test_a_campaign_without_a_post(folder: Folder) -> None:
    """It is warned of, unless it says itself that there are none."""
    (folder.path / "posts.yaml").unlink()
    (folder.path / "media/boats.jpg").unlink()
    (folder.path / "media/boats.jpg.yaml").unlink()
    told = only(folder.load())
    assert (told.code, told.level) == ("MW109", Level.WARNING)
    assert "posts.yaml" in told.hint
    folder.write("posts.yaml", "[]")
    assert folder.load().findings == []
