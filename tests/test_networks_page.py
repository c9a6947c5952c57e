"""The pages about networks say what the adapters say, and each network has its page."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from mwcampaign.core.capabilities import Capabilities
from mwcampaign.platforms import NETWORKS, adapter
from mwcampaign.report.networks_table import COLUMNS, PAGE, SHORT_PAGE, WORDS, renewed, short_table, table
from tests.platforms import promises

ROOT = Path(__file__).parents[1]
COMMAND = "mwcampaign networks --format json | python -m mwcampaign.report.networks_table ."
COUNTED = sorted(NETWORKS.keys() - {"manual"})
"""By hand, the numbers are those of the network that it is for."""


def capabilities() -> list[Capabilities]:
    """Return those of all networks of our own."""
    return [adapter(network).capabilities for network in NETWORKS]


def rows(page: Path, heading: str) -> dict[str, dict[str, str]]:
    """Return the cells of a page's table by network, which is the name of the page that the row links to."""
    lines = page.read_text("utf-8").splitlines()
    first = lines.index(heading)
    columns = [cell.strip() for cell in heading.strip("|").split("|")]
    told = {}
    for line in lines[first + 2 :]:
        if not line.startswith("|"):
            break
        (network,) = re.findall(r"\]\([^)]*?([a-z]+)\.md\)", line)
        told[network] = dict(zip(columns, (cell.strip() for cell in line.strip("|").split("|")), strict=True))
    return told


def numbers(cell: str) -> list[int]:
    """Return the numbers in a cell."""
    return [int(each.replace(",", "")) for each in re.findall(r"(?<![-\w])\d[\d,]*", cell)]


def long_rows() -> dict[str, dict[str, str]]:
    """Return the rows of the table for volunteers."""
    return rows(ROOT / PAGE, f"| {' | '.join(COLUMNS)} |")


@pytest.mark.parametrize(("page", "told"), [(PAGE, table), (SHORT_PAGE, short_table)])
def test_the_tables_are_not_stale(page: str, told: object) -> None:
    """If this fails, run COMMAND in the project's folder."""
    assert callable(told)
    assert told(capabilities()) in (ROOT / page).read_text("utf-8"), COMMAND


def test_the_tables_name_every_network() -> None:
    """A network of our own has words, a row in both tables, and a page with its name."""
    assert set(WORDS) == set(NETWORKS)
    assert set(long_rows()) == set(NETWORKS)
    assert set(rows(ROOT / SHORT_PAGE, "| network | what it takes | page |")) == set(NETWORKS)
    pages = {page.stem for page in (ROOT / PAGE).parent.glob("*.md")}
    assert pages == set(NETWORKS) | {"README", "promises"}


@pytest.mark.parametrize("network", COUNTED)
def test_every_number_is_the_adapters(network: str) -> None:
    """Each number in the page's row is one that the adapter states, read from the page and not from what made it."""
    told, able = long_rows()[network], adapter(network).capabilities
    assert numbers(told["text"]) == [limit for limit in (able.text_limit, able.bytes_limit) if limit]
    fewest = [able.pictures_needed] if 0 < able.pictures_needed < able.pictures else []
    assert numbers(told["pictures"]) == [*fewest, able.pictures]
    assert numbers(told["alt text"]) == ([able.alt_limit] if able.alt_limit else [])
    spans = {"second": 1, "minute": 60, "hour": 3600}
    for column, seconds in (("after a lost answer", able.absence_after), ("the same again", able.replay_window)):
        found = re.findall(r"(\d+) (second|minute|hour)", told[column])
        assert [int(many) * spans[span] for many, span in found] == ([seconds] if seconds else [])


@pytest.mark.parametrize("network", COUNTED)
def test_the_readmes_numbers_are_the_adapters(network: str) -> None:
    """The short table too."""
    told = rows(ROOT / SHORT_PAGE, "| network | what it takes | page |")[network]["what it takes"]
    able = adapter(network).capabilities
    assert numbers(told)[0] == able.text_limit
    assert numbers(told)[-1] == able.pictures
    assert ("threads" in told, "warnings" in told) == (able.threads, able.warnings != "none")


@pytest.mark.parametrize("network", NETWORKS)
def test_what_the_row_promises_is_what_the_engine_goes_by(network: str) -> None:
    """Threads, warnings, alt texts, and who decides after a lost answer."""
    told, able = long_rows()[network], adapter(network).capabilities
    assert (told["threads"] == "yes") is able.threads
    assert (told["content warning"] == "no") is (able.warnings == "none")
    assert (told["alt text"] == "**no**") is not able.alt_texts
    assert ("proven absent" in told["after a lost answer"]) is (able.absence_after is not None)
    assert ("found again" in told["after a lost answer"]) is (able.lookup != "none")
    assert ("one post" in told["the same again"]) is (able.replay_window > 0)


@pytest.mark.parametrize("network", NETWORKS)
def test_access_is_told_in_five_words(network: str) -> None:
    """The table leads to the page, which has the steps."""
    assert 0 < len(WORDS[network].access.split()) <= 5


def test_the_command_mends_stale_tables(tmp_path: Path) -> None:
    """What `mwcampaign networks` says goes into the two pages, and nothing else of them changes."""
    pages = {name: (ROOT / name).read_text("utf-8") for name in (SHORT_PAGE, PAGE)}
    for name, page in pages.items():
        stale = tmp_path / name
        stale.parent.mkdir(parents=True, exist_ok=True)
        stale.write_text(re.sub(r"^(\| .*)(300|280)", r"\g<1>7", page, flags=re.MULTILINE), "utf-8")
        assert stale.read_text("utf-8") != page
    networks = [sys.executable, "-m", "mwcampaign", "networks", "--format", "json"]
    said = subprocess.run(networks, cwd=ROOT, capture_output=True, check=True).stdout
    command = [sys.executable, "-m", "mwcampaign.report.networks_table", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, input=said, check=True)
    assert {name: (tmp_path / name).read_text("utf-8") for name in pages} == pages


def test_a_table_takes_the_place_of_the_one_with_its_heading() -> None:
    """Other tables of a page stay, and so does a page without it."""
    page = "| a |\n| --- |\n| 1 |\n\n| b |\n| --- |\n| 2 |\n\nend\n"
    assert renewed(page, "| b |\n| --- |\n| \\1 |\n") == page.replace("| 2 |", "| \\1 |")
    assert renewed(page, "| c |\n| --- |\n") == page


def test_a_strangers_network_has_a_row() -> None:
    """A plug-in's capabilities make a row at the end, without words and without a link."""
    told = table([Capabilities("pigeon", 12, "bytes", "coo", "2026-01-01"), adapter("x").capabilities]).splitlines()
    assert told[-1].startswith("| pigeon | 12 bytes | no | no | no | no |")
    assert "(x.md)" in told[-2]


def test_the_page_of_promises_is_not_stale() -> None:
    """If this fails, run: python -m tests.platforms.promises"""
    assert promises.PAGE.read_text("utf-8") == promises.page()


def test_every_override_of_a_promise_says_what_is_different() -> None:
    """A promise that a network keeps by its own test has a sentence about it on the page."""
    page = promises.PAGE.read_text("utf-8")
    own = [
        promises.overriding(network, name)
        for network, kind in promises.contracts().items()
        for name, test in promises.promises().items()
        if getattr(kind, name, test) is not test
    ]
    assert own
    assert [said for said in own if not said or f". {said[0].upper()}{said[1:]}.\n" not in page] == []
