"""When something is wrong with the telling itself: senders, ledgers and remarks that hang, refuse or break."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from mwcampaign.core.delivery import State
from mwcampaign.errors import LedgerUnavailable
from mwcampaign.notice.incident import Incident, Kind
from mwcampaign.notice.memory import MemoryIncidents
from mwcampaign.notice.notices import TAKEOVER, WINDOW
from tests.conftest import DUE
from tests.notice.conftest import PATIENCE, Desk, Person

MakeDesk = Callable[..., Desk]


def test_a_sender_that_hangs_delays_nothing(desk: MakeDesk) -> None:
    """While a letter hangs, thousands of events are taken in, and the other address is told."""
    hanging, quick = Person(), Person()
    hanging.gate.clear()
    told = desk(hanging, quick)
    told.hear(State.FAILED, "a@memory")
    told.pass_time(WINDOW)
    assert hanging.entered.wait(PATIENCE)
    for number in range(5000):
        told.hear(State.FAILED, "b@memory", f"post-{number}")
    told.pass_time(WINDOW)
    quick.wait(letters=2)
    assert hanging.tries == 0
    assert told.notices.close(0.05) is False
    assert told.remarks == ["a notice by letterbox was not sent in time"]


class Stuck(MemoryIncidents):
    """A ledger that does not answer until the gate is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.gate, self.entered = threading.Event(), threading.Event()

    def opened(self, incident: Incident, at: object) -> bool:
        """Wait, then open."""
        self.entered.set()
        assert self.gate.wait(PATIENCE)
        return super().opened(incident, DUE)


def test_a_ledger_that_hangs_delays_nothing_and_fills_nothing(desk: MakeDesk) -> None:
    """While nothing can be written, hear returns; what there is no room for is counted, and the letter admits it."""
    person, ledger = Person(), Stuck()
    told = desk(person, incidents=ledger, room=10)
    told.hear(State.FAILED)
    told.pass_time(WINDOW)
    assert ledger.entered.wait(PATIENCE)
    for number in range(50):
        told.hear(State.FAILED, "tnm@memory", f"post-{number}")
    ledger.gate.set()
    assert told.notices.close(PATIENCE)
    text = "\n".join(body for _, body in person.letters)
    assert "tnm@memory: 10 posts failed." in text
    assert "40 events were not looked at" in text


@pytest.mark.parametrize("error", [None, OSError("https://hooks.example/CANARY"), ValueError("CANARY")])
def test_what_could_not_be_sent_comes_with_the_next(desk: MakeDesk, error: Exception | None) -> None:
    """A refused or broken sending is one remark without its words; the next letter holds both incidents."""
    person = Person(fails=2, error=error)
    # Half a minute: sooner than it would be tried again without news.
    told = desk(person, window=WINDOW / 2)
    for tries, account in enumerate(("a@memory", "b@memory", "c@memory"), start=1):
        told.hear(State.FAILED, account)
        told.pass_time(WINDOW / 2)
        person.wait(tries=tries)
    (_, body), *others = person.letters
    assert others == []
    assert all(f"{name}@memory: 1 post failed." in body for name in "abc")
    assert told.remarks == ["a notice by letterbox could not be sent; it is kept and tried again"]


def test_what_could_not_be_sent_is_tried_again_without_news(desk: MakeDesk) -> None:
    """A line that was down for a while: the letter goes a little later, though nothing else happens."""
    person = Person(fails=1)
    told = desk(person)
    told.hear(State.FAILED)
    told.pass_time(WINDOW)
    person.wait(tries=1)
    # Moved on until the letter has come: how soon it is tried again is not the promise.
    for _ in range(1000):
        told.pass_time(timedelta(minutes=1))
        if person.has_letter(0.02):
            break
    assert "louvre@memory: 1 post failed." in person.letters[0][1]


def test_the_last_try_is_at_the_end(desk: MakeDesk) -> None:
    """Closing tries once more; what is left then is said, and told by a later run, once."""
    person = Person(fails=2)
    told = desk(person)
    told.hear(State.FAILED)
    told.pass_time(WINDOW)
    person.wait(tries=1)
    assert told.notices.close(PATIENCE) is False
    assert person.tries == 2
    told.pass_time(TAKEOVER + timedelta(seconds=1))
    for _ in range(2):
        assert desk(person).notices.close(PATIENCE)
    assert [title for title, _ in person.letters] == ["mwcampaign: louvre@memory: 1 post failed"]


def test_a_remark_that_fails_stops_nothing(desk: MakeDesk) -> None:
    """When even the remark cannot be made, the next letter still goes."""
    person = Person(fails=1)
    remarks: list[str] = []

    def remark(words: str) -> None:
        remarks.append(words)
        raise BrokenPipeError

    told = desk(person, remark=remark)
    told.hear(State.FAILED)
    told.pass_time(WINDOW)
    person.wait(tries=1)
    assert told.notices.close(PATIENCE)
    assert len(person.letters) == len(remarks) == 1


class Refusing(MemoryIncidents):
    """A ledger that cannot do one thing: its disk is full, or it has a bug."""

    def __init__(self, method: str, error: Exception | None = None) -> None:
        super().__init__()
        self.method, self.error = method, error or LedgerUnavailable("the disk is full")

    def __getattribute__(self, name: str) -> Any:
        if name in ("open", "opened", "closed", "told", "untold") and name == self.method:
            raise self.error
        return super().__getattribute__(name)


def test_a_broken_ledger_does_not_silence_notices(desk: MakeDesk) -> None:
    """When nothing can be written down, this process remembers: told once, with a remark."""
    person = Person()
    told = desk(person, incidents=Refusing("opened"))
    for _ in range(2):
        told.notices.trouble(Kind.STOPPED)
        told.pass_time(WINDOW)
        person.wait(letters=1)
    assert told.notices.close(PATIENCE)
    assert len(person.letters) == 1
    assert told.remarks == ["the ledger cannot remember what was told; after a restart it may be told again"]


@pytest.mark.parametrize("method", ["untold", "open", "opened", "closed"])
def test_a_ledger_that_breaks_anywhere_is_done_without(desk: MakeDesk, method: str) -> None:
    """Whatever the ledger refuses to do, the letter goes, once."""
    person = Person()
    told = desk(person, incidents=Refusing(method))
    told.hear(State.FAILED, post="first")
    told.hear(State.DELIVERED, post="second")
    assert told.notices.close(PATIENCE)
    assert [title for title, _ in person.letters] == ["mwcampaign: louvre@memory: 1 post failed"]
    assert len(told.remarks) == 1


def test_a_letter_that_cannot_be_noted_is_sent_all_the_same(desk: MakeDesk) -> None:
    """That a letter went cannot be written down: a remark, and the next letter goes too."""
    person = Person()
    told = desk(person, incidents=Refusing("told"))
    for tries, account in enumerate(("a@memory", "b@memory"), start=1):
        told.hear(State.FAILED, account)
        told.pass_time(WINDOW)
        person.wait(letters=tries)
    assert told.notices.close(PATIENCE)
    assert (
        told.remarks == ["the ledger cannot remember that a notice was sent; after a restart it may be sent again"] * 2
    )


def test_a_bug_is_not_kept_quiet(desk: MakeDesk) -> None:
    """A memory with a bug stops the notices, with a remark; hear goes on returning, and close says no."""
    person = Person()
    told = desk(person, incidents=Refusing("opened", ZeroDivisionError("c4n4ry")))
    told.hear(State.FAILED)
    assert told.notices.close(PATIENCE) is False
    told.hear(State.FAILED)
    assert told.remarks == ["notices have stopped: ZeroDivisionError"]


def test_a_server_that_never_answers_does_not_keep_the_process_alive() -> None:
    """A process whose letter hangs for ever ends by itself."""
    code = """
import threading
from datetime import UTC, datetime
from mwcampaign.notice.incident import Kind
from mwcampaign.notice.memory import MemoryIncidents
from mwcampaign.notice.notices import Notices
from mwcampaign.schedule.clock import SystemClock

class Hanging:
    name = "letterbox"
    def send(self, title, body):
        threading.Event().wait()

notices = Notices(MemoryIncidents(), [Hanging()], SystemClock(), print)
notices.trouble(Kind.STOPPED)
print(notices.close(0.1))
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.split("\n") == ["a notice by letterbox was not sent in time", "False", ""]
