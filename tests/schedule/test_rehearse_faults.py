"""Rehearsals in bad weather: nothing is public twice or lost, and where the engine is broken the judge notices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mwcampaign.core.campaign import Account
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.delivery import Delivery, Event, State
from mwcampaign.core.message import Message, Picture
from mwcampaign.core.ports import Platform
from mwcampaign.ledger.pictures import PictureStore
from mwcampaign.ledger.sqlite import SqliteLedger
from mwcampaign.platforms.memory import Faults, Memory, MemoryNetwork, MemoryPost
from mwcampaign.schedule.clock import VirtualClock
from mwcampaign.schedule.crew import Crew
from mwcampaign.schedule.judgement import Ending, Wrong, compare, ended
from mwcampaign.schedule.rehearse import rehearse
from mwcampaign.schedule.storm import Met, Storm
from mwcampaign.schedule.tick import ignore
from mwcampaign.schedule.weather import LOOKS, RATES, Dice, Fault, Spell, Step, Weather, spells
from mwcampaign.testing import samples
from mwcampaign.testing.rig import KeptSessions
from tests.conftest import DUE, make_delivery

NETWORKS = {
    "exact": replace(Memory.capabilities, replay_window=3300, absence_after=60),
    "listed": replace(Memory.capabilities, replay_window=0, absence_after=None, lookup="recent"),
    "blind": replace(Memory.capabilities, replay_window=0, absence_after=None, lookup="none"),
}
"""As Mastodon, as X, and one that nobody can ask."""
FORGETFUL = replace(Memory.capabilities, replay_window=0, absence_after=0)
"""Makes a post of every request, and promises that a look never lags, which is a lie in bad weather."""


class Loaded(Dice):
    """Dice of which a fault comes up once, at its step, for the first delivery that gets there."""

    def load(self, step: Step, fault: Fault) -> Loaded:
        """Set the fault."""
        object.__setattr__(self, "_loaded", [(step, fault)])
        return self

    def draw(self, weather: Weather, step: Step, key: str, number: int) -> Fault | None:
        """Return the fault, once."""
        loaded: list[tuple[Step, Fault]] = self._loaded  # type: ignore[attr-defined]
        return loaded.pop()[1] if loaded and loaded[0][0] is step else None


@dataclass
class Week:
    """A rehearsed week: what the ledger says, what is public, what was met."""

    totals: Counter[State]
    wrong: list[Wrong]
    log: list[Met]
    endings: list[Ending]
    posts: list[MemoryPost]
    runners: set[str]


class Stage:
    """Some accounts on networks in memory; rehearsed once."""

    def __init__(self, folder: Path, wishes: list[Delivery], able: dict[str, Capabilities]) -> None:
        self.wishes, self.able = wishes, able
        self.clock = VirtualClock(min(wish.due for wish in wishes) - timedelta(minutes=10))
        folder.mkdir(exist_ok=True)
        self.ledger = SqliteLedger(folder / "ledger.db", durable=False)
        self.ledger.apply(0, ((None, wish, None) for wish in wishes), {}, self.clock.now(), "test")
        self.pictures = PictureStore(folder / "pictures")
        self.worlds = {network: MemoryNetwork() for network in able}
        self.told: set[str] = set()

    def memory(self, account: str, faults: Faults) -> Platform:
        """Return an account's adapter."""
        network = account.rsplit("@", maxsplit=1)[-1]
        who = Account(id=account, institution=account.partition("@")[0], network=network)
        return Memory(who, {}, KeptSessions(), world=self.worlds[network], imitates=self.able[network],
                      clock=self.clock, faults=faults)  # fmt: skip

    def play(
        self,
        weather: Weather,
        dice: Dice,
        *,
        bad: list[Spell] | None = None,
        wrapped: Callable[[Any], Any] = lambda ledger: ledger,
        observer: Any = ignore,
    ) -> Week:
        """Rehearse, and judge with the real ledger."""
        made = spells(weather, dice, self.wishes) if bad is None else bad
        storm = Storm(weather, dice, made, self.clock, {wish.key: wish for wish in self.wishes})
        network_of = {wish.account: wish.network for wish in self.wishes}
        crew = Crew(storm, wrapped(self.ledger), network_of.__getitem__, self.memory, self.pictures, observer)
        result = rehearse(self.ledger, crew, self.clock, "mw", lambda theme: theme)
        public = {network: world.posts() for network, world in self.worlds.items()}
        runners = {one.runner for wish in self.wishes for one in self.ledger.attempts(wish.key)}
        return Week(
            result.totals,
            compare(self.ledger.standings(), public),
            storm.log,
            [ended(self.ledger.history(one.key), one.attempt) for one in storm.log],  # type: ignore[arg-type]
            [post for posts in public.values() for post in posts],
            runners,
        )


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    """Make stages: of one delivery on `exact`, or of those told."""
    made: list[Stage] = []

    def stage(wishes: list[Delivery] | None = None, able: dict[str, Capabilities] = NETWORKS) -> Stage:
        told = wishes or [make_delivery(account="louvre@exact")]
        made.append(Stage(tmp_path / str(len(made)), told, able))
        return made[-1]

    yield stage
    for each in made:
        each.ledger.close()


def busy(networks: tuple[str, ...] = tuple(NETWORKS), accounts: int = 12, threads: bool = True) -> list[Delivery]:
    """Return several days of posts of some accounts on each network, every other one a thread of two."""
    wishes = []
    for network in networks:
        for number in range(accounts):
            account = f"m{number}@{network}"
            for day in range(3):
                due = DUE + timedelta(days=day, minutes=30 * (number % 4))
                first = make_delivery(account=account, due=due, theme=f"day{day}", text=f"Hello {day}")
                wishes.append(first)
                if threads and number % 2:
                    wishes.append(make_delivery(account=account, due=due, theme=f"day{day}", part=1,
                                                text=f"And {day}", after=first.key))  # fmt: skip
    return wishes


# Dice and spells


def test_the_same_question_gets_the_same_answer() -> None:
    """Whatever was asked before, and in another process too: the figures stand here."""
    dice = Dice(7)
    first = [dice.roll("a", key, 1) for key in "xyz"]
    assert [Dice(7).roll("a", key, 1) for key in reversed("xyz")] == first[::-1]
    assert Dice(8).roll("a", "x", 1) != first[0]
    assert [round(each, 6) for each in first] == [0.926403, 0.558673, 0.993352]


def test_faults_come_as_often_as_their_rates_say() -> None:
    """Of twenty thousand publications in hostile weather each fault gets its share, give or take a quarter."""
    drawn = Counter(Dice(1).draw(Weather.HOSTILE, Step.PUBLISH, str(key), 1) for key in range(20_000))
    for fault, rate in RATES[Weather.HOSTILE][Step.PUBLISH].items():
        assert 0.75 * rate < drawn[fault] / 20_000 < 1.25 * rate + 0.001, fault


def test_looks_go_right_in_the_end() -> None:
    """What can never be decided is looked for all week; only its first looks go wrong."""
    dice = Dice(1)
    drawn = {number for number in range(1, 20) for key in range(200)
             if dice.draw(Weather.HOSTILE, Step.LOOK, str(key), number)}  # fmt: skip
    assert drawn == set(range(1, LOOKS + 1))


def test_every_fault_can_come() -> None:
    """Each name stands for something that hostile weather, or the rough week's restart, brings."""
    drawn = {fault for rates in RATES[Weather.HOSTILE].values() for fault in rates}
    spelt = {spell.fault for weather in Weather for spell in spells(weather, Dice(1), busy())}
    assert drawn | spelt == set(Fault)
    assert drawn.isdisjoint(spelt)


@pytest.mark.parametrize("seed", range(1, 6))
def test_something_is_due_in_every_spell(seed: int) -> None:
    """A spell that nobody could feel would rehearse nothing."""
    wishes = busy()
    for spell in spells(Weather.HOSTILE, Dice(seed), wishes):
        there = [wish for wish in wishes if spell.where in {wish.network, wish.account} or spell.error]
        assert any(spell.begins <= wish.due < spell.ends for wish in there), spell


def test_a_rough_week_has_twenty_minutes_without_one_network() -> None:
    """And one restart; calm weather has nothing."""
    made = {spell.fault: spell.ends - spell.begins for spell in spells(Weather.ROUGH, Dice(1), busy())}
    assert made.keys() == {Fault.NETWORK_DOWN, Fault.RESTART}
    assert made[Fault.NETWORK_DOWN] == timedelta(minutes=20)
    assert spells(Weather.NONE, Dice(1), busy()) == []


# Whole weeks


@pytest.mark.parametrize("seed", range(1, 9))
def test_a_hostile_week_doubles_and_loses_nothing(make: Callable[..., Stage], seed: int) -> None:
    """Threads on three kinds of network, everything going wrong: each is public once or not, as the ledger says."""
    week = make(busy()).play(Weather.HOSTILE, Dice(seed))
    assert week.wrong == []
    assert len(week.log) > 50
    assert week.totals[State.DELIVERED] > len(busy()) // 2
    assert set(week.totals) <= {State.DELIVERED, State.UNKNOWN, State.FAILED, State.MISSED}
    assert len(week.runners) > 2


@pytest.mark.parametrize("seed", range(1, 4))
def test_a_rough_week_ends_well_where_looks_prove_something(make: Callable[..., Stage], seed: int) -> None:
    """On a network like Mastodon a bad week delivers everything."""
    wishes = busy(("exact",))
    week = make(wishes, {"exact": NETWORKS["exact"]}).play(Weather.ROUGH, Dice(seed))
    assert week.wrong == []
    assert week.totals == {State.DELIVERED: len(wishes)}
    assert {one.fault for one in week.log} >= {Fault.NETWORK_DOWN, Fault.RESTART}


def test_calm_weather_brings_nothing(make: Callable[..., Stage]) -> None:
    """A crew of one, no fault, everything delivered at its time."""
    week = make(busy()).play(Weather.NONE, Dice(1))
    assert (week.log, week.wrong, week.runners) == ([], [], {"first-machine-1"})
    assert week.totals == {State.DELIVERED: len(busy())}


def test_one_seed_is_one_week(make: Callable[..., Stage]) -> None:
    """Played twice, every fault, time, runner and ending is the same; with another seed it is another week."""
    first, again, other = (make(busy()).play(Weather.HOSTILE, Dice(seed)) for seed in (3, 3, 4))
    assert (first.log, first.endings, first.posts) == (again.log, again.endings, again.posts)
    assert first.log != other.log


# One fault at a time

ONCE = {
    (Step.CLAIM, Fault.KILLED_BEFORE_SEAL): Ending.LATER,
    (Step.UPLOAD, Fault.UPLOAD_FAILS): Ending.LATER,
    (Step.UPLOAD, Fault.UPLOAD_SLOW): Ending.SAME,
    (Step.UPLOAD, Fault.ADAPTER_BUG): Ending.LATER,
    (Step.UPLOAD, Fault.FROZEN_BEFORE_SEAL): Ending.LATER,
    (Step.SEAL, Fault.DISK_FULL_AT_SEAL): Ending.LATER,
    (Step.SEAL, Fault.KILLED_AFTER_SEAL): Ending.AGAIN,
    (Step.SEAL, Fault.FROZEN_AFTER_SEAL): Ending.AGAIN,
    (Step.PUBLISH, Fault.REFUSE): Ending.LATER,
    (Step.PUBLISH, Fault.RATE_LIMIT): Ending.LATER,
    (Step.PUBLISH, Fault.BAD_REQUEST): Ending.FAILED,
    (Step.PUBLISH, Fault.SERVER_ERROR_BEFORE): Ending.AGAIN,
    (Step.PUBLISH, Fault.DROP_BEFORE): Ending.AGAIN,
    (Step.PUBLISH, Fault.ADAPTER_BUG): Ending.AGAIN,
    (Step.PUBLISH, Fault.DROP): Ending.FOUND,
    (Step.PUBLISH, Fault.STALL): Ending.FOUND,
    (Step.PUBLISH, Fault.TRUNCATE): Ending.FOUND,
    (Step.PUBLISH, Fault.SERVER_ERROR_AFTER): Ending.FOUND,
    (Step.PUBLISH, Fault.HTML): Ending.FOUND,
    (Step.PUBLISH, Fault.RUBBISH): Ending.FOUND,
    (Step.PUBLISH, Fault.RESET): Ending.FOUND,
    (Step.PUBLISH, Fault.ADAPTER_BUG_AFTER): Ending.FOUND,
    (Step.PUBLISH, Fault.KILLED_WHEN_PUBLIC): Ending.FOUND,
    (Step.PUBLISH, Fault.FROZEN_WHEN_PUBLIC): Ending.FOUND,
    (Step.PUBLISH, Fault.FROZEN_IN_CALL): Ending.AGAIN,
    (Step.SETTLE, Fault.DISK_FULL_AT_SETTLE): Ending.FOUND,
}


@pytest.mark.parametrize(("step", "fault"), ONCE, ids=lambda each: each.name.lower())
def test_one_fault_ends_as_it_should(make: Callable[..., Stage], step: Step, fault: Fault) -> None:
    """Alone in a calm hostile week of two runners: met once, told by its name, and one post at most."""
    stage = make()
    digest = stage.pictures.put(samples.png())
    picture = Picture(digest, "room.png", "image/png", 1, 1, 1, "A room")
    wish = replace(stage.wishes[0], post="pictured", key=make_delivery(post="pictured").key,
                   message=Message("Hello", "en", (picture,)).to_json())  # fmt: skip
    stage = make([wish])
    stage.pictures.put(samples.png())
    week = stage.play(Weather.HOSTILE, Loaded(1).load(step, fault), bad=[])
    assert [one.fault for one in week.log] == [fault]
    assert week.endings == [ONCE[step, fault]]
    assert week.wrong == []
    assert len(week.posts) == (fault is not Fault.BAD_REQUEST)


@pytest.mark.parametrize("fault", [Fault.LOOK_FAILS, Fault.LOOK_LAGS, Fault.ADAPTER_BUG, Fault.KILLED_AT_LOOK])
def test_a_look_that_goes_wrong_decides_nothing(make: Callable[..., Stage], fault: Fault) -> None:
    """The answer was lost, then the look goes wrong: the next one finds it."""

    class Twice(Loaded):
        def draw(self, weather: Weather, step: Step, key: str, number: int) -> Fault | None:
            if step is Step.PUBLISH and number == 1:
                return Fault.DROP
            return super().draw(weather, step, key, number)

    week = make().play(Weather.HOSTILE, Twice(1).load(Step.LOOK, fault), bad=[])
    assert [one.fault for one in week.log] == [Fault.DROP, fault]
    assert week.endings == [Ending.FOUND, Ending.FOUND]
    assert (week.wrong, len(week.posts)) == ([], 1)


def test_a_second_runner_works_inside_a_call(make: Callable[..., Stage]) -> None:
    """While the first publishes, the second takes what else is due; each goes out once."""
    wishes = [make_delivery(account=f"m{number}@exact") for number in range(20)]
    week = make(wishes).play(Weather.HOSTILE, Loaded(1).load(Step.PUBLISH, Fault.SECOND_RUNNER), bad=[])
    assert [one.fault for one in week.log] == [Fault.SECOND_RUNNER]
    assert week.runners == {"first-machine-1", "second-machine-1"}
    assert (week.wrong, len(week.posts)) == ([], 20)


@pytest.mark.parametrize(
    ("fault", "where", "ending"),
    [
        (Fault.NETWORK_DOWN, "exact", Ending.LATER),
        (Fault.RATE_LIMIT_STORM, "exact", Ending.LATER),
        (Fault.UNAUTHORIZED, "louvre@exact", Ending.FAILED),
    ],
)
def test_a_spell_is_felt_where_it_is(make: Callable[..., Stage], fault: Fault, where: str, ending: Ending) -> None:
    """For two hours, there and nowhere else."""
    stage = make([make_delivery(account="louvre@exact"), make_delivery(account="tnm@listed")])
    spell = Spell(fault, where, DUE - timedelta(minutes=1), DUE + timedelta(hours=2))
    week = stage.play(Weather.HOSTILE, Loaded(1).load(Step.CLAIM, Fault.DROP), bad=[spell])
    assert {one.account for one in week.log} == {"louvre@exact"}
    assert spell.met == len(week.log) > 0
    assert set(week.endings) == {ending}
    assert week.wrong == []


@pytest.mark.parametrize("minutes", [-15, 15])
def test_a_wrong_clock_sends_early_or_late_and_once(make: Callable[..., Stage], minutes: int) -> None:
    """The machine acts by its own clock: a post goes out as much too early or too late, and once."""
    stage = make([make_delivery(account="louvre@exact")])
    fault = Fault.CLOCK_AHEAD if minutes > 0 else Fault.CLOCK_BEHIND
    spell = Spell(fault, "first machine", DUE - timedelta(minutes=30), DUE + timedelta(hours=1),
                  timedelta(minutes=minutes))  # fmt: skip
    week = stage.play(Weather.ROUGH, Loaded(1).load(Step.CLAIM, Fault.DROP), bad=[spell])
    (post,) = week.posts
    assert abs(post.posted_at - (DUE - timedelta(minutes=minutes))) <= timedelta(minutes=6)
    assert (week.wrong, week.totals) == ([], {State.DELIVERED: 1})


def test_a_bug_of_ours_is_loud(make: Callable[..., Stage]) -> None:
    """What breaks in the rehearsal itself ends it, and is not taken for weather."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("ours")

    with pytest.raises(ZeroDivisionError, match="ours"):
        make(busy()).play(Weather.HOSTILE, Dice(1), observer=broken)


# The judge


class Forgetting:
    """A ledger that takes every doubt for a plain no: later, or never."""

    def __init__(self, inner: Any, instead: Event) -> None:
        self._inner, self._instead = inner, instead

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def settle(self, attempt: int, event: Event, *told: Any, **more: Any) -> State:
        """Settle, but never in doubt."""
        state: State = self._inner.settle(attempt, self._instead if event is Event.DOUBT else event, *told, **more)
        return state


def test_a_ledger_that_forgets_doubt_is_caught(make: Callable[..., Stage]) -> None:
    """What may be public is sent again where no repeat is known: public twice, and the rehearsal says so by key."""
    wishes = busy(("exact",), threads=False)
    stage = make(wishes, {"exact": FORGETFUL})
    week = stage.play(Weather.HOSTILE, Dice(1), wrapped=lambda ledger: Forgetting(ledger, Event.DEFER))
    doubled = {one.key for one in week.wrong if one.kind == "duplicate"}
    times = Counter(post.address for post in week.posts)
    assert doubled
    assert doubled == {key for key, number in times.items() if number > 1}


def test_a_ledger_that_gives_up_is_caught(make: Callable[..., Stage]) -> None:
    """What may be public is called failed: lost, and the rehearsal says so by key."""
    stage = make(busy(("exact",), threads=False))
    week = stage.play(Weather.HOSTILE, Dice(1), wrapped=lambda ledger: Forgetting(ledger, Event.REJECT))
    public = {post.address for post in week.posts}
    assert {one.kind for one in week.wrong} == {"lost"}
    assert {one.key for one in week.wrong} <= public
    assert all(one.what == "public, but the ledger says failed" for one in week.wrong)


def test_a_network_whose_looks_lie_is_caught(make: Callable[..., Stage]) -> None:
    """A network that forgets requests and whose lists lag longer than it admits gets second posts: the weather is bad
    enough to show what an engine that believes too early would do."""
    week = make(busy(("exact",), 30, threads=False), {"exact": FORGETFUL}).play(Weather.HOSTILE, Dice(1))
    assert "duplicate" in {one.kind for one in week.wrong}
