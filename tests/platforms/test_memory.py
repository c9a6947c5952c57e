"""The network in memory keeps the contract, and the limits of the networks it imitates."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mwcampaign.core.campaign import Account
from mwcampaign.core.delivery import Envelope, Receipt, delivery_key
from mwcampaign.core.ports import Absent, Found, Handles, Inconclusive
from mwcampaign.errors import Deferred, Rejected
from mwcampaign.platforms.memory import Memory, MemoryNetwork
from mwcampaign.testing import samples
from mwcampaign.testing.platform_contract import PlatformContract
from mwcampaign.testing.rig import KeptSessions
from tests.platforms.memory_rig import ACCOUNT, MemoryRig

EPOCH = datetime(2026, 6, 8, 10, tzinfo=UTC)


class HandClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.instant = EPOCH

    def now(self) -> datetime:
        """Return the instant the test has set."""
        return self.instant


class TestMemoryKeepsTheContract(PlatformContract):
    """The suite every adapter passes."""

    vectors = (("", 0), ("museum", 6), ("musée", 5), ("👩‍🎨", 3))

    @pytest.fixture
    def rig(self) -> MemoryRig:
        """A new world for each test."""
        return MemoryRig()


def send(platform: Memory, text: str, name: str = "post", parent: Receipt | None = None) -> tuple[Envelope, Receipt]:
    """Prepare and publish a text."""
    handles = Handles(parent=parent)
    envelope = platform.prepare(samples.message(text), handles, delivery_key("mw", name, "louvre", 0), EPOCH)
    return envelope, platform.publish(envelope)


def imitating(clock: HandClock | None = None, **limits: Any) -> Memory:
    """Make an adapter that imitates a network with these limits."""
    return Memory(
        ACCOUNT, {}, KeptSessions(), imitates=replace(Memory.capabilities, **limits), clock=clock or HandClock()
    )


def test_two_accounts_share_a_world() -> None:
    """Several adapters see one world, each its own posts."""
    world = MemoryNetwork()
    other = Account(id="prado@memory", institution="prado", network="memory")
    send(Memory(ACCOUNT, {}, KeptSessions(), world=world), "Bonjour")
    send(Memory(other, {}, KeptSessions(), world=world), "Hola")
    assert [post.text for post in world.posts()] == ["Bonjour", "Hola"]
    assert [post.text for post in world.posts("prado@memory")] == ["Hola"]


def test_quota_defers_until_there_is_room() -> None:
    """At the ceiling a post is deferred for exactly as long as it takes, and then goes through."""
    clock = HandClock()
    platform = imitating(clock, quotas=((2, 900),))
    for number in range(2):
        send(platform, f"Number {number}", f"post {number}")
        clock.instant += timedelta(seconds=10)
    with pytest.raises(Deferred) as caught:
        send(platform, "Number 2", "post 2")
    assert caught.value.retry_after == timedelta(seconds=880)
    clock.instant += timedelta(seconds=879)
    with pytest.raises(Deferred):
        send(platform, "Number 2", "post 2")
    clock.instant += timedelta(seconds=1)
    assert send(platform, "Number 2", "post 2")[1].posted_at == clock.instant


def test_replays_are_known_only_within_the_window() -> None:
    """After the window, the identical request makes a second post: so the engine must not repeat it then."""
    clock = HandClock()
    platform = imitating(clock, replay_window=3600)
    envelope, first = send(platform, "Said once")
    clock.instant += timedelta(seconds=3599)
    assert platform.publish(envelope) == first
    clock.instant += timedelta(seconds=1)
    assert platform.publish(envelope) != first
    assert len(platform.world.posts()) == 2


def test_the_same_text_again_is_refused_where_the_network_refuses_it() -> None:
    """A network that refuses duplicates says so in words that can be recognised."""
    platform = imitating(duplicates_refused=True, replay_window=0)
    send(platform, "Twice", "one")
    with pytest.raises(Rejected, match="duplicate"):
        send(platform, "Twice", "two")


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        ({"text_limit": 5}, "six..."),
        ({"text_limit": 5, "bytes_limit": 5}, "éééé"),
        ({"visibilities": ("private",)}, "a"),
    ],
)
def test_limits_are_kept(limits: dict[str, Any], text: str) -> None:
    """What a real network would refuse is refused, and nothing is public."""
    platform = imitating(**limits)
    with pytest.raises(Rejected):
        send(platform, text)
    assert platform.world.posts() == []


def test_pictures_must_be_few_uploaded_and_described_in_brief() -> None:
    """Too many pictures, unknown handles and long alternative texts are refused."""
    platform = imitating(pictures=1, alt_limit=20)
    picture, content = samples.picture()
    short = platform.upload(replace(picture, alt="A room"), content)
    long = platform.upload(picture, content)
    for handles in ((short, short), ("never-uploaded",), (long,)):
        envelope = platform.prepare(samples.message(), Handles(handles), delivery_key("mw", "p", "l", 0), EPOCH)
        with pytest.raises(Rejected):
            platform.publish(envelope)
    assert platform.world.posts() == []


def test_a_reply_needs_its_parent() -> None:
    """Replying to a post that does not exist is refused."""
    with pytest.raises(Rejected, match="does not exist"):
        send(imitating(), "Hello?", parent=Receipt("999", "https://memory.invalid/louvre@memory/999", EPOCH))


@pytest.mark.parametrize(
    ("lookup", "there", "not_there"),
    [
        ("recent", Found, Inconclusive),
        ("none", Inconclusive, Inconclusive),
        ("exact", Found, Absent),
    ],
)
def test_looking_is_as_blind_as_the_network(lookup: str, there: type, not_there: type) -> None:
    """A look proves no more than the imitated network could."""
    platform = imitating(lookup=lookup)
    envelope, _ = send(platform, "Here")
    assert isinstance(platform.find(envelope, EPOCH), there)
    assert isinstance(platform.find(replace(envelope, address="elsewhere"), EPOCH), not_there)
    assert isinstance(platform.find(envelope, EPOCH + timedelta(seconds=1)), not_there)


def test_one_post_however_many_threads_send_it() -> None:
    """The world is safe for threads: the same envelope from eight of them makes one post."""
    platform = imitating()
    envelope = platform.prepare(samples.message("Once"), Handles(), delivery_key("mw", "t", "l", 0), EPOCH)
    threads = [threading.Thread(target=platform.publish, args=(envelope,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(platform.world.posts()) == 1


def test_an_accounts_own_limits_count() -> None:
    """An account with a longer limit may write longer."""
    account = ACCOUNT.model_copy(update={"limits": {"text_limit": 1000}})
    platform = Memory(account, {}, KeptSessions())
    send(platform, "a" * 1000)
    with pytest.raises(Rejected):
        send(platform, "a" * 1001, "longer")
