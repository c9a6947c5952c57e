"""Campaigns too large for one process or for memory give what small ones give."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import pytest

from mwcampaign.core.delivery import Delivery
from mwcampaign.core.findings import Finding
from mwcampaign.core.plan import Action
from mwcampaign.core.plan_file import lines, read
from mwcampaign.errors import CampaignInvalid
from mwcampaign.wire import plans
from mwcampaign.wire.files import read_ledger
from mwcampaign.wire.judging import Judging
from mwcampaign.wire.project import open_project
from mwcampaign.wire.spool import FEW, Pairs, Spool
from mwcampaign.wire.walk import MANY, processes
from tests.cli.conftest import Run, write_campaign

HEADING = "id,name,country,city,timezone,languages"


@pytest.fixture
def crowd(tmp_path: Path) -> Path:
    """Three hundred institutions, of which every hundredth has a name that is too long for a post."""
    folder = write_campaign(tmp_path / "week")
    rows = [
        f"m{one},{'Long' * 200 if one % 100 == 7 else 'Museum'} {one},FR,Lyon,Europe/Paris,fr" for one in range(300)
    ]
    (folder / "institutions.csv").write_text("\n".join([HEADING, *rows]) + "\n", "utf-8")
    text = (folder / "campaign.yaml").read_text("utf-8")
    start = text.index("institutions:")
    end = text.index("accounts:")
    text = text[:start] + text[end:].replace("institution: louvre", 'institution: "*"')
    (folder / "campaign.yaml").write_text(text, "utf-8")
    return folder


@pytest.fixture
def sound(crowd: Path) -> Path:
    """The same with names that are not too long."""
    text = (crowd / "institutions.csv").read_text("utf-8").replace("Long" * 200, "Long")
    (crowd / "institutions.csv").write_text(text, "utf-8")
    return crowd


def judged(folder: Path, many: int) -> tuple[list[Delivery], list[Finding], int]:
    """Return the deliveries of a campaign, the findings and the number of messages."""
    heard: list[int] = []
    judging = Judging(open_project(folder), many)
    return list(judging.walk(heard.append)), judging.findings(), sum(heard)


def test_many_processes_say_what_one_says(crowd: Path) -> None:
    """The same findings with the same numbers of institutions; of a faulty campaign nobody needs all the deliveries."""
    (some, findings, number), (others, same, as_many) = judged(crowd, 10**9), judged(crowd, 1)
    assert (findings, number) == (same, as_many)
    assert any("institutions, first: m7" in finding.text for finding in findings)
    assert max(len(some), len(others)) < number == 300 * len(open_project(crowd).campaign.posts)


def test_many_processes_make_what_one_makes(sound: Path) -> None:
    """The same deliveries in the same order."""
    told = judged(sound, 10**9)
    assert told == judged(sound, 1)
    assert len(told[0]) == told[2] == 300 * len(open_project(sound).campaign.posts)


def kept(ledger: Path) -> dict[str, object]:
    """Return everything a ledger has of each delivery."""
    with read_ledger(ledger) as known:
        return {one.delivery.key: one for one in known.standings()} if known else {}


@pytest.mark.parametrize("as_of", [datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 6, 7, 23, tzinfo=UTC)])
def test_a_plan_carried_out_while_it_is_made(sound: Path, as_of: datetime) -> None:
    """The ledger holds what it holds when it was made first; what is late is told, and the second time there is
    nothing to do."""
    spread = timedelta(seconds=30)
    first = plans.make(open_project(sound), sound / "one.db", as_of)
    plans.carry_out(open_project(sound), first, sound / "one.db", as_of, "a test", spread)
    heard: list[int] = []
    at_once = plans.make_and_carry_out(
        open_project(sound), sound / "two.db", as_of, "a test", spread, heard.append, many=1
    )
    assert kept(sound / "one.db") == kept(sound / "two.db")
    assert len(kept(sound / "two.db")) == at_once.counts[Action.SCHEDULE] == 600 - at_once.counts[Action.LATE] > 0
    assert (at_once.counts, dict(at_once.accounts.items())) == (first.counts, dict(first.accounts.items()))
    assert set(at_once.steps) == set(first.steps)
    assert sum(heard) == 600
    again = plans.make_and_carry_out(open_project(sound), sound / "two.db", as_of, "a test", spread, many=1)
    assert again.empty
    assert again.counts[Action.KEEP] == at_once.counts[Action.SCHEDULE]


def test_nothing_of_a_faulty_campaign_is_carried_out(crowd: Path) -> None:
    """The fault stands behind institutions that are well; all faults are told, and the next plan is the first."""
    with pytest.raises(CampaignInvalid) as told:
        plans.make_and_carry_out(open_project(crowd), crowd / "one.db", datetime(2020, 1, 1, tzinfo=UTC), "me", many=1)
    assert any("institutions, first: m7" in finding.text for finding in told.value.findings)
    assert kept(crowd / "one.db") == {}


def test_who_interrupts_it_has_nothing(sound: Path) -> None:
    """Half a plan is never in a ledger."""

    def interrupt(_: int) -> None:
        if len(heard := [*told, 1]) > 400:
            raise KeyboardInterrupt
        told[:] = heard

    told: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        plans.make_and_carry_out(
            open_project(sound), sound / "one.db", datetime(2020, 1, 1, tzinfo=UTC), "me", hear=interrupt, many=1
        )
    assert len(told) == 400
    assert kept(sound / "one.db") == {}


def test_a_long_list_reads_as_it_was_written() -> None:
    """In memory or not, as often as one likes, and two walks at once."""
    for size in (0, 1, FEW, FEW + 1, 3 * FEW + 7):
        spool = Spool(iter(range(size)))
        assert len(spool) == size
        assert list(spool) == list(spool) == list(range(size))
        assert all(one == other for one, other in zip(spool, spool, strict=True))
        assert spool.short is (size <= FEW)


def test_a_plan_that_is_not_kept_in_memory(sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Saved and read back it is the same plan, in whatever order it was kept."""
    project = open_project(sound)
    short = plans.make(project, sound / "ledger.db", datetime(2020, 1, 1, tzinfo=UTC))
    monkeypatch.setattr("mwcampaign.wire.spool.FEW", 10)
    long = plans.make(project, sound / "ledger.db", datetime(2020, 1, 1, tzinfo=UTC))
    assert sorted(short.steps, key=lambda step: step.key) == sorted(long.steps, key=lambda step: step.key)
    saved = read(lines(long, campaign="here"), Spool, Pairs).plan
    assert list(saved.steps) == list(long.steps)
    assert dict(saved.accounts.items()) == dict(short.accounts.items())
    assert list(lines(saved)) == list(lines(long))


def test_institutions_from_anywhere(run: Run, crowd: Path) -> None:
    """From another file or from stdin they are what they are in the folder; without them there are fewer."""
    table = (crowd / "institutions.csv").read_text("utf-8").replace("Long" * 200, "Long")
    (crowd / "institutions.csv").unlink()
    (crowd.parent / "list.csv").write_text(table, "utf-8")
    from_file = run("check", crowd, "--institutions-from", crowd.parent / "list.csv")
    from_stdin = run("check", crowd, "--institutions-from", "-", stdin=table)
    assert from_file.code == from_stdin.code == 0
    assert "600 messages judged" in from_file.out
    assert from_stdin.out == from_file.out
    assert "600 messages" not in run("check", crowd).out


def children(pid: int) -> set[int]:
    """Return the processes that a process started."""
    told = Path(f"/proc/{pid}/task/{pid}/children")
    return set(map(int, told.read_text("ascii").split())) if told.exists() else set()


def alive(pid: int) -> bool:
    """Return whether a process is there, and no mere entry that nobody asked for yet."""
    told = Path(f"/proc/{pid}/stat")
    return told.exists() and told.read_text("ascii").rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are listed in /proc on Linux")
@pytest.mark.skipif(processes() < 2, reason="one core has one process")
def test_who_is_killed_leaves_nobody_behind(sound: Path) -> None:
    """The other processes end too, and hold no memory until somebody looks."""
    rows = [f"m{one},Museum {one},FR,Lyon,Europe/Paris,fr" for one in range(MANY + 2000)]
    (sound / "institutions.csv").write_text("\n".join([HEADING, *rows]) + "\n", "utf-8")
    with subprocess.Popen([sys.executable, "-m", "mwcampaign", "check", str(sound)], stdout=subprocess.DEVNULL) as told:
        end = monotonic() + 60
        while len(others := children(told.pid)) < 2 and told.poll() is None and monotonic() < end:
            sleep(0.02)
        told.kill()
    assert others
    while any(map(alive, others)) and monotonic() < end:
        sleep(0.02)
    assert not any(map(alive, others))
