"""The template of a plug-in is one that works: installed as it stands, it is found, and its own tests pass."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import PROJECT, environment

TEMPLATE = PROJECT / "docs" / "plugin-template"


def installed(template: Path, target: Path) -> None:
    """Install a package into a folder, as pip does, without a network."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index",
               "--disable-pip-version-check", "--target", str(target), str(template)]  # fmt: skip
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A copy of the template, and a folder where it is installed."""
    folder = tmp_path_factory.mktemp("plugin")
    template = folder / "template"
    shutil.copytree(TEMPLATE, template, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    installed(template, folder / "site")
    return template, folder / "site"


def test_the_installed_template_is_a_network(package: tuple[Path, Path], tmp_path: Path) -> None:
    """`mwcampaign networks` lists it with what it can do and the package it comes from, and so may a campaign."""
    _, site = package
    command = [sys.executable, "-m", "mwcampaign", "networks", "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path,
                          env=environment(PYTHONPATH=str(site)))  # fmt: skip
    told = {each["network"]: each for each in json.loads(done.stdout)["networks"]}
    assert (told["pigeon"]["package"], told["pigeon"]["secrets"]) == ("mwcampaign-pigeon", ["token"])
    assert told["pigeon"]["capabilities"]["text_limit"] == 140
    assert told["mastodon"]["package"] == "mwcampaign"


def test_the_templates_own_tests_pass(package: tuple[Path, Path]) -> None:
    """The whole contract, run from the copy against what was installed."""
    template, site = package
    (template / "mwcampaign_pigeon.py").unlink()
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "--disable-socket",
               "--allow-hosts=127.0.0.1"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=template, timeout=300,
                          env=environment(PYTHONPATH=str(site)))  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
    assert done.stdout.count(".") > 50


def test_the_page_names_what_is_there() -> None:
    """Every file of the template that docs/plugins.md names is there, and every file that is there is named."""
    page = (PROJECT / "docs" / "plugins.md").read_text("utf-8")
    there = {path.relative_to(TEMPLATE).as_posix() for path in TEMPLATE.rglob("*.*") if "__pycache__" not in path.parts}
    named = set(re.findall(r"^\| `([\w./-]+\.\w+)` \|", page, re.MULTILINE))
    assert named == {path for path in there if not Path(path).name.startswith(".") and (TEMPLATE / path).is_file()}
