"""What status says of posts that are tried again by themselves."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mwcampaign.core.delivery import Event
from mwcampaign.ledger.rows import to_ms
from tests.cli.conftest import Run
from tests.cli.test_decisions import in_state
from tests.cli.test_hands import edit


def again_at(campaign: Path, key: str, when: datetime) -> None:
    """Let a retry wait until then."""
    with closing(sqlite3.connect(campaign / ".mwcampaign" / "ledger.db")) as ledger:
        ledger.execute("UPDATE delivery SET not_before = ?, ready = ? WHERE key = ?", (to_ms(when), to_ms(when), key))
        ledger.commit()


def test_a_retry_tells_why_and_when(run: Run, campaign: Path) -> None:
    """The last reason and the next try; nothing is wrong, so it exits 0, and what comes next is the first of all
    retries and posts."""
    run("apply", campaign)
    key, now = in_state(campaign, Event.DEFER), datetime.now(UTC)
    again_at(campaign, key, datetime(2999, 1, 1, 6, 15, tzinfo=UTC))
    told = run("status", campaign)
    assert told.code == 0, told.err
    assert f"Next: {now.date() + timedelta(days=1)} 12:00 UTC louvre@memory later\n" in told.out
    assert told.out.endswith(
        f"retrying: {key[:12]} louvre@memory story\n"
        f"    due {now.date()} 00:00 UTC; for a test; tried again at 2999-01-01 06:15 UTC\n"
    )
    (look,) = run("status", campaign, "--format", "json").json["look"]
    assert (look["trouble"], look["why"], look["not_before"]) == ("retrying", "for a test", "2999-01-01T06:15:00Z")
    assert "again   2999-01-01 06:15:00 UTC\n" in run("show", key, "--campaign", campaign).out
    again_at(campaign, key, now - timedelta(minutes=1))
    told = run("status", campaign)
    assert (told.code, "; for a test; tried again as soon as it can be\n" in told.out) == (0, True)
    assert "UTC louvre@memory story\n" in told.out


def test_what_a_person_must_look_at_comes_first(run: Run, campaign: Path) -> None:
    """What goes on by itself does not push a failed post out of sight."""
    edit(campaign, "posts:\n", "posts:\n" + '  - {id: first, day: today, at: "00:00", text: "First {{ tags }}"}\n')
    run("apply", campaign)
    deferred = in_state(campaign, Event.DEFER)
    again_at(campaign, deferred, datetime.now(UTC) + timedelta(hours=1))
    keys = {deferred[:12], in_state(campaign, Event.REJECT)[:12]}
    told = run("status", campaign)
    assert told.code == 7
    looks = [line.split()[:2] for line in told.out.splitlines() if not keys.isdisjoint(line.split())]
    assert [trouble for trouble, _ in looks] == ["failed:", "retrying:"]
