"""What is said of a table's rows again and again is listed a few times, and counted."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

from mwcampaign.core.findings import Finding
from tests.load.small import Folder

HEADING = "id,name,country,timezone,languages\n"


def table(folder: Folder, cells: str, rows: int, more: str = "") -> list[Finding]:
    """Give the campaign a table of so many rows that end in these cells; return what is said of the table."""
    folder.write("institutions.csv", HEADING + "".join(f"m{n},Museum {n},{cells}\n" for n in range(rows)) + more)
    (folder.path / "accounts.yaml").unlink(missing_ok=True)
    found = folder.load().findings
    return [one for one in found if one.where.file.endswith("institutions.csv")]


def told(found: list[Finding]) -> list[tuple[int, str]]:
    """Return line and text of findings."""
    return [(one.where.line, one.text) for one in found]


def test_five_and_how_many_more(folder: Folder) -> None:
    """The first five with their places; the sixth says where it goes on and how often."""
    empty = "the cell timezone is empty"
    found = table(folder, "FR,,en", 1_200)
    assert told(found) == [(n, empty) for n in range(2, 7)] + [
        (7, f"{empty} (1,195 more times, the first of them here)")
    ]
    assert {(one.code, one.level, one.hint, one.where.column) for one in found[:5]} == {
        (found[5].code, found[5].level, found[5].hint, found[5].where.column)
    }


def test_up_to_six_all_are_listed(folder: Folder) -> None:
    """Five are five findings, six are six: nothing is counted that could be shown."""
    assert [text for _, text in told(table(folder, "FR,,en", 5))] == ["the cell timezone is empty"] * 5
    six = told(table(folder, "FR,,en", 6))
    assert six[-1] == (7, "the cell timezone is empty (once more, here)")
    assert len(six) == 6


def test_another_fault_is_listed_of_its_own(folder: Folder) -> None:
    """A wrong zone behind a thousand of another kind is told with its place, and so is another wrong zone."""
    more = "p,Museum,FR,Europe/Pairs,en\nq,Museum,FR,Europe/Olso,en\nr,Museum,France,Europe/Paris,en\n"
    found = told(table(folder, "FR,CEST,en", 1_000, more))
    assert [line for line, _ in found] == [2, 3, 4, 5, 6, 7, 1002, 1003, 1004]
    assert "(995 more times" in found[5][1]


def test_broken_lines_are_counted_too(folder: Folder) -> None:
    """Lines with a cell too many: five, and how many more; and nobody is called unknown for it."""
    folder.write("posts.yaml", "- {id: a, day: monday, institutions: [m900, x, m1], text: Hello}\n")
    found = told(table(folder, "FR,Europe/Paris,en,x", 1_000))
    assert len(found) == 6
    assert "(995 more times" in found[-1][1]
    assert {one.code for one in folder.load().findings} & {"MW202", "MW210"} == set()


def test_other_files_are_not_counted(folder: Folder) -> None:
    """Each post has its own place and is told, however often the same is wrong."""
    folder.write("posts.yaml", "".join(f"- {{id: p{n}, day: mondy, text: Hello}}\n" for n in range(20)))
    assert len([one for one in folder.load().findings if one.code == "MW201"]) == 20


def test_wrong_countries_and_languages_are_one_finding_each(folder: Folder) -> None:
    """At the first place, with how many there are; sound rows are no part of it."""
    found = table(folder, "UK,Europe/London,en;jp", 800, "last,Museum,GB,Europe/London,en\n")
    assert [(one.code, one.where.line, one.hint) for one in found] == [
        ("MW217", 2, "did you mean GB?"),
        ("MW218", 2, "did you mean ja?"),
    ]
    assert all("(800 places, this is the first)" in one.text for one in found)


def test_memory_does_not_grow_with_faulty_rows(tmp_path: Path) -> None:
    """Ten times as many faulty rows take less than three times the memory."""

    def peak(rows: int) -> int:
        folder = Folder(tmp_path / str(rows))
        folder.write("campaign.yaml", 'edition: {id: e, title: t, main_tag: "#MW", days: [{id: d, date: 2021-06-07}]}')
        table(folder, "FR,CEST,en", 10)
        tracemalloc.start()
        table(folder, "FR,CEST,en", rows)
        told = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return told

    # Each has more rows than are judged at a time.
    assert peak(12_000) < 3 * peak(1_200)
