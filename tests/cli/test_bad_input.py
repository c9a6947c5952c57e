"""What bad input gets: every fault at once with its place, the right exit code, nothing written, never a traceback."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import PROJECT, Run

EDITION = PROJECT / "campaigns" / "museumweek-2021"


@pytest.fixture
def edition(tmp_path: Path) -> Path:
    """A copy of MuseumWeek 2021 with the shared templates."""
    shutil.copytree(PROJECT / "templates", tmp_path / "templates")
    shutil.copytree(EDITION, tmp_path / "campaigns" / "museumweek-2021")
    return tmp_path / "campaigns" / "museumweek-2021"


def change(file: Path, old: str, new: str) -> tuple[int, int]:
    """Replace the first occurrence; return its line and column before, counted from 1."""
    text = file.read_text("utf-8")
    before = text[: text.index(old)]
    file.write_text(text.replace(old, new, 1), "utf-8")
    return before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1


def test_the_edition_has_nothing_to_object_to(run: Run, edition: Path) -> None:
    """No error, no warning, no note but that some posts are the same for all, and the folder is as it was."""
    before = sorted(path.relative_to(edition) for path in edition.rglob("*"))
    done = run("check", edition, "--format", "json", "--fail-on", "warning")
    assert (done.code, {finding["code"] for finding in done.json["findings"]}) == (0, {"MW417"})
    assert done.json["messages"] > 1000
    assert sorted(path.relative_to(edition) for path in edition.rglob("*")) == before


def test_one_fault_in_each_file_is_named_by_line_and_column(run: Run, edition: Path) -> None:
    """Seven files, seven faults, one run; each where it stands."""
    shared = edition.parents[1] / "templates" / "day.en.txt"
    line, column = change(shared, "{{ tags }}", "{{ tagss }}")
    planted = {
        ("campaign.yaml", "MW107"): change(edition / "campaign.yaml", "  cause: creativity", "  cuase: creativity"),
        ("posts.yaml", "MW201"): change(edition / "posts.yaml", "day: tuesday", "day: tuesdy"),
        ("accounts.yaml", "MW203"): change(edition / "accounts.yaml", "network: bluesky", "network: blusky"),
        ("institutions.csv", "MW209"): change(edition / "institutions.csv", "Europe/Athens", "Europe/Atens"),
        ("vase.png.yaml", "MW109"): (1, 1),
    }
    record = edition / "media" / "vase.png.yaml"
    record.write_text(
        "\n".join(one for one in record.read_text("utf-8").splitlines() if not one.startswith("licence")), "utf-8"
    )
    (edition / "media" / "book.png").write_bytes(b"no picture at all")
    done = run("check", edition, "--format", "json")
    assert done.code == 3
    found = {(Path(one["file"]).name, one["code"]): (one["line"], one["column"]) for one in done.json["findings"]}
    for place, (at_line, at_column) in planted.items():
        assert place in found, (place, done.out)
        told_line, told_column = found[place]
        assert told_line == at_line, place
        if place[1] != "MW109":
            assert at_column <= told_column <= at_column + 12, place
    assert ("book.png", "MW212") in found
    assert found["day.en.txt", "MW302"] == (line, column + 3)
    hints = [one["hint"] for one in done.json["findings"] if one["code"] == "MW302"]
    assert hints == ["did you mean tags?"]


def _syntax(folder: Path) -> None:
    (folder / "campaign.yaml").write_text("edition: [\n", "utf-8")


def _encoding(folder: Path) -> None:
    file = folder / "campaign.yaml"
    file.write_bytes(file.read_text("utf-8").encode("utf-16"))


def _binary(folder: Path) -> None:
    (folder / "campaign.yaml").write_bytes(bytes(range(256)) * 40)


def _empty(folder: Path) -> None:
    (folder / "campaign.yaml").write_bytes(b"")


def _bomb(folder: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    (folder / "campaign.yaml").write_text("\n".join(lines), "utf-8")


def _loop(folder: Path) -> None:
    text = "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}"
    change(folder / "campaign.yaml", "Hi {{ institution.name }}", text)


def _reach(folder: Path) -> None:
    change(folder / "campaign.yaml", "Hi {{ institution.name }}", "{{ institution.__class__ }}")


def _outside(folder: Path) -> None:
    change(folder / "campaign.yaml", 'text: "Hi', 'media: [../../etc/passwd]\n    text: "Hi')


def _duplicate(folder: Path) -> None:
    change(folder / "campaign.yaml", "id: later", "id: story")


def _day(folder: Path) -> None:
    change(folder / "campaign.yaml", "day: tomorrow", "day: 1999-01-01")


def _type(folder: Path) -> None:
    change(folder / "campaign.yaml", "languages: [en]", "languages: {en: 1}")


def _template(folder: Path) -> None:
    change(folder / "campaign.yaml", 'text: "Tomorrow {{ tags }}"', "template: gone.txt")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (_syntax, "MW104"), (_encoding, "MW103"), (_binary, "MW10"), (_empty, "MW10"), (_bomb, "MW106"),
        (_loop, "MW304"), (_reach, "MW303"), (_outside, "MW113"), (_duplicate, "MW111"), (_day, "MW201"),
        (_type, "MW108"), (_template, "MW204"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("command", ["check", "plan", "apply", "rehearse", "render"])
def test_a_spoilt_campaign(run: Run, campaign: Path, spoil: Callable[[Path], None], code: str, command: str) -> None:
    """Exit 3 and the code, from every command that reads the files; nothing is written."""
    spoil(campaign)
    done = run(command, campaign)
    if command == "render" and code.startswith("MW3"):
        # Rendering shows what it can, and says what it cannot where it would stand.
        assert (done.code, code in done.out) == (3, True)
    else:
        assert (done.code, code in done.out + done.err) == (3, True), done.out + done.err
    assert not (campaign / ".mwcampaign").exists()


@pytest.mark.parametrize("path", ["nowhere", "file.txt", "empty"])
def test_a_path_that_is_no_campaign(run: Run, tmp_path: Path, path: str) -> None:
    """A folder that is none, a file that is none, a folder with nothing in it."""
    (tmp_path / "file.txt").write_text("x")
    (tmp_path / "empty").mkdir()
    done = run("check", path)
    assert (done.code, "MW1" in done.out) == (3, True)


def _newer(file: Path) -> None:
    with closing(sqlite3.connect(file)) as ledger:
        ledger.execute("PRAGMA user_version = 99")


def _corrupt(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[100:] = b"\x5a" * (len(data) - 100)
    file.write_bytes(data)


def _foreign(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE recipes (name TEXT)")


def _noise(file: Path) -> None:
    file.write_bytes(b"not a database at all, but long enough to be read as one" * 50)


@pytest.mark.parametrize("spoil", [_newer, _corrupt, _foreign, _noise])
@pytest.mark.parametrize(
    "command", [["run", "--once"], ["plan"], ["apply"], ["status"], ["publish", "--post", "story"]]
)
def test_a_ledger_that_cannot_be_used(
    run: Run, campaign: Path, spoil: Callable[[Path], None], command: list[str]
) -> None:
    """Exit 5, the file named, what to do said, and the file as it was."""
    assert run("apply", campaign).code == 0
    file = campaign / ".mwcampaign" / "ledger.db"
    spoil(file)
    before = file.read_bytes()
    done = run(command[0], campaign, *command[1:])
    assert (done.code, "ledger.db" in done.err, "→" in done.err) == (5, True, True), done.err
    assert file.read_bytes() == before
    assert done.out.count("delivered") == 0


def test_an_option_the_network_does_not_have(run: Run, edition: Path) -> None:
    """It would be left out in silence: an error at its place, with the name that was meant; and no plan."""
    account = "  - institution: louvre\n    network: telegram\n    options: {chanel: x, chat: '@a'}\n"
    file = edition / "accounts.yaml"
    file.write_text(file.read_text("utf-8") + account + "    secrets: {bot_token: env:X}\n", "utf-8")
    done = run("check", edition, "--format", "json")
    (found,) = [finding for finding in done.json["findings"] if finding["code"] == "MW214"]
    line = file.read_text("utf-8")[: file.read_text("utf-8").index("chanel")].count("\n") + 1
    assert (done.code, found["line"], found["level"]) == (3, line, "error")
    assert "telegram has no option 'chanel'" in found["text"]
    assert run("plan", edition).code == 3
