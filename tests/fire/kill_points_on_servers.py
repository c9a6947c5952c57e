"""Kill the real command with SIGKILL, again and again, in the middle of real campaigns; then count on the servers.

`python -m tests.fire.kill_points_on_servers --kills 1000 --seed 1`: half of the kills on Bluesky's reference server,
half on mastodon-mock. MWCAMPAIGN_PDS names the folder with the reference server's node_modules.

A look on Mastodon goes back 200 posts: where more have followed, it can never decide, and what was in doubt stays so.
After --rounds runs of a campaign its open deliveries are counted as unknown, and the script goes on.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from mwcampaign.testing.proxy import Fault, FaultProxy
from tests.cli.conftest import PROJECT
from tests.fire import servers
from tests.fire.campaigns import Campaign
from tests.fire.servers import Server

MANNERS = ("at a random time", "at any request", "before it arrives", "before the answer", "around the answer")
ROUNDS = 10
"""How often a campaign is run again at its end, a minute apart, before what is open is given up as unknown."""
ENOUGH = 30.0
"""Seconds after which a run that was never killed is given up."""


@dataclass
class Count:
    """What became of one network's campaigns."""

    network: str
    kills: Counter[str] = field(default_factory=Counter)
    wanted: int = 0
    posts: int = 0
    duplicates: int = 0
    lost: int = 0
    foreign: int = 0
    unknown: int = 0
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        """Return whether every delivery is public exactly once, and nothing else is."""
        return not (self.duplicates or self.lost or self.foreign or self.unknown)

    def add(self, campaign: Campaign) -> None:
        """Compare what a campaign wanted with what is public and what its ledger says."""
        public, wanted, undelivered = campaign.public(), campaign.wanted, campaign.undelivered()
        self.wanted += wanted.total()
        self.posts += public.total()
        self.duplicates += sum(number - 1 for number in public.values())
        # What the ledger does not call delivered may well be missing; only that, each post for itself.
        self.lost += len(wanted.keys() - public.keys() - undelivered)
        self.foreign += len(public.keys() - wanted.keys())
        self.unknown += len(undelivered)


class Killer:
    """Starts runs of one campaign behind one proxy, and ends them as the dice say."""

    def __init__(self, campaign: Campaign, proxy: FaultProxy, dice: random.Random) -> None:
        self.campaign, self.proxy, self.dice = campaign, proxy, dice

    def kill_one(self) -> str:
        """Start a run and kill it; return in which manner, "" when it ended by itself."""
        manner = self.dice.choice(MANNERS)
        which = servers.ANY if manner == MANNERS[1] else self.campaign.server.publication
        number = self.dice.randint(1, 12 if manner == MANNERS[1] else 4)
        self.proxy.calm()
        before = len(self.proxy.requests)
        if manner in MANNERS[1:4]:
            if number > 1:
                self.proxy.answer(None, forward=True, times=number - 1, **which)
            arrives = manner == MANNERS[3] or (manner == MANNERS[1] and self.dice.random() < 0.5)
            self.proxy.arm(Fault.STALL, forward=arrives, **which)
        command = self.campaign.command("run", self.campaign.folder, "--once")
        child = subprocess.Popen(command, cwd=PROJECT, env=self.campaign.environment, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE)  # fmt: skip
        try:
            if manner == MANNERS[0]:
                self._wait(child, lambda: False, self.dice.uniform(0.0, 2.5))
            elif manner == MANNERS[4]:
                self._wait(child, lambda: self._publications(before) >= number)
                self._wait(child, lambda: False, self.dice.uniform(0.0, 0.03))
            else:
                self._wait(child, lambda: any(seen.fault for seen in self.proxy.requests[before:]))
        finally:
            child.kill()
            _, told = child.communicate(timeout=30)
        assert b"Traceback" not in told, told.decode()
        return manner if child.returncode < 0 else ""

    def _publications(self, before: int) -> int:
        told = self.campaign.server.publication
        path = told["path"].strip("^$")
        return sum(seen.method == told["method"] and path in seen.path for seen in self.proxy.requests[before:])

    def _wait(self, child: subprocess.Popen[bytes], happened: Callable[[], bool], most: float = ENOUGH) -> None:
        until = time.monotonic() + most
        while not happened() and child.poll() is None and time.monotonic() < until:
            time.sleep(0.002)


def play(server: Server, kills: int, posts: int, dice: random.Random, finish: Callable[[Campaign], None]) -> Count:
    """Kill so many runs, on as many campaigns as it takes; let each campaign come to its end, and count."""
    count, began = Count(server.network), time.monotonic()
    with TemporaryDirectory() as folder, FaultProxy(server.url) as proxy:
        while sum(count.kills.values()) < kills:
            campaign = Campaign(Path(folder) / str(count.wanted), server, proxy.url, posts)
            campaign.write()
            applied = campaign.run("apply", campaign.folder)
            assert applied.code == 0, applied.err
            killer = Killer(campaign, proxy, dice)
            while sum(count.kills.values()) < kills:
                manner = killer.kill_one()
                if not manner and campaign.states().keys() <= {"delivered", "unknown"}:
                    break
                count.kills.update([manner] if manner else [])
                told(count, kills)
            proxy.calm()
            finish(campaign)
            count.add(campaign)
    count.seconds = time.monotonic() - began
    return count


def told(count: Count, kills: int) -> None:
    """Say how far it is, now and then."""
    done = sum(count.kills.values())
    if done % 50 == 0:
        print(f"{count.network}: {done} of {kills} kills", file=sys.stderr, flush=True)


def until_settled(campaign: Campaign, rounds: int = ROUNDS, pause: float = 60) -> None:
    """Run the command again until everything is decided, with the waits it takes, and so many times at most; say what
    keeps it waiting. `pause` is seconds."""
    for number in range(1, rounds + 1):
        done = campaign.run("run", campaign.folder, "--once", timeout=3600)
        assert "Traceback" not in done.err, done.err
        if done.code == 0 and campaign.states().keys() == {"delivered"}:
            return
        left = json.loads(campaign.run("status", campaign.folder, "--format", "json").out)["look"]
        whys = Counter(f"{each['trouble']}: {each.get('why', '')}" for each in left)
        print(f"{campaign.server.network}: {dict(whys)}", file=sys.stderr, flush=True)
        # A run does not wait long for a look that comes late: so we do.
        time.sleep(pause if number < rounds else 0)
    print(f"{campaign.server.network}: given up after {rounds} rounds", file=sys.stderr, flush=True)


def table(counts: list[Count]) -> str:
    """Return the figures as markdown."""
    lines = ["| network | kills | deliveries | posts | duplicates | lost | unknown | seconds |", "|---|" + "--:|" * 7]
    for count in counts:
        kills = sum(count.kills.values())
        lines.append(
            f"| {count.network} | {kills} | {count.wanted} | {count.posts} | {count.duplicates} | {count.lost} "
            f"| {count.unknown} | {count.seconds:.0f} |"
        )
    for count in counts:
        lines += ["", f"{count.network}, killed " + "; ".join(f"{how}: {count.kills[how]}" for how in MANNERS)]
    return "\n".join(lines)


def main() -> int:
    """Read the command line, play both networks side by side, print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--kills", type=int, default=100)
    asked.add_argument("--network", action="append", choices=("bluesky", "mastodon"))
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--posts", type=int, default=150, help="posts of each account in one campaign")
    asked.add_argument("--accounts", type=int, default=8)
    asked.add_argument("--rounds", type=int, default=ROUNDS, help="runs at a campaign's end before it is given up")
    given = asked.parse_args()
    modules = Path(os.environ.get("MWCAMPAIGN_PDS") or PROJECT / ".servers" / "pds").resolve()
    counts: list[Count] = []
    with ExitStack() as stack:
        running: list[Server] = []
        networks = given.network or ["bluesky", "mastodon"]
        if "bluesky" in networks:
            running.append(stack.enter_context(servers.bluesky(modules, given.accounts)))
        if "mastodon" in networks:
            running.append(stack.enter_context(servers.mastodon(given.accounts)))

        def one(server: Server) -> None:
            dice = random.Random(f"{given.seed} {server.network}")
            finish = partial(until_settled, rounds=given.rounds)
            counts.append(play(server, given.kills // len(running), given.posts, dice, finish))
            print(table(counts[-1:]), file=sys.stderr, flush=True)

        threads = [threading.Thread(target=one, args=(server,)) for server in running]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    print(table(sorted(counts, key=lambda count: count.network)))
    return 0 if len(counts) == len(running) and all(count.clean for count in counts) else 1


if __name__ == "__main__":
    raise SystemExit(main())
