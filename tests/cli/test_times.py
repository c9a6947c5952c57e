"""Times as people read and write them: the museum's own where the campaign tells its zone, else UTC; JSON is UTC."""

from __future__ import annotations

import io
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import typer
from rich.console import Console

from mwcampaign.cli._events import View
from mwcampaign.cli._times import Times, end_of_day, read_time
from mwcampaign.core.delivery import State
from mwcampaign.schedule.clock import VirtualClock
from tests.cli.conftest import Run
from tests.cli.test_hands import edit, key_of

TOMORROW = datetime.now(UTC).date() + timedelta(days=1)
KATHMANDU = "Asia/Kathmandu"
NOON = datetime(2021, 6, 7, 12, tzinfo=UTC)


@pytest.fixture
def nepal(campaign: Path) -> Path:
    """The campaign of a museum whose clocks are 5:45 ahead of UTC, all year."""
    edit(campaign, "timezone: UTC", f"timezone: {KATHMANDU}")
    return campaign


def several(folder: Path, *zones: str) -> Times:
    """Return the times of a campaign with a museum in each zone: m0, m1 …"""
    museums = "\n".join(f"  - {{id: m{n}, name: M, timezone: {zone}}}" for n, zone in enumerate(zones))
    days = "days: [{id: monday, date: 2021-06-07}]"
    (folder / "campaign.yaml").write_text(
        f'edition:\n  id: mw\n  title: MW\n  main_tag: "#MW"\n  {days}\ninstitutions:\n{museums}\nposts: []\n', "utf-8"
    )
    return Times(folder)


def test_a_museum_reads_its_own_time(run: Run, nepal: Path) -> None:
    """status, show, approve, halt: noon is noon as its post says, with the zone; machines get UTC."""
    run("apply", nepal)
    noon = f"{TOMORROW} 12:00 {KATHMANDU}"
    assert f"Next: {noon} louvre@memory later" in run("status", nepal).out
    assert f"\t{noon}\t" in run("approve", nepal).out
    key = key_of(run, nepal, "later")
    shown = run("show", key, "--campaign", nepal).out
    assert f"due     {noon}\ncloses  {TOMORROW + timedelta(days=1)} 00:00 {KATHMANDU}\n" in shown
    assert f"What happened, {KATHMANDU}:\n" in shown
    assert run("show", key, "--campaign", nepal, "--format", "json").json["due"] == f"{TOMORROW}T06:15:00Z"
    assert run("status", nepal, "--format", "json").json["next"]["due"] == f"{TOMORROW}T06:15:00Z"


def test_without_a_campaign_it_is_utc_and_says_so(run: Run, nepal: Path) -> None:
    """The ledger alone knows no zones."""
    run("apply", nepal, "--ledger", "one.db")
    assert f"Next: {TOMORROW} 06:15 UTC louvre@memory later" in run("status", "--ledger", "one.db").out


def test_what_is_nobodys_own_is_told_in_the_time_that_all_share(tmp_path: Path) -> None:
    """Of a halt, or the clock of a run: one zone of all museums, and UTC where there are several or none."""
    assert several(tmp_path, KATHMANDU, KATHMANDU)(NOON) == f"2021-06-07 17:45 {KATHMANDU}"
    assert several(tmp_path, KATHMANDU, "Asia/Tokyo")(NOON) == "2021-06-07 12:00 UTC"
    assert several(tmp_path, KATHMANDU, "Asia/Tokyo")(NOON, "m1") == "2021-06-07 21:00 Asia/Tokyo"
    assert several(tmp_path, KATHMANDU)(NOON, "of another campaign") == "2021-06-07 12:00 UTC"
    assert Times(tmp_path / "nowhere")(NOON) == "2021-06-07 12:00 UTC"


def test_an_hour_that_comes_twice_is_told_apart(tmp_path: Path) -> None:
    """When clocks go back."""
    times, second = several(tmp_path, "Europe/Paris"), datetime(2021, 10, 31, 1, 30, tzinfo=UTC)
    assert times(second - timedelta(hours=1)) == "2021-10-31 02:30 Europe/Paris"
    assert times(second) == "2021-10-31 02:30 (second time) Europe/Paris"


def test_a_run_shows_one_clock(tmp_path: Path) -> None:
    """The live view's heading names the zone, and its lines are in the same."""
    view = View(lambda: Counter({State.SCHEDULED: 1}), VirtualClock(NOON), several(tmp_path, KATHMANDU))
    view.hear("delivered", None, State.DELIVERED, "")
    drawn = io.StringIO()
    Console(file=drawn, width=80).print(view)
    assert f"2021-06-07 17:45:00 {KATHMANDU}   ^C stops" in drawn.getvalue()
    assert "\n17:45:00  delivered" in drawn.getvalue()


def test_a_person_writes_a_wall_time(run: Run, nepal: Path) -> None:
    """As in a campaign: the museum's own, or another zone's; as status prints it, it can be written back."""
    run("apply", nepal)
    key = key_of(run, nepal, "later")
    for told, utc in (
        (f"{TOMORROW} 15:00", f"{TOMORROW}T09:15:00Z"),
        (f"{TOMORROW} 15:01 {KATHMANDU}", f"{TOMORROW}T09:16:00Z"),
        (f"{TOMORROW}T15:00", f"{TOMORROW}T09:15:00Z"),
        (f"{TOMORROW} 09:30 UTC", f"{TOMORROW}T09:30:00Z"),
        (f"{TOMORROW}T15:00+05:00", f"{TOMORROW}T10:00:00Z"),
    ):
        done = run("reschedule", key, "--to", told, "--closes", f"{TOMORROW} 23:00", "--campaign", nepal)
        assert (done.code, done.err) == (0, ""), told
        assert done.out.endswith(f"closes {TOMORROW} 23:00 {KATHMANDU}\n")
        shown = run("show", key, "--campaign", nepal, "--format", "json").json
        assert (shown["due"], shown["closes"]) == (utc, f"{TOMORROW}T17:15:00Z")


@pytest.mark.parametrize(
    "told", ["15:00", f"{TOMORROW}", f"{TOMORROW} 25:00", f"{TOMORROW} 15:00 Nepal/Nowhere", "now"]
)
def test_what_is_no_time_moves_nothing(run: Run, nepal: Path, told: str) -> None:
    """Said with an example, and nothing is written."""
    run("apply", nepal)
    key = key_of(run, nepal, "later")
    done = run("reschedule", key, "--to", told, "--campaign", nepal)
    assert (done.code, done.out) == (2, "")
    assert "write it like 2021-06-07 15:00" in done.err
    assert run("show", key, "--campaign", nepal, "--format", "json").json["due"] == f"{TOMORROW}T06:15:00Z"


def test_a_wall_time_without_a_zone_is_refused(run: Run, nepal: Path) -> None:
    """Where the campaign is not at hand nobody knows which instant is meant; an offset says it."""
    run("apply", nepal)
    key, ledger = key_of(run, nepal, "later"), nepal / ".mwcampaign" / "ledger.db"
    refused = run("reschedule", key, "--to", f"{TOMORROW} 15:00", "--ledger", ledger)
    assert (refused.code, refused.out) == (2, "")
    assert "the time zone of louvre could not be read from the campaign" in refused.err
    moved = run("reschedule", key, "--to", f"{TOMORROW} 15:00Z", "--ledger", ledger)
    assert moved.out.startswith(f"louvre@memory later: due {TOMORROW} 15:00 UTC, closes ")


def test_hours_that_clocks_skip_or_repeat(tmp_path: Path) -> None:
    """Skipped: moved forward and said, as in a campaign. Repeated: refused with both instants, either of which is taken
    as it was written."""
    times = several(tmp_path, "Europe/Paris")
    assert times.instant(read_time("2021-03-28 02:30"), "m0") == (
        datetime(2021, 3, 28, 1, 30, tzinfo=UTC), "02:30 does not exist on 2021-03-28 in Europe/Paris; moved to 03:30",
    )  # fmt: skip
    with pytest.raises(typer.BadParameter, match=r"twice.* 2021-10-31T02:30\+02:00 or 2021-10-31T02:30\+01:00"):
        times.instant(read_time("2021-10-31 02:30"), "m0")
    for offset, hour in ((2, 0), (1, 1)):
        instant = datetime(2021, 10, 31, hour, 30, tzinfo=UTC)
        assert times.instant(read_time(f"2021-10-31T02:30+0{offset}:00"), "m0") == (instant, "")


@pytest.mark.parametrize("hour", ["20:00", "23:59"])
def test_a_post_of_a_day_stays_one_when_it_is_moved(run: Run, nepal: Path, hour: str) -> None:
    """Without --closes it is over with its own day, as before: Tuesday's tag does not go out on Wednesday."""
    run("apply", nepal)
    done = run("reschedule", key_of(run, nepal, "later"), "--to", f"{TOMORROW} {hour}", "--campaign", nepal)
    midnight = f"{TOMORROW + timedelta(days=1)} 00:00 {KATHMANDU}"
    assert (done.code, done.err) == (0, "")
    assert done.out == f"louvre@memory later: due {TOMORROW} {hour} {KATHMANDU}, closes {midnight}\n"


def test_a_window_that_fits_its_day_is_as_long_as_before(run: Run, nepal: Path) -> None:
    """Twelve hours from noon are twelve hours from eight."""
    run("apply", nepal)
    done = run("reschedule", key_of(run, nepal, "later"), "--to", f"{TOMORROW} 08:00", "--campaign", nepal)
    assert done.out.endswith(f"closes {TOMORROW} 20:00 {KATHMANDU}\n")


def test_a_window_over_midnight_stays_one(run: Run, nepal: Path) -> None:
    """What an author left open into the next day is as long open after a move."""
    edit(nepal, '    at: "12:00"\n', '    at: "12:00"\n    closes: 20h\n')
    run("apply", nepal)
    done = run("reschedule", key_of(run, nepal, "later"), "--to", f"{TOMORROW} 20:00", "--campaign", nepal)
    assert done.out.endswith(f"closes {TOMORROW + timedelta(days=1)} 16:00 {KATHMANDU}\n")


def test_without_a_zone_it_is_said_until_when_it_is_open(run: Run, nepal: Path) -> None:
    """Nobody can know whether that is still the same day."""
    run("apply", nepal)
    key, ledger = key_of(run, nepal, "later"), nepal / ".mwcampaign" / "ledger.db"
    done = run("reschedule", key, "--to", f"{TOMORROW}T20:00Z", "--ledger", ledger)
    assert f"it is now open until {TOMORROW + timedelta(days=1)} 08:00 UTC" in done.err
    assert "--closes" in done.err
    given = run("reschedule", key, "--to", f"{TOMORROW}T20:00Z", "--closes", f"{TOMORROW}T22:00Z", "--ledger", ledger)
    assert "--closes" not in given.err


def test_a_day_ends_where_clocks_skip_midnight() -> None:
    """Beirut's 28th of March 2021 begins at 01:00."""
    beirut = ZoneInfo("Asia/Beirut")
    evening = datetime(2021, 3, 27, 20, tzinfo=beirut).astimezone(UTC)
    assert end_of_day(evening, beirut).astimezone(beirut).isoformat() == "2021-03-28T01:00:00+03:00"
