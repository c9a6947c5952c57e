"""`check --who CODE`: everybody behind a finding that names the first and counts the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run, write_campaign

HINT = "mwcampaign check PATH --who CODE"


@pytest.fixture
def museums(tmp_path: Path) -> Path:
    """Three museums, two of which have a name that is too long, and a thread whose second part is too long for all."""
    posts = f'  - {{id: talk, day: tomorrow, text: "{{{{ tags }}}}", thread: [{{text: "{"w " * 300}"}}]}}\n'
    folder = write_campaign(tmp_path / "museums", text="{{ institution.name }} {{ tags }}", posts=posts)
    file = folder / "campaign.yaml"
    text = file.read_text("utf-8").replace("Musée du Louvre", "L" * 600)
    rows = "".join(
        f"  - {{id: {name}, name: {told}, country: FR, timezone: UTC, languages: [en]}}\n"
        for name, told in (("orsay", "Orsay"), ("quai", "Q" * 610))
    )
    text = text.replace("accounts:\n  - institution: louvre", f'{rows}accounts:\n  - institution: "*"')
    file.write_text(text, "utf-8")
    return folder


def test_each_delivery_has_a_line_with_tabs(run: Run, museums: Path) -> None:
    """Institution, account, post and part, day, what is wrong with its own figures; as many as check counts."""
    done = run("check", museums, "--who", "mw310")
    rows = [line.split("\t") for line in done.out.splitlines()]
    assert [row[:4] for row in rows] == [
        ["louvre", "louvre@memory", "story", "today"], ["louvre", "louvre@memory", "talk part 2", "tomorrow"],
        ["orsay", "orsay@memory", "talk part 2", "tomorrow"],
        ["quai", "quai@memory", "story", "today"], ["quai", "quai@memory", "talk part 2", "tomorrow"],
    ]  # fmt: skip
    figures = [row[4].split()[2] for row in rows]
    assert int(figures[3]) - int(figures[0]) == 10
    assert "MW310 is said of 5 deliveries" in done.err
    checked = run("check", museums)
    assert "(2 institutions, first: louvre, en)" in checked.out and "(3 institutions, first: louvre" in checked.out


@pytest.mark.parametrize(
    ("code", "fail_on", "exit_code"),
    [("MW310", "error", 3), ("MW310", "never", 0), ("MW417", "error", 0), ("MW417", "note", 3), ("MW302", "note", 0)],
)
def test_it_fails_as_check_does_by_what_it_lists(
    run: Run, museums: Path, code: str, fail_on: str, exit_code: int
) -> None:
    """The level of what is listed, and --fail-on; nobody listed is nothing to object to."""
    done = run("check", museums, "--who", code, "--fail-on", fail_on)
    assert (done.code, bool(done.out)) == (exit_code, code != "MW302")


def test_other_errors_are_not_hidden(run: Run, museums: Path) -> None:
    """A list without errors is not taken for a campaign without."""
    done = run("check", museums, "--who", "MW417")
    assert "has other errors" in done.err and "mwcampaign check" in done.err
    assert "other errors" not in run("check", museums, "--who", "MW310").err


def test_all_paths_are_listed(run: Run, museums: Path, tmp_path: Path) -> None:
    """Also behind one that fails."""
    other = write_campaign(tmp_path / "other", text="x" * 600)
    done = run("check", museums, other, "--who", "MW310")
    assert done.out.count("louvre@memory") == 3
    assert done.code == 3


def test_what_is_wrong_in_files_has_no_who(run: Run, tmp_path: Path) -> None:
    """Nobody stands behind a network without accounts; that is said, and where to look."""
    folder = write_campaign(tmp_path / "warned", posts='  - {id: x, day: today, networks: [memory, x], text: "X"}\n')
    done = run("check", folder, "--who", "MW208")
    assert (done.code, done.out) == (0, "")
    assert "MW208 is said of the files, not of texts" in done.err
    assert "MW310 is said of no delivery" in run("check", folder, "--who", "MW310").err


def test_an_unknown_code_is_refused_with_a_proposal(run: Run, museums: Path) -> None:
    """Exit 2, before anything is read."""
    done = run("check", museums, "--who", "MW3100")
    assert (done.code, done.out) == (2, "")
    assert "there is no code MW3100" in done.err and "did you mean MW310?" in done.err


@pytest.mark.parametrize("more", [("--format", "json"), ("--out", "x"), ("--baseline", "x")])
def test_it_has_one_form(run: Run, museums: Path, more: tuple[str, str]) -> None:
    """A list of everybody is no answer of check's forms, and knows no baseline."""
    done = run("check", museums, "--who", "MW310", *more)
    assert (done.code, done.out) == (2, "")
    assert "--who" in done.err


def test_it_is_proposed_where_a_finding_is_of_many(run: Run, museums: Path, campaign: Path) -> None:
    """Not where everybody is named already."""
    assert HINT in run("check", museums).err
    edited = (campaign / "campaign.yaml").read_text("utf-8").replace("{{ institution.name }}", "x" * 600)
    (campaign / "campaign.yaml").write_text(edited, "utf-8")
    done = run("check", campaign)
    assert (done.code, HINT in done.err) == (3, False)
