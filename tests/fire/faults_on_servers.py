"""Every fault on every network, through the real command: what is public afterwards, what the ledger says, how it ends.

`python -m tests.fire.faults_on_servers`: one post with two pictures; its publication meets the fault once; `publish`,
then `run --once` until nothing more can be decided. Prints a table. Takes minutes, because absence is believed only
after one. MWCAMPAIGN_PDS names the folder with the reference server's node_modules.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from mwcampaign.testing.proxy import LOST_ANSWERS, Fault, FaultProxy
from tests.cli.conftest import PROJECT
from tests.fire import servers
from tests.fire.campaigns import Campaign
from tests.fire.servers import Server

AWAY = 10.0
"""Seconds for which nobody listens."""
ROUNDS = 6


@dataclass(frozen=True)
class Ended:
    """What one fault on one network led to."""

    network: str
    fault: Fault
    first: int
    requests: int
    posts: int
    state: str
    last: int

    @property
    def honest(self) -> bool:
        """Return whether there is one post that is proven, none that was ever promised, or a doubt that says so."""
        allowed = {"delivered": [(1, 0)], "failed": [(0, 7)], "unknown": [(0, 8), (1, 8)]}
        return (self.posts, self.last) in allowed.get(self.state, [])


def try_one(server: Server, handle: str, fault: Fault, folder: Path) -> Ended:
    """Let one publication meet one fault, and see it through."""
    with FaultProxy(server.url) as proxy:
        campaign = Campaign(folder, server, proxy.url, handles=(handle,), threads=False)
        campaign.write()
        if fault is Fault.REFUSE:
            proxy.hang_up()
            threading.Timer(AWAY, proxy.listen).start()
        else:
            proxy.arm(fault, **server.publication, style=server.style)
        first = last = campaign.run("publish", folder, "--post", "post0").code
        for _ in range(ROUNDS):
            before, last = campaign.states(), campaign.run("run", folder, "--once").code
            if last in {0, 7} or (last == 8 and campaign.states() == before):
                break
        (state,) = campaign.states()
        path = server.publication["path"].strip("^$")
        requests = sum(seen.method == "POST" and path in seen.path for seen in proxy.requests)
        return Ended(server.network, fault, first, requests, campaign.public().total(), state, last)


def try_all(networks: list[str], folder: Path, faults: list[Fault], at_once: int) -> Iterator[Ended]:
    """Try every fault on every network, several at the same time, each on an account of its own."""
    with ExitStack() as stack, ThreadPoolExecutor(at_once) as pool:
        asked = []
        for network in networks:
            if network == "bluesky":
                modules = Path(os.environ.get("MWCAMPAIGN_PDS") or PROJECT / ".servers" / "pds").resolve()
                running: list[Server] = [stack.enter_context(servers.bluesky(modules, len(faults)))] * len(faults)
            elif network == "mastodon":
                running = [stack.enter_context(servers.mastodon(len(faults)))] * len(faults)
            else:
                running = [stack.enter_context(servers.fake_x()) for _ in faults]
            for number, (server, fault) in enumerate(zip(running, faults, strict=True)):
                handle = server.handles[number % len(server.handles)]
                asked.append(pool.submit(try_one, server, handle, fault, folder / f"{network}-{number}"))
        for each in asked:
            yield each.result()
            print(each.result(), file=sys.stderr, flush=True)


def table(ended: list[Ended]) -> str:
    """Return the outcomes as markdown."""
    lines = ["| network | the publication meets | `publish` | requests | public posts | state | exit at the end |",
             "|---|---|--:|--:|--:|---|--:|"]  # fmt: skip
    for each in ended:
        told = f"{each.fault}" + (" (the post is there)" if each.fault in LOST_ANSWERS else "")
        lines.append(
            f"| {each.network} | {told} | {each.first} | {each.requests} | {each.posts} | {each.state} | {each.last} |"
        )
    return "\n".join(lines)


def main() -> int:
    """Read the command line, try, print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--network", action="append", choices=("bluesky", "mastodon", "x"))
    asked.add_argument("--at-once", type=int, default=6)
    given = asked.parse_args()
    with TemporaryDirectory() as folder:
        networks = given.network or ["bluesky", "mastodon", "x"]
        ended = list(try_all(networks, Path(folder), list(Fault), given.at_once))
    print(table(ended))
    return 0 if all(each.honest for each in ended) else 1


if __name__ == "__main__":
    raise SystemExit(main())
