"""action.yml and .pre-commit-hooks.yaml: GitHub and pre-commit can read them, and what they run works."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from pre_commit.clientlib import load_manifest

from tests.cli.conftest import PROJECT, Run, environment, run, write_campaign  # noqa: F401  (a fixture)
from tests.report.published import ACTION, SARIF, faults

TOLD: dict[str, Any] = yaml.safe_load((PROJECT / "action.yml").read_text("utf-8"))
SCRIPTS = [step["run"] for step in TOLD["runs"]["steps"] if "run" in step]


def test_the_action_is_one() -> None:
    """GitHub's own schema has nothing to object to."""
    assert faults(ACTION, TOLD) == []


def test_no_input_becomes_a_part_of_a_script() -> None:
    """Whoever writes a path in a workflow writes no shell: scripts get inputs as variables alone."""
    assert [script for script in SCRIPTS if "${{" in script] == []
    used = {
        name for step in TOLD["runs"]["steps"] for name in TOLD["inputs"] if f"inputs.{name} " in str(step.get("env"))
    }
    assert used == TOLD["inputs"].keys()


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_scripts_are_shell(script: str) -> None:
    """bash can read each of them."""
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def act(folder: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """Run the action's last step as GitHub's runner does, with the program where the step before puts it."""
    home = folder / ".temp" / "mwcampaign" / "bin"
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "mwcampaign").exists():
        (home / "mwcampaign").symlink_to(PROJECT / ".venv" / "bin" / "mwcampaign")
    given = {name: str(told["default"]) for name, told in TOLD["inputs"].items()} | inputs
    told = {
        "CHECKED": given["path"],
        "FAIL_ON": given["fail-on"],
        "BASELINE": given["baseline"],
        "SARIF": given["sarif-file"],
    }
    step = TOLD["runs"]["steps"][-1]
    assert {name for name, value in step["env"].items() if "inputs." in value} == told.keys()
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    pages = {"MWCAMPAIGN_PAGES": "https://example.org/checks"}
    env = environment(**told, **pages, RUNNER_TEMP=str(folder / ".temp"))
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    """Two campaigns, one of them faulty, in a folder with a space in its name."""
    folder = tmp_path / "a repository"
    write_campaign(folder / "sound")
    write_campaign(folder / "faulty", text="Hi {{ nmae }}")
    return folder


def test_the_action_fails_and_annotates(faulty: Path) -> None:
    """Exit 3 and a command for each finding; a sound campaign passes."""
    done = act(faulty, path="sound faulty")
    assert (done.returncode, done.stdout.count("::error file=faulty/campaign.yaml,line=")) == (3, 1), done.stderr
    done = act(faulty, path="sound")
    assert (done.returncode, "::" in done.stdout) == (0, False), done.stderr


def test_the_action_writes_sarif_as_well(faulty: Path) -> None:
    """Written also when the check fails, with links to the rules."""
    done = act(faulty, path="faulty", **{"sarif-file": "out dir/check.sarif"})
    assert done.returncode == 3
    data = json.loads((faulty / "out dir" / "check.sarif").read_text("utf-8"))
    assert faults(SARIF, data) == []
    assert data["runs"][0]["tool"]["driver"]["rules"][0]["helpUri"] == "https://example.org/checks#mw302"


def test_the_action_takes_a_baseline_and_a_level(faulty: Path, run: Run) -> None:  # noqa: F811
    """What is known passes; never fails never."""
    assert run("check", "faulty", "--baseline", "my known.yaml", "--write-baseline", cwd=faulty).code == 0
    assert act(faulty, path="faulty", baseline="my known.yaml").returncode == 0
    assert act(faulty, path="faulty", **{"fail-on": "never"}).returncode == 0


@pytest.mark.parametrize("path", ["$(touch pwned)", "x; touch pwned", "--help", "`touch pwned`"])
def test_a_path_is_never_a_command(faulty: Path, path: str) -> None:
    """Nor an option."""
    done = act(faulty, path=path)
    assert done.returncode == 3 and "MW101" in done.stdout
    assert not (faulty / "pwned").exists()


def test_the_hook_can_be_read_and_works(run: Run, faulty: Path) -> None:  # noqa: F811
    """pre-commit takes the manifest; its command fails on a faulty campaign and passes a sound one."""
    (hook,) = load_manifest(PROJECT / ".pre-commit-hooks.yaml")
    program, *rest = shlex.split(hook["entry"])
    assert (program, hook["language"], hook["pass_filenames"]) == ("mwcampaign", "python", False)
    assert run(*rest, *hook["args"], cwd=faulty / "faulty").code == 3
    assert run(*rest, *hook["args"], cwd=faulty / "sound").code == 0
    assert run(*rest, "sound", "faulty", cwd=faulty).code == 3
