"""Stop and go on, by command, in a process of its own: stop means stop, and a misspelt stop is no stop."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.test_hands import counts, edit


@pytest.mark.parametrize(
    ("scope", "stops"),
    [
        ((), True),
        (("--country", "fr"), True),
        (("--network", "memory"), True),
        (("--day", "today"), True),
        (("--day", "tomorrow"), False),
        (("--institution", "louvre"), True),
    ],
)
def test_stop_means_stop(run: Run, campaign: Path, scope: tuple[str, ...], stops: bool) -> None:
    """Each scope stops its own and nothing else, over process and restart, until a person resumes."""
    run("apply", campaign)
    halted = run("halt", campaign, *scope, "--by", "Ada", "--why", "news")
    assert halted.code == 0, halted.err
    assert "halted already" in run("halt", campaign, *scope).out
    for _ in range(2):
        run("run", campaign, "--once")
    assert counts(run, campaign) == ({"scheduled": 2} if stops else {"delivered": 1, "scheduled": 1})
    told = run("status", campaign, "--format", "json")
    assert told.code == 6
    assert [(halt["who"], halt["why"]) for halt in told.json["halts"]] == [("Ada", "news")]
    if stops:
        refused = run("resume", campaign, *scope)
        assert refused.code == 6
        assert "would be sent at once" in refused.err
        assert "Hi Musée du Louvre" in refused.out
    assert run("resume", campaign, *scope, "--yes").code == 0
    assert run("resume", campaign, *scope, "--yes").code == 6
    run("run", campaign, "--once")
    assert counts(run, campaign) == {"delivered": 1, "scheduled": 1}


def test_a_date_is_a_day(run: Run, campaign: Path) -> None:
    """The theme's date stands for its id."""
    run("apply", campaign)
    assert "theme today" in run("halt", campaign, "--day", f"{datetime.now(UTC).date()}").out


def test_essential_posts_pass_a_halt(run: Run, campaign: Path) -> None:
    """A closure is told while everything else stands still."""
    edit(campaign, '    at: "00:00"\n', '    at: "00:00"\n    essential: true\n')
    run("apply", campaign)
    run("halt", campaign)
    run("run", campaign, "--once")
    assert counts(run, campaign) == {"delivered": 1, "scheduled": 1}


def test_halt_edit_resume(run: Run, campaign: Path) -> None:
    """In the middle of the week: halted before anything was planned, edited, and what came due needs a new yes."""
    run("halt", campaign, "--why", "first of all")
    run("apply", campaign)
    run("run", campaign, "--once")
    edit(campaign, "Hi {{", "Hello again {{")
    run("apply", campaign)
    resumed = run("resume", campaign, "--hold", "--by", "Ada")
    assert resumed.code == 0, resumed.err
    assert "Hello again Musée du Louvre" in resumed.out
    run("run", campaign, "--once")
    assert counts(run, campaign) == {"scheduled": 2}
    run("approve", campaign, "--everything", "--by", "Ada")
    run("run", campaign, "--once")
    assert counts(run, campaign) == {"delivered": 1, "scheduled": 1}


@pytest.mark.parametrize(
    ("scope", "hint"),
    [
        (("--network", "memry"), "did you mean memory? there are: memory"),
        (("--country", "France"), "there are: FR"),
        (("--day", "monday"), "there are: today, tomorrow"),
        (("--institution", "luvre"), "did you mean louvre?"),
    ],
)
@pytest.mark.parametrize("applied", [False, True])
def test_a_misspelt_halt_is_refused(run: Run, campaign: Path, applied: bool, scope: tuple[str, ...], hint: str) -> None:
    """Nobody may believe that a network stands still because its name was typed wrong; what is right is named."""
    if applied:
        run("apply", campaign)
    done = run("halt", campaign, *scope)
    assert (done.code, done.out) == (2, "")
    assert "NOT halted: nothing here has the" in done.err
    assert hint in done.err
    assert run("status", campaign, "--format", "json").json["halts"] == []


def test_a_halt_where_nothing_can_be_known_is_taken(run: Run, campaign: Path) -> None:
    """Nothing applied, and a campaign that cannot be read: the stop comes first."""
    (campaign / "campaign.yaml").write_text("posts: [", "utf-8")
    assert run("halt", campaign, "--network", "memory").code == 0


def test_a_halt_is_named_as_the_command_line_names_it(run: Run, campaign: Path) -> None:
    """Each open halt comes with the command that ends it, also where another one was meant; typed, it works."""
    run("apply", campaign)
    run("run", campaign, "--once")
    ends = f"mwcampaign resume {campaign} --day tomorrow"
    assert ends in run("halt", campaign, "--day", "tomorrow").out
    assert f"theme tomorrow (ends with: {ends})" in run("resume", campaign).err
    assert f"end a halt with: {ends}" in run("status", campaign).err
    assert run(*ends.split()[1:]).code == 0


def test_a_halt_that_cannot_be_written_says_so(run: Run, campaign: Path) -> None:
    """Not halted, in so many words, and how to stop all the same."""
    run("apply", campaign)
    (campaign / ".mwcampaign" / "ledger.db").write_bytes(b"no ledger at all " * 400)
    done = run("halt", campaign)
    assert done.code == 5
    assert "NOT halted" in done.err
    assert "end the run itself" in done.err
