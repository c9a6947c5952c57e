"""The contract notices broken adapters: each of these breaks one promise, and the test for that promise fails."""

from __future__ import annotations

import inspect
import json
import logging
import socket
import time
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from mwcampaign.core.delivery import Envelope, Receipt
from mwcampaign.core.ports import Absent, Allowance, Copy, Found, Metrics
from mwcampaign.errors import Ambiguous, Deferred, PublishError, Rejected
from mwcampaign.platforms.memory import Memory
from mwcampaign.testing.platform_contract import PlatformContract
from mwcampaign.testing.proxy import Fault
from tests.platforms.memory_rig import MemoryRig


class CallsHome(Memory):
    """Opens a connection when constructed."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        with socket.socket() as lost:
            lost.connect_ex(("127.0.0.1", 9))


class Miscounts(Memory):
    """Counts bytes."""

    def count(self, text: str) -> int:
        return len(text.encode())


class OffByOne(Memory):
    """States a limit that its network does not keep."""

    capabilities = replace(Memory.capabilities, text_limit=501)

    def _accepted(self, envelope: Envelope) -> Any:
        if len(json.loads(envelope.payload)["text"]) > 500:
            raise Rejected("too long")
        return super()._accepted(envelope)


class LooksAtTheClock(Memory):
    """Writes down when a request was prepared."""

    def prepare(self, *arguments: Any) -> Envelope:
        return replace(super().prepare(*arguments), address=str(time.time()))


class Repeats(Memory):
    """Does not know replays, and says that it does."""

    def _known(self, envelope: Envelope) -> None:
        return None


class NeverFinds(Memory):
    """Calls everything absent."""

    def find(self, envelope: Envelope, since: datetime) -> Absent:
        return Absent()


class AlwaysFinds(Memory):
    """Takes the first best post for the one."""

    def find(self, envelope: Envelope, since: datetime) -> Found | Absent:
        posts = self.world.posts()
        return Found(self._receipt(posts[-1])) if posts else Absent()


class SeesNoCopies(Memory):
    """Calls every delivered post gone."""

    def copies(self, *arguments: Any) -> tuple[Copy, ...]:
        return ()


class BelievesReceipts(Memory):
    """Takes a receipt for the post."""

    def copies(self, envelope: Envelope, receipt: Receipt, since: datetime) -> tuple[Copy, ...]:
        return (Copy(receipt, True),)


class NeverCompares(Memory):
    """Looks whether a post is there, and not at it."""

    def copies(self, *arguments: Any) -> tuple[Copy, ...]:
        return tuple(replace(each, same=True) for each in super().copies(*arguments))  # type: ignore[union-attr]


class LooksAtItsOwn(Memory):
    """Sees no repetitions."""

    def copies(self, envelope: Envelope, receipt: Receipt, since: datetime) -> tuple[Copy, ...]:
        found = super().copies(envelope, receipt, since)
        return tuple(each for each in found if each.receipt == receipt)  # type: ignore[union-attr]


class TakesAllForCopies(Memory):
    """Takes whatever the account has posted for a copy."""

    def copies(self, envelope: Envelope, receipt: Receipt, since: datetime) -> tuple[Copy, ...]:
        return tuple(Copy(self._receipt(post), True) for post in self.world.posts())


class SaysNothingOfLimits(Memory):
    """Tells nobody what is left."""

    def allowances(self) -> tuple[Allowance, ...]:
        return ()


class MixesThreads(Memory):
    """Tells one thread what another was told."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._last = SimpleNamespace(allowances=())  # type: ignore[assignment]


class Remembers(Memory):
    """Tells what was left before an answer was lost."""

    def publish(self, envelope: Envelope) -> Receipt:
        self._before = (Allowance(9, datetime.now(UTC)),)
        return super().publish(envelope)

    def allowances(self) -> tuple[Allowance, ...]:
        return super().allowances() or getattr(self, "_before", ())


class BlamesThePost(Memory):
    """Says of every trouble that it concerns one post."""

    def publish(self, envelope: Envelope) -> Receipt:
        try:
            return super().publish(envelope)
        except PublishError as error:
            told = copy(error)
            told.reach = "post"
            raise told from None


class Shuffles(Memory):
    """Sends pictures in another order."""

    def prepare(self, message: Any, handles: Any, *others: Any) -> Envelope:
        return super().prepare(message, replace(handles, pictures=handles.pictures[::-1]), *others)


class LosesTheThread(Memory):
    """Answers the first part instead of the one before."""

    def prepare(self, message: Any, handles: Any, *others: Any) -> Envelope:
        return super().prepare(message, replace(handles, parent=handles.root), *others)


class SpeaksEnglish(Memory):
    """Calls every text English."""

    def prepare(self, message: Any, *others: Any) -> Envelope:
        return super().prepare(replace(message, language="en"), *others)


class Blurts(Memory):
    """Forgets the warning and the visibility."""

    def prepare(self, message: Any, *others: Any) -> Envelope:
        return super().prepare(replace(message, warning="", visibility="public"), *others)


class InventsZeros(Memory):
    """Gives figures it does not have."""

    def metrics(self, receipt: Receipt) -> Metrics:
        return Metrics(likes=0)


class GivesUp(Memory):
    """Takes every trouble for a no."""

    def publish(self, envelope: Envelope) -> Receipt:
        try:
            return super().publish(envelope)
        except PublishError as error:
            raise Rejected(str(error)) from None


class Hopes(Memory):
    """Takes every trouble for a delay."""

    def publish(self, envelope: Envelope) -> Receipt:
        try:
            return super().publish(envelope)
        except Ambiguous as error:
            raise Deferred(str(error)) from None


class Chats(Memory):
    """Logs its secret."""

    def publish(self, envelope: Envelope) -> Receipt:
        logging.getLogger("chat").debug("with %s", {"token": "c4n4ry-never-shown"})
        return super().publish(envelope)


class Quotes(Memory):
    """Hides its secret in the error behind the error."""

    def publish(self, envelope: Envelope) -> Receipt:
        try:
            return super().publish(envelope)
        except PublishError as error:
            raise type(error)("no") from ValueError("c4n4ry-never-shown")


BROKEN: list[tuple[type[Memory], Callable[..., None], dict[str, Any]]] = [
    (CallsHome, PlatformContract.test_constructing_opens_no_connection, {}),
    (Miscounts, PlatformContract.test_count_is_the_networks_own, {}),
    (OffByOne, PlatformContract.test_text_at_the_limit_is_accepted, {}),
    (LooksAtTheClock, PlatformContract.test_prepare_is_pure, {}),
    (Repeats, PlatformContract.test_same_envelope_twice, {"fault": None}),
    (Repeats, PlatformContract.test_same_envelope_twice, {"fault": Fault.DROP}),
    (NeverFinds, PlatformContract.test_look_before_and_after, {}),
    (NeverFinds, PlatformContract.test_lost_answer, {"fault": Fault.DROP}),
    (AlwaysFinds, PlatformContract.test_look_before_and_after, {}),
    (SeesNoCopies, PlatformContract.test_a_public_post_is_its_own_copy, {}),
    (BelievesReceipts, PlatformContract.test_a_deleted_post_has_no_copy, {}),
    (NeverCompares, PlatformContract.test_an_altered_post_is_there_and_not_the_same, {"text": "Closed"}),
    (LooksAtItsOwn, PlatformContract.test_a_repetition_is_told, {}),
    (TakesAllForCopies, PlatformContract.test_a_public_post_is_its_own_copy, {}),
    (SaysNothingOfLimits, PlatformContract.test_what_is_still_allowed, {}),
    (SaysNothingOfLimits, PlatformContract.test_nothing_is_left, {"shared": False}),
    (MixesThreads, PlatformContract.test_what_is_still_allowed, {}),
    (Remembers, PlatformContract.test_a_lost_answer_allows_nothing, {}),
    (BlamesThePost, PlatformContract.test_nothing_is_left, {"shared": False}),
    (BlamesThePost, PlatformContract.test_certain_no, {"fault": Fault.REFUSE}),
    (BlamesThePost, PlatformContract.test_lost_answer, {"fault": Fault.DROP}),
    (Shuffles, PlatformContract.test_every_picture_arrives_in_order, {}),
    (LosesTheThread, PlatformContract.test_thread_is_a_chain, {}),
    (SpeaksEnglish, PlatformContract.test_language_arrives, {}),
    (Blurts, PlatformContract.test_warning_arrives, {}),
    (Blurts, PlatformContract.test_visibility_arrives, {}),
    (InventsZeros, PlatformContract.test_figures_not_given_are_none, {}),
    (GivesUp, PlatformContract.test_certain_no, {"fault": Fault.REFUSE}),
    (GivesUp, PlatformContract.test_certain_no, {"fault": Fault.UNAUTHORIZED}),
    (GivesUp, PlatformContract.test_rate_limit_says_when, {}),
    (Hopes, PlatformContract.test_lost_answer, {"fault": Fault.STALL}),
    (Hopes, PlatformContract.test_doubt_about_nothing, {"fault": Fault.SERVER_ERROR_BEFORE}),
    (Chats, PlatformContract.test_no_secret_is_told, {"fault": None}),
    (Quotes, PlatformContract.test_no_secret_is_told, {"fault": Fault.UNAUTHORIZED}),
]


class Joined(PlatformContract):
    """The contract as an adapter's test file joins it."""

    __test__ = False
    vectors = (("musée", 5),)


@pytest.mark.parametrize(("kind", "promise", "options"), BROKEN)
def test_a_broken_promise_is_noticed(
    kind: type[Memory], promise: Callable[..., None], options: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """The sound adapter keeps the promise; the broken one fails the test."""
    if "caplog" in inspect.signature(promise).parameters:
        options = options | {"caplog": caplog}
    promise(Joined(), MemoryRig(), **options)
    with pytest.raises((AssertionError, pytest.fail.Exception, Rejected)):
        promise(Joined(), MemoryRig(kind=kind), **options)


class Silent(Joined):
    """The contract on a network that never says how much more may be posted."""

    __test__ = False
    tells_allowances = "never"


@pytest.mark.parametrize(
    ("promise", "options"), [(Silent.test_what_is_still_allowed, {}), (Silent.test_nothing_is_left, {"shared": False})]
)
def test_no_allowance_is_made_up(promise: Callable[..., None], options: dict[str, Any]) -> None:
    """Where the network tells none, an adapter that is silent keeps the promise; one that names a number fails."""
    promise(Silent(), MemoryRig(kind=SaysNothingOfLimits), **options)
    with pytest.raises(AssertionError):
        promise(Silent(), MemoryRig(), **options)
