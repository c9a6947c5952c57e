"""docs/checks/README.md is what core.rules says, and every code has its entry."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from mwcampaign.core.rules import RULES
from mwcampaign.report.pages import PAGE, address, fenced, page

ROOT = Path(__file__).parents[2]


def test_the_page_is_not_stale() -> None:
    """If this fails, run: python -m mwcampaign.report.pages docs/checks"""
    assert (ROOT / PAGE).read_text("utf-8") == page()


def test_the_page_is_written_by_the_command_that_it_names(tmp_path: Path) -> None:
    """Into a folder that need not be there."""
    command = [sys.executable, "-m", "mwcampaign.report.pages", str(tmp_path / "docs" / "checks")]
    subprocess.run(command, cwd=ROOT, check=True)
    assert (tmp_path / "docs" / "checks" / "README.md").read_text("utf-8") == page()


@pytest.mark.parametrize("code", RULES)
def test_every_code_has_one_entry_at_its_address(code: str) -> None:
    """A heading that is the code alone, which every renderer makes the anchor that `address` names."""
    assert page().count(f"\n## {code}\n") == 1
    assert f"](#{code.lower()})" in page()
    assert address(code) == f"docs/checks/README.md#{code.lower()}"


def test_examples_cannot_leave_their_blocks() -> None:
    """An example with a block of code in it gets a longer fence."""
    assert fenced("a\n```\nb") == "````\na\n```\nb\n````"
    assert not re.search(r"^`{3,}$\n\n`{3,}$", page(), re.MULTILINE)
