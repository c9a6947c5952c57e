"""Who has to wait after a trouble, and who has not: the rule by itself, and as deliver() asks the ledger for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mwcampaign.core.delivery import Delivery, Event, State
from mwcampaign.core.ledger import Scope
from mwcampaign.core.pacing import ACCOUNTS, LONGEST, SHORTEST, TRIES, Pause, place, struck
from mwcampaign.core.ports import Allowance
from mwcampaign.engine.deliver import deliver
from mwcampaign.errors import Ambiguous, CredentialRejected, Deferred, PublishError, Reach, Rejected
from tests.conftest import DUE, make_delivery
from tests.engine.conftest import LEASE, Stage

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def strikes(*accounts: str, before: Pause | None = None) -> Pause:
    """Return the pause after a trouble with each account, all at once."""
    for account in accounts:
        before = struck(before, "memory", account, f"503 for {account}", DUE)
    assert before is not None
    return before


def test_troubles_are_counted_before_anybody_waits() -> None:
    """One museum's trouble, or two, says little about a server."""
    one, two = strikes("a"), strikes("a", "b")
    assert (one.until, one.tries, one.accounts, one.since) == (None, 1, ("a",), DUE)
    assert (two.until, two.tries, two.accounts, two.why) == (None, 2, ("a", "b"), "503 for b")
    assert (two.reach, two.name, two.probed) == ("network", "memory", True)


def test_so_many_accounts_pause_a_server() -> None:
    """The last of them begins the pause."""
    accounts = [f"account {number}" for number in range(ACCOUNTS)]
    assert strikes(*accounts[:-1]).until is None
    assert strikes(*accounts).until == DUE + SHORTEST


def test_so_many_tries_pause_a_server() -> None:
    """Where only one account posts, its own tries tell."""
    assert strikes(*["a"] * (TRIES - 1)).until is None
    pause = strikes(*["a"] * TRIES)
    assert (pause.until, pause.accounts, pause.tries) == (DUE + SHORTEST, ("a",), TRIES)


def test_each_failed_probe_doubles_the_pause() -> None:
    """Up to the longest; it counts from the probe, not from the first trouble."""
    pause, lengths = strikes("a", "b", "c"), []
    for _ in range(6):
        assert pause.until is not None
        lengths.append(pause.until - pause.since)
        now = pause.until + 10 * SECOND
        pause = struck(pause, "memory", "d", "503", now)
        assert pause.since == now
    assert lengths == [min(SHORTEST * 2**number, LONGEST) for number in range(6)]
    assert len(pause.accounts) == ACCOUNTS


def test_a_place_is_a_network_and_a_server() -> None:
    """A network of one server goes by its name alone."""
    assert place("mastodon", "https://museum.invalid") == "mastodon https://museum.invalid"
    assert place("x", "") == "x"


def test_a_used_up_quota_defers_before_anything_is_sent(stage: Stage) -> None:
    """The account waits until a post falls out of the quota's span; then it goes."""
    stage.platform = stage.memory(quotas=((2, 3600),))
    stage.schedule(*(make_delivery(post=post) for post in "abc"))
    assert stage.deliver() is State.DELIVERED
    stage.pass_time(MINUTE)
    assert stage.deliver() is State.DELIVERED
    until = DUE + timedelta(hours=1)
    assert stage.ledger.next_instant(stage.clock.now()) == until
    assert told(stage) == [("account", "louvre@memory", until)]
    assert due(stage) == []
    stage.pass_time(until)
    assert stage.deliver() is State.DELIVERED
    assert len(stage.texts()) == 3


@pytest.mark.parametrize(("kind", "reach"), [("quotas", "account"), ("shared_quotas", "application")])
def test_a_quota_is_kept_without_asking_the_network(stage: Stage, kind: str, reach: Reach) -> None:
    """Even when the network told nothing: the ledger remembers, the delivery is deferred, nothing is sealed."""
    first, second = make_delivery(post="a"), make_delivery(post="b", due=DUE + SECOND)
    stage.schedule(first, second)
    assert stage.deliver() is State.DELIVERED
    stage.platform = stage.memory(**{kind: ((1, 3600),)})
    stage.pass_time(MINUTE)
    assert stage.deliver() is State.RETRYING
    until = DUE + timedelta(hours=1)
    standing = stage.ledger.standing(second.key)
    assert standing is not None
    assert standing.not_before == until
    assert "1 posts in 3600 s" in standing.why
    assert stage.ledger.attempts(second.key)[0].envelope is None
    assert told(stage) == [(reach, "louvre@memory" if reach == "account" else "memory", until)]


@pytest.mark.parametrize("reach", ["post", "account", "application"])
def test_a_stated_wait_reaches_whom_it_concerns(stage: Stage, reach: Reach) -> None:
    """A 429 for a post, an account or an application: those wait, until the time that was stated."""
    mine, own, other = make_delivery(post="a"), make_delivery(post="b"), make_delivery(account="prado@memory")
    stage.schedule(mine)
    stage.fault = ("before", Deferred("429", 7 * MINUTE, reach=reach))
    assert stage.deliver() is State.RETRYING
    stage.schedule(own, other)
    until = DUE + 7 * MINUTE
    names = {"account": "louvre@memory", "application": "memory"}
    assert told(stage) == ([(reach, names[reach], until)] if reach in names else [])
    going = {"post": {own.key, other.key}, "account": {other.key}, "application": set[str]()}
    assert set(due(stage)) == going[reach]


@pytest.mark.parametrize("fault", [Deferred("503", reach="network"), Rejected("no", reach="network"), Ambiguous("500")])
def test_three_accounts_in_trouble_pause_their_network(stage: Stage, fault: PublishError) -> None:
    """However the trouble ends; the fourth account does not try."""
    wishes = museums(4)
    stage.schedule(*wishes)
    for number in range(3):
        assert told(stage) == []
        stage.fault = ("before", fault)
        run(stage, wishes[number])
    assert told(stage) == [("network", "memory", DUE + SHORTEST)]
    assert due(stage) == []


@pytest.mark.parametrize("fault", [Rejected("no"), CredentialRejected("who?"), RuntimeError("a bug"), Deferred("busy")])
def test_other_troubles_pause_no_network(stage: Stage, fault: Exception) -> None:
    """A refused text or a bug of ours says nothing about a server."""
    wishes = museums(TRIES + 1)
    stage.schedule(*wishes)
    for wish in wishes[:-1]:
        stage.fault = ("before", fault)
        run(stage, wish)
    assert told(stage) == []
    assert due(stage) == [wishes[-1].key]


def test_a_probe_that_succeeds_opens_the_network_again(stage: Stage) -> None:
    """From trouble to the first receipt."""
    wishes = museums(6)
    stage.schedule(*wishes)
    for wish in wishes[:3]:
        stage.fault = ("before", Deferred("503", reach="network"))
        run(stage, wish)
    stage.pass_time(SHORTEST)
    (claim,) = stage.ledger.claim(stage.clock.now(), "runner", LEASE, 10)
    assert deliver(claim, stage.ledger, stage.platform, stage.pictures, stage.clock) is State.DELIVERED
    assert told(stage) == []
    assert len(due(stage)) == 5


class Telling:
    """The stage's adapter, with an answer of its own about what is left; everything else is the stage's."""

    def __init__(self, stage: Stage, answer: tuple[Allowance, ...] | Exception) -> None:
        self._inner, self._answer = stage.platform, answer

    def allowances(self) -> tuple[Allowance, ...]:
        """Answer, or fail."""
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)


@pytest.mark.parametrize(
    ("allowance", "pause"),
    [
        (Allowance(0, DUE + MINUTE), [("account", "louvre@memory", DUE + MINUTE)]),
        (Allowance(0, DUE + MINUTE, shared=True), [("application", "memory", DUE + MINUTE)]),
        (Allowance(-1, DUE + MINUTE), [("account", "louvre@memory", DUE + MINUTE)]),
        (Allowance(1, DUE + MINUTE), []),
        (Allowance(0, DUE), []),
    ],
)
@pytest.mark.parametrize("fault", [None, Rejected("no"), Ambiguous("lost", reach="post")])
def test_who_may_not_post_any_more_waits(
    stage: Stage, allowance: Allowance, pause: list[object], fault: Exception | None
) -> None:
    """What the network said is left counts after every answer, before it has to refuse anything."""
    stage.schedule()
    stage.fault = ("before", fault) if fault else None
    deliver(stage.claim(), stage.ledger, Telling(stage, (allowance,)), stage.pictures, stage.clock)  # type: ignore[arg-type]
    assert told(stage) == pause


def test_allowances_that_fail_cost_no_receipt(stage: Stage) -> None:
    """The post is public: that is what the ledger has to know."""
    stage.schedule()
    broken = Telling(stage, KeyError("x-rate-limit-reset"))
    assert deliver(stage.claim(), stage.ledger, broken, stage.pictures, stage.clock) is State.DELIVERED  # type: ignore[arg-type]
    assert told(stage) == []


@pytest.mark.parametrize(("scope", "value"), [("everything", ""), ("network", "memory"), ("institution", "louvre")])
def test_a_halt_after_the_claim_stops_it(stage: Stage, scope: Scope, value: str) -> None:
    """Nothing is sent, nothing is in doubt, and it goes as soon as a person resumes."""
    stage.schedule()
    claim = stage.claim()
    stage.ledger.halt(scope, value, DUE, "organiser", "a reason")
    assert deliver(claim, stage.ledger, stage.platform, stage.pictures, stage.clock) is State.RETRYING
    assert stage.texts() == []
    (attempt,) = stage.ledger.attempts(claim.delivery.key)
    assert (attempt.envelope, attempt.outcome, attempt.why) == (None, Event.ABANDON, "halted before it was sent")
    assert told(stage) == []
    assert due(stage) == []
    stage.ledger.resume(scope, value, DUE, "organiser", "over")
    assert stage.deliver() is State.DELIVERED


def test_a_window_that_closes_after_the_claim_stops_it(stage: Stage) -> None:
    """Too late is missed, never late."""
    stage.schedule(make_delivery(closes=DUE + MINUTE))
    claim = stage.claim()
    stage.pass_time(MINUTE)
    assert deliver(claim, stage.ledger, stage.platform, stage.pictures, stage.clock) is State.RETRYING
    assert stage.texts() == []
    assert stage.ledger.close_windows(stage.clock.now()) == [claim.delivery.key]


def test_an_essential_delivery_passes_a_halt(stage: Stage) -> None:
    """A closure has to be told just then."""
    stage.schedule(replace(make_delivery(), essential=True))
    claim = stage.claim()
    stage.ledger.halt("everything", "", DUE, "organiser", "a reason")
    assert deliver(claim, stage.ledger, stage.platform, stage.pictures, stage.clock) is State.DELIVERED


def museums(number: int) -> list[Delivery]:
    """Return so many deliveries, each of another account."""
    return [make_delivery(account=f"museum{each}@memory") for each in range(number)]


def run(stage: Stage, wish: Delivery) -> State:
    """Claim and deliver this one; the stage's adapter speaks for every account."""
    (claim,) = stage.ledger.claim(stage.clock.now(), "runner", LEASE, 1, [wish.key])
    return deliver(claim, stage.ledger, stage.platform, stage.pictures, stage.clock)


def told(stage: Stage) -> list[object]:
    """Return what waits now."""
    return [(each.reach, each.name, each.until) for each in stage.ledger.pauses(stage.clock.now())]


def due(stage: Stage) -> list[str]:
    """Claim all that may be; return the keys."""
    return [claim.delivery.key for claim in stage.ledger.claim(stage.clock.now(), "other", LEASE, 100)]
