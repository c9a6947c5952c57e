"""The life of a delivery: one table, no other moves."""

from __future__ import annotations

from itertools import product

import pytest

from mwcampaign.core.delivery import IN_HAND, TRANSITIONS, WAITING, Event, ForbiddenMove, State, delivery_key, move
from tests.conftest import make_delivery


@pytest.mark.parametrize(("state", "event"), list(product(State, Event)))
def test_every_pair_moves_as_the_table_says_or_is_refused(state: State, event: Event) -> None:
    """There is no move but those written down."""
    if (state, event) in TRANSITIONS:
        assert move(state, event) is TRANSITIONS[state, event]
    else:
        with pytest.raises(ForbiddenMove):
            move(state, event)


def test_nothing_leaves_delivered() -> None:
    """A receipt is for ever."""
    assert not [event for state, event in TRANSITIONS if state is State.DELIVERED]


def test_doubt_ends_by_evidence_only() -> None:
    """From unknown there is no way back to sending but a proof of absence."""
    ways = {event: after for (state, event), after in TRANSITIONS.items() if state is State.UNKNOWN}
    assert ways == {Event.FOUND: State.DELIVERED, Event.ACCEPT: State.DELIVERED, Event.ABSENT: State.RETRYING}


def test_only_a_waiting_delivery_can_be_claimed() -> None:
    """What may be public, or is in somebody's hand, is never taken again."""
    claimable = {state for state, event in TRANSITIONS if event is Event.CLAIM}
    assert claimable == WAITING
    assert not claimable & IN_HAND


def test_a_key_names_the_place_and_not_the_text() -> None:
    """An edited text is the same delivery; another account, post, part or edition is another."""
    keys = {
        delivery_key("mw", "story", "a", 0),
        delivery_key("mw", "story", "a", 1),
        delivery_key("mw", "story", "b", 0),
        delivery_key("mw", "other", "a", 0),
        delivery_key("mx", "story", "a", 0),
        delivery_key("m", "wstory", "a", 0),
    }
    assert len(keys) == 6
    assert make_delivery(text="one").key == make_delivery(text="two").key


def test_a_digest_covers_all_that_a_reviewer_saw() -> None:
    """Text and times change it."""
    seen = make_delivery()
    assert seen.digest == make_delivery().digest
    assert seen.digest != make_delivery(text="two").digest
    assert seen.digest != make_delivery(closes=seen.closes.replace(hour=21)).digest
