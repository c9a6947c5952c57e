"""A person's word: on what is unknown, and on what failed; with name and reason, and never twice."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mwcampaign.core.campaign import Account
from mwcampaign.core.delivery import Event
from mwcampaign.core.message import Message
from mwcampaign.core.ports import Handles
from mwcampaign.ledger.sqlite import SqliteLedger
from mwcampaign.platforms.memory import Memory
from mwcampaign.testing.rig import KeptSessions
from tests.cli.conftest import Run

URL = "https://x.com/louvre/status/1445880548472328192"


def in_state(campaign: Path, event: Event) -> str:
    """Claim and seal the due delivery, settle it with an event, and return its key; its next look is in a day."""
    ledger = SqliteLedger(campaign / ".mwcampaign" / "ledger.db")
    now = datetime.now(UTC)
    (claim,) = ledger.claim(now, "test", timedelta(minutes=5), 1)
    account = Account(id=claim.delivery.account, institution="louvre", network="memory")
    request = Memory(account, {}, KeptSessions()).prepare(
        Message.from_json(claim.delivery.message), Handles(), claim.delivery.key, now
    )
    ledger.seal(claim.attempt.id, request, now)
    ledger.settle(claim.attempt.id, event, now, "for a test")
    if event is Event.DOUBT:
        (doubt,) = ledger.doubts(now, 1)
        ledger.reconcile(doubt, None, now, "cannot be looked up", None, now + timedelta(days=1))
    ledger.close()
    return claim.delivery.key


def test_it_is_public(run: Run, campaign: Path) -> None:
    """Delivered, with the address, the name and the reason; nothing is sent again."""
    run("apply", campaign)
    key = in_state(campaign, Event.DOUBT)
    assert run("status", campaign).code == 8
    told = ("--campaign", campaign, "--why", "seen on the profile")
    assert run("resolve", key[:8], "--url", URL, *told).code == 0
    shown = run("show", key, "--campaign", campaign, "--format", "json").json
    assert (shown["state"], shown["receipt"]["url"], shown["receipt"]["id"]) == (
        "delivered",
        URL,
        URL.rpartition("/")[2],
    )
    assert (shown["history"][-1]["event"], shown["history"][-1]["why"]) == ("found", "seen on the profile")
    assert run("run", campaign, "--once").out == ""
    assert run("status", campaign).code == 0
    assert run("resolve", key, "--absent", *told).code == 6


def test_it_is_not_there(run: Run, campaign: Path) -> None:
    """It goes again, once."""
    run("apply", campaign)
    key = in_state(campaign, Event.DOUBT)
    assert run("resolve", key, "--absent", "--campaign", campaign).code == 0
    done = run("run", campaign, "--once")
    assert (done.code, [line["event"] for line in done.lines]) == (0, ["sending", "delivered"])


def test_a_failed_post_goes_again(run: Run, campaign: Path) -> None:
    """After a renewed token, say: as it is, in its window."""
    run("apply", campaign)
    key = in_state(campaign, Event.REJECT)
    assert run("status", campaign).code == 7
    assert run("run", campaign, "--once").code == 7
    assert run("retry", key, "--campaign", campaign, "--why", "new token").code == 0
    assert run("run", campaign, "--once").code == 0
    assert run("retry", key, "--campaign", campaign).code == 6


def test_out_of_its_window_nothing_goes_again(run: Run, campaign: Path) -> None:
    """Too late is missed, never late, whoever asks."""
    run("apply", campaign)
    key = in_state(campaign, Event.REJECT)
    with closing(sqlite3.connect(campaign / ".mwcampaign" / "ledger.db")) as ledger:
        ledger.execute("UPDATE delivery SET closes = 1 WHERE key = ?", (key,))
        ledger.commit()
    refused = run("retry", key, "--campaign", campaign)
    assert (refused.code, "window closed" in refused.err) == (6, True)


@pytest.mark.parametrize("more", [[], ["--url", URL, "--absent"], ["--url", "somewhere"]])
def test_a_decision_is_one_thing(run: Run, campaign: Path, more: list[str]) -> None:
    """There or not there, and an address is an address."""
    run("apply", campaign)
    key = in_state(campaign, Event.DOUBT)
    assert run("resolve", key, *more, "--campaign", campaign).code == 2
    assert run("status", campaign).code == 8


@pytest.mark.parametrize("command", ["show", "retry", "resolve"])
def test_an_unknown_key(run: Run, campaign: Path, command: str) -> None:
    """Says where keys are found."""
    run("apply", campaign)
    more = ["--absent"] if command == "resolve" else []
    refused = run(command, "zz", *more, "--campaign", campaign)
    assert (refused.code, f"mwcampaign plan {campaign} --format json" in refused.err) == (2, True)
