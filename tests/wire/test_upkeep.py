"""A run that goes on for days: tokens of an hour are renewed in time, and whoever posts has the fresh one."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from mwcampaign.core.campaign import Account
from mwcampaign.core.ledger import Ledger
from mwcampaign.errors import CredentialRejected, Deferred, LedgerUnavailable
from mwcampaign.load.secret_store import Store
from mwcampaign.schedule.clock import VirtualClock
from mwcampaign.schedule.daemon import UPKEEP
from mwcampaign.schedule.presence import alone
from mwcampaign.wire.connections import Connections
from mwcampaign.wire.login import SECRETS_FOLDER
from mwcampaign.wire.login_grants import GRANT, Grant, grant_of, read_expiries
from mwcampaign.wire.login_renew import Upkeep
from tests.cli.fake_oauth import CANARY, CLIENT, LONG, NEXT, REFRESH, FakeOAuth

NOW = datetime(2026, 6, 8, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
RENEWAL = {"client_id": CLIENT, "device_id": "d-1", "refresh_token": REFRESH}


class Known:
    """Of a ledger what an upkeep asks: the accounts with open deliveries."""

    def __init__(self, *accounts: Account) -> None:
        self.told = {one.id: one.model_dump_json() for one in accounts}
        self.broken = False

    def open_accounts(self) -> set[str]:
        """Return all."""
        if self.broken:
            raise LedgerUnavailable("the disk is gone")
        return set(self.told)

    def accounts(self, names: Collection[str] | None = None) -> Mapping[str, str]:
        """Return them."""
        return self.told


class Run:
    """One process that runs a campaign, on a clock of its own or one that is shared."""

    def __init__(self, folder: Path, known: Known, clock: VirtualClock) -> None:
        self.clock, self.remarks = clock, list[str]()
        self.connections = Connections(known.accounts, folder, {})
        self.upkeep = Upkeep(cast(Ledger, known), folder, clock, self.remarks.append, self.connections.reread)

    def until(self, end: datetime) -> None:
        """Let the daemon's clock go on until then."""
        while self.clock.now() < end:
            self.clock.move_to(self.clock.now() + UPKEEP)
            self.upkeep.round()


@pytest.fixture
def clock() -> VirtualClock:
    """The time of day of everybody."""
    return VirtualClock(NOW)


@pytest.fixture
def server(clock: VirtualClock) -> Iterator[FakeOAuth]:
    """A server whose tokens end by that clock."""
    made = FakeOAuth()
    made.clock = clock.now
    made.vk_ends[LONG] = NOW + HOUR
    yield made
    made.shutdown()
    made.server_close()


def account(folder: Path, server: FakeOAuth, network: str, expires: datetime, **renewal: str) -> Account:
    """Keep a token as a login does, and return its account."""
    store, name = Store(folder, SECRETS_FOLDER), f"museum@{network}"
    reference = store.reference("file", name, "access_token")
    grant = Grant(expires, ("wall",), renewal).to_json()
    store.put({"access_token": (reference, LONG), GRANT: (store.reference("file", name, GRANT), grant)})
    return Account(id=name, institution="museum", network=network, server=server.url, options={"group_id": "7"},
                   secrets={"access_token": reference})  # fmt: skip


def test_tokens_of_an_hour_last_for_a_week(tmp_path: Path, server: FakeOAuth, clock: VirtualClock) -> None:
    """Every token is renewed before its end, each refresh token is used once, and adapters always have the new one."""
    one = account(tmp_path, server, "vk", NOW + HOUR, **RENEWAL)
    going = Run(tmp_path, Known(one), clock)
    while clock.now() < NOW + timedelta(days=7):
        assert going.connections(one.id).whoami().handle == "my_museum"
        going.until(clock.now() + timedelta(minutes=5 * 7))
    assert len(server.vk_ends) - 1 == pytest.approx(7 * 24 * 60 / 40, abs=8)
    assert server.refused == 0
    # A week of renewals is told once a day, and the end of the last hour is nobody's trouble.
    assert len(going.remarks) <= 16
    assert CANARY not in "".join(going.remarks) + (tmp_path / ".mwcampaign" / "verified.json").read_text("utf-8")
    assert read_expiries(tmp_path / ".mwcampaign") == {}


def test_a_token_of_sixty_days_is_renewed_during_a_run(tmp_path: Path, server: FakeOAuth, clock: VirtualClock) -> None:
    """Twenty days before the end, and the adapter that was made long before posts with the new one."""
    one = account(tmp_path, server, "threads", NOW + timedelta(days=21))
    going = Run(tmp_path, Known(one), clock)
    before = going.connections(one.id)
    going.until(NOW + timedelta(hours=23))
    assert (going.remarks, going.connections(one.id) is before) == ([], True)
    going.until(NOW + timedelta(hours=25))
    assert going.remarks == ["museum@threads: its token was renewed, until 2026-08-08"]
    server.mine = {NEXT}
    assert going.connections(one.id) is not before
    assert going.connections(one.id).whoami().handle == "my_museum"


def test_two_runs_renew_once(tmp_path: Path, server: FakeOAuth, clock: VirtualClock) -> None:
    """Two processes at the same campaign: one exchanges the refresh token, the other takes what it got."""
    one = account(tmp_path, server, "vk", NOW + HOUR, **RENEWAL)
    known = Known(one)
    first, second = Run(tmp_path, known, clock), Run(tmp_path, known, clock)
    second.connections(one.id)
    for _ in range(60):
        clock.move_to(clock.now() + UPKEEP)
        first.upkeep.round()
        second.upkeep.round()
        assert second.connections(one.id).whoami().remote_id == "-7"
    assert (server.refused, second.remarks) == (0, [])


def test_while_another_process_renews_nothing_is_asked(tmp_path: Path, server: FakeOAuth, clock: VirtualClock) -> None:
    """A refresh token may be good for one exchange alone; what the other one does is seen in the next round."""
    one = account(tmp_path, server, "vk", NOW + HOUR / 4, **RENEWAL)
    going = Run(tmp_path, Known(one), clock)
    with alone(tmp_path / ".mwcampaign" / "renewing") as ours:
        assert ours
        going.upkeep.round()
    assert (server.asked, going.remarks) == ([], [])
    going.upkeep.round()
    assert len(going.remarks) == 1


def test_a_token_replaced_under_way_fails_no_post(tmp_path: Path, server: FakeOAuth, clock: VirtualClock) -> None:
    """Whoever is refused with the old token is told to come again, and comes with the new one."""
    one = account(tmp_path, server, "vk", NOW + HOUR / 4, **RENEWAL)
    known = Known(one)
    posting, renewing = Run(tmp_path, known, clock), Run(tmp_path, known, clock)
    platform = posting.connections(one.id)
    platform.whoami()
    renewing.upkeep.round()
    with pytest.raises(Deferred, match="other credentials by now"):
        platform.whoami()
    assert posting.connections(one.id).whoami().handle == "my_museum"


def test_a_token_that_is_refused_is_refused(tmp_path: Path, server: FakeOAuth, clock: VirtualClock) -> None:
    """Where nobody gave the account another one, a refusal stays one."""
    one = account(tmp_path, server, "vk", NOW + HOUR, **RENEWAL)
    server.mine = set()
    platform = Run(tmp_path, Known(one), clock).connections(one.id)
    for _ in range(2):
        with pytest.raises(CredentialRejected):
            platform.whoami()
    (tmp_path / SECRETS_FOLDER / "museum@vk.access_token").unlink()
    with pytest.raises(CredentialRejected):
        platform.whoami()


@pytest.mark.parametrize(("network", "life"), [("vk", HOUR), ("threads", timedelta(days=15))])
def test_trouble_is_tried_again_before_the_end(
    tmp_path: Path, server: FakeOAuth, clock: VirtualClock, network: str, life: timedelta
) -> None:
    """A network that does not answer is asked again several times, not all the time; remarks come once a day."""
    one = account(tmp_path, server, network, NOW + life, **(RENEWAL if network == "vk" else {}))
    nowhere = one.model_copy(update={"server": "http://127.0.0.1:9"})
    going = Run(tmp_path, Known(nowhere), clock)
    going.until(NOW + life * 0.8)
    assert all("was not renewed; it ends on" in remark for remark in going.remarks)
    assert 1 <= len(going.remarks) <= 15
    mended = Run(tmp_path, Known(one), clock)
    mended.upkeep.round()
    assert "was renewed" in mended.remarks[0]


def test_a_refresh_token_that_is_over(tmp_path: Path, server: FakeOAuth, clock: VirtualClock) -> None:
    """VK's no is told once, without what VK says about it, and VK is not asked every few minutes."""
    one = account(tmp_path, server, "vk", NOW + HOUR, **RENEWAL | {"refresh_token": f"{CANARY}-of-last-year"})
    going = Run(tmp_path, Known(one), clock)
    going.until(NOW + timedelta(hours=23))
    (remark,) = going.remarks
    assert ("invalid_grant" in remark, CANARY in remark) == (True, False)
    assert server.refused == 1
    assert grant_of(Store(tmp_path, SECRETS_FOLDER), one).expires == NOW + HOUR


def test_an_answer_to_another_question(tmp_path: Path, server: FakeOAuth, clock: VirtualClock) -> None:
    """A token that comes with another state than ours is not taken."""
    one = account(tmp_path, server, "vk", NOW + HOUR / 4, **RENEWAL)
    server._vk = lambda _: (200, {"access_token": f"{CANARY}-theirs", "expires_in": 3600, "state": "theirs"})  # type: ignore[method-assign]
    going = Run(tmp_path, Known(one), clock)
    going.upkeep.round()
    assert "another question" in going.remarks[0]
    assert (tmp_path / SECRETS_FOLDER / "museum@vk.access_token").read_text("utf-8") == LONG


def test_a_ledger_that_cannot_be_read_is_a_remark(tmp_path: Path, server: FakeOAuth, clock: VirtualClock) -> None:
    """The run ends of it elsewhere."""
    known = Known()
    known.broken = True
    going = Run(tmp_path, known, clock)
    going.upkeep.round()
    assert going.remarks == ["tokens were not looked at: the disk is gone"]


def test_what_is_known_of_a_renewed_token(tmp_path: Path, server: FakeOAuth, clock: VirtualClock) -> None:
    """verified.json tells the token's end, and that it renews itself: so `check` warns of no end."""
    one = account(tmp_path, server, "vk", NOW + HOUR / 4, **RENEWAL)
    Run(tmp_path, Known(one), clock).upkeep.round()
    told = json.loads((tmp_path / ".mwcampaign" / "verified.json").read_text("utf-8"))[one.id]
    assert told == {"expires": (NOW + HOUR).isoformat(), "renews": True}
