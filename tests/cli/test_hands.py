"""A person's hand on the week: yes and no, stop and go on, take out, move; by command, in a process of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.conftest import Run, write_campaign

REQUIRED = "policies: {approval: required}\n"


@pytest.fixture
def careful(tmp_path: Path) -> Path:
    """A campaign in which nothing goes without a yes."""
    folder = write_campaign(tmp_path / "week")
    file = folder / "campaign.yaml"
    file.write_text(file.read_text("utf-8") + REQUIRED, "utf-8")
    return folder


def edit(campaign: Path, before: str, after: str) -> None:
    """Change the campaign's file."""
    file = campaign / "campaign.yaml"
    told = file.read_text("utf-8")
    assert before in told
    file.write_text(told.replace(before, after), "utf-8")


def counts(run: Run, campaign: Path) -> dict[str, int]:
    """Return the states that occur."""
    told = run("status", campaign, "--format", "json").json["counts"]
    return {state: number for state, number in told.items() if number}


def key_of(run: Run, campaign: Path, post: str) -> str:
    """Return the key of a post's delivery."""
    steps = run("plan", campaign, "--format", "json").json["steps"]
    return next(step["key"] for step in steps if step["delivery"]["post"] == post)


def test_nothing_goes_without_a_yes(run: Run, careful: Path) -> None:
    """run sends nothing and status says why, until a named person approves; then exactly what was approved goes."""
    run("apply", careful)
    assert run("run", careful, "--once").out == ""
    told = run("status", careful)
    assert told.code == 6
    assert "not approved" in told.out
    shown = run("approve", careful)
    assert "2 wait for a yes" in shown.out
    done = run("approve", careful, "--post", "story", "--by", "Ada Lovelace", "--why", "checked")
    assert done.code == 0, done.err
    assert "1 approved by Ada Lovelace" in done.out
    assert run("run", careful, "--once").code == 0
    assert counts(run, careful) == {"delivered": 1, "scheduled": 1}
    history = run("show", key_of(run, careful, "story"), "--campaign", careful, "--format", "json").json["history"]
    approved = next(change for change in history if change["event"] == "approve")
    assert (approved["who"], approved["why"]) == ("Ada Lovelace", "checked")


def test_an_edit_voids_the_yes(run: Run, careful: Path) -> None:
    """What was approved is what is sent: another text needs another yes."""
    run("apply", careful)
    run("approve", careful, "--everything", "--by", "Ada")
    edit(careful, "Hi {{", "Hello {{")
    run("apply", careful)
    run("run", careful, "--once")
    assert counts(run, careful) == {"scheduled": 2}
    history = run("show", key_of(run, careful, "story"), "--campaign", careful, "--format", "json").json["history"]
    assert [change["why"] for change in history if change["event"] == "void"] == ["edited: the yes of Ada is void"]


def test_the_maker_of_a_machine_text_cannot_approve_it(run: Run, careful: Path) -> None:
    """Four eyes: refused by name, taken from somebody else."""
    edit(careful, '    at: "00:00"\n', '    at: "00:00"\n    provenance: {made_by: generated, maker: Ada Lovelace}\n')
    run("apply", careful)
    own = run("approve", careful, "--post", "story", "--by", "ada  lovelace")
    assert own.code == 6
    assert "somebody else has to approve it" in own.err
    assert run("approve", careful, "--post", "story", "--by", "Grace Hopper").code == 0


def test_a_machine_text_names_its_maker(run: Run, careful: Path) -> None:
    """Who could approve it otherwise is not known, so check refuses."""
    edit(careful, '    at: "00:00"\n', '    at: "00:00"\n    provenance: {made_by: translated}\n')
    checked = run("check", careful)
    assert checked.code == 3
    assert "name its maker" in checked.out


def review(run: Run, careful: Path, file: Path) -> list[dict[str, Any]]:
    """Export what waits and read the file."""
    assert run("approve", careful, "--export", file).code == 0
    entries: list[dict[str, Any]] = yaml.safe_load(file.read_text("utf-8"))
    return entries


def test_a_file_of_verdicts(run: Run, careful: Path, tmp_path: Path) -> None:
    """Exported, signed by several people, imported: each verdict under its own name; an empty one stays open."""
    run("apply", careful)
    file = tmp_path / "review.yaml"
    entries = review(run, careful, file)
    assert {entry["text"] for entry in entries} == {
        "Hi Musée du Louvre #MuseumWeek #SecretsMW", "Tomorrow #MuseumWeek #PeopleMW",
    }  # fmt: skip
    assert run("approve", careful, "--import", file).out == "the file has no verdict yet\n"
    entries[0] |= {"verdict": "approve", "by": "Ada"}
    entries[1] |= {"verdict": "hold", "by": "Grace", "why": "wrong date"}
    file.write_text(yaml.safe_dump(entries, allow_unicode=True), "utf-8")
    done = run("approve", careful, "--import", file)
    assert (done.code, done.out) == (0, "1 approved by Ada\n1 held by Grace\n")
    run("run", careful, "--once")
    assert counts(run, careful) == {"delivered": 1, "scheduled": 1}
    assert "held by Grace: wrong date" in run("approve", careful).out


def test_a_file_that_reads_otherwise_is_no_yes(run: Run, careful: Path, tmp_path: Path) -> None:
    """Who changed the text in the file approved something that nobody would send."""
    run("apply", careful)
    file = tmp_path / "review.yaml"
    entries = review(run, careful, file)
    entries[0] |= {"verdict": "approve", "by": "Ada", "text": "Something nicer"}
    file.write_text(yaml.safe_dump(entries, allow_unicode=True), "utf-8")
    done = run("approve", careful, "--import", file)
    assert done.code == 6
    assert "edited since" in done.err


@pytest.mark.parametrize("wrong", [{"verdict": "maybe"}, {"verdict": "approve", "by": ""}, {"key": 7}])
def test_a_file_that_cannot_be_read_records_nothing(
    run: Run, careful: Path, tmp_path: Path, wrong: dict[str, object]
) -> None:
    """Wrong words, a yes without a name, no key: refused with the entry's number, and nothing of the file counts."""
    run("apply", careful)
    file = tmp_path / "review.yaml"
    entries = review(run, careful, file)
    entries[0] |= {"verdict": "approve", "by": "Ada"}
    entries[1] |= wrong
    file.write_text(yaml.safe_dump(entries, allow_unicode=True), "utf-8")
    done = run("approve", careful, "--import", file)
    assert done.code == 2
    assert "entry 2" in done.err
    assert "approved by" not in run("approve", careful).out


def test_hold_and_approve_without_a_policy(run: Run, campaign: Path) -> None:
    """A no counts under every policy, and an edit does not lift it; a yes does."""
    run("apply", campaign)
    assert run("hold", campaign, "--by", "Grace").code == 2
    assert "1 held by Grace" in run("hold", campaign, "--post", "story", "--by", "Grace", "--why", "unsure").out
    edit(campaign, "Hi {{", "Hello {{")
    run("apply", campaign)
    run("run", campaign, "--once")
    assert counts(run, campaign) == {"scheduled": 2}
    assert run("status", campaign).code == 6
    run("approve", campaign, "--key", key_of(run, campaign, "story"), "--by", "Ada")
    run("run", campaign, "--once")
    assert counts(run, campaign) == {"delivered": 1, "scheduled": 1}


def test_cancelled_stays_cancelled(run: Run, campaign: Path) -> None:
    """A person's word outranks the campaign's until it is taken back."""
    run("apply", campaign)
    key = key_of(run, campaign, "story")
    assert run("cancel", key[:8], "--campaign", campaign, "--why", "flooded").code == 0
    planned = run("plan", campaign, "--format", "json", "--exit-code")
    assert planned.code == 0
    assert any("cancelled by" in step["why"] and "flooded" in step["why"] for step in planned.json["steps"])
    run("run", campaign, "--once")
    assert counts(run, campaign) == {"cancelled": 1, "scheduled": 1}
    assert run("retry", key, "--campaign", campaign).code == 0
    run("run", campaign, "--once")
    assert counts(run, campaign) == {"delivered": 1, "scheduled": 1}
    assert run("cancel", key, "--campaign", campaign).code == 6


def test_a_persons_time_stands(run: Run, campaign: Path) -> None:
    """Moved to later, it is not sent now; the plan keeps it so, until the campaign's own time changes."""
    run("apply", campaign)
    key = key_of(run, campaign, "story")
    later = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    assert run("reschedule", key, "--to", later, "--campaign", campaign, "--why", "press").code == 0
    run("run", campaign, "--once")
    assert counts(run, campaign) == {"scheduled": 2}
    assert run("plan", campaign, "--exit-code").code == 0
    edit(campaign, 'at: "00:00"', 'at: "00:01"')
    planned = run("plan", campaign, "--format", "json")
    assert any("this ends: moved to" in step["why"] for step in planned.json["steps"])
    run("apply", campaign)
    run("run", campaign, "--once")
    assert counts(run, campaign) == {"delivered": 1, "scheduled": 1}
    assert run("reschedule", key, "--to", "now", "--campaign", campaign).code == 2
    assert run("reschedule", key, "--to", later, "--campaign", campaign).code == 6


def test_a_policy_comes_into_force_when_it_is_applied(run: Run, campaign: Path) -> None:
    """It shows as a change of its own; from then on what was scheduled before needs a yes too."""
    run("apply", campaign)
    with (campaign / "campaign.yaml").open("a", encoding="utf-8") as file:
        file.write(REQUIRED)
    planned = run("plan", campaign, "--exit-code")
    assert planned.code == 10
    run("apply", campaign)
    run("run", campaign, "--once")
    assert counts(run, campaign) == {"scheduled": 2}


def test_the_first_yes_keeps_its_name(run: Run, careful: Path) -> None:
    """Approving all that is left does not put another name on what somebody approved before."""
    run("apply", careful)
    run("approve", careful, "--post", "story", "--by", "Ada")
    assert "1 approved by Grace" in run("approve", careful, "--everything", "--by", "Grace").out
    assert "approved by Ada" in run("approve", careful).out


@pytest.mark.parametrize("command", ["approve", "hold"])
@pytest.mark.parametrize("choice", [("--post", "nosuch"), ("--key", "zzz"), ("--post", "story", "--key", "zzz")])
def test_a_choice_that_means_nothing_is_no_yes_and_no_no(
    run: Run, campaign: Path, command: str, choice: tuple[str, ...]
) -> None:
    """A typing error is not told as zero successes."""
    run("apply", campaign)
    done = run(command, campaign, *choice)
    assert (done.code, done.out) == (2, "")
    assert "nothing that" in done.err
    assert f"mwcampaign approve {campaign}" in done.err


def test_cancel_and_retry_name_the_parts_that_go_along(run: Run, campaign: Path) -> None:
    """Part one of a thread takes the later parts out, and the command says so for each; so does taking it back."""
    edit(campaign, "  - id: later\n", '  - id: later\n    thread: [{text: "Second {{ tags }}"}]\n')
    run("apply", campaign)
    key = key_of(run, campaign, "later")
    lines = ["louvre@memory later part 1: {}", "louvre@memory later part 2: {}"]
    done = run("cancel", key, "--campaign", campaign)
    assert done.out.splitlines() == [line.format("cancelled") for line in lines], done.err
    back = run("retry", key, "--campaign", campaign)
    assert back.out.splitlines() == [line.format("scheduled") for line in lines], back.err


def test_another_day_is_the_museums_and_the_themes(run: Run, campaign: Path) -> None:
    """Where tomorrow begins fourteen hours before it does in UTC: the same day there is no other day, the next one
    is, however the dates in UTC read."""
    edit(campaign, "timezone: UTC", "timezone: Pacific/Kiritimati")
    run("apply", campaign)
    key = key_of(run, campaign, "later")
    day = datetime.now(UTC).date() + timedelta(days=1)
    same = run("reschedule", key, "--to", f"{day}T01:00Z", "--campaign", campaign)
    assert (same.code, same.err) == (0, "")
    other = run("reschedule", key, "--to", f"{day}T11:00Z", "--campaign", campaign)
    assert f"in Pacific/Kiritimati that is {day + timedelta(days=1)}, not {day}, the day of tomorrow" in other.err
