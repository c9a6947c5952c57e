"""`mwcampaign networks` tells what there is, of this program and of others, and hides nothing that is broken."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from mwcampaign.cli._answers import ANSWERS
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.platforms import NETWORKS, adapter
from tests.cli.conftest import Run, environment


def package(site: Path, name: str, value: str, **modules: str) -> None:
    """Install a package of somebody else's with one network."""
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[mwcampaign.platforms]\n{name} = {value}\n")
    for module, text in modules.items():
        (site / f"{module}.py").write_text(text)


def test_every_network_is_there(run: Run) -> None:
    """Each of ours, with its capabilities as the adapter states them, its secrets and options."""
    answer = run("networks", "--format", "json").json
    assert list(Draft202012Validator(ANSWERS["networks"]).iter_errors(answer)) == []
    told = {each["network"]: each for each in answer["networks"]}
    assert set(NETWORKS) <= set(told)
    for name in NETWORKS:
        kind = adapter(name)
        assert Capabilities.from_json(told[name]["capabilities"]) == kind.capabilities
        assert (told[name]["secrets"], told[name]["options"]) == (list(kind.secret_names), list(kind.option_names))


def test_a_pipe_gets_one_line_for_each(run: Run) -> None:
    """Tabs between the cells, the same number everywhere."""
    lines = run("networks").out.splitlines()
    assert len(lines) == 1 + len(NETWORKS)
    assert {line.count("\t") for line in lines} == {lines[0].count("\t")}


def test_by_hand_the_limits_are_another_networks(run: Run) -> None:
    """No number of `manual` is true of the network that an account hands over to, so none is shown."""
    lines = run("networks").out.splitlines()
    (line,) = [line for line in lines if line.startswith("manual\t")]
    row = dict(zip(lines[0].split("\t"), line.split("\t"), strict=True))
    assert (row["text"], row["pictures"]) == ("as the network it is for",) * 2
    assert row["after a lost answer"] == "a person"


@pytest.mark.parametrize(
    ("value", "text", "reason"),
    [
        ("gone:Gone", "", "ModuleNotFoundError: No module named 'gone'"),
        ("there:Nobody", "", "has no attribute 'Nobody'"),
        ("there:There", "class There:\n    secret_names = ()\n", "AttributeError"),
        ("there:There", "raise RuntimeError('no\\nluck')\n", "RuntimeError: no luck"),
        ("there:There", "class There(:\n", "SyntaxError"),
    ],
)
def test_a_broken_plug_in_is_one_line(run: Run, tmp_path: Path, value: str, text: str, reason: str) -> None:
    """An adapter that cannot be loaded says why, in one line, and hides none of the others."""
    package(tmp_path / "site", "stork", value, there=text)
    env = {"PYTHONPATH": str(tmp_path / "site")}
    done = run("networks", env=env)
    (line,) = [line for line in done.out.splitlines() if line.startswith("stork\t")]
    assert (done.code, "cannot be loaded: " in line, reason in line) == (0, True, True)
    answer = run("networks", "--format", "json", env=env).json
    assert list(Draft202012Validator(ANSWERS["networks"]).iter_errors(answer)) == []
    told = answer["networks"]
    assert [each["network"] for each in told if "trouble" in each] == ["stork"]
    assert len(done.out.splitlines()) == 2 + len(NETWORKS)


def test_our_own_names_stay_ours(run: Run, tmp_path: Path) -> None:
    """A package that calls its network mastodon changes nothing."""
    package(tmp_path / "site", "mastodon", "gone:Gone")
    told = run("networks", "--format", "json", env={"PYTHONPATH": str(tmp_path / "site")}).json["networks"]
    assert [each["package"] for each in told if each["network"] == "mastodon"] == ["mwcampaign"]


@pytest.mark.parametrize("arguments", [("networks",), ("accounts", "--help"), ("accounts", "login", "--help")])
def test_no_client_library_is_loaded(arguments: tuple[str, ...]) -> None:
    """What networks can do is known without any of their libraries."""
    code = (
        f"import sys; sys.argv = ['mwcampaign', *{arguments!r}]\n"
        "from mwcampaign.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "heavy = {'atproto', 'tweepy', 'mastodon', 'httpx', 'requests', 'urllib3', 'keyring', 'boto3', 'paramiko'}\n"
        "print('loaded:', *sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=True)
    assert done.stdout.splitlines()[-1] == "loaded:"
