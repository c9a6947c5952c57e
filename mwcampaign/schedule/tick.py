"""One round of work: take back lost leases, look into doubts, close windows, deliver what is due.

A Runner may work with threads (one post at a time per account, several accounts at once) or, with none, in the
caller's own thread: rehearsals do, so that the same seed gives the same week.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from functools import partial
from threading import Lock

from mwcampaign.core.delivery import Delivery, DeliveryKey, Event, ForbiddenMove, State
from mwcampaign.core.ledger import Claim, Doubt, Ledger
from mwcampaign.core.pacing import Pause
from mwcampaign.core.ports import Clock, Pictures, Platform
from mwcampaign.engine.deliver import backoff, deliver
from mwcampaign.engine.reconcile import reconcile
from mwcampaign.errors import CredentialRejected, LedgerUnavailable, MwcampaignError, PublishError

LEASE = timedelta(minutes=5)

PlatformOf = Callable[[str], Platform]
"""From an account's id to its adapter; made once, then the same one again."""
Observer = Callable[[str, Delivery | None, State | None, str], None]
"""Told of everything that happened: what, to which delivery, its state, why."""


def ignore(what: str, delivery: Delivery | None, state: State | None, why: str) -> None:
    """Observe nothing."""


class Runner:
    """Works on one ledger under one name. `workers` 0 is: no threads."""

    def __init__(
        self,
        ledger: Ledger,
        platform_of: PlatformOf,
        pictures: Pictures,
        clock: Clock,
        name: str,
        *,
        workers: int = 0,
        batch: int = 50,
        dead: Callable[[Collection[str]], Collection[str]] = lambda _: (),
        only: Collection[DeliveryKey] | None = None,
        spacing: timedelta = timedelta(),
        observer: Observer = ignore,
        on_done: Callable[[], None] = lambda: None,
    ) -> None:
        self._ledger, self._platform_of, self._pictures, self._clock = ledger, platform_of, pictures, clock
        self._name, self._workers, self._batch, self._dead, self._only = name, workers, batch, dead, only
        self._tell, self._on_done, self._spacing = observer, on_done, spacing
        # A server that hangs takes part of the workers, never all: others go on.
        self._share = workers - workers // 4 or None
        self._pool = ThreadPoolExecutor(workers, "deliver") if workers else None
        self._in_hand: dict[DeliveryKey, Future[None]] = {}
        self._lock = Lock()
        self._trouble: BaseException | None = None
        self._ticked = clock.now()
        self._paused: dict[str, Pause] = {}

    def tick(self) -> int:
        """Do or start everything that can be done now; return how many things were done or started."""
        self._raise_trouble()
        now = self._ticked = self._clock.now()
        done = 0
        for key, state in self._ledger.expire(now, self._dead(self._ledger.runners())):
            done += 1
            self._report("lease over", key, state)
        done += self._look()
        for key in self._ledger.close_windows(now):
            done += 1
            self._report("missed", key, State.MISSED)
        free = self._workers - len(self._in_hand) if self._pool else self._batch
        if free > 0:
            claims = self._ledger.claim(
                now, self._name, LEASE, free, self._only, spacing=self._spacing, share=self._share
            )
            done += len(claims)
            for claim in claims:
                self._start(claim.delivery, partial(self._deliver, claim))
        self._tell_pauses(now)
        self._raise_trouble()
        return done

    def next_instant(self) -> datetime | None:
        """Return when there is something new to do, seen from the last tick; None when nothing ever will be."""
        return self._ledger.next_instant(self._ticked, self._spacing)

    def _tell_pauses(self, now: datetime) -> None:
        """Tell of applications and servers that began or ceased to wait since the last tick."""
        paused = {pause.name: pause for pause in self._ledger.pauses(now) if pause.reach != "account"}
        for name, pause in paused.items():
            if self._paused.get(name) != pause and pause.until is not None and pause.until > now:
                self._tell("paused", None, None, f"{name}: {pause.why}; tried again at {pause.until:%H:%M:%S} UTC")
        for name in self._paused.keys() - paused.keys():
            self._tell("resumed", None, None, name)
        self._paused = paused

    def _look(self) -> int:
        done = 0
        for doubt in self._ledger.doubts(self._clock.now(), self._batch, self._only):
            if doubt.delivery.key not in self._in_hand:
                done += 1
                self._start(doubt.delivery, partial(self._reconcile, doubt))
        return done

    def busy(self) -> bool:
        """Return whether work is in hand."""
        return bool(self._in_hand)

    def in_hand(self) -> int:
        """Return how many deliveries are being sent or looked at."""
        return len(self._in_hand)

    def can_post(self, account: str) -> bool:
        """Return whether the account's secrets are there."""
        try:
            self._platform_of(account)
        except MwcampaignError:
            return False
        return True

    def can_look(self, account: str) -> bool:
        """Return whether the account's network can be asked what became of a post."""
        return self.can_post(account) and self._platform_of(account).capabilities.lookup != "none"

    def drain(self, timeout: float | None = None) -> bool:
        """Wait for what is in hand; return whether all of it ended within `timeout` seconds."""
        with self._lock:
            pending = list(self._in_hand.values())
        left = wait(pending, timeout).not_done
        self._raise_trouble()
        return not left

    def close(self) -> None:
        """Take nothing new, and wait for the rest."""
        if self._pool:
            self._pool.shutdown(wait=True, cancel_futures=False)

    def _start(self, delivery: Delivery, work: Callable[[], None]) -> None:
        if self._pool is None:
            work()
            return
        with self._lock:
            future = self._pool.submit(self._guard, delivery.key, work)
            self._in_hand[delivery.key] = future

    def _guard(self, key: DeliveryKey, work: Callable[[], None]) -> None:
        try:
            work()
        except LedgerUnavailable as error:
            # Without the ledger nothing may be sent: the next tick stops the run.
            self._trouble = error
        finally:
            with self._lock:
                self._in_hand.pop(key, None)
            self._on_done()

    def _deliver(self, claim: Claim) -> None:
        delivery = claim.delivery
        self._tell("sending", delivery, State.PREPARING, "")
        try:
            platform = self._platform_of(delivery.account)
        except MwcampaignError as error:
            later = self._clock.now() + backoff(claim.attempt.number)
            state = self._ledger.settle(claim.attempt.id, Event.ABANDON, self._clock.now(), error.what, None, later)
            self._report(str(state), delivery.key, state)
            return

        def hear(trouble: PublishError) -> None:
            if isinstance(trouble, CredentialRejected):
                self._tell("credentials refused", delivery, None, str(trouble))

        try:
            state = deliver(claim, self._ledger, platform, self._pictures, self._clock, hear)
        except ForbiddenMove as error:
            # Somebody took the lease while we slept; whoever has it now decides.
            self._tell("lease lost", delivery, None, str(error))
            return
        if state is State.DELIVERED:
            # No reason to look up: a tenth of what a delivery costs us.
            self._tell(str(state), delivery, state, "")
            return
        self._report(str(state), delivery.key, state)

    def _reconcile(self, doubt: Doubt) -> None:
        try:
            platform = self._platform_of(doubt.delivery.account)
        except MwcampaignError as error:
            now = self._clock.now()
            self._ledger.reconcile(doubt, None, now, error.what, None, now + LEASE)
            return
        try:
            state = reconcile(doubt, self._ledger, platform, self._clock)
        except ForbiddenMove as error:
            self._tell("settled elsewhere", doubt.delivery, None, str(error))
            return
        self._report("looked", doubt.delivery.key, state)

    def _report(self, what: str, key: DeliveryKey, state: State) -> None:
        standing = self._ledger.standing(key)
        if standing is not None:
            self._tell(what, standing.delivery, state, standing.why)

    def _raise_trouble(self) -> None:
        if self._trouble is not None:
            raise self._trouble
