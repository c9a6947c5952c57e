"""Every command in the README works, in the order a reader would type them."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

from tests.cli.conftest import PROJECT, Run


def commands(page: str) -> list[list[str]]:
    """Return the mwcampaign commands in a page's blocks of sh."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    lines = [line.removeprefix(".venv/bin/") for block in blocks for line in block.splitlines()]
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("mwcampaign ")]


def test_every_command_in_the_readme_runs(run: Run, tmp_path: Path) -> None:
    """Typed one after the other in a copy of this folder, each ends with 0."""
    for name in ("campaigns", "templates"):
        shutil.copytree(PROJECT / name, tmp_path / name)
    told = commands((PROJECT / "README.md").read_text("utf-8"))
    assert len(told) >= 15
    for arguments in told:
        # A start today has its days ahead, whatever day the test is run on.
        done = run(*arguments)
        assert done.code == 0, (arguments, done.out[-2000:], done.err[-2000:])


def test_every_make_target_in_the_pages_exists() -> None:
    """`make something` is never a dead end."""
    targets = set(re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for page in ("README.md", "CONTRIBUTING.md"):
        told = (PROJECT / page).read_text("utf-8")
        for name in re.findall(r"make ([a-z]+)`", told) + re.findall(r"^make ([a-z]+)$", told, re.MULTILINE):
            assert name in targets


def test_the_first_two_commands_need_nothing_but_this_folder() -> None:
    """What a newcomer types first sets itself up: a command that is not installed yet is a dead end."""
    first = re.search(r"^```sh\n(.*?)^```", (PROJECT / "README.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert first is not None
    setup, then = first[1].splitlines()
    assert setup == "make rehearse"
    assert then.startswith(".venv/bin/mwcampaign check ")


def test_every_link_in_the_pages_leads_somewhere() -> None:
    """Links to files of this project point to files of this project."""
    for page in [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *PROJECT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), (page.name, target)
