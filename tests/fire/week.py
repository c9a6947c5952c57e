"""A week in small for random histories: two runners that can be killed or put to sleep at any step, on one ledger and
one network whose answers go wrong on demand. For test_histories."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.delivery import Delivery, DeliveryKey, Envelope, Standing
from mwcampaign.core.message import Message
from mwcampaign.errors import Ambiguous, Deferred, Rejected
from mwcampaign.ledger.pictures import PictureStore
from mwcampaign.ledger.sqlite import SqliteLedger
from mwcampaign.platforms.memory import Memory, MemoryNetwork, MemoryPost, Moment
from mwcampaign.schedule.clock import VirtualClock
from mwcampaign.schedule.tick import Runner
from mwcampaign.testing import samples
from tests.conftest import DUE, make_delivery
from tests.fire.network import FORGETFUL, KNOWS_REPEATS, PROVES_NOTHING, adapter
from tests.fire.spies import Spy, inside

MINUTE = timedelta(minutes=1)
NETWORKS: dict[str, Capabilities] = {
    "makes a post of every request": replace(FORGETFUL, absence_after=60),
    "knows a request again": KNOWS_REPEATS,
    "has a list that may lag": replace(FORGETFUL, lookup="recent", absence_after=None),
    "cannot be asked": PROVES_NOTHING,
}
FAULTS: dict[str, tuple[Moment, Exception]] = {
    "lost on the way": ("before", Ambiguous("no answer")),
    "the answer is lost": ("after", Ambiguous("no answer")),
    "arrives late": ("before", Ambiguous("no answer so far")),
    "429": ("before", Deferred("too many", timedelta(minutes=7))),
    "busy": ("before", Deferred("busy")),
    "refused": ("before", Rejected("no")),
    "a bug before": ("before", KeyError("id")),
    "a bug after": ("after", ValueError("date")),
}
PICTURES = [samples.picture(number) for number in (0, 1)]
FIRST = make_delivery("thread", account="b@memory")
WISHES = (
    make_delivery("one", account="a@memory"),
    replace(
        make_delivery("two", account="a@memory", due=DUE + MINUTE),
        message=Message("two", "en", tuple(picture for picture, _ in PICTURES)).to_json(),
    ),
    FIRST,
    make_delivery("thread", account="b@memory", part=1, after=FIRST.key),
)
STEPS = (
    *("ledger.expire: after", "ledger.doubts: after", "ledger.claim: after", "platform.upload: after"),
    *("ledger.seal: before", "ledger.seal: after", "platform.publish: before", "platform.publish: not yet public"),
    *("platform.publish: public", "platform.publish: after", "ledger.settle: before", "ledger.settle: after"),
    *("platform.find: before", "platform.find: after", "ledger.reconcile: before", "ledger.reconcile: after"),
)
"""Where a round may be interrupted."""
ON_THEIR_WAY = ("platform.publish: before", "platform.publish: not yet public")
"""Where a request may still become a post although nobody can see it."""


class Killed(BaseException):
    """The process is gone: nothing after this runs."""


class Tick(threading.Thread):
    """One round of a runner, in a thread that can be stopped at a step: only one of all threads ever runs."""

    def __init__(self, name: str) -> None:
        super().__init__(daemon=True)
        self.runner_name = name
        self.runner: Runner | None = None
        self.asleep_at, self.asleep_since = "", DUE
        self.trouble: BaseException | None = None
        self._step, self._left, self._kill = "", 0, False
        self._stands, self._goes = threading.Event(), threading.Event()

    def until(self, runner: Runner, step: str, times: int, *, kill: bool) -> None:
        """Begin, and return when it is over, or killed or asleep at that step, the so manieth time (counted from 0)."""
        self.runner, self._step, self._left, self._kill = runner, step, times, kill
        self.start()
        self._stands.wait()

    def wake(self) -> None:
        """Go on to the end."""
        self._stands.clear()
        self._goes.set()
        self._stands.wait()

    def tell(self, said: str) -> None:
        """Hear of a step."""
        if said != self._step:
            return
        self._left -= 1
        if self._left >= 0:
            return
        self._step = ""
        if self._kill:
            raise Killed(said)
        self.asleep_at = said
        self._stands.set()
        self._goes.wait()
        self.asleep_at = ""

    def run(self) -> None:
        """Do the round."""
        assert self.runner is not None
        try:
            self.runner.tick()
        except BaseException as error:  # noqa: BLE001 - carried to the test, which looks at it
            self.trouble = error
        self._stands.set()


class World:
    """Ledger, network, clock, and whoever works on them."""

    def __init__(self, folder: Path, network: str) -> None:
        self.able = NETWORKS[network]
        self.clock = VirtualClock(DUE)
        self.ledger = SqliteLedger(folder / "ledger.db", durable=False)
        self.network = MemoryNetwork()
        self.pictures = PictureStore(folder / "pictures")
        for _, content in PICTURES:
            self.pictures.put(content)
        self.faults: list[str] = []
        self.sleepers: list[Tick] = []
        self.late: list[tuple[datetime, Memory, Envelope]] = []
        self.dead: set[str] = set()
        self.born = 0

    def runner(self, tick: Tick) -> Runner:
        """Make the runner of a round: each step of its work is told to the round."""
        ledger = Spy(self.ledger, "ledger", tick.tell)
        pictures = Spy(self.pictures, "pictures", tick.tell)
        return Runner(ledger, self._platforms(tick), pictures, self.clock, tick.runner_name,
                      dead=lambda names: self.dead & set(names))  # fmt: skip

    def _platforms(self, tick: Tick) -> Callable[[str], Any]:
        def platform(account: str) -> Any:
            speak, silent = inside(tick.tell), adapter(account, self.network, self.clock, self.able)

            def publish(moment: Moment, envelope: Envelope) -> None:
                speak(moment, envelope)
                if self.faults and FAULTS[self.faults[0]][0] == moment:
                    fault = self.faults.pop(0)
                    if fault == "arrives late":
                        self.late.append((self.clock.now(), silent, envelope))
                    raise FAULTS[fault][1]

            return Spy(adapter(account, self.network, self.clock, self.able, publish), "platform", tick.tell)

        return platform

    def work(self, name: str, step: str = "", times: int = 0, *, kill: bool = False) -> None:
        """Let a runner do one round; at that step, if it gets there, it is killed or falls asleep."""
        if any(each.runner_name.startswith(name) for each in self.sleepers):
            return
        tick = Tick(f"{name} {self.born}")
        tick.until(self.runner(tick), step, times, kill=kill)
        self._ended(tick)

    def _ended(self, tick: Tick) -> None:
        if tick.asleep_at:
            tick.asleep_since = self.clock.now()
            self.sleepers.append(tick)
            return
        tick.join()
        # Whoever was killed is dead; whoever is done with a round has nothing in hand and may be called dead too.
        self.dead.add(tick.runner_name)
        self.born += 1
        if tick.trouble is not None and not isinstance(tick.trouble, Killed):
            raise tick.trouble

    def wake(self, which: Callable[[Tick], bool] = lambda tick: True) -> None:
        """Let those who sleep go on."""
        for tick in [each for each in self.sleepers if which(each)]:
            self.sleepers.remove(tick)
            tick.wake()
            self._ended(tick)

    def pass_time(self, span: timedelta) -> None:
        """Let time pass. What is on its way arrives before its network promises that it will not."""
        if self.able.absence_after is not None:
            before = self.clock.now() + span - timedelta(seconds=self.able.absence_after)
            self.wake(lambda tick: tick.asleep_at in ON_THEIR_WAY and tick.asleep_since <= before)
            self.arrive(before)
        self.clock.move_to(self.clock.now() + span)

    def arrive(self, before: datetime) -> None:
        """Let requests become posts that were sent before then and are late."""
        for sent, platform, envelope in list(self.late):
            if sent <= before:
                self.late.remove((sent, platform, envelope))
                platform.publish(envelope)

    def on_its_way(self) -> bool:
        """Return whether a request may still become a post although nobody can see it."""
        return bool(self.late) or any(tick.asleep_at in ON_THEIR_WAY for tick in self.sleepers)

    def standing(self, key: DeliveryKey) -> Standing:
        """Return what the ledger knows; it must know it."""
        found = self.ledger.standing(key)
        assert found is not None
        return found

    def public(self, wish: Delivery) -> list[MemoryPost]:
        """Return the posts that a delivery became."""
        return [post for post in self.network.posts(wish.account) if post.address == wish.key]

    def run_to_the_end(self, end: datetime) -> None:
        """Let everybody wake, nothing go wrong any more, and one runner do all that can be done."""
        self.faults.clear()
        self.wake()
        self.arrive(self.clock.now())
        tick = Tick("last")
        runner = self.runner(tick)
        while self.clock.now() < end:
            if runner.tick():
                continue
            upcoming = runner.next_instant()
            if upcoming is None:
                return
            self.clock.move_to(max(upcoming, self.clock.now() + timedelta(seconds=1)))
