"""Plan, apply, run: the way of a post, on the command line."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mwcampaign.wire.files import open_ledger
from tests.cli.conftest import Run, write_campaign


def ledger_rows(campaign: Path) -> int:
    """Return the number of rows in all tables of a campaign's ledger."""
    with sqlite3.connect(campaign / ".mwcampaign" / "ledger.db") as ledger:
        names = [name for (name,) in ledger.execute("select name from sqlite_master where type = 'table'")]
        return sum(ledger.execute(f"select count(*) from {name}").fetchone()[0] for name in names)


def test_plan_apply_plan(run: Run, campaign: Path) -> None:
    """A plan after apply is empty; one changed text is one revise; a removed post is one withdraw."""
    first = run("plan", campaign, "--format", "json")
    assert first.json["counts"]["schedule"] == 2
    assert run("apply", campaign).code == 0
    second = run("plan", campaign, "--format", "json", "--exit-code")
    assert (second.code, second.json["counts"]["keep"]) == (0, 2)
    file = campaign / "campaign.yaml"
    file.write_text(file.read_text("utf-8").replace("Tomorrow {{", "The day after {{"), "utf-8")
    third = run("plan", campaign, "--format", "json", "--exit-code")
    assert third.code == 10
    assert [step["action"] for step in third.json["steps"] if step["action"] != "keep"] == ["revise"]
    file.write_text(file.read_text("utf-8").split("  - id: later")[0], "utf-8")
    fourth = run("plan", campaign, "--format", "json")
    assert (fourth.json["counts"]["withdraw"], fourth.json["counts"]["keep"]) == (1, 1)


def test_equal_input_gives_equal_bytes(run: Run, campaign: Path, tmp_path: Path) -> None:
    """The same folder gives the same plan, wherever it lies and whenever it is made."""
    elsewhere = tmp_path / "elsewhere" / "copy"
    elsewhere.mkdir(parents=True)
    (elsewhere / "campaign.yaml").write_bytes((campaign / "campaign.yaml").read_bytes())
    answers = {run("plan", folder, "--format", "json").out for folder in (campaign, campaign, elsewhere)}
    assert len(answers) == 1


def test_planning_writes_nothing(run: Run, campaign: Path) -> None:
    """Check, render, plan, status and dry runs leave no file behind."""
    for command in (
        ["check"],
        ["render"],
        ["plan"],
        ["status"],
        ["apply", "--dry-run"],
        ["publish", "--post", "story", "--dry-run"],
    ):
        assert run(command[0], campaign, *command[1:]).code == 0
    assert [path.name for path in campaign.iterdir()] == ["campaign.yaml"]


def test_a_saved_plan_is_carried_out_exactly_or_refused(run: Run, campaign: Path) -> None:
    """Stale files, a moved ledger and an altered plan are refused, with nothing written."""
    assert run("plan", campaign, "--out", "plan.json").code == 0
    saved = campaign.parent / "plan.json"
    told = json.loads(saved.read_text("utf-8"))
    told["plan"]["steps"][0]["delivery"]["message"]["text"] = "evil"
    (campaign.parent / "altered.json").write_text(json.dumps(told), "utf-8")
    altered = run("apply", "altered.json")
    assert (altered.code, "altered" in altered.err) == (6, True)
    file = campaign / "campaign.yaml"
    original = file.read_text("utf-8")
    file.write_text(original + "\n# a remark\n", "utf-8")
    stale = run("apply", "plan.json")
    assert (stale.code, "stale" in stale.err) == (6, True)
    assert not (campaign / ".mwcampaign").exists()
    file.write_text(original, "utf-8")
    assert run("apply", "plan.json").code == 0
    again = run("apply", "plan.json")
    assert again.code == 6


def test_run_once_publishes_what_is_due_once(run: Run, campaign: Path) -> None:
    """One post today; the second run sends nothing; tomorrow's waits."""
    run("apply", campaign)
    first = run("run", campaign, "--once")
    assert first.code == 0, first.err
    assert [line["state"] for line in first.lines if line["event"] == "delivered"] == ["delivered"]
    second = run("run", campaign, "--once")
    assert (second.code, second.out) == (0, "")
    status = run("status", campaign, "--format", "json")
    assert status.json["counts"] | {"delivered": 1, "scheduled": 1} == status.json["counts"]
    key = next(line["key"] for line in first.lines if line["event"] == "delivered")
    shown = run("show", key[:10], "--campaign", campaign, "--format", "json").json
    assert shown["receipt"]["url"].startswith("https://memory.invalid/louvre@memory/")
    assert [change["event"] for change in shown["history"]][-3:] == ["claim", "seal", "accept"]
    assert shown["message"]["text"] == "Hi Musée du Louvre #MuseumWeek #SecretsMW"


@pytest.mark.parametrize("command", [["run", "--once"], ["publish", "--post", "story"]])
def test_what_another_run_holds_is_said(run: Run, campaign: Path, command: list[str]) -> None:
    """What is due and leased to another run, which may hang: exit 8 and its name, not silence."""
    run("apply", campaign)
    now = datetime.now(UTC)
    with open_ledger(campaign / ".mwcampaign" / "ledger.db") as ledger:
        assert len(ledger.claim(now, "another-machine-17", timedelta(minutes=5), 10)) == 1
    done = run(command[0], campaign, *command[1:])
    assert (done.code, "another-machine-17" in done.err) == (8, True), done.err
    assert "1 may be sent at any moment by another run" in done.err
    assert '"delivered"' not in done.out


def test_publish_delivers_a_selection_now_and_never_twice(run: Run, tmp_path: Path) -> None:
    """A post of this evening goes out now; the plan afterwards has nothing to do."""
    posts = '  - {id: evening, day: today, at: "23:59", text: "Good evening {{ tags }}"}\n'
    campaign = write_campaign(tmp_path / "week", posts=posts)
    done = run("publish", campaign, "--post", "evening")
    assert done.code == 0, done.err
    assert "https://memory.invalid/" in done.out
    again = run("publish", campaign, "--post", "evening")
    assert (again.code, "1 to keep" in again.out) == (0, True)
    assert (
        run("plan", campaign, "--format", "json").json["counts"] | {"keep": 1, "schedule": 2, "revise": 0}
        == run("plan", campaign, "--format", "json").json["counts"]
    )


@pytest.mark.parametrize(
    ("post", "told"), [("later", "none of these posts belongs to today"), ("nope", "nothing matches")]
)
def test_publish_keeps_to_the_day(run: Run, campaign: Path, post: str, told: str) -> None:
    """A theme has its day: tomorrow's post is refused today."""
    refused = run("publish", campaign, "--post", post)
    assert (refused.code, told in refused.err) == (6, True)
    assert not (campaign / ".mwcampaign").exists()


def test_a_dry_run_writes_no_row(run: Run, campaign: Path) -> None:
    """The exact request is shown, and the ledger is as it was."""
    run("apply", campaign)
    before = ledger_rows(campaign)
    done = run("run", campaign, "--dry-run")
    assert (done.code, [line["request"]["text"] for line in done.lines]) == (
        0,
        ["Hi Musée du Louvre #MuseumWeek #SecretsMW"],
    )
    assert ledger_rows(campaign) == before
    assert run("status", campaign, "--format", "json").json["counts"]["scheduled"] == 2


def test_a_missing_secret_stops_before_anything_is_sent(run: Run, tmp_path: Path) -> None:
    """Exit 4, the reference named, nothing claimed; a dry run says so too."""
    account = "    server: https://mastodon.invalid\n    handle: louvre\n    secrets: {access_token: env:NOT_SET}"
    campaign = write_campaign(tmp_path / "week", network="mastodon", account=account)
    assert run("apply", campaign).code == 0
    refused = run("run", campaign, "--once")
    assert (refused.code, "NOT_SET" in refused.err) == (4, True)
    assert run("status", campaign, "--format", "json").json["counts"]["scheduled"] == 2
    dry = run("run", campaign, "--dry-run")
    assert (dry.code, "NOT_SET" in dry.err, len(dry.lines)) == (0, True, 1)


def test_a_missing_secret_can_be_left_out(run: Run, tmp_path: Path) -> None:
    """The others post, what is left out waits without holding up the end, and the exit code says that it is there."""
    account = (
        "    handle: louvre\n  - {institution: louvre, network: mastodon, server: https://mastodon.invalid,\n"
        "     handle: louvre, secrets: {access_token: env:NOT_SET}}"
    )
    campaign = write_campaign(tmp_path / "week", account=account)
    assert run("apply", campaign).code == 0
    refused = run("run", campaign, "--once")
    assert (refused.code, "--skip-missing" in refused.err) == (4, True)
    done = run("run", campaign, "--once", "--skip-missing")
    assert (done.code, "left out" in done.err, "NOT_SET" in done.err) == (4, True, True)
    counts = run("status", campaign, "--format", "json").json["counts"]
    assert (counts["delivered"], counts["retrying"], counts["missed"]) == (1, 1, 0)


def test_a_run_without_a_ledger_says_what_to_do(run: Run, campaign: Path) -> None:
    """Exit 5, and the command that makes one."""
    refused = run("run", campaign, "--once")
    assert (refused.code, "mwcampaign apply" in refused.err) == (5, True)
    assert not (campaign / ".mwcampaign").exists()


@pytest.mark.parametrize("command", ["plan", "apply", "publish", "rehearse"])
def test_a_faulty_campaign_is_refused_with_every_fault(run: Run, campaign: Path, command: str) -> None:
    """Exit 3, each with its place, nothing written."""
    file = campaign / "campaign.yaml"
    told = (
        file.read_text("utf-8")
        .replace("Hi {{ institution.name }}", "Hi {{ institution.nmae }}")
        .replace("Tomorrow", "{{ nope }}")
    )
    file.write_text(told, "utf-8")
    more = ["--post", "story", "--post", "later"] if command == "publish" else []
    refused = run(command, campaign, *more)
    assert refused.code == 3
    assert "did you mean institution.name?" in refused.err
    assert refused.err.count("MW302") == 2
    assert not (campaign / ".mwcampaign").exists()
