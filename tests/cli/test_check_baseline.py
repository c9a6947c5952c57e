"""A baseline: what is known is left out while lines move, what is new is told, what is gone is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run, write_campaign

KNOWN = ("--baseline", "known.yaml")
WARNED = '  - {id: quiz, day: today, networks: [memory, x], text: "{{ tags }}"}\n'


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    """A campaign with one error and one warning."""
    return write_campaign(tmp_path / "week", text="Hi {{ nmae }}", posts=WARNED)


@pytest.fixture
def known(run: Run, faulty: Path, tmp_path: Path) -> Path:
    """Its baseline."""
    done = run("check", faulty, *KNOWN, "--write-baseline")
    assert (done.code, done.out) == (0, "2 findings known from now on: known.yaml\n")
    return tmp_path / "known.yaml"


def change(folder: Path, old: str, new: str) -> None:
    """Replace a piece of campaign.yaml that is there."""
    file = folder / "campaign.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize("form", ["text", "json", "github", "gitlab", "sarif", "junit"])
def test_what_is_known_is_neither_shown_nor_counted(run: Run, faulty: Path, known: Path, form: str) -> None:
    """Exit 0 in every form, even where warnings fail."""
    done = run("check", faulty, *KNOWN, "--format", form, "--fail-on", "note")
    assert (done.code, "MW" in done.out) == (0, False)


def test_a_line_says_how_many_are_left_out(run: Run, faulty: Path, known: Path) -> None:
    """Nobody takes a quiet check for a clean campaign."""
    assert run("check", faulty, *KNOWN).out.endswith("; 2 known findings left out\n")


def test_it_stays_known_when_lines_move(run: Run, faulty: Path, known: Path) -> None:
    """Remarks and posts before it."""
    first = '  - {id: first, day: today, at: "07:00", text: "First {{ tags }}"}\n'
    change(faulty, "posts:\n", f"# a\n\n# remark\nposts:\n{first}")
    done = run("check", faulty, *KNOWN)
    assert (done.code, "MW" in done.out) == (0, False)


def test_the_same_fault_in_another_post_is_new(run: Run, faulty: Path, known: Path) -> None:
    """A baseline knows that one, not its kind."""
    change(faulty, "posts:\n", 'posts:\n  - {id: first, day: today, text: "{{ nmae }}"}\n')
    done = run("check", faulty, *KNOWN, "--format", "json")
    line = next(
        at for at, text in enumerate((faulty / "campaign.yaml").read_text("utf-8").splitlines(), 1) if "first" in text
    )
    assert (done.code, [(one["code"], one["line"]) for one in done.json["findings"]]) == (3, [("MW302", line)])


def test_a_fault_that_is_there_once_more_is_new_once(run: Run, faulty: Path, known: Path) -> None:
    """Equal findings are counted."""
    change(faulty, "Hi {{ nmae }}", "Hi {% if 1 %}{{ nmae }}{% endif %}")
    assert run("check", faulty, *KNOWN).code == 0
    change(faulty, "networks: [memory, x]", "networks: [memory, x, bluesky]")
    done = run("check", faulty, *KNOWN, "--format", "json")
    assert [one["text"] for one in done.json["findings"]] == ["no account is on bluesky"]


@pytest.fixture
def museums(run: Run, tmp_path: Path) -> Path:
    """A campaign of two museums, one of which has a name that is too long; its baseline is written."""
    account = "  - {institution: orsay, network: memory}"
    folder = write_campaign(tmp_path / "museums", text="{{ institution.name }} {{ tags }}", account=account)
    change(folder, "id: louvre, name: Musée du Louvre", f"id: louvre, name: {'L' * 600}")
    change(folder, "accounts:", "  - {id: orsay, name: Orsay, country: FR, timezone: UTC, languages: [en]}\naccounts:")
    done = run("check", folder, *KNOWN, "--write-baseline", "--fail-on", "never")
    assert "MW310" in (tmp_path / "known.yaml").read_text("utf-8"), done.out
    return folder


def test_what_comes_to_be_of_more_museums_is_told_again(run: Run, museums: Path, tmp_path: Path) -> None:
    """With the number that was known; once that is written, it is known too."""
    assert run("check", museums, *KNOWN).code == 0
    change(museums, "name: Orsay", f"name: {'O' * 610}")
    done = run("check", museums, *KNOWN)
    assert done.code == 3
    assert "(2 institutions, 1 known, first: louvre, en)\n" in done.out
    assert "--who CODE" in done.err
    run("check", museums, *KNOWN, "--write-baseline")
    assert "institutions: 2\n" in (tmp_path / "known.yaml").read_text("utf-8")
    assert run("check", museums, *KNOWN).code == 0


def test_other_figures_or_fewer_museums_are_no_news(run: Run, museums: Path) -> None:
    """A name that grows by a letter, and one of two that is mended."""
    change(museums, "L" * 600, "L" * 601)
    change(museums, "name: Orsay", f"name: {'O' * 610}")
    run("check", museums, *KNOWN, "--write-baseline")
    for before, after in (("L" * 601, "L" * 602), ("L" * 602, "Louvre")):
        change(museums, before, after)
        done = run("check", museums, *KNOWN)
        assert (done.code, "MW" in done.out, done.err) == (0, False, "")


def test_a_baseline_from_before_numbers_still_knows(run: Run, museums: Path, tmp_path: Path) -> None:
    """Of any number of museums, which is said until it is written anew; it may say so of files without a word."""
    file = tmp_path / "known.yaml"
    lines = file.read_text("utf-8").splitlines(keepends=True)
    file.write_text("".join(line for line in lines if "institutions:" not in line), "utf-8")
    change(museums, "name: Orsay", f"name: {'O' * 610}")
    done = run("check", museums, *KNOWN)
    assert (done.code, "MW" in done.out) == (0, False)
    assert "does not say of how many institutions" in done.err and "--write-baseline" in done.err
    run("check", museums, *KNOWN, "--write-baseline")
    assert run("check", museums, *KNOWN).err == ""


def test_what_is_mended_is_told_and_leaves_the_file(run: Run, faulty: Path, known: Path) -> None:
    """So that the file shrinks; it is then as if the fault had never been in it."""
    before = known.read_text("utf-8")
    change(faulty, "nmae", "tags")
    done = run("check", faulty, *KNOWN)
    assert (done.code, "1 known finding is gone" in done.err) == (0, True)
    assert known.read_text("utf-8") == before
    run("check", faulty, *KNOWN, "--write-baseline")
    after = known.read_text("utf-8")
    assert set(after.splitlines()) < set(before.splitlines()) and "MW302" not in after
    assert "gone" not in run("check", faulty, *KNOWN).err


def test_the_file_is_the_same_from_wherever_it_is_written(run: Run, faulty: Path, known: Path, tmp_path: Path) -> None:
    """Paths in it are as seen from itself, so a check from another folder knows the same findings."""
    before = known.read_bytes()
    assert run("check", ".", "--baseline", "../known.yaml", cwd=faulty).code == 0
    assert run("check", faulty, "--baseline", known, cwd=Path("/")).code == 0
    run("check", ".", "--baseline", "../known.yaml", "--write-baseline", cwd=faulty)
    assert known.read_bytes() == before
    assert str(tmp_path) not in before.decode()


def test_entries_are_sorted_and_have_no_lines(known: Path) -> None:
    """Fit for git: adding one changes its own lines alone."""
    text = known.read_text("utf-8")
    codes = [line.split()[-1] for line in text.splitlines() if "code:" in line]
    assert codes == sorted(codes) == ["MW208", "MW302"]
    assert "at: posts/quiz" in text and "at: posts/story" in text
    keys = {line.removeprefix("-").strip().partition(":")[0] for line in text.splitlines() if not line.startswith("#")}
    assert keys == {"version", "findings", "file", "code", "at", "text", "institutions"}


@pytest.mark.parametrize(
    "text",
    ["", "[]", "version: 2\nfindings: []", "version: 1", "version: 1\nfindings: [a]", "a: [", "\x00", "[" * 5000,
     "version: 1\nfindings: [{file: a, code: b, text: 1}]",
     "version: 1\nfindings: [{file: a, code: b, text: c, count: 0}]",
     "version: 1\nfindings: [{file: a, code: b, text: c, count: x}]",
     "version: 1\nfindings: [{file: a, code: b, text: c, institutions: 0}]",
     "version: 1\nfindings: [{file: a, code: b, text: c, institutions: all}]", "version: 1\nfindings: 3", "&a [*a]",
     "version: 1\nfindings: [{file: {a: b}, code: b, text: c}]", "!!python/object/apply:os.getcwd []"],
)  # fmt: skip
def test_a_file_that_is_no_baseline_is_refused(run: Run, faulty: Path, tmp_path: Path, text: str) -> None:
    """Exit 2 with its name and what to do: a check that cannot tell what is known must not pass."""
    (tmp_path / "known.yaml").write_text(text, "utf-8")
    done = run("check", faulty, *KNOWN)
    assert (done.code, done.out) == (2, "")
    assert "known.yaml" in done.err and "--write-baseline" in done.err


def test_a_baseline_that_is_not_there_is_refused(run: Run, faulty: Path, tmp_path: Path) -> None:
    """Also one in another encoding, and a folder."""
    assert run("check", faulty, *KNOWN).code == 2
    (tmp_path / "known.yaml").write_bytes("é".encode("latin-1"))
    assert run("check", faulty, *KNOWN).code == 2
    assert run("check", faulty, "--baseline", faulty).code == 2


def test_a_baseline_does_not_let_an_error_through_plan(run: Run, faulty: Path, known: Path) -> None:
    """It quiets check alone."""
    assert run("plan", faulty).code == 3
