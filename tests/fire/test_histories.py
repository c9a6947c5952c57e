"""Random histories of the whole engine: whatever happens in whatever order, nothing goes out twice and no state lies.

What is taken for true here, and nothing else: clocks go forward (test_clock lets them jump); the network keeps its own
promises (a request still on its way arrives before absence counts as proof, a refused one never arrives); a process is
called dead only when it is; and a person who says that a post is absent has looked, and nothing is on its way.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from mwcampaign.core.delivery import Attempt, Delivery, DeliveryKey, Event, ForbiddenMove, Receipt, State
from mwcampaign.core.ledger import Verdict
from mwcampaign.core.message import Message
from mwcampaign.core.plan import EVENTS, Plan, make_plan
from mwcampaign.errors import PlanRefused
from tests.conftest import DUE
from tests.fire.week import FAULTS, MINUTE, NETWORKS, STEPS, WISHES, World

HOUR = timedelta(hours=1)
EXAMPLES = 60 if os.environ.get("HYPOTHESIS_PROFILE", "steady") == "steady" else 2000
NAMES = st.sampled_from(["one", "two"])
MAY_BE_PUBLIC = {State.SENDING, State.UNKNOWN, State.DELIVERED}
DECISIONS = ["retry", "retry", "retry", "look", "look", "look", "move", "approve", "approve", "hold", "cancel"]
DECIDED = {State.DELIVERED, State.FAILED, State.MISSED, State.CANCELLED}


class Week(RuleBasedStateMachine):
    """A thread of two parts and two posts of another account, one with two pictures."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self.wishes: dict[DeliveryKey, Delivery] = {wish.key: wish for wish in WISHES}
        self.texts: dict[DeliveryKey, set[str]] = {wish.key: set() for wish in WISHES}
        self.edits = 0
        self.closed: dict[int, Attempt] = {}
        self.sealed: dict[int, Attempt] = {}

    plans = Bundle("plans")

    @initialize(network=st.sampled_from(sorted(NETWORKS)))
    def begin(self, network: str) -> None:
        """Schedule it."""
        self.world = World(Path(self._folder.name), network)
        self.carry_out(self.plan())

    # What runners do, and what is done to them

    @rule(name=NAMES, rounds=st.integers(1, 3))
    def work(self, name: str, rounds: int) -> None:
        """A few rounds."""
        for _ in range(rounds):
            self.world.work(name)

    @rule(name=NAMES, step=st.sampled_from(STEPS), times=st.integers(0, 1))
    def work_and_be_killed(self, name: str, step: str, times: int) -> None:
        """One round that does not end."""
        self.world.work(name, step, times, kill=True)

    @rule(name=NAMES, step=st.sampled_from(STEPS), times=st.integers(0, 1))
    def work_and_fall_asleep(self, name: str, step: str, times: int) -> None:
        """One round that is stopped on its way, with whatever it has in hand."""
        self.world.work(name, step, times)

    @rule()
    def wake(self) -> None:
        """Those who were stopped go on, with all they believed before."""
        self.world.wake()

    @rule()
    def arrive(self) -> None:
        """Requests that nobody heard of any more become posts."""
        self.world.arrive(self.world.clock.now())

    @rule(fault=st.sampled_from(sorted(FAULTS)))
    def a_fault(self, fault: str) -> None:
        """One of the next publications goes wrong."""
        self.world.faults.append(fault)

    @rule(span=st.sampled_from([MINUTE / 6, MINUTE, 4 * MINUTE, 6 * MINUTE, 20 * MINUTE, 3 * HOUR]))
    def time_passes(self, span: timedelta) -> None:
        """Only forward."""
        self.world.pass_time(span)

    # What people do

    @rule(wish=st.sampled_from(WISHES), hours=st.sampled_from([0, 0, 0, 0, 0, 1]), apply=st.booleans())
    def edit(self, wish: Delivery, hours: int, apply: bool) -> None:
        """Another text, perhaps another time; what was taken out comes back with it."""
        self.edits += 1
        told = Message.from_json(wish.message)
        message = replace(told, text=f"{wish.post} {wish.part}, edit {self.edits}").to_json()
        due = wish.due + hours * HOUR
        self.wishes[wish.key] = replace(wish, message=message, due=due, closes=wish.closes + hours * HOUR)
        if apply:
            self.carry_out(self.plan())

    @rule(wish=st.sampled_from([wish for wish in WISHES if wish.post != "thread"]))
    def take_out_and_put_back(self, wish: Delivery) -> None:
        """No longer in the campaign, or there again as it once was."""
        if wish.key in self.wishes:
            del self.wishes[wish.key]
        else:
            self.wishes[wish.key] = wish
        self.carry_out(self.plan())

    @rule(target=plans)
    def make_a_plan(self) -> Plan:
        """To be applied now or much later."""
        return self.plan()

    @rule(plan=consumes(plans))
    def apply_a_plan(self, plan: Plan) -> None:
        """As it was made, or refused whole."""
        self.carry_out(plan)

    @rule(wish=st.sampled_from(WISHES), what=st.sampled_from(DECISIONS))
    def decide(self, wish: Delivery, what: str) -> None:
        """A person's word about one post, where it is allowed."""
        ledger, now, who = self.world.ledger, self.world.clock.now(), ("a person", "because")
        try:
            match what:
                case "look":
                    self.look_oneself(wish)
                case "move":
                    ledger.move(wish.key, now + HOUR / 2, now + 2 * HOUR, now, *who)
                case "hold" | "approve":
                    content = self.world.standing(wish.key).delivery.content
                    ledger.review([Verdict(wish.key, content, what == "approve")], now, *who)
                case _:
                    ledger.decide(wish.key, Event(what), now, *who)
        except ForbiddenMove:
            return

    def look_oneself(self, wish: Delivery) -> None:
        """Look at the account and say what is there, or that it is not, when nothing can be on its way."""
        posts = self.world.public(wish)
        found = [Receipt(post.remote_id, f"https://memory.invalid/{post.remote_id}", post.posted_at) for post in posts]
        if posts or not self.world.on_its_way():
            event, now = (Event.FOUND if found else Event.ABSENT), self.world.clock.now()
            self.world.ledger.decide(wish.key, event, now, "a person", "looked", found[0] if found else None)

    @rule(stop=st.sampled_from([True, False, False, False]))
    def halt_or_resume(self, stop: bool) -> None:
        """Stop everything, or go on."""
        change = self.world.ledger.halt if stop else self.world.ledger.resume
        change("everything", "", self.world.clock.now(), "a person", "because")

    def plan(self) -> Plan:
        """Compare the campaign, as it is now, with the ledger."""
        ledger = self.world.ledger
        return make_plan(self.wishes.values(), ledger.planned("mw"), self.world.clock.now(), edition="mw",
                         campaign_digest="", ledger_serial=ledger.serial(), accounts={}, known_accounts={})  # fmt: skip

    def carry_out(self, plan: Plan) -> None:
        """Apply a plan; it may be stale."""
        steps = [(EVENTS.get(step.action), step.delivery, step.before if step.action in EVENTS else None)
                 for step in plan.changes]  # fmt: skip
        try:
            self.world.ledger.apply(plan.ledger_serial, steps, {}, self.world.clock.now(), "a person")
        except PlanRefused:
            return
        for event, delivery, _ in steps:
            if event is not Event.WITHDRAW:
                self.texts[delivery.key].add(Message.from_json(delivery.message).text)

    # What is always true

    @invariant()
    def nothing_is_public_twice(self) -> None:
        """One post for each delivery at most, with words that were planned, and part two behind part one."""
        order = []
        for post in self.world.network.posts():
            assert post.text in self.texts[DeliveryKey(post.address)]
            order.append(post.address)
        assert len(order) == len(set(order))
        first, second = (wish for wish in WISHES if wish.post == "thread")
        if second.key in order:
            assert order.index(first.key) < order.index(second.key)
            (reply,), (parent,) = self.world.public(second), self.world.public(first)
            assert reply.reply_to == parent.remote_id

    @invariant()
    def no_state_lies(self) -> None:
        """Delivered is what has the receipt of a public post with exactly the sealed text. What is public is delivered,
        or in hand (`sending`) or in doubt: a receipt or a look will say so. All other states are of what is not public,
        and will not be without another try: nothing is waiting, failed, missed or cancelled behind the world's back."""
        for wish in WISHES:
            standing, posts = self.world.standing(wish.key), self.world.public(wish)
            assert standing.state in MAY_BE_PUBLIC or not posts
            assert (standing.state is State.DELIVERED) == (standing.receipt is not None)
            if standing.receipt is not None:
                (post,) = posts
                assert (standing.receipt.remote_id, standing.receipt.posted_at) == (post.remote_id, post.posted_at)
                envelopes = [each.envelope for each in self.world.ledger.attempts(wish.key) if each.envelope]
                assert post.text in {json.loads(each.payload)["text"] for each in envelopes}

    @invariant()
    def attempts_are_never_rewritten(self) -> None:
        """What was sealed stays as it was sealed, what was closed stays as it was closed; numbers have no gaps."""
        for wish in WISHES:
            attempts = self.world.ledger.attempts(wish.key)
            assert [each.number for each in attempts] == list(range(1, len(attempts) + 1))
            assert all(each.ended is not None for each in attempts[:-1])
            for each in attempts:
                if each.envelope is not None:
                    before = self.sealed.setdefault(each.id, each)
                    assert (before.envelope, before.sealed_at) == (each.envelope, each.sealed_at)
                if each.ended is not None:
                    assert self.closed.setdefault(each.id, each) == each

    def teardown(self) -> None:
        """When nothing goes wrong any more, everything is decided, but what nobody can prove; then all is put away."""
        try:
            world = self.world
        except AttributeError:
            return
        world.ledger.resume("everything", "", world.clock.now(), "a person", "the end")
        world.run_to_the_end(DUE + timedelta(days=6))
        for wish in WISHES:
            state, public = world.standing(wish.key).state, len(world.public(wish))
            assert public <= 1
            assert state in DECIDED or (state is State.UNKNOWN and world.able.absence_after is None)
            assert public == (state is State.DELIVERED) or state is State.UNKNOWN
        world.ledger.close()
        self._folder.cleanup()


TestWeek = Week.TestCase
TestWeek.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
