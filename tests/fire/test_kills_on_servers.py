"""A small turn of kill_points_on_servers: the real command, killed again and again, on real servers."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from mwcampaign.core.delivery import State
from mwcampaign.schedule.clock import SystemClock
from mwcampaign.schedule.tick import Runner
from mwcampaign.wire.connections import Connections
from mwcampaign.wire.files import ledger_path, open_ledger, picture_store
from tests.fire import servers
from tests.fire.campaigns import Campaign
from tests.fire.kill_points_on_servers import play
from tests.fire.servers import Server
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
