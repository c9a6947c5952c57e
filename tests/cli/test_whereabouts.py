"""Where a command stands: a wrong folder is refused, and every hint works when it is typed as it reads."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from mwcampaign.cli._place import command
from tests.cli.conftest import Run, environment, write_campaign

COMMANDS = (
    ("halt", "{}"),
    ("resume", "{}"),
    ("status", "{}"),
    ("audit", "{}"),
    ("run", "{}", "--once"),
    ("approve", "{}"),
    ("hold", "{}", "--everything"),
    ("show", "abc", "--campaign", "{}"),
    ("cancel", "abc", "--campaign", "{}"),
    ("retry", "abc", "--campaign", "{}"),
    ("resolve", "abc", "--absent", "--campaign", "{}"),
    ("reschedule", "abc", "--to", "2021-06-07T15:00Z", "--campaign", "{}"),
)


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_a_wrong_folder_is_refused(run: Run, campaign: Path, words: tuple[str, ...]) -> None:
    """A path that is not there (exit 2), beside a ledger too, and a folder with neither campaign nor ledger (exit 5):
    said, nothing answered, nothing made."""
    assert run("apply", campaign).code == 0
    (campaign / "empty").mkdir()
    for path, code in (("typo", 2), ("yy/typo", 2), ("empty", 5)):
        done = run(*(word.format(path) for word in words), cwd=campaign)
        assert (done.code, done.out) == (code, ""), done.err
        assert "give the folder that holds campaign.yaml" in done.err
        assert ("NOT halted" in done.err) == (words[0] == "halt")
    assert [*(campaign / "empty").iterdir()] == []
    assert not (campaign / "yy").exists()
    assert run("status", campaign, "--format", "json").json["halts"] == []


def test_a_ledger_elsewhere_counts(run: Run, campaign: Path, tmp_path: Path) -> None:
    """With --ledger the folder need not hold anything; a ledger that is not there is refused just the same."""
    run("apply", campaign, "--ledger", "one.db")
    assert run("status", "--ledger", "one.db", "--format", "json").json["counts"]["scheduled"] == 2
    told = run("status", "--format", "json", env={"MWCAMPAIGN_LEDGER": "one.db"})
    assert told.json["counts"]["scheduled"] == 2
    halted = run("halt", "--ledger", "one.db")
    assert "go on with: mwcampaign resume --ledger one.db" in halted.out
    assert run("halt", "--ledger", "two.db").code == 5
    assert not (tmp_path / "two.db").exists()


def test_a_halt_before_anything_was_applied(run: Run, campaign: Path) -> None:
    """In a real campaign's folder it is taken, and says what it stops."""
    done = run("halt", campaign)
    assert done.code == 0
    assert "nothing was applied yet: what is applied later is stopped too" in done.err


@pytest.mark.parametrize(
    ("words", "path", "ledger", "told"),
    [
        ("resume", "my-week", None, "mwcampaign resume my-week"),
        ("resume", ".", None, "mwcampaign resume"),
        ("apply", ".", None, "mwcampaign apply ."),
        ("resume --day monday", "my week", None, "mwcampaign resume 'my week' --day monday"),
        ("retry KEY", "a/week", None, "mwcampaign retry KEY --campaign a/week"),
        ("retry KEY", ".", None, "mwcampaign retry KEY"),
        ("run", "a", "b c.db", "mwcampaign run a --ledger 'b c.db'"),
    ],
)
def test_a_hint_names_the_folder(words: str, path: str, ledger: str | None, told: str) -> None:
    """As the person gave it, quoted where a shell wants it, left out where it is the folder they are in."""
    assert command(words, Path(path), ledger) == told


def test_every_hint_of_a_week_works_from_the_folder_above(run: Run, tmp_path: Path) -> None:
    """Made, applied, held, halted, asked for a wrong key: each command that is proposed works as it reads."""
    folder = "Ete 2027"
    assert "mwcampaign check 'Ete 2027'  and  mwcampaign rehearse 'Ete 2027'" in run("init", folder).err
    (tmp_path / folder / "campaign.yaml").unlink()
    write_campaign(tmp_path / folder)
    told = run("plan", folder).err
    told += run("apply", folder).err
    told += run("show", "zzz", "--campaign", folder).err
    run("hold", folder, "--post", "story")
    told += run("status", folder).err
    told += run("halt", folder).out + run("resume", folder, "--day", "today").err
    told += run("publish", folder, "--post", "nosuch").err
    proposed = {line.strip().rstrip(").") for part in told.split("mwcampaign ")[1:] for line in [part.split(";")[0]]}
    proposed = {line.splitlines()[0].rstrip(")") for line in proposed if "'Ete 2027'" in line}
    assert {line.split()[0] for line in proposed} == {"apply", "run", "approve", "plan", "resume", "render"}
    for line in sorted(proposed - {"run 'Ete 2027'"}):
        assert run(*shlex.split(line), *(["--yes"] if line.startswith("resume") else [])).code == 0, line


def test_hints_where_there_is_no_ledger_yet(run: Run, tmp_path: Path) -> None:
    """The command that makes one, for this folder and with this --ledger."""
    write_campaign(tmp_path / "Ete 2027")
    assert "make one with: mwcampaign apply 'Ete 2027'\n" in run("run", "Ete 2027", "--once").err
    told = run("approve", "Ete 2027", "--ledger", "one two.db").err
    assert "make one with: mwcampaign apply 'Ete 2027' --ledger 'one two.db'\n" in told


def test_a_file_of_verdicts_names_its_folder(run: Run, tmp_path: Path) -> None:
    """The way back stands in the file, and the way to a new one in every refusal; both can be typed as they read."""
    write_campaign(tmp_path / "Ete 2027")
    run("apply", "Ete 2027")
    assert run("approve", "Ete 2027", "--export", "review.yaml").code == 0
    text = (tmp_path / "review.yaml").read_text("utf-8")
    assert "Then: mwcampaign approve 'Ete 2027' --import THIS-FILE\n" in text
    assert run("approve", "Ete 2027", "--import", "review.yaml").code == 0
    for broken in ("a: b", "[", "- {verdict: approve}"):
        (tmp_path / "review.yaml").write_text(broken, "utf-8")
        done = run("approve", "Ete 2027", "--import", "review.yaml")
        assert done.code == 2
        assert "with: mwcampaign approve 'Ete 2027' --export FILE\n" in done.err


def test_a_folders_name_cannot_break_out_of_a_comment(run: Run, tmp_path: Path) -> None:
    """Whatever the folder is called, the file of verdicts can be read back."""
    write_campaign(tmp_path / "two\nlines")
    run("apply", "two\nlines")
    assert run("approve", "two\nlines", "--export", "review.yaml").code == 0
    done = run("approve", "two\nlines", "--import", "review.yaml")
    assert (done.code, done.out) == (0, "the file has no verdict yet\n"), done.err


def test_keys_are_found_where_the_hint_says(run: Run, campaign: Path) -> None:
    """What is scheduled needs no look, so status does not list it; what the hint names does."""
    run("apply", campaign)
    hint = run("show", "zzz", "--campaign", campaign).err
    assert f"mwcampaign approve {campaign}; of everything with: mwcampaign plan {campaign} --format json" in hint
    keys = [step["key"] for step in run("plan", campaign, "--format", "json").json["steps"]]
    assert len(keys) == 2
    assert all(key[:12] in run("approve", campaign).out for key in keys)


def test_a_rehearsal_proposes_what_helps_after_it(run: Run, tmp_path: Path) -> None:
    """Its ledger is gone, so nothing is looked up or tried again there: the page tells what became of each post."""
    folder = write_campaign(tmp_path / "week", network="manual", account="    options: {network: Mastodon}\n")
    done = run("rehearse", folder)
    assert done.code == 6, done.err
    assert f"mwcampaign rehearse {folder} --report rehearsal.html" in done.err
    assert "mwcampaign status" not in done.err
    assert "KEY" not in done.err


def test_publish_says_that_it_is_too_late(run: Run, campaign: Path) -> None:
    """A post of today whose window is over does belong to today: the closed window is the reason."""
    file = campaign / "campaign.yaml"
    text = file.read_text("utf-8")
    file.write_text(text.replace('    at: "00:00"\n', '    at: "00:00"\n    closes: 1m\n'), "utf-8")
    done = run("publish", campaign, "--post", "story")
    assert done.code == 6, done.err
    assert "too late for these posts: their window closed at" in done.err
    assert "none of these posts belongs to today" in run("publish", campaign, "--post", "later").err


def test_a_bug_says_that_it_is_one(tmp_path: Path) -> None:
    """The traceback stays, and the last line says what it means; no value of a variable is in it."""
    (tmp_path / "broken.py").write_text(
        "def broken():\n    secret = 'canary' + '-token'\n    raise ZeroDivisionError(len(secret))\n", "utf-8"
    )
    start = "from mwcampaign import cli; cli.COMMANDS['broken'] = ('broken:broken', 'Break.'); cli.main()"
    done = subprocess.run([sys.executable, "-c", start, "broken"], capture_output=True, text=True, cwd=tmp_path,
                          env=environment(), timeout=120, check=False)  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    lines = done.stderr.splitlines()
    assert lines[0].startswith("Traceback")
    assert lines[-2] == "ZeroDivisionError: 12"
    assert "a bug of mwcampaign" in lines[-1]
    assert "nothing is sent twice" in lines[-1]
    assert "canary-token" not in done.stderr
