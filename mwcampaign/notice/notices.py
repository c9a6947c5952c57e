"""What listens to a run and tells a person: collects for a short while, asks which incidents are new, hands them over.

Called by wire. `hear` and `trouble` may be called from any thread: they put a few ids into a queue and return. All else
happens on daemon threads, so that nothing here delays or breaks a delivery.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from operator import attrgetter
from queue import Empty, Full, Queue
from threading import Lock, Thread

from mwcampaign.core.delivery import HANDED_OVER, Delivery, State
from mwcampaign.core.ports import Clock
from mwcampaign.errors import MwcampaignError
from mwcampaign.notice.incident import Closing, Happening, Incident, Incidents, Kind, Opening, Trouble, heard, judge
from mwcampaign.notice.memory import MemoryIncidents
from mwcampaign.notice.outbox import Outbox, Sender

WINDOW = timedelta(seconds=60)
"""What happens within this time is told together."""
TAKEOVER = timedelta(minutes=10)
"""An incident of which nobody was told for so long has lost the run that should have told of it."""
ROOM = 20_000
"""So many events may wait to be looked at; more are counted and not looked at."""


class _End:
    """Put into the queue by close."""


class Notices:
    """Tells each sender of every incident once. `remark` hears, in a sentence, what could not be told.

    Incidents that an earlier run opened and could not tell of are told first. If `incidents` cannot be used any more,
    this process remembers by itself: then a restart may tell again. `place_of` gives a delivery's network and
    server; it neither waits nor raises. `poll` is in seconds: see Outbox.
    """

    def __init__(
        self,
        incidents: Incidents,
        senders: Sequence[Sender],
        clock: Clock,
        remark: Callable[[str], None],
        *,
        place_of: Callable[[Delivery], str] = attrgetter("network"),
        window: timedelta = WINDOW,
        poll: float = 1.0,
        room: int = ROOM,
    ) -> None:
        self._incidents: Incidents = incidents
        self._clock, self._remark, self._place_of, self._window, self._poll = clock, remark, place_of, window, poll
        self._queue: Queue[tuple[datetime, Happening | _End]] = Queue(room)
        self._lock = Lock()
        self._unheard = 0
        self._is_closed = self._is_broken = False
        self._outboxes = [Outbox(sender, clock, self._told, self._say, poll) for sender in senders]
        self._thread = Thread(target=self._work, name="notices", daemon=True)
        self._thread.start()

    def hear(self, what: str, delivery: Delivery | None, state: State | None, why: str) -> None:
        """Take in what a runner tells. Never waits, never raises; `why` is not kept, only whether it says that the
        post is handed over: it may be anybody's words."""
        place = self._place_of(delivery) if delivery else ""
        if (happening := heard(what, delivery, state, place, by_hand=why.startswith(HANDED_OVER))) is not None:
            self._put(happening)

    def trouble(self, kind: Kind, account: str = "", network: str = "") -> None:
        """Take in a trouble that is no delivery's own, such as a run that stops. Never waits, never raises."""
        self._put(Trouble(kind, account, network))

    def close(self, timeout: float) -> bool:
        """Tell what was collected, and end within `timeout` seconds; return whether everything was sent."""
        until = time.monotonic() + timeout
        with self._lock:
            was_closed, self._is_closed = self._is_closed, True
        if not was_closed:
            # Full only where the ledger does not answer; then there is nothing to wait for either.
            with suppress(Full):
                self._queue.put((self._clock.now(), _End()), timeout=timeout)
        self._thread.join(max(until - time.monotonic(), 0))
        for outbox in self._outboxes:
            outbox.close()
        # A list: each is waited for, also when one before it has failed.
        is_sent = [outbox.join(max(until - time.monotonic(), 0)) for outbox in self._outboxes]
        return all(is_sent) and not self._thread.is_alive() and not self._is_broken

    def _put(self, happening: Happening) -> None:
        with self._lock:
            if self._is_closed:
                return
            try:
                self._queue.put_nowait((self._clock.now(), happening))
            except Full:
                self._unheard += 1

    def _work(self) -> None:
        try:
            self._take_over()
            self._listen()
        except Exception as error:  # noqa: BLE001 - a bug here may not end a run, but is not kept quiet
            self._is_closed = self._is_broken = True
            self._say(f"notices have stopped: {type(error).__name__}")

    def _take_over(self) -> None:
        now = self._clock.now()
        try:
            left = self._incidents.untold(now - TAKEOVER, now)
        except MwcampaignError:
            self._on_our_own()
            return
        self._hand_over(left, 0)

    def _listen(self) -> None:
        collected: list[Happening] = []
        ends: datetime | None = None
        while True:
            try:
                at, one = self._queue.get(timeout=self._poll if ends else None)
            except Empty:
                at, one = self._clock.now(), None
            # By the time it was heard, not taken up. A full window is settled early: it holds as many as may wait.
            if isinstance(one, _End) or (ends and at >= ends) or len(collected) >= self._queue.maxsize:
                self._settle(collected)
                collected, ends = [], None
            if isinstance(one, _End):
                return
            if one is not None:
                collected.append(one)
                ends = ends or at + self._window

    def _settle(self, collected: list[Happening]) -> None:
        with self._lock:
            unheard, self._unheard = self._unheard, 0
        try:
            news = self._new(collected)
        except MwcampaignError:
            self._on_our_own()
            news = self._new(collected)
        self._hand_over(news, unheard)

    def _new(self, collected: list[Happening]) -> list[Incident]:
        """Write down what happened; return the incidents that nobody else tells of."""
        if not collected:
            return []
        now, news = self._clock.now(), []
        for step in judge(collected, self._incidents.open()):
            match step:
                case Opening(incident):
                    if self._incidents.opened(incident, now):
                        news.append(incident)
                case Closing(pair):
                    self._incidents.closed(pair, now)
        return news

    def _on_our_own(self) -> None:
        self._say("the ledger cannot remember what was told; after a restart it may be told again")
        self._incidents = MemoryIncidents()

    def _hand_over(self, incidents: Sequence[Incident], unheard: int) -> None:
        if incidents or unheard:
            for outbox in self._outboxes:
                outbox.put(incidents, unheard)

    def _told(self, incidents: Sequence[Incident]) -> None:
        try:
            self._incidents.told([one.pair for one in incidents], self._clock.now())
        except MwcampaignError:
            # Told twice, after a restart, is better than an outbox that ends here.
            self._say("the ledger cannot remember that a notice was sent; after a restart it may be sent again")

    def _say(self, words: str) -> None:
        with suppress(Exception):
            self._remark(words)
