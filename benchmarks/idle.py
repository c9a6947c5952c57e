"""An idle daemon: its share of a processor, and how late a post goes out that becomes due while it sleeps.

The daemon is a process of its own. The first posts are in its ledger from the start; the others come from this process
while the daemon is idle, three seconds before they are due: nobody tells it, its housekeeping finds them.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event as Flag
from threading import Thread

from mwcampaign.core.campaign import Account
from mwcampaign.core.delivery import Delivery, delivery_key
from mwcampaign.core.message import Message
from mwcampaign.ledger.pictures import PictureStore
from mwcampaign.ledger.sqlite import SqliteLedger
from mwcampaign.platforms.memory import Memory, MemoryNetwork
from mwcampaign.schedule.clock import SystemClock
from mwcampaign.schedule.daemon import Stop, run_daemon
from mwcampaign.schedule.presence import Presence
from mwcampaign.schedule.tick import Runner

AHEAD = timedelta(seconds=3)
BEGIN = timedelta(seconds=6)
"""The first post is due so long after its daemon was started."""
NUMBER = 5
SETTLING = 4.0
"""Seconds until a process has loaded what it needs."""


class NoSessions:
    """Keeps no login: memory asks for none."""

    def load(self, account: str) -> str | None:
        """Return None."""
        return None

    def save(self, account: str, session: str) -> None:
        """Forget it."""


def wish(post: str, due: datetime) -> Delivery:
    """Return a wish, of an account of its own."""
    account = f"{post}@memory"
    message = Message("Which object would you take home for a day?", "en").to_json()
    key = delivery_key("mw", post, account, 0)
    return Delivery(key, "mw", post, 0, "museum", account, "memory", "monday", due, due + timedelta(hours=12), message)


def apply(ledger: SqliteLedger, *wishes: Delivery) -> None:
    """Plan them."""
    accounts = {each.account: "{}" for each in wishes}
    ledger.apply(ledger.serial(), [(None, each, None) for each in wishes], accounts, datetime.now(UTC), "benchmark")


def daemon(path: Path, told: Connection) -> None:
    """Run until asked to stop; answer with the processor's seconds since the first word, then with all posts."""
    clock, stop, wake, world = SystemClock(), Stop(), Flag(), MemoryNetwork()
    ledger, presence = SqliteLedger(path), Presence(path.parent / "runners")

    def platform_of(account: str) -> Memory:
        return Memory(Account(id=account, institution="museum", network="memory"), {}, NoSessions(), world=world)

    def listen() -> None:
        told.recv()
        began = time.process_time()
        told.recv()
        told.send(time.process_time() - began)
        told.send({post.account: post.posted_at for post in world.posts()})
        stop.ask()

    Thread(target=listen).start()
    runner = Runner(
        ledger,
        platform_of,
        PictureStore(path.parent / "pictures"),
        clock,
        presence.name,
        workers=8,
        dead=presence.dead,
        on_done=wake.set,
    )
    run_daemon(runner, clock, stop, wake)
    presence.close()


def watched(path: Path, waits: Iterator[float]) -> tuple[float, dict[str, datetime]]:
    """Start a daemon, wait, measure while the waits last; return the processor's seconds and when posts arrived."""
    context = get_context("spawn")
    ours, its = context.Pipe()
    process = context.Process(target=daemon, args=(path, its))
    process.start()
    time.sleep(SETTLING)
    ours.send("begin")
    for seconds in waits:
        time.sleep(seconds)
    ours.send("end")
    used, arrived = ours.recv(), ours.recv()
    process.join()
    return used, arrived


def share(folder: Path, seconds: float) -> None:
    """Print what an idle daemon takes of a processor."""
    ledger = SqliteLedger(folder / "idle.db")
    apply(ledger, wish("later", datetime.now(UTC) + timedelta(hours=1)))
    used, _ = watched(folder / "idle.db", iter([seconds]))
    print(f"idle for {seconds:.0f} s: {used * 1e3:.0f} ms of a processor, {used / seconds:.2%} (goal 0.2%)")


def lateness(folder: Path) -> None:
    """Print how late posts arrive that become due while the daemon has nothing to do."""
    ledger, dues = SqliteLedger(folder / "late.db"), dict[str, datetime]()
    begin = datetime.now(UTC) + BEGIN
    known = [wish(f"known{one}", begin + one * AHEAD) for one in range(NUMBER)]
    apply(ledger, *known)

    def waits() -> Iterator[float]:
        yield (known[-1].due - datetime.now(UTC)).total_seconds() + 1
        for one in range(NUMBER):
            new = wish(f"new{one}", datetime.now(UTC) + AHEAD)
            apply(ledger, new)
            dues[new.account] = new.due
            # Not a multiple of the housekeeping's interval, so that each falls elsewhere into it.
            yield 6.3

    dues |= {each.account: each.due for each in known}
    _, arrived = watched(folder / "late.db", waits())
    for name, what in (("known", "known from the start"), ("new", "applied 3 s before by another process")):
        late = [
            f"{(arrived[account] - due).total_seconds() * 1e3:.0f} ms" if account in arrived else "never"
            for account, due in dues.items()
            if account.startswith(name)
        ]
        print(f"lateness, {what}: {', '.join(late)}")


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(dir=".") as name:
        share(Path(name), float(sys.argv[1]) if len(sys.argv) > 1 else 30.0)
        lateness(Path(name))


if __name__ == "__main__":
    main()
