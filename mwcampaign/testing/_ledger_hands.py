"""What a ledger promises a person's hand: review, halt and resume. Part of mwcampaign.testing.ledger_contract.

No promise here is kept by the one handle alone: what a person said holds for every runner on the same memory.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product

import pytest

from mwcampaign.core.campaign import Approval
from mwcampaign.core.delivery import Delivery, DeliveryKey, Event, State, Withheld
from mwcampaign.core.ledger import Ledger, Scope, Verdict
from mwcampaign.testing._ledger_steps import (
    CLOSES,
    DUE,
    LEASE,
    MINUTE,
    RUNNER,
    WHO,
    change,
    claim_one,
    envelope,
    in_doubt,
    receipt,
    schedule,
    sealed,
    standing_of,
    wish,
)

HOUR = timedelta(hours=1)
REVIEWER = "reviewer"
POLICIES: tuple[Approval, ...] = ("none", "required")
SCOPES: tuple[tuple[Scope, str], ...] = (
    ("everything", ""), ("country", "FR"), ("network", "memory"), ("theme", "monday"), ("institution", "louvre"),
)  # fmt: skip


def policy(ledger: Ledger, approval: Approval, *wishes: Delivery) -> None:
    """Put new wishes into the ledger under a policy of approval."""
    told = [(None, each, None) for each in wishes]
    ledger.apply(ledger.serial(), told, {}, DUE - MINUTE, WHO, approvals={"mw": approval})


def say(ledger: Ledger, *seen: Delivery, yes: bool = True, who: str = REVIEWER) -> list[str]:
    """Say yes or no to exactly these; return the reasons of refusals."""
    verdicts = [Verdict(each.key, each.content, yes) for each in seen]
    return [reason for _, reason in ledger.review(verdicts, DUE - MINUTE, who, "read it")]


def goes(ledger: Ledger, now: datetime = DUE) -> set[DeliveryKey]:
    """Return what may be claimed now, and is from then on."""
    return {claim.delivery.key for claim in ledger.claim(now, RUNNER, LEASE, 100)}


def keys(wishes: Iterable[Delivery]) -> set[DeliveryKey]:
    """Return their keys."""
    return {each.key for each in wishes}


def crowd(*, essential: bool = False) -> list[Delivery]:
    """Return a wish for every combination of what a halt can name, each with an account of its own."""
    made = []
    kinds = product(("louvre", "prado"), ("memory", "elsewhere"), ("monday", "tuesday"), ("FR", "ES"))
    for number, (institution, network, theme, country) in enumerate(kinds):
        told = wish(f"account{number}-{essential}@memory")
        told = replace(told, institution=institution, network=network, theme=theme, country=country)
        made.append(replace(told, essential=essential))
    return made


class ReviewPromises:
    """A yes is to exactly one text, and a no stands."""

    def test_where_a_yes_is_needed_nothing_goes_without(self, ledger: Ledger, another: Ledger) -> None:
        """Only what somebody approved is claimed, by whichever runner, and the name is on record."""
        one, two = wish("louvre@memory"), wish("prado@memory")
        policy(ledger, "required", one, two)
        assert ledger.approval("mw") == "required"
        assert goes(ledger) == set()
        assert not ledger.ready(DUE)
        assert say(another, one) == []
        assert goes(ledger) == {one.key}
        assert (standing_of(ledger, one.key).approved_by, standing_of(ledger, one.key).waits) == (REVIEWER, False)
        assert standing_of(ledger, two.key).waits
        assert ledger.history(one.key)[1].who == REVIEWER

    def test_a_yes_to_an_older_text_is_refused(self, ledger: Ledger) -> None:
        """What was edited while somebody read it has to be read again."""
        policy(ledger, "required", wish())
        change(ledger, Event.REVISE, wish(text="Edited"))
        (reason,) = say(ledger, wish())
        assert "edited" in reason
        assert goes(ledger) == set()
        assert say(ledger, wish(text="Edited")) == []
        assert goes(ledger) == {wish().key}

    def test_an_edit_voids_a_yes(self, ledger: Ledger) -> None:
        """And the history says whose yes it was."""
        policy(ledger, "required", wish())
        say(ledger, wish())
        change(ledger, Event.REVISE, wish(text="Edited"))
        assert (standing_of(ledger).approved_by, standing_of(ledger).waits) == ("", True)
        assert any(REVIEWER in line.why for line in ledger.history(wish().key))
        assert goes(ledger) == set()

    @pytest.mark.parametrize("approval", POLICIES)
    def test_a_no_stands_through_edits_until_a_yes(self, ledger: Ledger, approval: Approval) -> None:
        """Whatever the policy: held is not sent, and who said so, and why, is told."""
        policy(ledger, approval, wish())
        assert say(ledger, wish(), yes=False) == []
        assert standing_of(ledger).held == f"{REVIEWER}: read it"
        assert goes(ledger) == set()
        change(ledger, Event.REVISE, wish(text="Edited"))
        assert goes(ledger) == set()
        policy(ledger, "none")
        assert goes(ledger) == set()
        say(ledger, wish(text="Edited"))
        assert standing_of(ledger).held == ""
        assert goes(ledger) == {wish().key}

    def test_another_time_alone_keeps_a_yes(self, ledger: Ledger) -> None:
        """A yes is to what readers will see; when is not part of it."""
        policy(ledger, "required", wish())
        say(ledger, wish())
        change(ledger, Event.REVISE, wish(due=DUE + HOUR, closes=CLOSES + HOUR))
        assert standing_of(ledger).approved_by == REVIEWER
        assert goes(ledger, DUE + HOUR) == {wish().key}

    @pytest.mark.parametrize("who", ["Social media desk", "  social   MEDIA desk "])
    def test_who_had_a_machine_make_it_cannot_approve_it(self, ledger: Ledger, who: str) -> None:
        """However the name is written; but may hold it, and somebody else may approve it."""
        made = replace(wish(), makers=("Translations", "Social Media Desk"))
        policy(ledger, "required", made)
        (reason,) = say(ledger, made, who=who)
        assert "somebody else" in reason
        assert goes(ledger) == set()
        assert say(ledger, made, yes=False, who=who) == []
        assert say(ledger, made) == []
        assert goes(ledger) == {made.key}

    def test_one_refused_verdict_does_not_spoil_the_others(self, ledger: Ledger) -> None:
        """What is public, in doubt or not there cannot be reviewed; the rest of the same call is recorded."""
        public, doubted, waiting = wish("louvre@memory"), wish("met@memory"), wish("prado@memory")
        schedule(ledger, public)
        ledger.settle(sealed(ledger).attempt.id, Event.ACCEPT, DUE, "", receipt())
        schedule(ledger, doubted)
        in_doubt(ledger)
        policy(ledger, "required", waiting)
        refused = [public, doubted, wish("nobody@memory")]
        verdicts = [Verdict(each.key, each.content, yes=True) for each in (*refused, waiting)]
        told = ledger.review(verdicts, DUE, REVIEWER, "read it")
        assert [verdict for verdict, _ in told] == verdicts[:3]
        assert all(reason for _, reason in told)
        assert goes(ledger) == {waiting.key}

    def test_a_policy_takes_effect_at_once(self, ledger: Ledger, another: Ledger) -> None:
        """In both directions, for what waits already, of this edition alone; and the serial grows."""
        approved, unread, other = wish("louvre@memory"), wish("prado@memory"), wish("met@memory", edition="other")
        policy(ledger, "none", approved, unread, other)
        say(ledger, approved)
        before = ledger.serial()
        policy(another, "required")
        assert ledger.serial() > before
        assert goes(ledger) == {approved.key, other.key}
        policy(another, "none")
        assert goes(ledger) == {unread.key}

    @pytest.mark.parametrize("by", ["verdict", "policy"])
    def test_a_no_between_claim_and_seal_still_counts(self, ledger: Ledger, another: Ledger, by: str) -> None:
        """As long as nothing was sent: the seal is refused, and afterwards it needs a yes."""
        schedule(ledger, wish())
        claim = claim_one(ledger)
        assert say(another, wish()) != []
        if by == "verdict":
            assert say(another, wish(), yes=False) == []
        else:
            policy(another, "required")
        with pytest.raises(Withheld):
            ledger.seal(claim.attempt.id, envelope(), DUE)
        assert ledger.settle(claim.attempt.id, Event.ABANDON, DUE, "withheld") is State.RETRYING
        assert goes(ledger) == set()
        assert say(ledger, wish()) == []
        assert goes(ledger) == {wish().key}

    def test_a_no_comes_too_late_for_what_is_being_sent(self, ledger: Ledger) -> None:
        """It is told so, instead of being believed to have stopped something."""
        schedule(ledger, wish())
        sealed(ledger)
        assert say(ledger, wish(), yes=False) == ["it is sending"]
        assert standing_of(ledger).held == ""


class HaltPromises:
    """A stop is a stop, for exactly what it names, until a person ends it."""

    @pytest.mark.parametrize(("scope", "value"), SCOPES)
    def test_a_halt_stops_its_scope_and_nothing_else(self, ledger: Ledger, scope: Scope, value: str) -> None:
        """Essential deliveries pass; what was stopped goes when a person resumes."""
        wishes, essential = crowd(), crowd(essential=True)
        schedule(ledger, *wishes, *essential)
        assert ledger.halt(scope, value, DUE, WHO, "a reason")
        stopped = {each.key for each in wishes if scope == "everything" or getattr(each, scope) == value}
        assert 0 < len(stopped) <= len(wishes)
        assert goes(ledger) == keys(wishes) - stopped | keys(essential)
        assert not ledger.ready(DUE, stopped)
        assert ledger.resume(scope, value, DUE, WHO, "over")
        assert goes(ledger) == stopped

    def test_everybody_obeys_a_halt(self, ledger: Ledger, request: pytest.FixtureRequest) -> None:
        """A handle opened afterwards as well, and it can end it."""
        schedule(ledger, wish())
        ledger.halt("everything", "", DUE, WHO, "a reason")
        later: Ledger = request.getfixturevalue("another")
        assert goes(later) == set()
        (halt,) = later.halts()
        assert (halt.scope, halt.value, halt.since, halt.who, halt.why) == ("everything", "", DUE, WHO, "a reason")
        assert later.resume("everything", "", DUE, WHO, "over")
        assert ledger.halts() == []
        assert goes(ledger) == {wish().key}

    def test_a_halt_is_made_and_ended_once(self, ledger: Ledger, another: Ledger) -> None:
        """The first stands, with its reason; scopes are ended one by one, and can be stopped anew."""
        assert not ledger.resume("everything", "", DUE, WHO, "over")
        assert ledger.halt("theme", "monday", DUE, WHO, "first")
        assert not another.halt("theme", "monday", DUE + MINUTE, REVIEWER, "second")
        assert ledger.halt("country", "FR", DUE + MINUTE, WHO, "third")
        assert [(str(each), each.why) for each in another.halts()] == [
            ("theme monday", "first"),
            ("country FR", "third"),
        ]
        assert not ledger.resume("theme", "tuesday", DUE, WHO, "over")
        assert ledger.resume("theme", "monday", DUE, WHO, "over")
        assert not ledger.resume("theme", "monday", DUE, WHO, "over")
        assert [str(each) for each in ledger.halts()] == ["country FR"]
        assert ledger.halt("theme", "monday", DUE, WHO, "again")

    def test_a_halt_between_claim_and_seal_still_counts(self, ledger: Ledger, another: Ledger) -> None:
        """For all but what is essential."""
        plain, essential = wish("louvre@memory"), replace(wish("prado@memory"), essential=True)
        schedule(ledger, plain, essential)
        claims = {claim.delivery.key: claim.attempt.id for claim in ledger.claim(DUE, RUNNER, LEASE, 2)}
        another.halt("everything", "", DUE, WHO, "a reason")
        with pytest.raises(Withheld):
            ledger.seal(claims[plain.key], envelope(), DUE)
        assert standing_of(ledger, plain.key).state is State.PREPARING
        ledger.seal(claims[essential.key], envelope(), DUE)
        assert standing_of(ledger, essential.key).state is State.SENDING

    def test_what_came_due_in_a_halt_can_be_held(self, ledger: Ledger) -> None:
        """It needs a yes; what is due later, essential, or of another stop, does not."""
        came, later = wish("louvre@memory"), wish("prado@memory", due=DUE + 2 * HOUR)
        other = replace(wish("met@memory"), theme="tuesday")
        essential = replace(wish("tnm@memory"), essential=True)
        schedule(ledger, came, later, other, essential)
        for theme in ("monday", "tuesday"):
            ledger.halt("theme", theme, DUE - MINUTE, WHO, "a reason")
        assert ledger.resume("theme", "monday", DUE + HOUR, WHO, "over", hold=True)
        assert standing_of(ledger, came.key).waits
        assert goes(ledger, DUE + HOUR) == {essential.key}
        assert ledger.resume("theme", "tuesday", DUE + HOUR, WHO, "over")
        assert goes(ledger, DUE + HOUR) == {other.key}
        assert goes(ledger, DUE + 2 * HOUR) == {later.key}
        say(ledger, came)
        assert goes(ledger, DUE + 2 * HOUR) == {came.key}
