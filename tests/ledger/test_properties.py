"""Random histories: whatever happens in whatever order, no second post without evidence and no state that lies."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from mwcampaign.core.delivery import TRANSITIONS, Delivery, Event, ForbiddenMove, State
from mwcampaign.core.ledger import Claim, Doubt
from mwcampaign.errors import PlanRefused
from mwcampaign.ledger.sqlite import SqliteLedger
from mwcampaign.testing._ledger_steps import DUE, LEASE, MINUTE, WHO, envelope, receipt, schedule, wish

WISHES = [
    wish("a@memory", post="one"),
    wish("a@memory", post="two", due=DUE + MINUTE),
    wish("b@memory", post="thread"),
    wish("b@memory", post="thread", part=1, after=wish("b@memory", post="thread").key),
]
EVIDENCE = {"defer", "reject", "absent"}
"""What must stand between two requests of one delivery: certainly not published."""


class Week(RuleBasedStateMachine):
    """Two runners, people who change their minds, a clock that jumps both ways, answers that come late."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self.ledger = SqliteLedger(Path(self._folder.name) / "ledger.db", durable=False)
        self.now: datetime = DUE
        self.texts = 0
        schedule(self.ledger, *WISHES)

    claims = Bundle("claims")
    looks = Bundle("looks")

    @rule(span=st.sampled_from([MINUTE, LEASE, timedelta(hours=5), -MINUTE]))
    def time_passes(self, span: timedelta) -> None:
        """Mostly forward."""
        self.now += span

    @rule(target=claims, runner=st.sampled_from(["one", "two"]), limit=st.integers(1, 4))
    def claim(self, runner: str, limit: int) -> object:
        """Take what is due."""
        return multiple(*self.ledger.claim(self.now, runner, LEASE, limit))

    @rule(claim=claims)
    def seal(self, claim: Claim) -> None:
        """Seal, in time or too late."""
        try:
            self.ledger.seal(claim.attempt.id, envelope(str(claim.attempt.id)), self.now)
        except ForbiddenMove:
            return

    @rule(claim=claims, event=st.sampled_from([Event.DEFER, Event.REJECT, Event.DOUBT, Event.ABANDON]))
    def settle(self, claim: Claim, event: Event) -> None:
        """End an attempt without a post, in time or too late."""
        try:
            self.ledger.settle(claim.attempt.id, event, self.now, "", None, self.now + MINUTE)
        except ForbiddenMove:
            return

    @rule(claim=claims)
    def accept(self, claim: Claim) -> None:
        """A receipt, in time or late; only what was sealed can have one."""
        attempts = {each.id: each for each in self.ledger.attempts(claim.delivery.key)}
        if attempts[claim.attempt.id].envelope is None:
            return
        try:
            self.ledger.settle(claim.attempt.id, Event.ACCEPT, self.now, "", receipt(str(claim.attempt.id)))
        except ForbiddenMove:
            return

    @rule(dead=st.sets(st.sampled_from(["one", "two"]), max_size=1))
    def expire(self, dead: set[str]) -> None:
        """Take back what was left."""
        self.ledger.expire(self.now, dead)

    @rule()
    def close_windows(self) -> None:
        """Miss what is too late."""
        self.ledger.close_windows(self.now)

    @rule(target=looks)
    def look(self) -> object:
        """Begin looks; they may end much later."""
        return multiple(*self.ledger.doubts(self.now, 4))

    @rule(doubt=consumes(looks), event=st.sampled_from([Event.FOUND, Event.ABSENT, None]))
    def reconcile(self, doubt: Doubt, event: Event | None) -> None:
        """End a look."""
        found = receipt(f"found {doubt.delivery.key}") if event is Event.FOUND else None
        try:
            self.ledger.reconcile(doubt, event, self.now, "looked", found, self.now + MINUTE)
        except ForbiddenMove:
            return

    @rule(wanted=st.sampled_from(WISHES), event=st.sampled_from([Event.REVISE, Event.WITHDRAW]))
    def change(self, wanted: Delivery, event: Event) -> None:
        """A person changes the plan."""
        self.texts += 1
        new = wish(wanted.account, post=wanted.post, part=wanted.part, text=f"Text {self.texts}", after=wanted.after)
        standing = self.ledger.standing(wanted.key)
        assert standing is not None
        try:
            self.ledger.apply(self.ledger.serial(), [(event, new, standing.delivery.digest)], {}, self.now, WHO)
        except PlanRefused:
            return

    @invariant()
    def no_state_lies(self) -> None:
        """Every state was reached by moves of the table, and delivered means proven."""
        for standing in self.ledger.standings():
            lines = self.ledger.history(standing.delivery.key)
            assert lines[-1].after is standing.state
            for before, line in zip([None, *lines], lines, strict=False):
                assert line.before is (before.after if before else None)
                if line.event not in {"schedule", "look"}:
                    assert line.before is not None
                    assert TRANSITIONS[line.before, Event(line.event)] is line.after
            assert (standing.state is State.DELIVERED) == (standing.receipt is not None)

    @invariant()
    def nothing_is_sent_twice_without_evidence(self) -> None:
        """Between two seals of a delivery stands a clear no, or a proof of absence; after delivery none follows."""
        for wanted in WISHES:
            clear = True
            for line in self.ledger.history(wanted.key):
                if line.event == "seal":
                    assert clear
                    clear = False
                elif line.event in EVIDENCE:
                    clear = True
                elif line.after is State.DELIVERED:
                    clear = False

    @invariant()
    def one_hand_at_a_time(self) -> None:
        """One open attempt per delivery, exactly where the state says so; one delivery per account."""
        held: list[str] = []
        for standing in self.ledger.standings():
            still_open = [each for each in self.ledger.attempts(standing.delivery.key) if each.ended is None]
            assert len(still_open) == (standing.state in {State.PREPARING, State.SENDING})
            held += [standing.delivery.account for _ in still_open]
        assert len(held) == len(set(held))

    def teardown(self) -> None:
        """Put everything away."""
        self.ledger.close()
        self._folder.cleanup()


TestWeek = Week.TestCase
TestWeek.settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
