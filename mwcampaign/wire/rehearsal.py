"""A rehearsal, put together: the campaign's own plan, a ledger and networks that vanish afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from mwcampaign.core.delivery import Delivery, DeliveryKey, State
from mwcampaign.core.ports import Platform
from mwcampaign.errors import ExitCode, MwcampaignError
from mwcampaign.ledger.pictures import PictureStore
from mwcampaign.ledger.sqlite import SqliteLedger
from mwcampaign.platforms import adapter
from mwcampaign.platforms.memory import Faults, Memory, MemoryNetwork
from mwcampaign.preview.report import Events, report, shown
from mwcampaign.schedule.clock import VirtualClock
from mwcampaign.schedule.crew import Crew, MemoryOf
from mwcampaign.schedule.judgement import Ending, Wrong, compare, ended
from mwcampaign.schedule.rehearse import ENDED, Rehearsal, Working, rehearse
from mwcampaign.schedule.storm import Met, Storm
from mwcampaign.schedule.tick import Runner
from mwcampaign.schedule.weather import Dice, Fault, Spell, Weather, spells
from mwcampaign.wire.copies import pictures_of
from mwcampaign.wire.files import NoSessions
from mwcampaign.wire.judging import sound
from mwcampaign.wire.project import Project

BEFORE = timedelta(minutes=1)
"""The clock starts this long before the first delivery is due."""


@dataclass(slots=True)
class Stage:
    """A rehearsal that can still be looked at: its ledger, what its networks made public, what went wrong."""

    ledger: SqliteLedger
    worlds: dict[str, MemoryNetwork]
    result: Rehearsal
    wrong: list[Wrong]
    """What is public twice or lost: nothing, or mwcampaign is broken."""
    met: list[tuple[Met, Ending]]
    """Every fault that a delivery met, in order of time, and how it ended."""
    spells: list[Spell]

    @property
    def duplicates(self) -> int:
        """Return how many deliveries are public more than once."""
        return sum(one.kind == "duplicate" for one in self.wrong)

    @property
    def lost(self) -> int:
        """Return how many deliveries or posts are lost: see schedule.judgement.compare."""
        return sum(one.kind == "lost" for one in self.wrong)

    @property
    def faults(self) -> dict[tuple[Fault, str], Counter[Ending]]:
        """Return how often each fault was met on each network, by how it ended."""
        counted: dict[tuple[Fault, str], Counter[Ending]] = {}
        for one, ending in self.met:
            counted.setdefault((one.fault, one.network), Counter())[ending] += 1
        order = list(Fault)
        return dict(sorted(counted.items(), key=lambda item: (order.index(item[0][0]), item[0][1])))


class NothingToRehearse(MwcampaignError):
    """The campaign asks for no delivery."""

    exit_code = ExitCode.CAMPAIGN_INVALID


@contextmanager
def rehearsed(
    project: Project,
    expect: Callable[[int], None] = lambda _: None,
    step: Callable[[], None] = lambda: None,
    *,
    weather: Weather = Weather.NONE,
    seed: int = 1,
) -> Iterator[Stage]:
    """Play a campaign's whole week. `expect` is told how many deliveries there are, `step` is called when one has
    ended. The same weather and seed give the same week. Raises CampaignInvalid."""
    wishes = list(sound(project))
    if not wishes:
        raise NothingToRehearse("the campaign asks for no post", hint="add posts, institutions and accounts")
    expect(len(wishes))
    campaign = project.campaign
    clock = VirtualClock(min(wish.due for wish in wishes) - BEFORE)
    worlds: dict[str, MemoryNetwork] = {account.network: MemoryNetwork() for account in campaign.all_accounts}
    dice = Dice(seed)
    networks = {wish.network for wish in wishes}
    by_hand = {network for network in networks if adapter(network).capabilities.handed_over}
    storm = Storm(weather, dice, spells(weather, dice, wishes, by_hand), clock, {wish.key: wish for wish in wishes})
    with TemporaryDirectory(prefix="mwcampaign-") as folder:
        pictures = PictureStore(Path(folder) / "pictures")
        for digest in pictures_of(project, wishes):
            pictures.put(project.fitter.content(digest))
        ledger = SqliteLedger(Path(folder) / "ledger.db", durable=False)
        try:
            ledger.apply(0, ((None, wish, None) for wish in wishes), project.accounts(), clock.now(), "rehearsal")
            steps = _Steps(step)
            memory_of = _memory_of(project, worlds, clock)
            runner: Working
            if weather is Weather.NONE:
                calm = cache(lambda account: memory_of(account, lambda moment, envelope: None))
                runner = Runner(ledger, calm, pictures, clock, "rehearsal", observer=steps.hear)
            else:
                network_of = {account.id: account.network for account in campaign.all_accounts}
                runner = Crew(storm, ledger, network_of.__getitem__, memory_of, pictures, steps.hear)
            days = {theme.id: theme.date.isoformat() for theme in campaign.edition.days}
            result = rehearse(ledger, runner, clock, campaign.edition.id, days.__getitem__)
            wrong = compare(ledger.standings(), {network: world.posts() for network, world in worlds.items()})
            met = [(one, ended(ledger.history(DeliveryKey(one.key)), one.attempt)) for one in storm.log]
            yield Stage(ledger, worlds, result, wrong, met, storm.spells)
        finally:
            ledger.close()


class _Steps:
    """Counts each delivery once when it has ended: a missed one may still be delivered by a late receipt."""

    def __init__(self, step: Callable[[], None]) -> None:
        self._step = step
        self._seen: set[str] = set()

    def hear(self, what: str, delivery: Delivery | None, state: State | None, why: str) -> None:
        """Observe a runner."""
        if state in ENDED and delivery is not None and delivery.key not in self._seen:
            self._seen.add(delivery.key)
            self._step()


def events(stage: Stage) -> Events:
    """Return what a rehearsal met, in words."""
    return Events(
        [(one.kind, one.account, one.key, one.what) for one in stage.wrong],
        [(fault, network, endings.total(), _endings(endings)) for (fault, network), endings in stage.faults.items()],
        [(_spell(one), one.where, _utc(one.begins), _utc(one.ends), "" if one.error else str(one.met))
         for one in stage.spells],
        [(_utc(one.at), one.account, one.key, one.fault, ending) for one, ending in stage.met],
    )  # fmt: skip


def _endings(endings: Counter[Ending]) -> str:
    return ", ".join(f"{endings[ending]} {ending}" for ending in Ending if endings[ending])


def _spell(spell: Spell) -> str:
    if not spell.error:
        return str(spell.fault)
    minutes, seconds = divmod(round(abs(spell.error.total_seconds())), 60)
    return f"{spell.fault} by {minutes} min {seconds} s"


def _utc(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S}"


def _memory_of(project: Project, worlds: dict[str, MemoryNetwork], clock: VirtualClock) -> MemoryOf:
    accounts = {account.id: account for account in project.campaign.all_accounts}
    real = cache(lambda name: project.platform_for(accounts[name]))

    def memory(name: str, faults: Faults) -> Platform:
        return Memory(accounts[name], {}, NoSessions(), world=worlds[accounts[name].network],
                      imitates=real(name).capabilities, count=real(name).count, clock=clock, faults=faults)  # fmt: skip

    return memory


def page(project: Project, stage: Stage, facts: list[tuple[str, str]]) -> str:
    """Return a rehearsal's report as HTML."""
    campaign = project.campaign
    zones = {institution.id: institution.zone for institution in campaign.institutions}
    days = {theme.id: theme.date.isoformat() for theme in campaign.edition.days}

    def local(instant: datetime, institution: str) -> str:
        zone = zones[institution]
        return f"{instant.astimezone(zone):%Y-%m-%d %H:%M} {zone.key}"

    fitter = project.fitter
    pictures = {digest: (mime, fitter.content(digest)) for digest, mime in fitter.kinds().items()}
    told = (
        shown(standing, days[standing.delivery.theme], local(standing.delivery.due, standing.delivery.institution))
        for standing in stage.ledger.standings(campaign.edition.id)
    )
    return report(f"{campaign.edition.title}: a rehearsal", facts, stage.result.table, told, pictures, events(stage))
