"""What is there twice, or not there at all, is told once: nothing is said that only follows from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mwcampaign.load import listing, load
from mwcampaign.load.folder import MAX_EXTENDS
from tests.load.small import CAMPAIGN, Folder, only

TWICE = [
    ("accounts.yaml", "  network: kit\n", "  network: kit\n  network: kitt\n"),
    ("posts.yaml", "  day: monday\n", "  day: monday\n  day: mondya\n"),
    ("posts.yaml", "  day: monday\n", "  day: mondya\n  day: monday\n"),
    ("posts.yaml", "    fr: Bonjour", "    en: Hi\n    fr: Bonjour"),
    ("campaign.yaml", "      date: 2021-06-08\n", "      date: 2021-06-08\n      date: 2021-06-09\n"),
    ("campaign.yaml", "defaults:\n", "institutions: []\ninstitutions: []\ndefaults:\n"),
    ("campaign.yaml", "  language: en\n", "  language: fr\n  language: en\n"),
    ("campaign.yaml", "  title: Mus", "  main_tag: '#Week'\n  title: Mus"),
    ("campaign.yaml", "edition:\n", "templates: {quiz.txt: 'a', quiz.txt: '{{'}\nedition:\n"),
    ("campaign.yaml", "edition:\n", "policies: {sensitive: {sacred: block, sacred: warn}}\nedition:\n"),
    ("media/boats.jpg.yaml", "licence: CC0-1.0\n", "licence: CC-BY\nlicence: CC0-1.0\n"),
]


@pytest.mark.parametrize(("file", "old", "new"), TWICE)
def test_a_key_given_twice(folder: Folder, file: str, old: str, new: str) -> None:
    """The key is told at its second place, and nothing of what hangs on it; there is no campaign to plan."""
    folder.change(file, old, new)
    loaded = folder.load()
    assert only(loaded).code == "MW105"
    assert loaded.campaign is None


def test_a_list_given_twice_in_its_own_file(folder: Folder) -> None:
    """Who stands in the second list is not missed."""
    (folder.path / "institutions.csv").unlink()
    mill = "{id: mill, name: Mill, timezone: Europe/Paris}"
    folder.write("institutions.yaml", f"institutions: []\ninstitutions: [{mill}]\n")
    assert only(folder.load()).code == "MW105"


def test_other_faults_of_a_record_are_told(folder: Folder) -> None:
    """A key that is there twice hides nothing else in its record, nor other records."""
    folder.change("posts.yaml", "  at: 12:00 Europe/Paris\n", "  at: 99:00\n  at: noon\n  netwroks: [kit]\n")
    folder.change("posts.yaml", "  day: monday\n", "  day: mondya\n")
    assert sorted(one.code for one in folder.load().findings) == ["MW105", "MW107", "MW108", "MW201"]


@pytest.mark.parametrize("kind", ["posts", "accounts", "institutions"])
def test_an_id_used_twice(folder: Folder, kind: str) -> None:
    """Each of the two is judged as it stands: the second's own faults are told with the id."""
    told = {
        "posts": "- {id: welcome, day: mondya, text: Hi}\n",
        "accounts": "- {id: garden, institution: mlil, network: kit}\n",
        "institutions": "mill,M,FRR,,Europe/Paris,,,,\n",
    }
    file = "institutions.csv" if kind == "institutions" else f"{kind}.yaml"
    folder.write(file, (folder.path / file).read_text("utf-8") + told[kind])
    own = {"posts": "MW201", "accounts": "MW202", "institutions": "MW108"}
    assert sorted(one.code for one in folder.load().findings) == sorted(["MW111", own[kind]])


def test_of_two_institutions_with_one_id_the_first_is_left(folder: Folder) -> None:
    """What remains to be judged has every id once, and posts in several languages their own texts."""
    more = "mill,Another,FR,,Europe/Paris,,,,\nmill,A third,FR,,Europe/Paris,,,,\n"
    folder.write("institutions.csv", (folder.path / "institutions.csv").read_text("utf-8") + more)
    loaded = folder.load()
    assert loaded.remains is not None
    assert [(one.id, one.name) for one in loaded.remains.institutions][1:] == [("mill", "Mill, House and Garden")]
    assert [one.code for one in loaded.findings] == ["MW111", "MW111"]


@pytest.mark.parametrize("told", ["extends: ../nowhere\n", "extends: [a]\n", "shared: ../nowhere\n", "shared: [a]\n"])
def test_what_it_builds_on_is_gone(folder: Folder, told: str) -> None:
    """Templates, pictures, days and people that may have come from there are not missed one by one."""
    (folder.path / "templates/quiz.txt").unlink()
    if told.startswith("extends"):
        for name in ("media/boats.jpg", "institutions.csv", "accounts.yaml"):
            (folder.path / name).unlink()
        folder.write("campaign.yaml", told)
    else:
        folder.write("campaign.yaml", told + CAMPAIGN)
    assert only(folder.load()).code in {"MW112", "MW108"}


def test_a_campaign_in_one_file_that_cannot_be_read(tmp_path: Path) -> None:
    """Its first fault is all: that nothing else was found in it goes without saying, whatever its name is."""
    folder = Folder(tmp_path)
    folder.write("week.yaml", "edition: a: b\n")
    assert [one.code for one in load(tmp_path / "week.yaml", {}).findings] == ["MW104"]


def test_a_shared_folder_with_more_than_a_campaign_needs(folder: Folder, tmp_path: Path) -> None:
    """It is refused where it is named, however many links and files lie in it, and its templates are not missed."""
    for number in range(listing.MAX_FILES + 1):
        (tmp_path / "all" / str(number % 7)).mkdir(parents=True, exist_ok=True)
        (tmp_path / "all" / str(number % 7) / f"{number}.txt").symlink_to("/")
    (folder.path / "templates/quiz.txt").unlink()
    folder.write("campaign.yaml", "shared: ../all\n" + CAMPAIGN)
    told = only(folder.load())
    assert (told.code, told.where) == ("MW106", folder.at("campaign.yaml", "../all"))
    assert "20,000" in told.text


def test_templates_that_weigh_more_than_a_campaign_needs(folder: Folder) -> None:
    """They are refused before the first of them is read."""
    for number in range(listing.MAX_TEMPLATES // 900_000 + 1):
        folder.write(f"templates/{number}.txt", "")
        with (folder.path / f"templates/{number}.txt").open("r+b") as file:
            file.truncate(900_000)
    loaded = folder.load()
    assert only(loaded).code == "MW106"
    assert "50 MB" in only(loaded).text
    assert not loaded.templates


def test_more_files_of_posts_than_a_campaign_needs(folder: Folder) -> None:
    """They are one finding, and none of them is read."""
    (folder.path / "posts").mkdir()
    for number in range(listing.MAX_FILES + 1):
        (folder.path / "posts" / f"{number}.yaml").touch()
    assert only(folder.load()).code == "MW106"


def test_a_long_chain_of_campaigns(make: Callable[[str], Folder]) -> None:
    """Campaigns that extend each other without end in sight are one finding, not an exhausted stack."""
    for number in range(MAX_EXTENDS + 2):
        make(str(number)).write("campaign.yaml", f"extends: ../{number + 1}\n")
    last = make(str(MAX_EXTENDS + 2))
    codes = {one.code for one in Folder(last.path.parent / "2").load().findings}
    assert "MW106" not in codes
    codes = {one.code for one in Folder(last.path.parent / "1").load().findings}
    assert "MW106" in codes
