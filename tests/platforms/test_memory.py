"""The network in memory keeps the contract, and the limits of the networks it imitates."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mwcampaign.core.campaign import Account
from mwcampaign.core.delivery import Envelope, Receipt, delivery_key
from mwcampaign.core.ports import Absent, Allowance, Copy, Found, Handles, Inconclusive
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


def test_a_shared_quota_holds_for_all_accounts() -> None:
    """What one account posts is taken from what all of them may: the application waits, and says so."""
    clock, world = HandClock(), MemoryNetwork()
    able = replace(Memory.capabilities, quotas=((5, 60),), shared_quotas=((2, 900),))
    museums = [
        Memory(ACCOUNT.model_copy(update={"id": f"{name}@memory"}), {}, KeptSessions(), world=world, imitates=able,
               clock=clock)
        for name in ("louvre", "prado", "uffizi")
    ]  # fmt: skip
    for museum in museums[:2]:
        send(museum, "Good morning")
        clock.instant += timedelta(seconds=10)
    assert museums[1].allowances() == (
        Allowance(4, EPOCH + timedelta(seconds=70)),
        Allowance(0, EPOCH + timedelta(seconds=900), shared=True),
    )
    with pytest.raises(Deferred, match="2 posts in 900 s of all accounts") as caught:
        send(museums[2], "Good morning")
    assert (caught.value.reach, caught.value.retry_after) == ("application", timedelta(seconds=880))
    assert museums[2].allowances() == (
        Allowance(5, EPOCH + timedelta(seconds=80)),
        Allowance(0, EPOCH + timedelta(seconds=900), shared=True),
    )
    clock.instant += timedelta(seconds=880)
    send(museums[2], "Good morning")


def test_what_a_quota_leaves() -> None:
    """After each post so many less remain, until the oldest one falls out of the span; a refusal says that none do."""
    clock = HandClock()
    platform = imitating(clock, quotas=((2, 900),))
    assert platform.allowances() == ()
    seen = []
    for number in range(2):
        send(platform, f"Number {number}", f"post {number}")
        seen += [(each.remaining, each.until, each.shared) for each in platform.allowances()]
        clock.instant += timedelta(seconds=10)
    assert seen == [(1, EPOCH + timedelta(seconds=900), False), (0, EPOCH + timedelta(seconds=900), False)]
    with pytest.raises(Deferred) as caught:
        send(platform, "Number 2", "post 2")
    assert caught.value.reach == "account"
    assert [each.remaining for each in platform.allowances()] == [0]
    with pytest.raises(Rejected):
        send(platform, "a" * 501, "too long")
    assert platform.allowances() == ()


def test_a_deleted_post_frees_no_quota() -> None:
    """Networks count what was posted, not what is there."""
    platform = imitating(quotas=((1, 900),))
    _, receipt = send(platform, "Gone soon")
    platform.world.remove(receipt.remote_id)
    assert platform.world.posts() == []
    with pytest.raises(Deferred):
        send(platform, "Another", "another")


def test_people_delete_and_alter_posts() -> None:
    """What a person does to a post without us is what the world sees, and no id is given twice."""
    platform = imitating()
    _, first = send(platform, "First", "one")
    _, second = send(platform, "Second", "two")
    platform.world.alter(first.remote_id, "First, corrected")
    platform.world.remove(second.remote_id)
    _, third = send(platform, "Third", "three")
    assert [(post.remote_id, post.text) for post in platform.world.posts()] == [
        (first.remote_id, "First, corrected"),
        (third.remote_id, "Third"),
    ]
    assert third.remote_id not in (first.remote_id, second.remote_id)
    with pytest.raises(Rejected, match="does not exist"):
        send(platform, "Part 2", "part", second)
    for missing in (second.remote_id, "999"):
        with pytest.raises(KeyError):
            platform.world.remove(missing)
        with pytest.raises(KeyError):
            platform.world.alter(missing, "Never")


@pytest.mark.parametrize("change", [{"alts": ()}, {"warning": "Art"}, {"visibility": "private"}, {"language": "fr"},
                                    {"reply_to": "1"}])  # fmt: skip
def test_a_copy_is_the_same_in_everything(change: dict[str, Any]) -> None:
    """A post that differs in anything the request asked for is not the same; one of before counts only if it is the
    receipt's own."""
    platform = imitating()
    picture, content = samples.picture()
    message = samples.message("A room", 1)
    handles = Handles((platform.upload(picture, content),))
    envelope = platform.prepare(message, handles, delivery_key("mw", "p", "l", 0), EPOCH)
    receipt = platform.publish(envelope)
    (post,) = platform.world.posts()
    platform.world.add(replace(post, **change))
    platform.world.add(replace(post, posted_at=EPOCH - timedelta(hours=1)))
    assert platform.copies(envelope, receipt, EPOCH) == (Copy(receipt, True),)


def test_a_network_that_cannot_be_asked_tells_no_copies() -> None:
    """Where posts cannot be read back, an audit decides nothing."""
    platform = imitating(lookup="none")
    envelope, receipt = send(platform, "Where?")
    assert isinstance(platform.copies(envelope, receipt, EPOCH), Inconclusive)


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
    # From before the request: it may be it, by a clock that was ahead.
    assert isinstance(platform.find(envelope, EPOCH + timedelta(seconds=1)), Inconclusive)


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
