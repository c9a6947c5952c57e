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
