"""Tokens are renewed before they end, in our own keeping only, and trouble with it stops nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from mwcampaign.core.campaign import Account
from mwcampaign.load.secret_store import Store
from mwcampaign.wire.login import SECRETS_FOLDER
from mwcampaign.wire.login_grants import GRANT, Grant, grant_of, read_expiries
from mwcampaign.wire.login_renew import renew_due
from tests.cli.conftest import Run, run, write_campaign
from tests.cli.fake_oauth import CANARY, CLIENT, LONG, NEXT, REFRESH, SECRET, FakeOAuth
from tests.platforms.fake_graph import TOKEN
from tests.platforms.fake_threads import FakeThreads

__all__ = ["run"]

NOW = datetime(2026, 6, 8, 10, tzinfo=UTC)
SOON, FAR = NOW + timedelta(days=10), NOW + timedelta(days=50)
CLIENT_OF_OURS = {"client_id": CLIENT, "client_secret": SECRET, "refresh_token": REFRESH}


@pytest.fixture
def server() -> Iterator[FakeOAuth]:
    """A server that renews tokens."""
    made = FakeOAuth()
    yield made
    made.shutdown()
    made.server_close()


def account(folder: Path, server: FakeOAuth, network: str, expires: datetime | None, **renewal: str) -> Account:
    """Keep a token as a login does, and return its account."""
    store = Store(folder, SECRETS_FOLDER)
    name = f"museum@{network}"
    reference = store.reference("file", name, "access_token")
    grant = Grant(expires, ("write",), renewal).to_json()
    store.put({"access_token": (reference, LONG), GRANT: (store.reference("file", name, GRANT), grant)})
    secrets = {"access_token": reference}
    return Account(id=name, institution="museum", network=network, server=server.url, secrets=secrets)


def token(folder: Path, one: Account) -> str | None:
    """Return the token that is kept."""
    return Store(folder, SECRETS_FOLDER).get(one.secrets["access_token"], "access_token")


@pytest.mark.parametrize("network", ["instagram", "threads"])
def test_a_token_that_ends_soon_is_renewed(tmp_path: Path, server: FakeOAuth, network: str) -> None:
    """The new token stands where the old one was, its end is known to check, rights stay; nothing secret is told."""
    one = account(tmp_path, server, network, SOON)
    (remark,) = renew_due([one], tmp_path, NOW)
    assert remark == f"museum@{network}: its token was renewed, until 2026-08-07"
    assert token(tmp_path, one) == NEXT
    grant = grant_of(Store(tmp_path, SECRETS_FOLDER), one)
    assert (grant.expires, grant.rights) == (NOW + timedelta(days=60), ("write",))
    assert read_expiries(tmp_path / ".mwcampaign") == {one.id: date(2026, 8, 7)}
    assert CANARY not in (tmp_path / ".mwcampaign" / "verified.json").read_text("utf-8")
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / SECRETS_FOLDER).glob("museum*")} == {0o600}
    assert list(renew_due([one], tmp_path, NOW + timedelta(days=1))) == []


def test_linkedin_is_renewed_where_it_gave_the_means(tmp_path: Path, server: FakeOAuth) -> None:
    """With a refresh token a new token is fetched, and the refresh token kept for the next time."""
    one = account(tmp_path, server, "linkedin", SOON, **CLIENT_OF_OURS)
    assert ["renewed" in remark for remark in renew_due([one], tmp_path, NOW)] == [True]
    assert token(tmp_path, one) == NEXT
    assert grant_of(Store(tmp_path, SECRETS_FOLDER), one).renewal == CLIENT_OF_OURS


@pytest.mark.parametrize(
    ("expires", "unknown", "asked"),
    [(FAR, True, False), (None, False, False), (None, True, True), (NOW + timedelta(days=59, hours=23), True, False)],
)
def test_what_is_not_due_is_left_alone(
    tmp_path: Path, server: FakeOAuth, expires: datetime | None, unknown: bool, asked: bool
) -> None:
    """A token with a far or an unknown end is not touched, unless unknown ones are asked for."""
    one = account(tmp_path, server, "instagram", expires)
    remarks = list(renew_due([one], tmp_path, NOW, unknown=unknown))
    assert (bool(remarks), bool(server.asked)) == (asked, asked)


def test_without_the_means_its_end_is_told(tmp_path: Path, server: FakeOAuth) -> None:
    """LinkedIn without a refresh token, and a token that is over: when it ends or ended, and what to type."""
    one = account(tmp_path, server, "linkedin", SOON)
    over = account(tmp_path, server, "threads", NOW - timedelta(days=1))
    first, second = renew_due([one, over], tmp_path, NOW)
    assert "end on 2026-06-18" in first
    assert "mwcampaign accounts login linkedin --account museum@linkedin" in first
    assert "ended on 2026-06-07" in second
    assert server.asked == []


def test_what_others_keep_is_never_replaced(tmp_path: Path, server: FakeOAuth) -> None:
    """A token in a file of one's own, or a variable, is left as it is; a stated end is told."""
    (tmp_path / "mine").write_text(LONG, "utf-8")
    for reference in ("file:mine", "env:MINE", "keyring:somebody", "file:.mwcampaign/secrets/../../mine"):
        one = Account(id="m@instagram", institution="m", network="instagram", server=server.url,
                      secrets={"access_token": reference}, expires=SOON.date())  # fmt: skip
        (remark,) = renew_due([one], tmp_path, NOW, unknown=True)
        assert "2026-06-18" in remark
    assert (server.asked, (tmp_path / "mine").read_text("utf-8")) == ([], LONG)


@pytest.mark.parametrize("trouble", [400, 401, 429, 500])
def test_a_refused_renewal_is_a_remark(tmp_path: Path, server: FakeOAuth, trouble: int) -> None:
    """The old token stays, the end is told, and nothing of what the server said with the token in it."""
    one = account(tmp_path, server, "instagram", SOON)
    server.trouble = trouble
    (remark,) = renew_due([one], tmp_path, NOW)
    assert ("not renewed; it ends on 2026-06-18" in remark, str(trouble) in remark) == (True, True)
    assert CANARY not in remark
    assert token(tmp_path, one) == LONG


def test_offline_nothing_is_lost(tmp_path: Path, server: FakeOAuth) -> None:
    """Without a connection there is a remark, and the token as it was."""
    one = account(tmp_path, server, "threads", SOON).model_copy(update={"server": "http://127.0.0.1:9"})
    (remark,) = renew_due([one], tmp_path, NOW)
    assert "no connection" in remark
    assert token(tmp_path, one) == LONG


def test_damaged_notes_are_no_notes(tmp_path: Path, server: FakeOAuth) -> None:
    """A grant or a cache that cannot be read counts as nothing known."""
    one = account(tmp_path, server, "threads", SOON)
    (tmp_path / SECRETS_FOLDER / "museum@threads.grant").write_text("[1]", "utf-8")
    (tmp_path / ".mwcampaign" / "verified.json").write_text('{"a": {"expires": 3}, "b": 1}', "utf-8")
    assert list(renew_due([one], tmp_path, NOW)) == []
    assert read_expiries(tmp_path / ".mwcampaign") == {}


def test_run_renews_first_and_goes_on_without(run: Run, tmp_path: Path) -> None:
    """`run` says that a token could not be renewed, and does its work all the same."""
    network = FakeThreads()
    week = write_campaign(tmp_path / "week", network="threads",
                          account=f"    server: {network.url}\n    secrets: {{access_token: "
                                  "'file:.mwcampaign/secrets/louvre@threads.access_token'}\n")  # fmt: skip
    store, soon = Store(week, SECRETS_FOLDER), datetime.now(UTC) + timedelta(days=10)
    told = Grant(soon).to_json()
    store.put({"access_token": (store.reference("file", "louvre@threads", "access_token"), TOKEN),
               GRANT: (store.reference("file", "louvre@threads", GRANT), told)})  # fmt: skip
    assert run("apply", week).code == 0
    done = run("run", week, "--once")
    network.shutdown()
    network.server_close()
    assert (done.code, "was not renewed; it ends on" in done.err) == (0, True)
    assert json.loads(done.out.splitlines()[0])["event"]
    assert [line["post"] for line in done.lines if line["event"] == "delivered"] == ["story"]
    assert TOKEN not in done.out + done.err


def test_verify_renews_when_asked(run: Run, tmp_path: Path, server: FakeOAuth) -> None:
    """--renew renews a token whose end nobody knows; verify then shows the end, and keeps it for check."""
    week = write_campaign(tmp_path / "week", network="threads",
                          account=f"    server: {server.url}\n    secrets: {{access_token: "
                                  "'file:.mwcampaign/secrets/louvre@threads.access_token'}\n")  # fmt: skip
    store = Store(week, SECRETS_FOLDER)
    store.put({"access_token": (store.reference("file", "louvre@threads", "access_token"), LONG)})
    done = run("accounts", "verify", week, "--renew")
    assert done.code == 0, done.err
    assert ("was renewed, until" in done.err, "; until " in done.out) == (True, True)
    assert read_expiries(week / ".mwcampaign").keys() == {"louvre@threads"}
    assert CANARY not in done.out + done.err
