"""The runners of a rehearsal in bad weather: killed, frozen, started again, two on one ledger. Part of the rehearsal.

All of it happens in one thread, so that the same seed gives the same week: while a runner is frozen or waits for an
answer, the others work inside its call.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import cast

from mwcampaign.core.ledger import Claim, Ledger
from mwcampaign.core.ports import Pictures, Platform
from mwcampaign.platforms.memory import Faults
from mwcampaign.schedule.clock import VirtualClock
from mwcampaign.schedule.rehearse import play
from mwcampaign.schedule.storm import DiskFull, Killed, Storm, StormyLedger, StormyPlatform
from mwcampaign.schedule.tick import Observer, PlatformOf, Runner
from mwcampaign.schedule.weather import MACHINE, Weather

MemoryOf = Callable[[str, Faults], Platform]
"""From an account's id, and what goes wrong inside of publish, to its adapter on a network in memory."""
BATCH = 8
"""As many posts in hand as a real runner has by default: each may take a minute of the lease."""


class MachineClock:
    """A machine's clock: the true time and, during a spell, an error. It jumps both ways."""

    def __init__(self, true: VirtualClock, storm: Storm, machine: str) -> None:
        self._true, self._storm, self._machine = true, storm, machine

    def now(self) -> datetime:
        """Return what the machine believes."""
        return self._true.now() + self.error()

    def error(self) -> timedelta:
        """Return by how much it is wrong now."""
        now = self._true.now()
        felt = (spell for spell in self._storm.spells if spell.error and spell.covers(spell.fault, self._machine, now))
        return sum((spell.error for spell in felt), timedelta())


class Crew:
    """Works on one ledger with one runner or, in hostile weather, two; a runner that is gone is replaced."""

    def __init__(
        self,
        storm: Storm,
        ledger: Ledger,
        network_of: Callable[[str], str],
        memory_of: MemoryOf,
        pictures: Pictures,
        observer: Observer,
    ) -> None:
        self.storm, self.clock, self.ledger = storm, storm.clock, ledger
        self.network_of, self.memory_of, self.pictures, self.observer = network_of, memory_of, pictures, observer
        self.dead: set[str] = set()
        machines = (MACHINE, "second machine") if storm.weather is Weather.HOSTILE else (MACHINE,)
        self._members = [Member(self, machine) for machine in machines]
        self._inside = False
        self._broken: BaseException | None = None

    def tick(self) -> int:
        """Let everybody who can do one round; return how many things were done."""
        done = sum(member.work() for member in self._members)
        if self._broken is not None and not self._inside:
            raise self._broken
        return done

    def next_instant(self) -> datetime | None:
        """Return when, in true time, there is something new to do for anybody who can work."""
        now = self.clock.now()
        instants = [instant for member in self._members for instant in member.instants()]
        jumps = [edge for spell in self.storm.spells if spell.error for edge in (spell.begins, spell.ends)]
        instants += [jump for jump in jumps if jump > now]
        return min(instants, default=None)

    def pass_time(self, span: timedelta) -> None:
        """Let time pass for somebody who is busy, while the others work."""
        until = self.clock.now() + span
        if not self._inside:
            self._inside = True
            try:
                play(self, self.clock, until)
            finally:
                self._inside = False
        self.clock.move_to(until)

    def hold(self, error: Exception) -> None:
        """Keep a bug of ours until the outermost round is over: inside of a call the engine would take it for doubt."""
        self._broken = self._broken or error


class Member:
    """One machine of the crew, and the runner that works there now."""

    def __init__(self, crew: Crew, machine: str) -> None:
        self._crew, self._machine = crew, machine
        self._clock = MachineClock(crew.clock, crew.storm, machine)
        self._starts = crew.clock.now()
        self._started = 0
        self._busy = False
        self._runner: Runner | None = None
        self.name = ""

    def work(self) -> int:
        """Do one round, if the runner is there and not in the middle of one; start it where it is due to start."""
        if self._busy or self._starts > self._crew.clock.now():
            return 0
        if self._runner is None:
            self._runner = self._start()
        self._busy = True
        try:
            return self._runner.tick()
        except Killed as killed:
            self._gone(killed.back, told=killed.told)
        except DiskFull as full:
            self._gone(full.back, told=True)
        except Exception as error:  # noqa: BLE001 - raised again by Crew.tick
            self._crew.hold(error)
            return 0
        finally:
            self._busy = False
        return 1

    def instants(self) -> list[datetime]:
        """Return when there may be something new to do here, in true time."""
        if self._starts > self._crew.clock.now():
            return [self._starts]
        if self._busy or self._runner is None:
            return []
        upcoming = self._runner.next_instant()
        return [] if upcoming is None else [upcoming - self._clock.error()]

    def pass_time(self, span: timedelta) -> None:
        """Let time pass, while others work."""
        self._crew.pass_time(span)

    def let_others_work(self) -> int:
        """Let others do one round at this moment."""
        return self._crew.tick()

    def _gone(self, back: timedelta, *, told: bool) -> None:
        self._runner = None
        self._starts = self._crew.clock.now() + back
        if told:
            self._crew.dead.add(self.name)

    def _start(self) -> Runner:
        crew = self._crew
        self._started += 1
        self.name = f"{self._machine.replace(' ', '-')}-{self._started}"
        claims: dict[str, Claim] = {}
        ledger = cast(Ledger, StormyLedger(crew.ledger, crew.storm, self, claims))
        return Runner(
            ledger,
            self._adapters(claims),
            crew.pictures,
            self._clock,
            self.name,
            batch=BATCH,
            dead=lambda names: crew.dead & set(names),
            observer=crew.observer,
        )

    def _adapters(self, claims: dict[str, Claim]) -> PlatformOf:
        @cache
        def adapter(account: str) -> Platform:
            crew = self._crew
            stormy = StormyPlatform(account, crew.network_of(account), crew.storm, self, claims)
            stormy.inner = crew.memory_of(account, stormy.publishing)
            # Where a person posts there is no network that could fail.
            return stormy.inner if stormy.inner.capabilities.handed_over else cast(Platform, stormy)

        return adapter
