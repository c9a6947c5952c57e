"""`plan --format markdown`: the plan as a comment on a pull request."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Run
from tests.cli.test_hands import edit


def test_a_plan_as_a_comment(run: Run, campaign: Path) -> None:
    """Counts, days and both posts; nothing is written, and the exit code still tells."""
    done = run("plan", campaign, "--format", "markdown", "--exit-code")
    assert done.code == 10
    assert done.out.startswith("### Plan: <code>mw</code>\n\n**2 to schedule**\n")
    assert "| <code>today</code> | +1 |" in done.out
    assert "Musée du Louvre &#35;MuseumWeek" in done.out
    assert not (campaign / ".mwcampaign").exists()


def test_after_apply_there_is_nothing_to_do(run: Run, campaign: Path) -> None:
    """What is kept is counted, not listed."""
    assert run("apply", campaign).code == 0
    done = run("plan", campaign, "--format", "markdown", "--exit-code")
    assert (done.code, done.out) == (0, "### Nothing to do: <code>mw</code>\n\n**2 to keep**\n")


def test_times_are_the_museums_own(run: Run, campaign: Path) -> None:
    """As in plan's text: noon is noon, with its zone."""
    edit(campaign, "timezone: UTC", "timezone: Asia/Kathmandu")
    done = run("plan", campaign, "--format", "markdown")
    assert " 12:00 Asia/Kathmandu | " in done.out
    assert "| due | account |" in done.out and "UTC" not in done.out


def test_a_misspelt_folder_is_told_before_anything_is_planned(run: Run, campaign: Path, tmp_path: Path) -> None:
    """plan --out makes no folders."""
    done = run("plan", campaign, "--out", "reprots/plan.json")
    assert (done.code, done.out) == (2, "")
    assert "there is no folder reprots" in done.err
    assert not (tmp_path / "reprots").exists()
