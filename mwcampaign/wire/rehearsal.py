"""A rehearsal, put together: the campaign's own plan, a ledger and networks that vanish afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from mwcampaign.core.delivery import Delivery, State
from mwcampaign.core.ports import Platform
from mwcampaign.errors import ExitCode, MwcampaignError
from mwcampaign.ledger.pictures import PictureStore
from mwcampaign.ledger.sqlite import SqliteLedger
from mwcampaign.platforms.memory import Memory, MemoryNetwork
from mwcampaign.preview.report import report, shown
from mwcampaign.schedule.clock import VirtualClock
from mwcampaign.schedule.rehearse import ENDED, Rehearsal, rehearse
from mwcampaign.schedule.tick import Runner
from mwcampaign.wire.files import NoSessions
from mwcampaign.wire.project import Project, sound

BEFORE = timedelta(minutes=1)
"""The clock starts this long before the first delivery is due."""


@dataclass(slots=True)
class Stage:
    """A rehearsal that can still be looked at: its ledger and what its networks made public."""

    ledger: SqliteLedger
    worlds: dict[str, MemoryNetwork]
    result: Rehearsal


class NothingToRehearse(MwcampaignError):
    """The campaign asks for no delivery."""

    exit_code = ExitCode.CAMPAIGN_INVALID


@contextmanager
def rehearsed(
    project: Project, expect: Callable[[int], None] = lambda _: None, step: Callable[[], None] = lambda: None
) -> Iterator[Stage]:
    """Play a campaign's whole week. `expect` is told how many deliveries there are, `step` is called when one has
    ended. Raises CampaignInvalid."""
    wishes = [wanted.delivery for wanted in sound(project) if wanted.delivery is not None]
    if not wishes:
        raise NothingToRehearse("the campaign asks for no post", hint="add posts, institutions and accounts")
    expect(len(wishes))
    clock = VirtualClock(min(wish.due for wish in wishes) - BEFORE)
    worlds: dict[str, MemoryNetwork] = {account.network: MemoryNetwork() for account in project.campaign.accounts}
    with TemporaryDirectory(prefix="mwcampaign-") as folder:
        pictures = PictureStore(Path(folder) / "pictures")
        for file in project.loaded.pictures.values():
            pictures.put(file.path.read_bytes())
        ledger = SqliteLedger(Path(folder) / "ledger.db", durable=False)
        try:
            ledger.apply(0, ((None, wish, None) for wish in wishes), project.accounts(), clock.now(), "rehearsal")

            def hear(what: str, delivery: Delivery | None, state: State | None, why: str) -> None:
                if state in ENDED:
                    step()

            platform_of = cache(_memory_of(project, worlds, clock))
            runner = Runner(ledger, platform_of, pictures, clock, "rehearsal", observer=hear)
            days = {theme.id: theme.date.isoformat() for theme in project.campaign.edition.days}
            yield Stage(ledger, worlds, rehearse(ledger, runner, clock, project.campaign.edition.id, days.__getitem__))
        finally:
            ledger.close()


def _memory_of(project: Project, worlds: dict[str, MemoryNetwork], clock: VirtualClock) -> Callable[[str], Platform]:
    accounts = {account.id: account for account in project.campaign.accounts}

    def memory(name: str) -> Platform:
        account = accounts[name]
        real = project.platform_for(account)
        return Memory(account, {}, NoSessions(), world=worlds[account.network], imitates=real.capabilities,
                      count=real.count, clock=clock)  # fmt: skip

    return memory


def page(project: Project, stage: Stage, facts: list[tuple[str, str]]) -> str:
    """Return a rehearsal's report as HTML."""
    campaign = project.campaign
    zones = {institution.id: institution.zone for institution in campaign.institutions}
    days = {theme.id: theme.date.isoformat() for theme in campaign.edition.days}

    def local(instant: datetime, institution: str) -> str:
        zone = zones[institution]
        return f"{instant.astimezone(zone):%Y-%m-%d %H:%M} {zone.key}"

    pictures = {file.digest: (file.mime, file.path.read_bytes()) for file in project.loaded.pictures.values()}
    told = (
        shown(standing, days[standing.delivery.theme], local(standing.delivery.due, standing.delivery.institution))
        for standing in stage.ledger.standings(campaign.edition.id)
    )
    return report(f"{campaign.edition.title}: a rehearsal", facts, stage.result.table, told, pictures)
