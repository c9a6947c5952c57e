"""A command that is forked is the command that Python starts, to the last byte."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import environment, write_campaign
from tests.cli.program import run_program, starting

TABLE = "id,name,country,city,timezone,languages\nprado,Prado,ES,Madrid,Europe/Madrid,es\n"
FORKED, STARTED = environment(HERE="1"), environment(HERE="1", PYTHONHASHSEED="0")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--version"], 0),
        (["chekc"], 2),
        (["check", "--help"], 0),
        (["check", "week"], 0),
        (["check", "week", "--institutions-from", "-", "--format", "json"], 0),
        (["check", "nowhere"], 3),
        (["status", "week"], 0),
        (["status", "nowhere"], 2),
    ],
    ids=lambda told: " ".join(told) if isinstance(told, list) else "",
)
def test_both_say_the_same(tmp_path: Path, arguments: list[str], code: int) -> None:
    """Code, answer, words, what is read from stdin, and the folder it stands in."""
    write_campaign(tmp_path / "week")
    told = []
    for env in (FORKED, STARTED):
        done = run_program(arguments, env, tmp_path, TABLE)
        told.append((done.returncode, done.stdout, done.stderr))
    assert told[0] == told[1]
    assert told[0][0] == code


@pytest.mark.parametrize("env", [FORKED, STARTED], ids=["forked", "started"])
def test_what_is_temporary_goes_at_the_end(tmp_path: Path, env: dict[str, str]) -> None:
    """What was read from stdin is in a file while it is judged, and in none afterwards."""
    write_campaign(tmp_path / "week")
    arguments = ["check", "week", "--institutions-from", "-", "--format", "json"]
    done = run_program(arguments, env, tmp_path, TABLE.replace("prado", "louvre"))
    (finding,) = json.loads(done.stdout)["findings"]
    file = tmp_path / finding["file"]
    assert (done.returncode, file.name, file.parent.exists()) == (3, "stdin.csv", False)


def test_only_one_of_them_is_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The comparison above has two sides: what Python reads when it starts makes the difference."""
    assert starting(STARTED) - starting(FORKED) == {("PYTHONHASHSEED", "0")}
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("started"))
    assert run_program(["--version"], FORKED, tmp_path).returncode == 0
    with pytest.raises(pytest.fail.Exception, match="started"):
        run_program(["--version"], STARTED, tmp_path)


def test_an_end_is_put_to_what_takes_too_long(tmp_path: Path) -> None:
    """As subprocess does it: a service that never ends is killed, and told of as too long."""
    week = write_campaign(tmp_path / "week")
    assert run_program(["apply", str(week)], FORKED, tmp_path).returncode == 0
    with pytest.raises(subprocess.TimeoutExpired):
        run_program(["run", str(week)], FORKED, tmp_path, timeout=0.5)
