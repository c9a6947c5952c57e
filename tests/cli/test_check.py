"""`check`: every form from the command line, levels that fail, files, pipes and terminals."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cli.conftest import PROJECT, Run, environment, write_campaign

FORMS = ("text", "json", "github", "gitlab", "sarif", "junit")


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    """A campaign with one error and one warning."""
    posts = '  - {id: x, day: today, networks: [memory, x], text: "{{ tags }}"}\n'
    return write_campaign(tmp_path / "week", text="Hi {{ nmae }}", posts=posts)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_tells_both_findings(run: Run, faulty: Path, form: str) -> None:
    """Exit 3, and each code is named."""
    done = run("check", faulty, "--format", form)
    assert done.code == 3
    assert "MW302" in done.out and "MW208" in done.out


@pytest.mark.parametrize("form", FORMS)
def test_a_file_gets_what_the_screen_would(run: Run, faulty: Path, tmp_path: Path, form: str) -> None:
    """-o makes folders that are missing; the closing line stays on the screen, the exit code is the same."""
    shown = run("check", faulty, "--format", form)
    done = run("check", faulty, "--format", form, "-o", "reports/check.out")
    assert (tmp_path / "reports" / "check.out").read_text("utf-8") == shown.out
    assert done.code == 3
    assert done.out.startswith("1 error, 1 warning, 0 notes; ") and done.out.count("\n") == 1


@pytest.mark.parametrize(
    ("level", "spoilt", "codes"),
    [("error", 3, 0), ("warning", 3, 3), ("note", 3, 3), ("never", 0, 0)],
)
def test_fail_on(run: Run, faulty: Path, tmp_path: Path, level: str, spoilt: int, codes: int) -> None:
    """The level and all worse ones fail; never fails never; what is shown stays the same."""
    warned = write_campaign(tmp_path / "warned", posts='  - {id: x, day: today, networks: [memory, x], text: "X"}\n')
    done = run("check", faulty, "--fail-on", level)
    assert (done.code, "MW302" in done.out) == (spoilt, True)
    done = run("check", warned, "--fail-on", level)
    assert (done.code, "MW208" in done.out) == (codes, True)


def test_wrong_usage(run: Run, faulty: Path) -> None:
    """Exit 2 for a form or level that is not there, and for a baseline to be written nowhere."""
    assert run("check", faulty, "--format", "yaml").code == 2
    assert run("check", faulty, "--fail-on", "fatal").code == 2
    assert run("check", faulty, "--write-baseline").code == 2


@pytest.mark.parametrize("form", FORMS)
def test_a_pipe_of_another_encoding_gets_sane_output(run: Run, faulty: Path, form: str) -> None:
    """ASCII alone in the environment: text is said by numbers, forms for machines stay UTF-8; nothing fails."""
    (faulty / "posts.yaml").write_text('- {id: é日, day: today, text: "Ö"}\n', "utf-8")
    command = [sys.executable, "-m", "mwcampaign", "check", str(faulty), "--format", form]
    env = environment(PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
    done = subprocess.run(command, capture_output=True, env=env, check=False)
    assert done.returncode == 3, done.stderr
    if form == "text":
        assert b"\\u2192" in done.stdout and done.stdout.isascii()
    elif form == "junit":
        ET.fromstring(done.stdout)
    elif form != "github":
        json.loads(done.stdout.decode("utf-8"))


def test_a_reader_that_goes_away_is_no_fault(faulty: Path) -> None:
    """As with head: no traceback."""
    command = [sys.executable, "-m", "mwcampaign", "check", str(faulty), "--format", "sarif"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        told = process.stderr.read()
    assert b"Traceback" not in told


def terminal(folder: Path, width: int = 0, **env: str) -> str:
    """Return what `check` shows on a terminal of so many columns; 0 is one that does not say."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24 * bool(width), width, 0, 0))
    command = [sys.executable, "-m", "mwcampaign", "check", str(folder)]
    known = environment(TERM="xterm-256color", **env)
    if "NO_COLOR" not in env:
        known.pop("NO_COLOR")
    if width:
        # What runs the tests may say how wide it thinks a screen is.
        known.pop("COLUMNS", None)
    with subprocess.Popen(command, stdout=theirs, stderr=subprocess.DEVNULL, env=known):
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # Linux says so when the other end is closed
                break
            if not part:
                break
            shown += part
    os.close(ours)
    return shown.decode("utf-8")


def test_a_terminal_gets_colour_and_files_cannot_command_it(faulty: Path) -> None:
    """Our colours are there unless NO_COLOR; an escape in a template is shown as a sign."""
    (faulty / "templates").mkdir()
    (faulty / "templates" / "evil.txt").write_text("\x1b]0;title\x07\x9b2J {{ nmae }}\n", "utf-8")
    (faulty / "posts.yaml").write_text("- {id: evil, day: today, template: evil.txt}\n", "utf-8")
    file = faulty / "campaign.yaml"
    head, _, posts = file.read_text("utf-8").partition("posts:\n")
    file.write_text(head, "utf-8")
    assert posts
    shown = terminal(faulty)
    assert "\x1b[1;31m" in shown
    assert "␛]0;title␇<U+009B>2J" in shown
    assert not {"\x1b]", "\x07", "\x9b"} & {shown[at : at + size] for at in range(len(shown)) for size in (1, 2)}
    # Bold is no colour.
    assert not re.search(r"\x1b\[[\d;]*3\dm", terminal(faulty, NO_COLOR="1"))


@pytest.mark.parametrize("width", [60, 80, 100])
def test_the_caret_is_not_lost_on_a_narrow_terminal(tmp_path: Path, width: int) -> None:
    """No line of a file is wider than the terminal, and the caret still stands under its place."""
    post = f'  - {{id: x, text: "{"long " * 20}", networks: [memory, x], day: today}} # {"more " * 20}\n'
    told = terminal(write_campaign(tmp_path / "week", posts=post), width, NO_COLOR="1")
    lines = re.sub(r"\x1b\[[\d;]*m", "", told).splitlines()
    at = next(number for number, line in enumerate(lines) if " | " in line and "memory, x]" in line)
    assert len(lines[at]) <= width
    assert lines[at].index("x], day") == lines[at + 1].index("^")


def test_one_finding_of_two_campaigns_is_told_once(run: Run, faulty: Path, tmp_path: Path) -> None:
    """Both extend the same faulty edition."""
    for name in ("a", "b"):
        assert run("init", name, "--from", faulty).code == 0
    done = run("check", "a", "b", "--format", "json")
    places = [(one["code"], one["file"], one["line"], one["text"]) for one in done.json["findings"]]
    assert len(places) == len(set(places)) >= 1


def test_sarif_links_to_rules_where_they_have_an_address(run: Run, faulty: Path) -> None:
    """By option or environment; without one there is no link rather than an invented one."""

    def links(*options: str, **env: str) -> set[str]:
        rules = run("check", faulty, "--format", "sarif", *options, env=env).json["runs"][0]["tool"]["driver"]["rules"]
        return {rule.get("helpUri", "").rpartition("#")[0] for rule in rules}

    assert links() == {""}
    assert links("--pages", "https://example.org/a") == {"https://example.org/a"}
    assert links(MWCAMPAIGN_PAGES="https://example.org/b") == {"https://example.org/b"}


def test_a_secret_s_line_is_in_no_form(run: Run, faulty: Path) -> None:
    """A token that stands in the file itself is found, and not shown."""
    canary = "canary-5f1d7c"
    file = faulty / "campaign.yaml"
    file.write_text(
        file.read_text("utf-8").replace("network: memory\n", f"network: memory\n    secrets: {{token: {canary}}}\n"),
        "utf-8",
    )
    for form in FORMS:
        done = run("check", faulty, "--format", form)
        assert "MW207" in done.out and canary not in done.out + done.err
    run("check", faulty, "--baseline", "known.yaml", "--write-baseline")
    assert canary not in (faulty.parent / "known.yaml").read_text("utf-8")


def test_the_campaigns_of_this_project_pass_in_every_form(run: Run) -> None:
    """Nothing is found, and each form says so in its own way."""
    path = PROJECT / "campaigns" / "one-museum"
    for form in FORMS:
        assert run("check", path, "--format", form, "--fail-on", "warning").code == 0
