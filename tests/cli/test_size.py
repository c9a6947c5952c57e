"""Campaigns too large for one process or for memory give what small ones give."""

from __future__ import annotations

from pathlib import Path

import pytest

from mwcampaign.core.plan_file import lines, read
from mwcampaign.wire import plans
from mwcampaign.wire.judging import Judging
from mwcampaign.wire.project import open_project
from mwcampaign.wire.spool import FEW, Pairs, Spool
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


def test_many_processes_say_what_one_says(crowd: Path) -> None:
    """The same deliveries in the same order, the same findings with the same numbers of institutions."""
    told = []
    for many in (10**9, 1):
        project = open_project(crowd)
        heard: list[int] = []
        judging = Judging(project, many)
        deliveries = list(judging.walk(heard.append))
        told.append((deliveries, judging.findings(), sum(heard)))
    assert told[0] == told[1]
    assert len(told[0][0]) == 300 * len(project.campaign.posts)
    assert any("institutions, first: m7" in finding.text for finding in told[0][1])


def test_a_long_list_reads_as_it_was_written() -> None:
    """In memory or not, as often as one likes, and two walks at once."""
    for size in (0, 1, FEW, FEW + 1, 3 * FEW + 7):
        spool = Spool(iter(range(size)))
        assert len(spool) == size
        assert list(spool) == list(spool) == list(range(size))
        assert all(one == other for one, other in zip(spool, spool, strict=True))
        assert spool.short is (size <= FEW)


def test_a_plan_that_is_not_kept_in_memory(crowd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Saved and read back it is the same plan, in whatever order it was kept."""
    text = (crowd / "institutions.csv").read_text("utf-8").replace("Long" * 200, "Long")
    (crowd / "institutions.csv").write_text(text, "utf-8")
    project = open_project(crowd)
    from datetime import UTC, datetime

    short = plans.make(project, crowd / "ledger.db", datetime(2020, 1, 1, tzinfo=UTC))
    monkeypatch.setattr("mwcampaign.wire.spool.FEW", 10)
    long = plans.make(project, crowd / "ledger.db", datetime(2020, 1, 1, tzinfo=UTC))
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
