"""Many threads on one ledger: each delivery in one hand, and a refusal is its own thread's alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Lock

from mwcampaign.core.delivery import DeliveryKey, Event, ForbiddenMove, State
from mwcampaign.errors import PlanRefused
from mwcampaign.ledger.sqlite import SqliteLedger
from mwcampaign.testing._ledger_steps import DUE, LEASE, RUNNER, WHO, envelope, receipt, schedule, standing_of, wish

THREADS = 16


class Public:
    """What is public, and which accounts are being posted to at this moment."""

    def __init__(self) -> None:
        self.posts: list[DeliveryKey] = []
        self.busy: set[str] = set()
        self.crossed: list[str] = []
        self._lock = Lock()

    def begin(self, account: str) -> None:
        """Note that somebody works for an account; two at a time is a fault."""
        with self._lock:
            if account in self.busy:
                self.crossed.append(account)
            self.busy.add(account)

    def end(self, account: str, key: DeliveryKey) -> None:
        """Note a post."""
        with self._lock:
            self.busy.discard(account)
            self.posts.append(key)


def test_all_claim_seal_and_settle_at_once(ledger: SqliteLedger) -> None:
    """Three hundred and twenty deliveries of forty accounts, sixteen threads that all claim for themselves: each is
    posted once, and never two of one account together."""
    wishes = [wish(f"museum{number % 40}@memory", post=f"post {number // 40}") for number in range(320)]
    schedule(ledger, *wishes)
    public, start = Public(), Barrier(THREADS)

    def work(name: str) -> int:
        start.wait(60)
        done = 0
        while ledger.counts().keys() - {State.DELIVERED}:
            claims = ledger.claim(DUE, name, LEASE, 3)
            for claim in claims:
                public.begin(claim.delivery.account)
            for claim in claims:
                ledger.seal(claim.attempt.id, envelope(claim.delivery.key), DUE)
                public.end(claim.delivery.account, claim.delivery.key)
                proof = receipt(claim.delivery.key)
                done += ledger.settle(claim.attempt.id, Event.ACCEPT, DUE, "", proof) is State.DELIVERED
        return done

    with ThreadPoolExecutor(THREADS) as pool:
        assert sum(pool.map(work, (f"runner {number}" for number in range(THREADS)))) == 320
    assert public.crossed == []
    assert sorted(public.posts) == sorted(each.key for each in wishes)
    assert ledger.counts() == {State.DELIVERED: 320}
    for each in wishes:
        (attempt,) = ledger.attempts(each.key)
        assert (attempt.envelope, attempt.outcome) == (envelope(each.key), Event.ACCEPT)
        told = standing_of(ledger, each.key).receipt
        assert told is not None
        assert told.remote_id == each.key


def test_of_plans_made_at_once_one_is_applied(ledger: SqliteLedger) -> None:
    """Eight threads apply plans of one serial while eight seal: one plan wins, seven are refused whole, and all seals
    are there."""
    wishes = [wish(f"museum{number}@memory") for number in range(8)]
    serial = schedule(ledger, *wishes)
    claims = ledger.claim(DUE, RUNNER, LEASE, 8)
    start = Barrier(THREADS)

    def plan(number: int) -> int | None:
        mine = [(None, wish(f"gallery{number}@memory", post=f"post {part}"), None) for part in range(20)]
        start.wait(60)
        try:
            return ledger.apply(serial, mine, {f"gallery{number}@memory": "{}"}, DUE, WHO)
        except PlanRefused:
            return None

    def seal(number: int) -> None:
        start.wait(60)
        ledger.seal(claims[number].attempt.id, envelope(str(number)), DUE)

    with ThreadPoolExecutor(THREADS) as pool:
        sealing = [pool.submit(seal, number) for number in range(8)]
        applied = [future.result(60) for future in [pool.submit(plan, number) for number in range(8)]]
        for each in sealing:
            each.result(60)
    (winner,) = (number for number, told in enumerate(applied) if told is not None)
    assert applied[winner] == serial + 1 == ledger.serial()
    assert ledger.accounts().keys() == {f"gallery{winner}@memory"}
    assert ledger.counts() == {State.SENDING: 8, State.SCHEDULED: 20}


def test_a_delivery_is_sealed_by_one_of_many(ledger: SqliteLedger, path: Path) -> None:
    """Sixteen threads try to seal one attempt, each with a request of its own: one is on disk, and only its thread
    was told so."""
    schedule(ledger, wish())
    (claim,) = ledger.claim(DUE, RUNNER, LEASE, 1)
    start = Barrier(THREADS)

    def seal(number: int) -> bool:
        start.wait(60)
        try:
            ledger.seal(claim.attempt.id, envelope(str(number)), DUE)
        except ForbiddenMove:
            return False
        return True

    with ThreadPoolExecutor(THREADS) as pool:
        (winner,) = (number for number, won in enumerate(pool.map(seal, range(THREADS))) if won)
    ledger.close()
    again = SqliteLedger(path)
    assert again.attempts(wish().key)[0].envelope == envelope(str(winner))
    again.close()
