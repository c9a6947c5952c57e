"""How a rehearsal judges itself: hand-made worlds with one fault each, and histories with one ending each."""

from __future__ import annotations

import pytest

from mwcampaign.core.delivery import Change, Delivery, Event, Receipt, Standing, State
from mwcampaign.platforms.memory import MemoryPost
from mwcampaign.schedule.judgement import Ending, compare, ended
from tests.conftest import DUE, make_delivery


def post_of(delivery: Delivery, remote_id: str = "1") -> MemoryPost:
    """Return a public post of a delivery."""
    return MemoryPost(remote_id, delivery.account, delivery.key, "Hello", "en", (), "", "public", None, DUE)


RECEIPT = Receipt("1", "https://memory.invalid/1", DUE)
ONE = make_delivery()


@pytest.mark.parametrize(
    ("standing", "posts", "found"),
    [
        (Standing(ONE, State.DELIVERED, receipt=RECEIPT), [post_of(ONE)], []),
        (Standing(ONE, State.UNKNOWN), [post_of(ONE)], []),
        (Standing(ONE, State.UNKNOWN), [], []),
        (Standing(ONE, State.MISSED), [], []),
        (Standing(ONE, State.DELIVERED, receipt=RECEIPT), [], ["lost"]),
        (Standing(ONE, State.DELIVERED, receipt=RECEIPT), [post_of(ONE, "2")], ["lost"]),
        (Standing(ONE, State.DELIVERED, receipt=RECEIPT), [post_of(ONE), post_of(ONE, "2")], ["duplicate"]),
        (Standing(ONE, State.UNKNOWN), [post_of(ONE), post_of(ONE, "2")], ["duplicate"]),
        (Standing(ONE, State.FAILED), [post_of(ONE), post_of(ONE, "2")], ["duplicate", "lost"]),
        *((Standing(ONE, state), [post_of(ONE)], ["lost"])
          for state in (State.FAILED, State.MISSED, State.RETRYING, State.CANCELLED, State.SCHEDULED, State.PREPARING)),
        (Standing(ONE, State.DELIVERED, receipt=RECEIPT),
         [MemoryPost("1", "tnm@memory", ONE.key, "Hello", "en", (), "", "public", None, DUE)], ["lost"]),
    ],
)  # fmt: skip
def test_the_comparison(standing: Standing, posts: list[MemoryPost], found: list[str]) -> None:
    """Public twice, delivered but not there, there but denied: each is named with its key; unknown is honest."""
    wrong = compare([standing], {"memory": posts})
    assert [one.kind for one in wrong] == found
    assert {one.key for one in wrong} <= {ONE.key}


def test_a_post_that_the_ledger_never_heard_of() -> None:
    """Public without a delivery is a loss too: nobody would ever look after it."""
    (wrong,) = compare([], {"memory": [post_of(ONE)]})
    assert (wrong.kind, wrong.key, wrong.what) == ("lost", ONE.key, "public, and the ledger has no such delivery")


def told(*events: tuple[str, State]) -> list[Change]:
    """Return a history of events and the states after them."""
    states: list[State | None] = [None, *(state for _, state in events)]
    return [Change(DUE, event, before, after, "me") for (event, after), before in zip(events, states, strict=False)]


S, E = State, Event
CLAIM, SEAL = (E.CLAIM, S.PREPARING), (E.SEAL, S.SENDING)
DOUBT, ACCEPT = (E.DOUBT, S.UNKNOWN), (E.ACCEPT, S.DELIVERED)


@pytest.mark.parametrize(
    ("history", "attempt", "ending"),
    [
        (told(CLAIM, SEAL, ACCEPT), 1, Ending.SAME),
        (told(CLAIM, SEAL, DOUBT, ACCEPT), 1, Ending.LATE),
        (told(CLAIM, SEAL, DOUBT, (E.FOUND, S.DELIVERED)), 1, Ending.FOUND),
        (told(CLAIM, SEAL, (E.DEFER, S.RETRYING), CLAIM, SEAL, ACCEPT), 1, Ending.LATER),
        (told(CLAIM, SEAL, (E.DEFER, S.RETRYING), CLAIM, SEAL, ACCEPT), 2, Ending.SAME),
        (told(CLAIM, SEAL, DOUBT, (E.ABSENT, S.RETRYING), CLAIM, SEAL, ACCEPT), 1, Ending.AGAIN),
        (told(CLAIM, SEAL, (E.REJECT, S.FAILED)), 1, Ending.FAILED),
        (told(CLAIM, (E.ABANDON, S.RETRYING), (E.WINDOW_CLOSED, S.MISSED)), 1, Ending.MISSED),
        (told(CLAIM, SEAL, DOUBT), 1, Ending.UNKNOWN),
        (told(CLAIM, (E.ABANDON, S.RETRYING), (E.CANCEL, S.CANCELLED)), 1, Ending.CANCELLED),
        (told(CLAIM, SEAL), 1, Ending.OPEN),
    ],
)
def test_how_a_fault_ended(history: list[Change], attempt: int, ending: Ending) -> None:
    """Told by what the ledger wrote after the attempt that met it."""
    assert ended(history, attempt) is ending
