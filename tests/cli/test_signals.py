"""The daemon: publishes what is due, waits for the rest, and stops cleanly when asked."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import PROJECT, Run, environment
from tests.cli.test_servers import wait_until


@pytest.mark.parametrize(("asked", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_the_daemon_works_and_stops_when_asked(run: Run, campaign: Path, asked: signal.Signals, code: int) -> None:
    """What is due goes out, the next day's waits; a signal ends it with the ledger at rest."""
    run("apply", campaign)
    log = campaign.parent / "log"
    with log.open("w") as out:
        command = [sys.executable, "-m", "mwcampaign", "run", str(campaign)]
        child = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE, env=environment(), cwd=PROJECT, text=True)
        try:
            wait_until(lambda: '"delivered"' in log.read_text())
        finally:
            child.send_signal(asked)
            _, errors = child.communicate(timeout=30)
    assert (child.returncode, "Traceback" in errors, "stopped" in errors) == (code, False, True)
    events = [json.loads(line)["event"] for line in log.read_text().splitlines()]
    assert events == ["sending", "delivered"]
    counts = run("status", campaign, "--format", "json").json["counts"]
    assert (counts["delivered"], counts["scheduled"], counts["sending"]) == (1, 1, 0)
    assert list((campaign / ".mwcampaign" / "runners").iterdir()) == []


def test_a_plan_applied_meanwhile_is_taken_up(run: Run, campaign: Path) -> None:
    """The daemon notices within seconds what another process applied, new accounts included."""
    run("apply", campaign)
    log = campaign.parent / "log"
    with log.open("w") as out:
        command = [sys.executable, "-m", "mwcampaign", "run", str(campaign)]
        child = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL, env=environment(), cwd=PROJECT)
        try:
            wait_until(lambda: '"delivered"' in log.read_text())
            file = campaign / "campaign.yaml"
            more = '  - {id: more, day: today, at: "00:00", text: "More {{ tags }}"}\n'
            museum = "  - {id: tnm, name: TNM, timezone: UTC, languages: [en]}\naccounts:\n"
            told = (file.read_text("utf-8") + more).replace("accounts:\n", museum)
            file.write_text(
                told.replace("accounts:\n", "accounts:\n  - {institution: tnm, network: memory}\n"), "utf-8"
            )
            assert run("apply", campaign).code == 0
            wait_until(lambda: len(delivered(log)) == 4)
            assert {one["account"] for one in delivered(log)} == {"louvre@memory", "tnm@memory"}
        finally:
            child.terminate()
            child.wait(30)


def delivered(log: Path) -> list[dict[str, str]]:
    """Return what a run's log says was delivered."""
    lines = [line for line in log.read_text().splitlines() if line.endswith("}")]
    return [told for line in lines if (told := json.loads(line))["event"] == "delivered"]
