"""Two processes with threads on one ledger and one network: neither knows of the other, and nothing goes out twice."""

from __future__ import annotations

from pathlib import Path

from mwcampaign.core.delivery import Delivery, State
from tests.conftest import make_delivery
from tests.fire import child
from tests.fire.child import Place
from tests.fire.conftest import Processes, new_place, schedule

ACCOUNTS, POSTS = 200, 10
FIRST_CLAIMS = 25


def test_two_thousand_deliveries_over_two_hundred_accounts(place: Place, processes: Processes) -> None:
    """Every delivery is public once, with its own text; both processes did part of it, and each attempt stands alone:
    none was needed twice."""
    wishes = [
        make_delivery(post=f"post {post}", account=f"m{account}@memory", text=f"{account} {post}")
        for account in range(ACCOUNTS)
        for post in range(POSTS)
    ]
    schedule(place, *wishes)
    together(processes, [place], workers=4)
    sent_once(place, wishes)
    ledger = place.ledger()
    tries = [attempt for wish in wishes for attempt in ledger.attempts(wish.key)]
    assert len(tries) == len(wishes)
    assert {attempt.runner for attempt in tries} == {"one", "two"}
    ledger.close()


def test_the_first_claim_of_a_ledger(tmp_path: Path, processes: Processes) -> None:
    """Nothing was ever claimed, and both begin at the same moment, again and again: one delivery, one post."""
    places = []
    for number in range(FIRST_CLAIMS):
        places.append(new_place(tmp_path / f"place {number}"))
        schedule(places[-1], make_delivery())
    together(processes, places, workers=1)
    for each in places:
        sent_once(each, [make_delivery()])


def together(processes: Processes, places: list[Place], workers: int) -> None:
    """Let two processes work through these places side by side, each place from the same moment on."""
    barrier = processes.context.Barrier(2)
    folders = [place.folder for place in places]
    both = [processes.start(child.share, places[0], name, workers, barrier, folders) for name in ("one", "two")]
    for process in both:
        process.join(120)
    assert [process.exitcode for process in both] == [0, 0]


def sent_once(place: Place, wishes: list[Delivery]) -> None:
    """Every wish is public once, and the ledger says so."""
    posts = place.network().posts()
    assert sorted((post.account, post.address) for post in posts) == sorted((each.account, each.key) for each in wishes)
    ledger = place.ledger()
    assert ledger.counts() == {State.DELIVERED: len(wishes)}
    receipts = {each.delivery.key: each.receipt for each in ledger.standings()}
    for post in posts:
        receipt = receipts[post.address]  # type: ignore[index]
        assert receipt is not None
        assert receipt.remote_id == post.remote_id
    ledger.close()
