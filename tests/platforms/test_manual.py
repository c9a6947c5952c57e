"""What no interface takes is handed over to a person, once, and waits for that person's word."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from mwcampaign.core.capabilities import Unit
from mwcampaign.core.delivery import Event, Receipt, State
from mwcampaign.core.ports import Inconclusive
from mwcampaign.errors import Ambiguous
from mwcampaign.platforms.manual import WALLS
from mwcampaign.testing import samples
from mwcampaign.testing.platform_contract import PlatformContract
from mwcampaign.testing.rig import Sending
from mwcampaign.testing.watch import no_network
from tests.cli.conftest import Run, run
from tests.platforms.manual_rig import PAGE, ManualRig, Week

__all__ = ["run"]

URL = "https://weibo.com/1234/Abcdef"


@pytest.fixture
def rig() -> ManualRig:
    """An account on Weibo that a person posts to."""
    return ManualRig()


@pytest.fixture
def week(tmp_path: Path) -> Iterator[Week]:
    """A campaign's folder with an empty ledger."""
    made = Week(tmp_path)
    yield made
    made.ledger.close()


class TestManualKeepsWhatApplies(Sending):
    """The contract's promises that need no network; all others are about answers, and here nobody answers."""

    vectors = (("", 0), ("博物馆", 3), ("ab", 1), ("博物馆周 MuseumWeek", 10))
    test_importing_loads_no_client_library = PlatformContract.test_importing_loads_no_client_library
    test_constructing_opens_no_connection = PlatformContract.test_constructing_opens_no_connection
    test_capabilities_are_data = PlatformContract.test_capabilities_are_data
    test_count_is_the_networks_own = PlatformContract.test_count_is_the_networks_own
    test_prepare_is_pure = PlatformContract.test_prepare_is_pure
    test_whoami_names_the_account = PlatformContract.test_whoami_names_the_account
    test_closing_twice_is_harmless = PlatformContract.test_closing_twice_is_harmless

    def test_nothing_is_ever_sent(self, rig: ManualRig) -> None:
        """Every step works without a network, and handing over is doubt about this one post."""
        with no_network():
            envelope = self.ready(rig.platform, samples.message("By hand", 2))
            with pytest.raises(Ambiguous, match=r"^handed over: post it by hand on Weibo") as caught:
                rig.platform.publish(envelope)
            assert isinstance(rig.platform.find(envelope, datetime.now(UTC)), Inconclusive)
        assert caught.value.reach == "post"
        assert envelope.address[:12] in str(caught.value)

    def test_what_is_handed_over_is_whole(self, rig: ManualRig) -> None:
        """The sealed request has the words, each picture with its alt text, and where to post them."""
        message = samples.message("By hand", 2)
        told = json.loads(self.ready(rig.platform, message).payload)
        assert (told["text"], told["network"], told["page"]) == ("By hand", "Weibo", PAGE)
        assert [(each["name"], each["alt"], each["sha256"]) for each in told["pictures"]] == [
            (each.name, each.alt, each.digest) for each in message.pictures
        ]

    def test_a_look_and_an_audit_send_a_person(self, rig: ManualRig) -> None:
        """Both say that nobody can be asked, and where to look."""
        envelope = self.ready(rig.platform, samples.message("By hand"))
        look = rig.platform.find(envelope, datetime.now(UTC))
        assert look.where == PAGE
        assert "mwcampaign resolve" in look.why
        receipt = Receipt("Abcdef", URL, datetime.now(UTC))
        assert rig.platform.copies(envelope, receipt, datetime.now(UTC)).where == URL
        assert rig.platform.metrics(receipt) is None
        assert rig.platform.allowances() == ()


class TestManualStandsForANetwork:
    """The option `network` says whose limits count."""

    @pytest.mark.parametrize("network", sorted(WALLS))
    def test_limits_are_the_networks(self, rig: ManualRig, network: str) -> None:
        """However it is written, a known name brings its text limit, unit and pictures."""
        for name in (network, network.upper()):
            able = rig.fresh({"network": name}).capabilities
            wall = WALLS[network]
            assert (able.text_limit, able.unit, able.pictures) == (wall.text_limit, wall.unit, wall.pictures)
            assert (able.pictures_needed, able.handed_over) == (wall.pictures_needed, True)
            assert list(rig.fresh({"network": name}).check(samples.message())) == []

    def test_every_known_network_is_in_the_manual(self) -> None:
        """The page for volunteers lists each with its text limit."""
        page = (Path(__file__).parents[2] / "docs" / "networks" / "manual.md").read_text("utf-8")
        for name, wall in WALLS.items():
            assert f"| `{name}` | {wall.text_limit:,}" in page

    def test_an_accounts_own_limits_win(self, rig: ManualRig) -> None:
        """A long post on Weibo, another unit: the account says so."""
        able = rig.fresh({"network": "weibo", "unit": "characters"}, {"text_limit": 2000}).capabilities
        assert (able.text_limit, able.unit) == (2000, "characters")

    def test_an_unknown_network_needs_a_limit(self, rig: ManualRig) -> None:
        """Nobody guesses: check asks for the number, and is content with it."""
        assert len(list(rig.fresh({"network": "Douyin"}).check(samples.message()))) == 1
        assert list(rig.fresh({"network": "Douyin"}, {"text_limit": 1000}).check(samples.message())) == []

    @pytest.mark.parametrize("options", [{}, {"network": "weibo", "unit": "words"}])
    def test_what_is_missing_is_said(self, rig: ManualRig, options: dict[str, str]) -> None:
        """An account that names no network, or a unit there is not, is a finding."""
        assert [code for code, _ in rig.fresh(options).check(samples.message())] == ["MW320"]

    @pytest.mark.parametrize(
        ("unit", "count"), [("characters", 5), ("graphemes", 4), ("utf16", 6), ("bytes", 13), ("weighted", 7)]
    )
    def test_every_unit_counts(self, rig: ManualRig, unit: str, count: int) -> None:
        """One text with a combined letter and an emoji, counted in each unit there is."""
        assert unit in get_args(Unit)
        assert rig.fresh({"network": "Douyin", "unit": unit}).count("博物e\u0301🏛") == count


class TestAWeekByHand:
    """What a person sees, with the real engine, ledger and program."""

    def test_it_waits_for_a_person_and_for_nothing_else(self, week: Week) -> None:
        """Due: handed over once. Two days later, its window long closed: still there, said the same way, and looked at
        once an hour at most."""
        (wish,) = week.schedule("vase")
        week.work()
        first = week.standing(wish)
        week.work(timedelta(days=2))
        last = week.standing(wish)
        assert first.state is last.state is State.UNKNOWN
        assert first.why.startswith("handed over: ")
        assert last.why.startswith("handed over: ")
        assert PAGE in last.why
        assert len(week.ledger.attempts(wish.key)) == 1
        night = week.clock.now() - timedelta(days=1)
        looks = [change.after for change in week.ledger.history(wish.key) if change.at > night]
        assert looks == [State.UNKNOWN] * len(looks)
        assert len(looks) <= 24

    def test_the_others_are_handed_over_just_the_same(self, week: Week) -> None:
        """What waits for a person holds back neither the account's next post nor another account, and pauses nobody."""
        wishes = [*week.schedule("vase", "coin"), *week.schedule("vase", account="other@manual")]
        week.work(timedelta(minutes=30))
        assert [week.standing(wish).state for wish in wishes] == [State.UNKNOWN] * 3
        assert week.ledger.pauses(week.clock.now()) == []

    def test_a_person_says_it_is_there(self, week: Week, run: Run) -> None:
        """`status` and `show` tell what to do and with what; `resolve --url` makes it delivered."""
        (wish,) = week.schedule("vase")
        week.work()
        status = run("status", week.folder)
        assert status.code == 6
        assert f"{wish.key[:12]} museum@manual vase" in status.out
        assert "handed over: post it by hand on Weibo" in " ".join(status.out.split())
        shown = run("show", wish.key[:12], "--campaign", week.folder).out
        assert "#MuseumWeek# vase" in shown
        assert "room-1.png: Une salle du musée" in shown
        assert f"due     {wish.due:%Y-%m-%d %H:%M}" in shown
        done = run("resolve", wish.key[:12], "--url", URL, "--why", "posted", "--campaign", week.folder)
        assert done.code == 0
        week.work(timedelta(days=1))
        standing = week.standing(wish)
        assert standing.state is State.DELIVERED
        assert standing.receipt is not None
        assert standing.receipt.url == URL

    def test_a_person_says_it_is_not_there(self, week: Week) -> None:
        """Within its window it is handed over again, as another attempt; after it, it is missed."""
        (wish,) = week.schedule("vase")
        week.work()
        week.ledger.decide(wish.key, Event.ABSENT, week.clock.now(), "ana", "forgotten")
        week.work()
        assert week.standing(wish).state is State.UNKNOWN
        assert len(week.ledger.attempts(wish.key)) == 2
        week.work(timedelta(hours=13))
        week.ledger.decide(wish.key, Event.ABSENT, week.clock.now(), "ana", "too late")
        week.work()
        assert week.standing(wish).state is State.MISSED
