"""What a ledger promises about who has to wait for a trouble, and for whom: pauses and probes. Part of
mwcampaign.testing.ledger_contract. The rules are core.pacing's.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from mwcampaign.core.delivery import Delivery, DeliveryKey, Event
from mwcampaign.core.ledger import Ledger
from mwcampaign.core.message import canonical
from mwcampaign.core.pacing import LONGEST, SHORTEST, Rest
from mwcampaign.testing._ledger_steps import (
    DUE,
    LEASE,
    MINUTE,
    RUNNER,
    WHO,
    envelope,
    receipt,
    schedule,
    sealed,
    wish,
)

SECOND = timedelta(seconds=1)
NORTH, SOUTH = "https://north.invalid", "https://south.invalid"


def on_server(ledger: Ledger, server: str, *wishes: Delivery, spread: timedelta = timedelta()) -> None:
    """Put new wishes into the ledger, with their accounts on one server."""
    accounts = {
        each.account: canonical({"id": each.account, "network": each.network, "server": server}) for each in wishes
    }
    told = [(None, each, None) for each in wishes]
    ledger.apply(ledger.serial(), told, accounts, DUE - MINUTE, WHO, spread=spread)


def museums(number: int, name: str = "museum", post: str = "story") -> list[Delivery]:
    """Return so many wishes, each of another account."""
    return [wish(f"{name}{each}@memory", post=post) for each in range(number)]


def take(
    ledger: Ledger, now: datetime, limit: int = 100, spacing: timedelta = timedelta(), share: int | None = None
) -> dict[DeliveryKey, int]:
    """Claim; return the attempts by key."""
    claims = ledger.claim(now, RUNNER, LEASE, limit, spacing=spacing, share=share)
    return {claim.delivery.key: claim.attempt.id for claim in claims}


def trouble(ledger: Ledger, attempt: int, now: datetime) -> None:
    """End an attempt with a trouble of its whole server; the delivery itself may be tried again at once."""
    ledger.settle(attempt, Event.ABANDON, now, "503", rests=[Rest("network", "503")])


def end(ledger: Ledger, attempt: int, now: datetime, number: int = 0) -> None:
    """Seal an attempt and end it well."""
    ledger.seal(attempt, envelope(), now)
    ledger.settle(attempt, Event.ACCEPT, now, "", receipt(f"post {number}", now))


def fallen(ledger: Ledger, number: int = 6) -> list[Delivery]:
    """Return deliveries on one server, which is paused from the due time on, after trouble with three accounts."""
    wishes = museums(number)
    on_server(ledger, NORTH, *wishes)
    for attempt in take(ledger, DUE, 3).values():
        trouble(ledger, attempt, DUE)
    return wishes


class PausePromises:
    """Those wait whom a trouble concerns, and nobody else; and only as long as they must."""

    def test_an_account_that_was_told_to_wait_waits_alone(self, ledger: Ledger, another: Ledger) -> None:
        """All its deliveries, for all runners, until the time the network said."""
        one, two, other = wish(post="a"), wish(post="b", due=DUE + SECOND), wish("prado@memory")
        on_server(ledger, NORTH, one, two, other)
        attempt = take(ledger, DUE, 100)[one.key]
        until = DUE + 7 * MINUTE
        ledger.settle(attempt, Event.ABANDON, DUE, "429", None, until, [Rest("account", "429", until)])
        (pause,) = another.pauses(DUE)
        assert (pause.reach, pause.name, pause.until, pause.why) == ("account", one.account, until, "429")
        ledger.expire(DUE, {RUNNER})
        assert set(take(another, until - SECOND)) == {other.key}
        assert another.pauses(until) == []
        assert set(take(another, until)) & {one.key, two.key}

    def test_a_post_that_was_told_to_wait_holds_up_nobody(self, ledger: Ledger) -> None:
        """Neither its account nor its server."""
        one, two = wish(post="a"), wish(post="b", due=DUE + SECOND)
        on_server(ledger, NORTH, one, two)
        until = DUE + 7 * MINUTE
        ledger.settle(take(ledger, DUE)[one.key], Event.ABANDON, DUE, "later", None, until, [Rest("post", "", until)])
        assert ledger.pauses(DUE) == []
        assert set(take(ledger, DUE + SECOND)) == {two.key}

    def test_an_application_waits_with_all_its_accounts(self, ledger: Ledger) -> None:
        """On every server of its network; other networks go on, and it ends by time, without a probe."""
        here, there = museums(2), museums(2, "gallery")
        on_server(ledger, NORTH, *here)
        on_server(ledger, SOUTH, *there)
        elsewhere = replace(wish("met@elsewhere"), network="elsewhere")
        on_server(ledger, "", elsewhere)
        (attempt,) = take(ledger, DUE, 1).values()
        until = DUE + 7 * MINUTE
        ledger.settle(attempt, Event.ABANDON, DUE, "429", rests=[Rest("application", "429", until)])
        assert set(take(ledger, until - SECOND)) <= {elsewhere.key}
        assert [(each.reach, each.name) for each in ledger.pauses(DUE)] == [("application", "memory")]
        assert {each.key for each in (*here, *there)} <= set(take(ledger, until))

    def test_a_shut_network_shuts_no_other(self, ledger: Ledger) -> None:
        """One halted, one whose application waits, one that is down, one open: what goes is the open one's, and what
        passes a halt."""
        wishes = {
            name: [wish(f"museum{one}@{name}") for one in range(4)] for name in ("halted", "waits", "down", "open")
        }
        essential = replace(wish("alarm@halted"), essential=True)
        schedule(ledger, *wishes["waits"], *wishes["down"])
        for name, rest in (("waits", Rest("application", "429", DUE + LEASE)), ("down", Rest("network", "503"))):
            for key, attempt in take(ledger, DUE).items():
                ended = rest if key in {each.key for each in wishes[name]} else None
                ledger.settle(attempt, Event.ABANDON, DUE, "", rests=[ended] if ended else [])
        schedule(ledger, *wishes["halted"], *wishes["open"], essential)
        ledger.halt("network", "halted", DUE, WHO, "a reason")
        assert {each.name for each in ledger.pauses(DUE)} == {"waits", "down"}
        assert set(take(ledger, DUE)) == {essential.key} | {each.key for each in wishes["open"]}

    def test_a_network_that_is_down_stops_no_account_on_a_server_of_its_own(self, ledger: Ledger) -> None:
        """The other way round the promise is the next one's."""
        central, own = museums(3), museums(2, "gallery")
        on_server(ledger, "", *central)
        for attempt in take(ledger, DUE).values():
            trouble(ledger, attempt, DUE)
        on_server(ledger, SOUTH, *own)
        assert [each.name for each in ledger.pauses(DUE)] == ["memory"]
        assert set(take(ledger, DUE)) == {each.key for each in own}

    def test_a_server_is_paused_after_three_accounts(self, ledger: Ledger, another: Ledger) -> None:
        """Not after two; and no other server of the same network."""
        here, there = museums(6), museums(2, "gallery")
        on_server(ledger, NORTH, *here)
        attempts = list(take(ledger, DUE, 3).values())
        on_server(ledger, SOUTH, *there)
        for attempt in attempts[:2]:
            trouble(ledger, attempt, DUE)
        assert another.pauses(DUE) == []
        trouble(ledger, attempts[2], DUE)
        (pause,) = another.pauses(DUE)
        assert (pause.reach, pause.name, pause.since) == ("network", f"memory {NORTH}", DUE)
        assert (pause.until, pause.tries, len(pause.accounts)) == (DUE + SHORTEST, 3, 3)
        assert set(take(another, DUE)) == {each.key for each in there}
        assert another.ready(DUE)

    def test_a_success_in_between_forgives(self, ledger: Ledger) -> None:
        """Troubles are counted in a row."""
        on_server(ledger, NORTH, *museums(5))
        one, two, three, four, _ = take(ledger, DUE).values()
        trouble(ledger, one, DUE)
        trouble(ledger, two, DUE)
        end(ledger, three, DUE)
        trouble(ledger, four, DUE)
        assert ledger.pauses(DUE) == []

    def test_one_probe_at_a_time_after_a_pause(self, ledger: Ledger, another: Ledger) -> None:
        """Whoever asks; its success lets all the others go."""
        wishes = fallen(ledger)
        now = DUE + SHORTEST
        assert take(ledger, now - SECOND) == {}
        probe = take(ledger, now)
        assert len(probe) == 1
        assert take(another, now) == {}
        assert len(another.pauses(now)) == 1
        (attempt,) = probe.values()
        end(ledger, attempt, now)
        assert another.pauses(now) == []
        assert set(take(another, now)) == {each.key for each in wishes} - set(probe)

    def test_a_probe_in_trouble_doubles_the_pause(self, ledger: Ledger) -> None:
        """From a minute to a quarter of an hour, and no further."""
        fallen(ledger)
        now, length, lengths = DUE, SHORTEST, [SHORTEST]
        for _ in range(6):
            now += length
            (attempt,) = take(ledger, now).values()
            trouble(ledger, attempt, now)
            assert take(ledger, now) == {}
            (pause,) = ledger.pauses(now)
            assert pause.until is not None
            length = pause.until - now
            lengths.append(length)
        assert lengths == [min(SHORTEST * 2**each, LONGEST) for each in range(7)]

    def test_what_was_in_hand_when_a_pause_began_does_not_double_it(self, ledger: Ledger) -> None:
        """Ten troubles of one moment are one outage, not ten failed probes."""
        on_server(ledger, NORTH, *museums(10))
        for attempt in take(ledger, DUE).values():
            trouble(ledger, attempt, DUE)
        (pause,) = ledger.pauses(DUE)
        assert pause.until == DUE + SHORTEST
        assert len(take(ledger, DUE + SHORTEST)) == 1

    def test_of_two_waits_the_longer_counts(self, ledger: Ledger) -> None:
        """What one account of an application was told is not undone by another's shorter wait; a longer one is kept."""
        on_server(ledger, NORTH, *museums(4))
        for attempt, wait in zip(take(ledger, DUE, 3).values(), (15, 1, 20), strict=True):
            until = DUE + wait * MINUTE
            ledger.settle(attempt, Event.ABANDON, DUE, "429", rests=[Rest("application", "429", until)])
            (pause,) = ledger.pauses(DUE)
            assert pause.until == DUE + max(wait, 15) * MINUTE

    def test_a_late_receipt_ends_a_pause(self, ledger: Ledger) -> None:
        """It proves that the server works."""
        on_server(ledger, NORTH, wish("louvre@memory"))
        late = sealed(ledger).attempt.id
        ledger.expire(DUE + LEASE)
        fallen(ledger)
        assert len(ledger.pauses(DUE)) == 1
        ledger.settle(late, Event.ACCEPT, DUE, "", receipt())
        assert ledger.pauses(DUE) == []

    def test_the_next_instant_sees_the_end_of_a_pause(self, ledger: Ledger) -> None:
        """A run sleeps until then, and no longer."""
        fallen(ledger)
        assert ledger.next_instant(DUE) == DUE + SHORTEST
