"""What a ledger promises about the pace of what is due: spacing, shares, quotas, and the spread of accounts that are
due together. Part of mwcampaign.testing.ledger_contract.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from mwcampaign.core.delivery import Delivery, Event
from mwcampaign.core.ledger import Ledger
from mwcampaign.testing._ledger_pauses import NORTH, SECOND, SOUTH, end, museums, on_server, take
from mwcampaign.testing._ledger_steps import (
    CLOSES,
    DUE,
    LEASE,
    MINUTE,
    RUNNER,
    WHO,
    envelope,
    sealed,
    thread,
    wish,
)


class PacePromises:
    """What works is not overdone."""

    def test_spacing_keeps_an_accounts_next_post_back(self, ledger: Ledger) -> None:
        """After a post, or what may be one; no other account waits, and a run knows until when."""
        on_server(ledger, NORTH, *museums(2, post="a"), *museums(2, post="b"))
        first = take(ledger, DUE, spacing=5 * MINUTE)
        one, two = first.values()
        end(ledger, one, DUE)
        ledger.seal(two, envelope(), DUE)
        ledger.settle(two, Event.DOUBT, DUE + MINUTE, "no answer")
        assert ledger.next_instant(DUE + MINUTE, 5 * MINUTE) == DUE + 5 * MINUTE
        assert take(ledger, DUE + 5 * MINUTE - SECOND, spacing=5 * MINUTE) == {}
        assert ledger.ready(DUE + 5 * MINUTE - SECOND)
        assert len(take(ledger, DUE + 5 * MINUTE, spacing=5 * MINUTE)) == 1
        assert len(take(ledger, DUE + 6 * MINUTE, spacing=5 * MINUTE)) == 1

    def test_a_try_that_sent_nothing_costs_no_spacing(self, ledger: Ledger) -> None:
        """The account has not posted."""
        on_server(ledger, NORTH, wish())
        ledger.settle(sealed(ledger).attempt.id, Event.DEFER, DUE, "busy")
        assert set(take(ledger, DUE, spacing=5 * MINUTE)) == {wish().key}

    def test_parts_of_a_thread_follow_at_once(self, ledger: Ledger) -> None:
        """Spacing is between posts; a thread is one."""
        one, two = thread(2)
        other = wish(post="other", due=DUE + SECOND)
        on_server(ledger, NORTH, one, two, other)
        end(ledger, take(ledger, DUE, spacing=5 * MINUTE)[one.key], DUE)
        assert set(take(ledger, DUE + SECOND, spacing=5 * MINUTE)) == {two.key}

    def test_no_more_than_its_share_is_in_hand_on_one_server(self, ledger: Ledger, another: Ledger) -> None:
        """Whoever has it in hand; another server has its own share, and what ends makes room."""
        on_server(ledger, NORTH, *museums(5))
        on_server(ledger, SOUTH, *museums(5, "gallery"))
        north = {each.key for each in museums(5)}
        first = take(ledger, DUE, share=2)
        assert (len(first), len(set(first) & north)) == (4, 2)
        assert take(another, DUE, share=2) == {}
        attempt = next(attempt for key, attempt in first.items() if key in north)
        end(ledger, attempt, DUE)
        (again,) = take(another, DUE, share=2)
        assert again in north
        assert len(take(another, DUE)) == 5

    def test_room_says_until_when_a_quota_is_used_up(self, ledger: Ledger) -> None:
        """The account's own posts, or those of all its network; a post counts as long as the quota's span."""
        on_server(ledger, NORTH, *(wish(post=post) for post in "abc"), wish("prado@memory"))
        account = wish().account
        for number in range(3):
            assert ledger.room(DUE + number * MINUTE, "memory", account, 3, 3600) is None
            now = DUE + number * MINUTE
            (attempt, *_) = [
                claim.attempt.id
                for claim in ledger.claim(now, RUNNER, LEASE, 1, [wish(post=post).key for post in "abc"])
            ]
            end(ledger, attempt, now, number)
        now, until = DUE + 3 * MINUTE, DUE + timedelta(hours=1)
        assert ledger.room(now, "memory", account, 3, 3600) == until
        assert ledger.room(now, "memory", account, 2, 3600) == until + MINUTE
        assert ledger.room(now, "memory", account, 4, 3600) is None
        assert ledger.room(until, "memory", account, 3, 3600) is None
        assert ledger.room(now, "memory", "prado@memory", 1, 3600) is None
        assert ledger.room(now, "memory", None, 3, 3600) == until
        assert ledger.room(now, "elsewhere", None, 1, 3600) is None


class SpreadPromises:
    """What is due together does not go in the same second."""

    def test_accounts_are_spread(self, ledger: Ledger) -> None:
        """Not before the due time, not later than told, and not all at once; what people read is the due time."""
        wishes = museums(30)
        on_server(ledger, NORTH, *wishes, spread=10 * MINUTE)
        numbers = [len(take(ledger, DUE + minute * MINUTE)) for minute in range(11)]
        assert take(ledger, DUE - SECOND) == {}
        assert sum(numbers) == len(wishes)
        assert max(numbers) < len(wishes)
        assert {each.delivery.due for each in ledger.standings()} == {DUE}

    def test_an_account_keeps_its_place(self, ledger: Ledger) -> None:
        """Always the same, so its posts keep their order and a second plan moves nothing."""
        spread, later = 10 * MINUTE, 30 * MINUTE
        first = museums(10, post="a")
        second = [wish(each.account, post="b", due=DUE + later, closes=CLOSES + later) for each in first]
        on_server(ledger, NORTH, *first, *second, spread=spread)
        order = [_starts(ledger, each) - each.due for each in first]
        assert order == [_starts(ledger, each) - each.due for each in second]
        assert len(set(order)) > 1
        before = {each.key: each.digest for each in first}
        edited = [replace(each, message=wish(text="Edited").message) for each in first]
        told = [(Event.REVISE, each, before[each.key]) for each in edited]
        ledger.apply(ledger.serial(), told, {}, DUE - MINUTE, WHO, spread=spread)
        assert order == [_starts(ledger, each) - each.due for each in edited]

    @pytest.mark.parametrize("window", [SECOND, MINUTE, 4 * MINUTE])
    def test_never_beyond_the_middle_of_the_window(self, ledger: Ledger, window: timedelta) -> None:
        """What has to go soon is not made late by being spread."""
        wishes = [wish(each.account, closes=DUE + window) for each in museums(30)]
        on_server(ledger, NORTH, *wishes, spread=timedelta(hours=1))
        assert len(take(ledger, DUE + window / 2)) == len(wishes)


def _starts(ledger: Ledger, delivery: Delivery) -> datetime:
    """Return when the delivery can be claimed for the first time, to the second."""
    low, high = 0, (delivery.closes - delivery.due) // SECOND
    while low < high:
        middle = (low + high) // 2
        if ledger.ready(delivery.due + middle * SECOND, [delivery.key]):
            high = middle
        else:
            low = middle + 1
    return delivery.due + low * SECOND
