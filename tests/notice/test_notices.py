"""From a runner's calls to a person: once, together, and never in the way of a delivery."""

from __future__ import annotations

from collections.abc import Callable

from mwcampaign.core.delivery import State
from mwcampaign.errors import Rejected
from mwcampaign.notice.incident import Kind, Scope
from mwcampaign.notice.notices import WINDOW
from mwcampaign.schedule.tick import Runner
from tests.conftest import make_delivery
from tests.engine.conftest import Stage, stage
from tests.notice.conftest import PATIENCE, Desk, Person

__all__ = ["stage"]

MakeDesk = Callable[..., Desk]


def test_what_happens_together_is_told_together(desk: MakeDesk) -> None:
    """A thousand accounts of a network that dies, and a failure a little later: one letter when the minute is over."""
    person = Person()
    told = desk(person)
    for number in range(1000):
        told.hear(State.UNKNOWN, f"m{number}@memory")
    told.pass_time(WINDOW / 2)
    told.hear(State.FAILED, "louvre@memory")
    told.pass_time(WINDOW / 2)
    person.wait(letters=1)
    title, body = person.letters[0]
    assert title == "mwcampaign: 2 troubles"
    assert "memory: 1000 posts may or may not be public." in body
    assert "louvre@memory: 1 post failed." in body
    assert told.notices.close(PATIENCE)
    assert len(person.letters) == 1


def test_once_per_incident_over_restarts(desk: MakeDesk) -> None:
    """The same account fails in three runs: told in the first, counted in the others."""
    person = Person()
    for number in range(3):
        run = desk(person)
        run.hear(State.FAILED, post=f"story-{number}")
        assert run.notices.close(PATIENCE)
    assert len(person.letters) == 1


def test_two_processes_tell_once(desk: MakeDesk) -> None:
    """Two runs on one ledger meet the same trouble at the same time: one of them tells."""
    person = Person()
    runs = [desk(person), desk(person)]
    for run in runs:
        run.hear(State.FAILED)
    assert [run.notices.close(PATIENCE) for run in runs] == [True, True]
    assert len(person.letters) == 1


def test_after_a_recovery_trouble_is_news(desk: MakeDesk) -> None:
    """Failed, delivered, failed, each in a run of its own: two letters. Another account's success changes nothing."""
    person = Person()
    for state, account in [
        (State.FAILED, "louvre@memory"),
        (State.DELIVERED, "tnm@memory"),
        (State.FAILED, "louvre@memory"),
        (State.DELIVERED, "louvre@memory"),
        (State.FAILED, "louvre@memory"),
    ]:
        run = desk(person)
        run.hear(state, account)
        assert run.notices.close(PATIENCE)
    assert len(person.letters) == 2


def test_good_news_are_no_letter(desk: MakeDesk) -> None:
    """A week without trouble sends nothing."""
    person = Person()
    told = desk(person)
    for state in (State.PREPARING, State.DELIVERED, State.RETRYING):
        told.hear(state)
    assert told.notices.close(PATIENCE)
    assert person.tries == 0


def test_a_stopped_run_is_told(desk: MakeDesk) -> None:
    """A run that ends with trouble says so on its way out; a delivery of a later run closes that."""
    person = Person()
    told = desk(person)
    told.notices.trouble(Kind.STOPPED)
    assert told.notices.close(PATIENCE)
    assert person.letters[0][0] == "mwcampaign: the run has stopped"
    for event in (lambda run: run.hear(State.DELIVERED), lambda run: run.notices.trouble(Kind.STOPPED)):
        later = desk(person)
        event(later)
        assert later.notices.close(PATIENCE)
    assert len(person.letters) == 2


def test_a_server_is_a_network_of_its_own(desk: MakeDesk) -> None:
    """Where a network is many servers, the trouble of one of them is told as that one's."""
    person = Person()
    told = desk(person, place_of=lambda delivery: f"{delivery.network} https://one.example")
    for number in range(10):
        told.hear(State.UNKNOWN, f"m{number}@memory")
    assert told.notices.close(PATIENCE)
    assert person.letters[0][0] == "mwcampaign: memory at https://one.example: 10 posts may or may not be public"


def test_after_the_end_nothing_is_heard(desk: MakeDesk) -> None:
    """Events after close, and a second close, do nothing."""
    person = Person()
    told = desk(person)
    assert told.notices.close(PATIENCE)
    told.hear(State.FAILED)
    assert told.notices.close(PATIENCE)
    assert person.tries == 0


def test_a_real_runner_is_heard(stage: Stage, desk: MakeDesk) -> None:
    """A post that the network refuses for good, with words about somebody, becomes a letter without those words."""
    person = Person()
    told = desk(person)
    delivery = make_delivery(text="Anna Example writes")
    stage.schedule(delivery)
    stage.fault = ("before", Rejected("Anna Example, anna@example.org, is not welcome"))
    runner = Runner(
        stage.ledger, lambda _: stage.platform, stage.pictures, stage.clock, "me", observer=told.notices.hear
    )
    while runner.tick():
        pass
    assert told.notices.close(PATIENCE)
    ((title, body),) = person.letters
    assert title == "mwcampaign: louvre@memory: 1 post failed"
    assert delivery.key[:12] in body
    assert "nna" not in title + body
    assert Scope("account", delivery.account) in {scope for _, scope in told.incidents.open()}
