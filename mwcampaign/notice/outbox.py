"""One address of a person: a thread of its own that sends what is waiting, and tries again what could not be sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from threading import Condition, Thread
from typing import Protocol

from mwcampaign.core.ports import Clock
from mwcampaign.notice.incident import Incident, Pair
from mwcampaign.notice.letter import Letter, letter

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
MOST_WAITING = 1000


class Sender(Protocol):
    """Sends a message to one address. May be slow and may fail; is called from one thread at a time."""

    @property
    def name(self) -> str:
        """What a person may read about the address: never the address."""

    def send(self, title: str, body: str) -> bool:
        """Send plain text; return whether it was taken."""


class Outbox:
    """What one address has still to be told. `put` never waits; `told` hears what was sent, `remark` what could not be;
    neither raises.

    A failure is remarked once, however often it is tried again: a minute later, then less and less often up to once an
    hour, and with every new incident. `poll` is how often, in seconds, the clock is looked at while something waits.
    """

    def __init__(
        self,
        sender: Sender,
        clock: Clock,
        told: Callable[[Sequence[Incident]], None],
        remark: Callable[[str], None],
        poll: float = 1.0,
    ) -> None:
        self._sender, self._clock, self._told, self._remark, self._poll = sender, clock, told, remark, poll
        self._waiting: dict[Pair, Incident] = {}
        self._unheard = 0
        self._next: datetime | None = None
        """When to try again after a failure; None is at once."""
        self._failures = 0
        self._is_closing = False
        self._changed = Condition()
        # A daemon: a server that never answers must not keep the process alive.
        self._thread = Thread(target=self._work, name="notice", daemon=True)
        self._thread.start()

    def put(self, incidents: Sequence[Incident], unheard: int = 0) -> None:
        """Take over what is to be told."""
        with self._changed:
            self._keep(incidents, unheard)
            self._next = None
            self._changed.notify()

    def close(self) -> None:
        """Take nothing more, and try once more what is waiting; join waits for that."""
        with self._changed:
            self._is_closing = True
            self._next = None
            self._changed.notify()

    def join(self, timeout: float) -> bool:
        """Wait at most so many seconds for the end; return whether everything was sent."""
        self._thread.join(timeout)
        if self._thread.is_alive():
            self._remark(f"a notice by {self._sender.name} was not sent in time")
            return False
        return not self._waiting and not self._unheard

    def _keep(self, incidents: Sequence[Incident], unheard: int) -> None:
        for one in incidents:
            before = self._waiting.get(one.pair)
            if before is not None:
                joined = Incident(one.kind, one.scope, before.count + one.count, before.key or one.key)
                self._waiting[one.pair] = joined
            elif len(self._waiting) < MOST_WAITING:
                self._waiting[one.pair] = one
            else:
                unheard += one.count
        self._unheard += unheard

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._is_ready():
                    if self._is_closing:
                        return
                    self._changed.wait(self._poll if self._next else None)
                incidents, unheard = tuple(self._waiting.values()), self._unheard
                self._waiting, self._unheard = {}, 0
                is_last = self._is_closing
            is_sent = self._send(letter(incidents, unheard))
            if is_sent:
                self._failures, self._next = 0, None
                self._told(incidents)
                continue
            self._put_back(incidents, unheard)
            if is_last:
                return

    def _is_ready(self) -> bool:
        has_news = bool(self._waiting or self._unheard)
        return has_news and (self._next is None or self._clock.now() >= self._next)

    def _send(self, message: Letter) -> bool:
        try:
            return self._sender.send(message.title, message.body)
        except Exception:  # noqa: BLE001 - whatever a service's client raises: a notice may never end a run
            # Not even named: its words may carry the address.
            return False

    def _put_back(self, incidents: Sequence[Incident], unheard: int) -> None:
        with self._changed:
            newer, self._waiting = self._waiting, {}
            self._keep((*incidents, *newer.values()), unheard)
            self._failures += 1
            # Newer ones, or the end, do not wait for the next try.
            if not newer and not self._is_closing:
                wait = min(FIRST_WAIT * (1 << min(self._failures - 1, 10)), LONGEST_WAIT)
                self._next = self._clock.now() + wait
        if self._failures == 1:
            self._remark(f"a notice by {self._sender.name} could not be sent; it is kept and tried again")
