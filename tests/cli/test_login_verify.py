"""`accounts verify`: who we are, what we may do, until when and how much; and it says what is missing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run, run, write_campaign
from tests.platforms.fake_graph import TOKEN
from tests.platforms.fake_threads import FakeThreads

__all__ = ["run"]

CHRISTMAS = 1_798_070_400


@pytest.fixture
def server() -> Iterator[FakeThreads]:
    """Threads, which lets us ask about our token."""
    made = FakeThreads()
    made.scopes, made.may_ask = ["threads_basic", "threads_content_publish"], {TOKEN}
    made.of_token |= {"expires_at": CHRISTMAS}
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def week(tmp_path: Path, server: FakeThreads) -> Path:
    """A campaign with an account there."""
    told = f"    server: {server.url}\n    secrets: {{access_token: env:THREADS}}\n"
    return write_campaign(tmp_path / "week", network="threads", account=told)


def test_all_of_it_is_shown_and_kept(run: Run, week: Path, server: FakeThreads) -> None:
    """Identity, rights, end, what is left: on a line, as JSON, and on the disk without the token."""
    done = run("accounts", "verify", week, env={"THREADS": TOKEN})
    assert done.code == 0, done.err
    assert "museum https://www.threads.com/@museum; may threads_basic, threads_content_publish; until 2026-12-24; " in (
        done.out
    )
    assert "250 posts left until" in done.out
    (told,) = run("accounts", "verify", week, "--format", "json", env={"THREADS": TOKEN}).json["accounts"].values()
    assert (told["expires"], told["left"][0]["posts"]) == ("2026-12-24T00:00:00+00:00", 250)
    kept = (week / ".mwcampaign" / "verified.json").read_text("utf-8")
    assert json.loads(kept)["louvre@threads"]["rights"] == ["threads_basic", "threads_content_publish"]
    assert TOKEN not in kept + done.out + done.err


def test_a_network_that_cannot_be_asked_is_no_verdict(run: Run, week: Path, server: FakeThreads) -> None:
    """Exit 4 with the reason; nobody claims that the account cannot post, and what was known before stays."""
    assert run("accounts", "verify", week, env={"THREADS": TOKEN}).code == 0
    before = (week / ".mwcampaign" / "verified.json").read_bytes()
    server.shutdown()
    server.server_close()
    done = run("accounts", "verify", week, env={"THREADS": TOKEN})
    assert done.code == 4
    assert done.out.startswith("louvre@threads: ")
    assert "1 not verified: louvre@threads" in done.err
    assert (week / ".mwcampaign" / "verified.json").read_bytes() == before


def test_a_missing_right_says_what_to_do(run: Run, week: Path, server: FakeThreads) -> None:
    """Exit 4, in a sentence; what was known before stays."""
    assert run("accounts", "verify", week, env={"THREADS": TOKEN}).code == 0
    before = (week / ".mwcampaign" / "verified.json").read_bytes()
    server.scopes = ["threads_basic"]
    done = run("accounts", "verify", week, env={"THREADS": TOKEN})
    assert done.code == 4
    assert "the token may not publish; log in again and allow threads_content_publish" in done.out
    assert (week / ".mwcampaign" / "verified.json").read_bytes() == before
