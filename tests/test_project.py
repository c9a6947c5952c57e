"""The project's frame: what stands where, what make offers, and that no room grows without anybody noticing."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
FILES = (
    ".ci/run", ".gitignore", ".pre-commit-config.yaml", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile",
    "NOTICE", "README.md", "campaigns/museumweek-2014/CREDITS.md", "campaigns/museumweek-2014/campaign.yaml",
    "campaigns/museumweek-2021/CREDITS.md", "campaigns/museumweek-2021/campaign.yaml",
    "campaigns/one-museum/campaign.yaml", "docs/campaign.md", "docs/decisions/README.md", "mwcampaign/core/ports.py",
    "mwcampaign/errors.py", "mwcampaign/platforms/__init__.py", "mwcampaign/testing/platform_contract.py",
    "pyproject.toml",
)  # fmt: skip
ROOMS = (
    "cli",
    "core",
    "engine",
    "ledger",
    "load",
    "notice",
    "platforms",
    "preview",
    "report",
    "schedule",
    "testing",
    "wire",
)
TARGETS = ("help", "install", "rehearse", "test", "lint", "types", "layers", "bench", "servers", "clean")
BANNED = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
MODULES = sorted((ROOT / "mwcampaign").rglob("*.py"))


@pytest.mark.parametrize("name", FILES)
def test_a_file_people_look_for_is_there(name: str) -> None:
    """README, licence, campaigns and the way in for contributors stand where other pages say."""
    assert (ROOT / name).stat().st_size > 0


def test_rooms_are_those_of_the_contributing_page() -> None:
    """Every package of mwcampaign is a room that CONTRIBUTING.md names, and every room named is there."""
    packages = {path.parent.name for path in (ROOT / "mwcampaign").glob("*/__init__.py")}
    assert packages == set(ROOMS)
    told = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert [room for room in ROOMS if not re.search(rf"^{room}/ ", told, re.MULTILINE)] == []


def test_make_offers_every_target_with_a_word_about_it() -> None:
    """`make` alone lists every target that README and CONTRIBUTING name."""
    listed = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True)
    offered = set(re.findall(r"^ +make ([a-z]+) +\S", listed.stdout, re.MULTILINE))
    assert [target for target in TARGETS if target != "help" and target not in offered] == []
    pages = "".join((ROOT / name).read_text("utf-8") for name in ("README.md", "CONTRIBUTING.md"))
    assert set(re.findall(r"`make ([a-z]+)", pages)) <= offered


def test_ci_runs_what_a_developer_runs() -> None:
    """CI says that it is CI, may be executed, stops at the first failure, and ends with make test."""
    script = ROOT / ".ci" / "run"
    lines = script.read_text("utf-8").splitlines()
    assert script.stat().st_mode & 0o100
    assert "set -euo pipefail" in lines
    assert "export CI=true" in lines
    assert lines[-1] == "make test"


def test_files_stay_small() -> None:
    """No module has more than 400 lines: it would be more than one room."""
    sizes = {path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {name: size for name, size in sizes.items() if size > 400} == {}


def test_modules_are_named_by_what_they_hold() -> None:
    """No module or package is called utils, or any other word that says nothing."""
    names = {part for path in MODULES for part in path.relative_to(ROOT).with_suffix("").parts}
    assert names & (BANNED | {f"_{word}" for word in BANNED}) == set()


def test_every_decision_is_linked() -> None:
    """The index of decisions links every page, links nothing else, and no number is used twice."""
    folder = ROOT / "docs" / "decisions"
    pages = sorted(path.name for path in folder.glob("[0-9]*.md"))
    linked = re.findall(r"\]\(([^)#]+\.md)\)", (folder / "README.md").read_text("utf-8"))
    assert sorted(linked) == pages
    assert [name[:4] for name in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]


def test_hooks_need_no_network() -> None:
    """Every pre-commit hook is a program of the project's own environment."""
    told = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    assert [repo["repo"] for repo in told["repos"]] == ["local"]
    hooks = told["repos"][0]["hooks"]
    assert all(hook["entry"].startswith(".venv/bin/") and hook["language"] == "system" for hook in hooks)
    tools = {hook["entry"].split()[0].rpartition("/")[2] for hook in hooks}
    assert tools == {"ruff", "mypy", "lint-imports"}
