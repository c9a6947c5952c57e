"""The daemon: publishes what is due, waits for the rest, and stops cleanly when asked."""

from __future__ import annotations

import json
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event as Flag

import pytest

from tests.cli.conftest import PROJECT, Run, environment, write_campaign
from tests.cli.test_servers import wait_until
from tests.platforms.fake_webhook import PATH, SECRET, FakeWebhook


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


class Slow(FakeWebhook):
    """A receiver that takes its time."""

    def __init__(self) -> None:
        super().__init__()
        self.came, self.go_on = Flag(), Flag()

    def takes(self, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        """Answer when told to."""
        self.came.set()
        assert self.go_on.wait(60)
        return super().takes(headers, body)


@pytest.fixture
def slow() -> Iterator[Slow]:
    """A receiver that has not answered yet."""
    server = Slow()
    yield server
    server.go_on.set()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("command", [["run"], ["run", "--once"], ["publish", "--post", "story"]])
def test_a_second_interruption_says_what_it_costs(run: Run, tmp_path: Path, slow: Slow, command: list[str]) -> None:
    """How many posts are in flight, and that they are looked up; the ledger calls them what they are."""
    account = f"    server: '{slow.url}'\n    options: {{plain_http: 'yes'}}\n"
    account += "    secrets: {path: 'env:HOOK_PATH', signing_secret: 'env:HOOK_SECRET'}\n"
    folder = write_campaign(tmp_path / "week", network="webhook", account=account)
    env = {"HOOK_PATH": PATH, "HOOK_SECRET": SECRET}
    assert run("apply", folder, env=env).code == 0
    called = [sys.executable, "-m", "mwcampaign", command[0], str(folder), *command[1:]]
    child = subprocess.Popen(called, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment(**env),
                             cwd=PROJECT)  # fmt: skip
    try:
        assert slow.came.wait(60)
        assert child.stderr is not None
        # The first lets what is in hand finish; two that come at the same moment are one.
        while child.poll() is None and not select.select([child.stderr], [], [], 0.5)[0]:
            child.send_signal(signal.SIGINT)
        told = child.stderr.readline().decode()
        assert told == "stopping at once; 1 in flight will be looked up at the next run\n"
        slow.go_on.set()
        assert child.wait(60) == 130
    finally:
        child.kill()
        child.communicate()
    assert run("run", folder, "--once", env=env).code == 8
    assert len(slow.posts) == 1


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
