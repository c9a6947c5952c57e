"""`rehearse --faults`: the same seed gives the same bytes, every fault is told, and a broken promise is loud."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from mwcampaign.cli._answers import ANSWERS
from mwcampaign.cli.rehearse import PromiseBroken, keep_promise
from mwcampaign.core.delivery import State
from mwcampaign.errors import ExitCode
from mwcampaign.preview.report import Events, report
from mwcampaign.schedule.judgement import Ending
from mwcampaign.schedule.weather import MACHINE, Fault, Weather
from mwcampaign.wire.project import open_project
from mwcampaign.wire.rehearsal import rehearsed
from tests.cli.conftest import PROJECT, Ran, Run, environment, write_campaign

WEEK = PROJECT / "campaigns" / "museumweek-2014"
REAL_ENDS = {ExitCode.DONE, ExitCode.DELIVERY_FAILED, ExitCode.OUTCOME_UNKNOWN}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ran, str]:
    """The first MuseumWeek in hostile weather, once: its answer as JSON, and its page."""
    page = tmp_path_factory.mktemp("hostile") / "page.html"
    command = [sys.executable, "-m", "mwcampaign", "rehearse", str(WEEK), "--faults", "hostile", "--seed", "5",
               "--format", "json", "--report", str(page)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=120, check=False)
    return Ran(done.returncode, done.stdout, done.stderr), page.read_text("utf-8")


def test_the_answer_is_as_its_schema_says(hostile: tuple[Ran, str]) -> None:
    """With faults in it, and none of them doubled or lost anything."""
    told = hostile[0].json
    assert [error.message for error in Draft202012Validator(ANSWERS["rehearse"]).iter_errors(told)] == []
    assert (told["weather"], told["seed"], told["duplicates"], told["lost"], told["wrong"]) == ("hostile", 5, 0, 0, [])
    assert hostile[0].code in REAL_ENDS


def test_the_table_counts_the_single_faults(hostile: tuple[Ran, str]) -> None:
    """By fault and network, and by how they ended; each is a delivery of the week."""
    told = hostile[0].json
    assert len(told["met"]) > 50
    single: Counter[tuple[str, str, str]] = Counter((m["fault"], m["network"], m["ended"]) for m in told["met"])
    table = {(row["fault"], row["network"], ending): number
             for row in told["faults"] for ending, number in row["ended"].items()}  # fmt: skip
    assert table == single
    assert all(row["met"] == sum(row["ended"].values()) for row in told["faults"])
    assert {row["fault"] for row in told["faults"]} <= {fault.slug for fault in Fault}
    down = {one["where"] for one in told["spells"] if one["fault"] == "network-down"}
    assert down == {row["network"] for row in told["days"]}


def test_the_same_seed_gives_the_same_bytes(run: Run, hostile: tuple[Ran, str]) -> None:
    """In another process, with other hashes: equal to the last byte; another seed is another week."""
    again = run("rehearse", WEEK, "--faults", "hostile", "--seed", 5, "--format", "json", env={"PYTHONHASHSEED": "5"})
    assert again.out == hostile[0].out
    other = run("rehearse", WEEK, "--faults", "hostile", "--seed", 6, "--format", "json")
    assert other.json["met"] != again.json["met"]


def test_the_page_lists_every_fault(hostile: tuple[Ran, str]) -> None:
    """Table, spells and each single fault with the beginning of its key."""
    told, page = hostile[0].json, hostile[1]
    assert "Faults met" in page
    assert "Spells of bad weather" in page
    assert f"Every single fault · {len(told['met'])}" in page
    for one in told["met"]:
        assert f"<code>{one['key'][:12]}</code>" in page
    assert "Public twice, or lost" not in page


def test_text_shows_the_table_and_the_first_faults(run: Run) -> None:
    """In a pipe with tabs; at most twenty single faults, and the figures at the end."""
    done = run("rehearse", WEEK, "--faults", "rough")
    lines = done.out.splitlines()
    at = lines.index("when (UTC)\taccount\tkey\tfault\thow it ended")
    assert 0 < len(lines) - at - 2 <= 20
    assert "fault\tnetwork\tmet\thow they ended" in lines
    assert any(line.startswith("the network is down\t") for line in lines)
    assert "faults rough, seed 1: " in lines[-1]
    assert lines[-1].endswith("public twice 0; lost 0")
    assert done.code in REAL_ENDS


def test_without_faults_all_is_as_ever(run: Run, tmp_path: Path) -> None:
    """No weather is the default: nothing is met, and everything is delivered."""
    done = run("rehearse", write_campaign(tmp_path / "week"), "--format", "json")
    told: dict[str, Any] = done.json
    assert (told["weather"], told["met"], told["faults"], told["spells"]) == ("none", [], [], [])
    assert (done.code, told["counts"][State.DELIVERED]) == (ExitCode.DONE, 2)


@pytest.mark.parametrize("weather", Weather)
def test_what_a_person_posts_waits_for_a_person(run: Run, tmp_path: Path, weather: Weather) -> None:
    """As in a real week: handed over and not public, counted by itself, neither double nor lost, and no network fails
    there. Exit 6 where nothing worse is to tell."""
    folder = write_campaign(tmp_path / "week", network="manual", account="    options: {network: Mastodon}\n")
    done = run("rehearse", folder, "--faults", weather, "--format", "json")
    told: dict[str, Any] = done.json
    assert (done.code, told["counts"][State.UNKNOWN], told["duplicates"], told["lost"]) == (6, 2, 0, 0)
    assert "2 to be posted by hand" in done.err
    assert {one["why"][:30] for one in told["troubles"]} == {"handed over: a person posts it"}
    assert {one["where"] for one in told["spells"]} <= {MACHINE}
    assert "to be posted by hand 2; public twice 0; lost 0" in run("rehearse", folder, "--faults", weather).out


def test_two_accounts_one_by_hand(run: Run, tmp_path: Path) -> None:
    """The other account's posts go out, whatever waits for a person."""
    more = "    options: {network: Mastodon}\n  - {institution: louvre, network: memory}\n"
    told = run("rehearse", write_campaign(tmp_path / "week", network="manual", account=more), "--format", "json")
    counts = told.json["counts"]
    assert (told.code, counts[State.DELIVERED], counts[State.UNKNOWN]) == (6, 2, 2)


def test_a_weather_that_does_not_exist(run: Run) -> None:
    """Wrong usage, with the three names."""
    done = run("rehearse", WEEK, "--faults", "sunny")
    assert done.code == ExitCode.USAGE
    assert all(str(weather) in done.err for weather in Weather)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_real_week_in_hostile_weather(seed: int) -> None:
    """MuseumWeek 2021, 1,410 posts: what the networks have is what the ledger says, each post once."""
    with rehearsed(open_project(PROJECT / "campaigns" / "museumweek-2021"), weather=Weather.HOSTILE, seed=seed) as week:
        assert week.wrong == []
        public = Counter(post.address for world in week.worlds.values() for post in world.posts())
        assert set(public.values()) == {1}
        delivered = {one.delivery.key for one in week.ledger.standings(states=[State.DELIVERED])}
        assert delivered <= public.keys()
        assert len({one.fault for one, _ in week.met}) > 25


@pytest.mark.parametrize(("duplicates", "lost"), [(1, 0), (0, 2), (3, 4)])
def test_a_broken_promise_is_loud(duplicates: int, lost: int) -> None:
    """Exit 1 and the seed to report it with, before any other verdict."""
    with pytest.raises(PromiseBroken, match=f"{duplicates} public twice, {lost} lost") as caught:
        keep_promise(duplicates, lost, Weather.HOSTILE, 9)
    assert caught.value.exit_code is ExitCode.BUG
    assert "--faults hostile --seed 9" in caught.value.hint


def test_a_kept_promise_is_quiet() -> None:
    """Nothing double, nothing lost: nothing to say."""
    keep_promise(0, 0, Weather.HOSTILE, 9)


def test_the_page_begins_with_a_broken_promise() -> None:
    """Whoever opens the page sees it first."""
    wrong = [("duplicate", "louvre@x", "ab" * 32, "public 2 times; the ledger says delivered")]
    page = report("A week", [], {}, [], {}, Events(wrong=wrong))
    assert page.index("Public twice, or lost") < page.index("How the week ended")
    assert "public 2 times" in page


def test_the_page_for_readers_names_every_fault_and_ending() -> None:
    """docs/rehearsal.md explains each word that a report may hold."""
    told = (PROJECT / "docs" / "rehearsal.md").read_text("utf-8").casefold()
    assert [str(word) for word in (*Fault, *Ending, *Weather) if str(word).casefold() not in told] == []
