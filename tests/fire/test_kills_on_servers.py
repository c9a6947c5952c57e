"""A small turn of kill_points_on_servers: the real command, killed again and again, on real servers."""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mwcampaign.core.delivery import Envelope, Event, Receipt, State
from mwcampaign.schedule.clock import SystemClock
from mwcampaign.schedule.tick import Runner
from mwcampaign.wire.connections import Connections
from mwcampaign.wire.files import ledger_path, open_ledger, picture_store
from tests.cli.conftest import Ran
from tests.fire import servers
from tests.fire.campaigns import Campaign
from tests.fire.kill_points_on_servers import Count, play, until_settled
from tests.fire.servers import MastodonServer, Post, Server
from tests.platforms.pds import modules

KILLS = 10
POSTS = 25
PATIENCE = timedelta(minutes=3)


class Ahead:
    """The machine's clock, a little ahead: absence counts as proof after a minute, and no test waits for a minute."""

    def __init__(self, by: timedelta) -> None:
        self.by = by

    def now(self) -> datetime:
        """Return the present instant and a little more."""
        return SystemClock().now() + self.by


def settle(campaign: Campaign) -> None:
    """Do as `run --once` does, with a clock that is moved to where absence is proven."""
    where = ledger_path(campaign.folder, "")
    clock = Ahead(timedelta())
    with open_ledger(where) as ledger:
        connections = Connections(ledger.accounts, campaign.folder, campaign.environment, ledger.serial)
        dead = set(ledger.runners())
        runner = Runner(ledger, connections, picture_store(where), clock, "last", dead=lambda names: dead & set(names))
        while ledger.counts().keys() != {State.DELIVERED} and clock.by < PATIENCE:
            if not runner.tick():
                clock.by += timedelta(seconds=5)
        connections.close()


@pytest.fixture(params=["bluesky", "mastodon"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A real server with two accounts."""
    made = servers.bluesky(modules(), 2) if request.param == "bluesky" else servers.mastodon(2)
    with made as running:
        yield running


def test_killed_again_and_again(server: Server) -> None:
    """Before, inside of and after publications, at any request and at any time: afterwards the server has each post of
    the campaign once, and nothing else. Another seed plays another game: FIRE_SEED."""
    count = play(server, KILLS, POSTS, random.Random(os.environ.get("FIRE_SEED", "1")), settle)
    assert sum(count.kills.values()) == KILLS
    assert (count.posts, count.duplicates, count.lost, count.foreign, count.unknown) == (count.wanted, 0, 0, 0, 0)


class Stuck(Campaign):
    """A campaign with one delivery that no look can decide."""

    runs = 0

    def run(self, *arguments: object, timeout: float = 600) -> Ran:
        """Answer as the program does then."""
        self.runs += "run" in arguments
        told = {"counts": {"unknown": 1}, "look": [{"trouble": "unknown", "why": "more than 200 posts since then"}]}
        return Ran(0 if "status" in arguments else 8, json.dumps(told), "")


def test_what_no_look_decides_is_given_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """After as many rounds as were asked for the script goes on, and says so."""
    campaign = Stuck(tmp_path, MastodonServer("http://localhost", ("museum1",)), "http://localhost")
    until_settled(campaign, rounds=3, pause=0)
    assert campaign.runs == 3
    assert capsys.readouterr().err.endswith("mastodon: given up after 3 rounds\n")


class Half(Campaign):
    """A campaign of which the test says what is public."""

    shown: Counter[Post]

    def public(self) -> Counter[Post]:
        """Return what is shown."""
        return self.shown


def test_a_loss_is_not_hidden_by_what_is_undelivered(tmp_path: Path) -> None:
    """One post is public and in doubt, the other one delivered and not there: that one is lost."""
    campaign = Half(tmp_path / "week", MastodonServer("http://localhost", ("museum1",)), "http://localhost", 2,
                    threads=False)  # fmt: skip
    campaign.write()
    assert campaign.run("apply", campaign.folder).code == 0
    first, second = sorted(campaign.wanted)
    with open_ledger(ledger_path(campaign.folder, "")) as ledger:
        for standing in list(ledger.standings()):
            (claim,) = ledger.claim(SystemClock().now(), "test", PATIENCE, 1)
            ledger.seal(claim.attempt.id, Envelope("address", "{}"), SystemClock().now())
            event = Event.DOUBT if first[1] in claim.delivery.message else Event.ACCEPT
            receipt = None if event is Event.DOUBT else Receipt(standing.delivery.key, "", SystemClock().now())
            ledger.settle(claim.attempt.id, event, SystemClock().now(), "", receipt)
    assert campaign.undelivered() == {first}
    campaign.shown = Counter([first])
    count = Count("mastodon")
    count.add(campaign)
    assert (count.lost, count.unknown, count.duplicates, count.foreign) == (1, 1, 0, 0)
    campaign.shown = Counter([first, second])
    count = Count("mastodon")
    count.add(campaign)
    assert (count.lost, count.unknown, count.posts) == (0, 1, 2)
