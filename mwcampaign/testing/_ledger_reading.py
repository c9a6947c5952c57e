"""What a ledger promises to readers. Part of mwcampaign.testing.ledger_contract."""

from __future__ import annotations

from mwcampaign.core.delivery import DeliveryKey, Envelope, Event, State
from mwcampaign.core.ledger import Ledger
from mwcampaign.testing._ledger_steps import (
    CLOSES,
    DUE,
    LEASE,
    MINUTE,
    RUNNER,
    change,
    claim_one,
    doubt_of,
    in_doubt,
    receipt,
    schedule,
    sealed,
    standing_of,
    thread,
    wish,
)


class ReadingPromises:
    """What is told is what is there, now."""

    def test_an_empty_ledger_says_so(self, ledger: Ledger) -> None:
        """Nothing, everywhere, and never anything to do."""
        assert (list(ledger.standings()), list(ledger.planned("mw"))) == ([], [])
        assert (ledger.counts(), ledger.accounts()) == ({}, {})
        assert ledger.open_accounts() == ledger.runners() == set()
        assert (ledger.keys(""), ledger.doubts(DUE, 10), ledger.claim(DUE, RUNNER, LEASE, 10)) == ([], [], [])
        assert (ledger.expire(DUE), ledger.close_windows(DUE)) == ([], [])
        assert ledger.next_instant(DUE) is None
        assert ledger.standing(wish().key) is None
        assert (ledger.attempts(wish().key), ledger.history(wish().key)) == ([], [])

    def test_standings_come_by_due_time_then_as_planned(self, ledger: Ledger) -> None:
        """All, those of an edition, or those in some states; none for no states."""
        wishes = [wish(f"museum{number}@memory", due=DUE - number % 3 * MINUTE) for number in range(7)]
        old = wish("louvre@memory", edition="mw25")
        schedule(ledger, *wishes, old)
        change(ledger, Event.WITHDRAW, wishes[4])

        def keys(*told: object) -> list[DeliveryKey]:
            return [standing.delivery.key for standing in ledger.standings(*told)]  # type: ignore[arg-type]

        in_order = [each.key for each in sorted([*wishes, old], key=lambda each: each.due)]
        assert keys() == in_order
        assert keys("mw25") == [old.key]
        assert keys(None, {State.CANCELLED}) == [wishes[4].key]
        assert keys("mw25", {State.CANCELLED}) == []
        assert keys(None, set()) == []

    def test_what_a_stop_can_name(self, ledger: Ledger) -> None:
        """Every network, day, institution and country that a delivery has, once."""
        schedule(ledger, wish("louvre@memory"), wish("prado@memory"), wish("prado@memory", post="b"))
        told = [each.delivery for each in ledger.standings()]
        assert ledger.names("institution") == {each.institution for each in told} != set()
        assert ledger.names("theme") == {each.theme for each in told}
        assert ledger.names("network") == {each.network for each in told}
        assert ledger.names("country") == {each.country for each in told}
        assert ledger.names("everything") == set()

    def test_a_key_is_found_by_its_beginning(self, ledger: Ledger) -> None:
        """So that a person types eight letters; at most ten are told."""
        wishes = [wish(f"museum{number}@memory") for number in range(30)]
        schedule(ledger, *wishes)
        every = sorted(each.key for each in wishes)
        assert ledger.keys(every[3]) == [every[3]]
        assert ledger.keys(every[3][:20]) == [every[3]]
        assert ledger.keys("") == every[:10]
        assert ledger.keys("not a key") == ledger.keys("~") == []

    def test_counts_and_open_accounts(self, ledger: Ledger) -> None:
        """States that do not occur are left out; an account is open while anything of it may still happen."""
        schedule(ledger, *(wish(f"{name}@memory") for name in ("waits", "held", "doubted", "done", "gone")))
        only = {name: [wish(f"{name}@memory").key] for name in ("held", "doubted", "done")}
        claims = {name: ledger.claim(DUE, RUNNER, LEASE, 1, keys)[0] for name, keys in only.items()}
        for name in ("doubted", "done"):
            ledger.seal(claims[name].attempt.id, doubtful(name), DUE)
        ledger.settle(claims["doubted"].attempt.id, Event.DOUBT, DUE)
        ledger.settle(claims["done"].attempt.id, Event.ACCEPT, DUE, "", receipt())
        change(ledger, Event.WITHDRAW, wish("gone@memory"))
        assert ledger.counts() == {
            State.SCHEDULED: 1,
            State.PREPARING: 1,
            State.UNKNOWN: 1,
            State.DELIVERED: 1,
            State.CANCELLED: 1,
        }
        assert ledger.open_accounts() == {"waits@memory", "held@memory", "doubted@memory"}

    def test_a_whole_life_can_be_read(self, ledger: Ledger) -> None:
        """Every change of state left a line, and each line begins where the last ended."""
        schedule(ledger, wish())
        in_doubt(ledger)
        ledger.reconcile(doubt_of(ledger), Event.ABSENT, DUE, "not there")
        claim = sealed(ledger)
        ledger.settle(claim.attempt.id, Event.REJECT, DUE, "too long")
        change(ledger, Event.REVISE, wish(text="Short"))
        claim = sealed(ledger)
        ledger.settle(claim.attempt.id, Event.ACCEPT, DUE, "", receipt())
        lines = ledger.history(wish().key)
        told = "schedule claim seal doubt absent claim seal reject revise claim seal accept"
        assert [line.event for line in lines] == told.split()
        assert [line.before for line in lines] == [None, *(line.after for line in lines[:-1])]
        assert standing_of(ledger).attempts == 3
        assert [attempt.number for attempt in ledger.attempts(wish().key)] == [1, 2, 3]
        assert standing_of(ledger).delivery == wish(text="Short")

    def test_the_next_instant_follows_what_can_happen(self, ledger: Ledger) -> None:
        """Due, end of a lease, a retry, then nothing more; what can be done already is not waited for."""
        schedule(ledger, wish())
        assert ledger.next_instant(DUE - LEASE) == DUE
        claim = sealed(ledger)
        assert ledger.next_instant(DUE) == DUE + LEASE
        ledger.settle(claim.attempt.id, Event.DOUBT, DUE)
        assert ledger.next_instant(DUE) is None
        ledger.reconcile(doubt_of(ledger), None, DUE, "not there yet", None, DUE + MINUTE)
        assert ledger.next_instant(DUE) == DUE + MINUTE
        ledger.reconcile(doubt_of(ledger), Event.ABSENT, DUE, "not there")
        assert ledger.next_instant(DUE) == CLOSES
        claim = sealed(ledger)
        ledger.settle(claim.attempt.id, Event.DEFER, DUE, "busy", None, DUE + MINUTE)
        assert ledger.next_instant(DUE) == DUE + MINUTE
        claim = sealed(ledger, DUE + MINUTE)
        ledger.settle(claim.attempt.id, Event.ACCEPT, DUE + MINUTE, "", receipt())
        assert ledger.next_instant(DUE + MINUTE) is None

    def test_a_part_that_waits_for_another_is_nothing_to_wake_up_for(self, ledger: Ledger) -> None:
        """Until that one is delivered only the end of its window is."""
        first, second = thread(2)
        schedule(ledger, first, second)
        claim = sealed(ledger)
        ledger.settle(claim.attempt.id, Event.REJECT, DUE, "too long")
        assert ledger.next_instant(DUE) == CLOSES
        ledger.close_windows(CLOSES)
        assert ledger.next_instant(CLOSES) is None

    def test_a_long_reading_holds_nothing_up(self, ledger: Ledger, another: Ledger) -> None:
        """While somebody still goes through the standings, he and others write, and see what was written."""
        schedule(ledger, *(wish(f"museum{number}@memory") for number in range(50)))
        reading = ledger.standings()
        seen = [next(reading)]
        claim = claim_one(ledger)
        assert standing_of(ledger, claim.delivery.key).state is State.PREPARING
        other = claim_one(another)
        assert standing_of(ledger, other.delivery.key).state is State.PREPARING
        seen += reading
        assert len({standing.delivery.key for standing in seen}) == 50
        # One moment, from the first to the last.
        assert {standing.state for standing in seen} == {State.SCHEDULED}

    def test_what_was_written_is_seen_by_all(self, ledger: Ledger, another: Ledger) -> None:
        """Two handles, one memory: neither sends what the other has."""
        schedule(ledger, wish("a@memory"), wish("b@memory"))
        mine, theirs = claim_one(ledger), claim_one(another, runner="other")
        assert mine.delivery != theirs.delivery
        assert ledger.runners() == another.runners() == {RUNNER, "other"}
        assert ledger.serial() == another.serial()


def doubtful(name: str) -> Envelope:
    """Return a request of its own."""
    return Envelope(name, "{}")
