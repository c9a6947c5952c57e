"""Bluesky's session: signed in once, kept, renewed, shared, and never a reason for doubt about a post."""

from __future__ import annotations

import base64
import itertools
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from pytest_httpserver import HTTPServer

from mwcampaign.errors import CredentialRejected, Deferred, PublishError, Rejected
from mwcampaign.testing.proxy import Fault, FaultProxy
from mwcampaign.testing.rig import KeptSessions
from tests.platforms.bluesky_rig import PUT, RENEW, SIGN_IN, BlueskyRig
from tests.platforms.pds import Pds

pytest_plugins = ["tests.platforms.pds", "tests.platforms.bluesky_rig"]

ACCESS, REFRESH = 2, 3
EXPIRED = b'{"error": "ExpiredToken", "message": "Token has expired"}'


@pytest.fixture
def rig(pds: Pds, bluesky_proxy: FaultProxy, bluesky_sessions: KeptSessions) -> Iterator[BlueskyRig]:
    """The first account, with sessions of its own: a copy of one that works, so that few tests sign in."""
    bluesky_proxy.calm()
    warm = BlueskyRig(pds, bluesky_proxy, bluesky_sessions)
    warm.platform.whoami()
    own = KeptSessions()
    own.saved |= bluesky_sessions.saved
    made = BlueskyRig(pds, bluesky_proxy, own)
    yield made
    made.close()
    warm.close()


@pytest.fixture
def stranger(rig: BlueskyRig) -> BlueskyRig:
    """The same without a session."""
    rig.sessions.saved.clear()
    return rig


def parts(rig: BlueskyRig) -> list[str]:
    """Return the parts of the kept session: handle, DID, access token, refresh token, server."""
    (told,) = rig.sessions.saved.values()
    return str(json.loads(told)["session"]).split(":::")


def keep(rig: BlueskyRig, place: int, value: str) -> None:
    """Change one part of the kept session."""
    ((account, told),) = rig.sessions.saved.items()
    changed = parts(rig)
    changed[place] = value
    rig.sessions.saved[account] = json.dumps(json.loads(told) | {"session": ":::".join(changed)})


def token(seconds: int) -> str:
    """Make a token in the network's form that ends in so many seconds, and that no server has signed."""
    words = [{"typ": "at+jwt", "alg": "HS256"}, {"scope": "x", "exp": int(time.time()) + seconds}]
    encoded = [base64.urlsafe_b64encode(json.dumps(word).encode()).rstrip(b"=").decode() for word in words]
    return ".".join((*encoded, "c2lnbmF0dXJl"))


def test_one_login_serves_every_adapter(stranger: BlueskyRig) -> None:
    """Ten posts by five adapter objects, closed between, cost one login: the network allows 300 a day."""
    for number in range(5):
        platform = stranger.fresh()
        for part in range(2):
            platform.publish(stranger.prepared(f"Post {number}.{part}"))
        platform.close()
    assert stranger.calls(SIGN_IN) == 1
    assert stranger.calls(RENEW) == 0
    assert len(stranger.records()) == 10


def test_threads_share_one_login(stranger: BlueskyRig) -> None:
    """Eight threads that begin at once with one adapter sign in once."""
    with ThreadPoolExecutor(8) as pool:
        told = set(pool.map(lambda _: stranger.platform.whoami().remote_id, range(8)))
    assert told == {stranger.account.did}
    assert stranger.calls(SIGN_IN) == 1


def test_threads_share_one_renewal(rig: BlueskyRig) -> None:
    """Eight threads whose token is refused renew the session once, and every post of theirs goes out once."""
    keep(rig, ACCESS, token(3600))
    envelopes = [rig.prepared(f"Thread {number}") for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        uris = [receipt.remote_id for receipt in pool.map(rig.platform.publish, envelopes)]
    assert [record["uri"] for record in rig.records()] == uris
    assert (rig.calls(RENEW), rig.calls(SIGN_IN)) == (1, 0)


def test_a_closed_adapter_opens_again(rig: BlueskyRig) -> None:
    """Closing lets go of connections; whoever goes on using the adapter gets new ones, and no new login."""
    rig.platform.whoami()
    rig.platform.close()
    assert rig.platform.whoami().handle == rig.account.handle
    assert rig.calls(SIGN_IN) == 0


def test_a_session_that_the_server_does_not_take_is_renewed_once(rig: BlueskyRig) -> None:
    """A post refused for its token is sent again with a renewed session: one record, no login, the new one kept."""
    bad = token(3600)
    keep(rig, ACCESS, bad)
    receipt = rig.platform.publish(rig.prepared("With a second token"))
    assert [record["uri"] for record in rig.records()] == [receipt.remote_id]
    assert (rig.calls(PUT), rig.calls(RENEW), rig.calls(SIGN_IN)) == (2, 1, 0)
    assert parts(rig)[ACCESS] != bad
    rig.fresh().publish(rig.prepared("By the next process"))
    assert (rig.calls(PUT), rig.calls(RENEW), rig.calls(SIGN_IN)) == (3, 1, 0)


@pytest.mark.parametrize("status", [400, 401])
def test_renewed_session_refused_again(rig: BlueskyRig, status: int) -> None:
    """A server that refuses the session it has just given is not asked a third time."""
    rig.proxy.arm(Fault.BAD_REQUEST, path=PUT, times=9, status=status, body=EXPIRED)
    with pytest.raises(CredentialRejected):
        rig.platform.publish(rig.prepared("Never"))
    assert (rig.calls(PUT), rig.calls(RENEW), rig.calls(SIGN_IN)) == (2, 1, 0)
    assert rig.records() == []


def test_a_session_near_its_end_is_renewed_first(rig: BlueskyRig) -> None:
    """A token with a minute to live is not sent: a post is not the place to find out."""
    ending = token(60)
    keep(rig, ACCESS, ending)
    rig.platform.publish(rig.prepared("Just in time"))
    assert (rig.calls(PUT), rig.calls(RENEW), rig.calls(SIGN_IN)) == (1, 1, 0)
    assert ending not in str([request.headers for request in rig.proxy.requests[rig.seen :]])


def test_a_token_that_says_nothing_is_used_until_refused(rig: BlueskyRig) -> None:
    """A token in a form of the server's own is no reason to sign in; it is renewed when it is refused."""
    keep(rig, ACCESS, "opaque")
    rig.platform.publish(rig.prepared("Opaque"))
    assert (rig.calls(PUT), rig.calls(RENEW), rig.calls(SIGN_IN)) == (2, 1, 0)


def test_when_renewing_fails_the_password_serves(rig: BlueskyRig) -> None:
    """With both tokens gone the account signs in again, and the post goes out once."""
    keep(rig, ACCESS, token(3600))
    keep(rig, REFRESH, token(3600))
    rig.platform.publish(rig.prepared("Signed in again"))
    assert (rig.calls(PUT), rig.calls(RENEW), rig.calls(SIGN_IN)) == (2, 1, 1)
    assert len(rig.records()) == 1


def test_a_session_renewed_by_another_process_is_taken_up(rig: BlueskyRig) -> None:
    """Of two processes whose token ends, the second uses what the first has kept: refresh tokens serve once."""
    first, second = rig.fresh(), rig.fresh()
    first.whoami()
    second.whoami()
    for platform in (first, second):
        rig.proxy.arm(Fault.BAD_REQUEST, path=PUT, body=EXPIRED)
        platform.publish(rig.prepared("Two processes"))
    assert (rig.calls(RENEW), rig.calls(SIGN_IN)) == (1, 0)
    assert len(rig.records()) == 2


def test_what_another_process_kept_may_be_near_its_end(rig: BlueskyRig) -> None:
    """A session that another process kept and that ends soon is not used but renewed, with its own refresh token."""
    good, spent = parts(rig)[REFRESH], token(3600)
    keep(rig, REFRESH, spent)
    slow = rig.fresh()
    slow.whoami()
    keep(rig, REFRESH, good)
    keep(rig, ACCESS, token(60))
    rig.proxy.arm(Fault.BAD_REQUEST, path=PUT, body=EXPIRED)
    slow.publish(rig.prepared("Renewed with the newer token"))
    assert (rig.calls(PUT), rig.calls(RENEW), rig.calls(SIGN_IN)) == (2, 1, 0)
    assert spent not in str([request.headers for request in rig.proxy.requests[rig.seen :]])


@pytest.mark.parametrize("damage", ["", "{", "[]", "5", '{"server": "x"}', "{server}"])
def test_a_damaged_session_costs_a_login(rig: BlueskyRig, damage: str) -> None:
    """A kept session that cannot be read is replaced."""
    ((account, told),) = rig.sessions.saved.items()
    broken = json.dumps(json.loads(told) | {"session": "a:::b"})
    rig.sessions.saved[account] = broken if damage == "{server}" else damage
    assert rig.platform.whoami().remote_id == rig.account.did
    assert rig.calls(SIGN_IN) == 1
    assert parts(rig)[1] == rig.account.did


@pytest.mark.parametrize("changed", ["server", "handle"])
def test_a_session_stays_with_its_account(rig: BlueskyRig, httpserver: HTTPServer, changed: str) -> None:
    """When the campaign names another server or handle, the kept tokens are not shown to it."""
    elsewhere = httpserver.url_for("").rstrip("/")
    value = elsewhere if changed == "server" else rig.pds.accounts[1].handle
    platform = rig.fresh(**{changed: value})
    with pytest.raises(PublishError):  # the other server answers 500, the other account has another password
        platform.whoami()
    shown = [dict(request.headers) for request, _ in httpserver.log]
    shown += [dict(request.headers) for request in rig.proxy.requests[rig.seen :]]
    assert len(shown) == 1
    assert "Authorization" not in shown[0]


TROUBLE = [Fault.SERVER_ERROR_BEFORE, Fault.SERVER_ERROR_AFTER, Fault.DROP, Fault.DROP_BEFORE, Fault.TRUNCATE,
           Fault.HTML, Fault.RUBBISH, Fault.RESET, Fault.RATE_LIMIT]  # fmt: skip


@pytest.mark.parametrize("fault", TROUBLE)
def test_trouble_with_signing_in_is_no_doubt(stranger: BlueskyRig, fault: Fault) -> None:
    """However signing in goes wrong, the post was certainly not sent."""
    stranger.proxy.arm(fault, path=SIGN_IN)
    with pytest.raises(Deferred) as caught:
        stranger.platform.publish(stranger.prepared("Not yet"))
    assert stranger.calls(PUT) == 0
    assert (caught.value.retry_after is not None) == (fault is Fault.RATE_LIMIT)


@pytest.mark.parametrize("fault", TROUBLE)
def test_trouble_with_renewing_is_no_doubt(rig: BlueskyRig, fault: Fault) -> None:
    """However renewing goes wrong, the post was certainly not sent, and no login is spent on it."""
    keep(rig, ACCESS, token(60))
    rig.proxy.arm(fault, path=RENEW)
    with pytest.raises(Deferred):
        rig.platform.publish(rig.prepared("Not yet"))
    assert (rig.calls(PUT), rig.calls(SIGN_IN)) == (0, 0)


@pytest.mark.parametrize("body", [b"{}", b"[]", b"null", b'{"accessJwt": 5}', b'{"did": "x", "handle": "y"}'])
def test_odd_sessions_are_no_doubt(stranger: BlueskyRig, body: bytes) -> None:
    """A session that cannot be understood is put off."""
    stranger.proxy.arm(Fault.SERVER_ERROR_BEFORE, path=SIGN_IN, status=200, body=body)
    with pytest.raises(Deferred):
        stranger.platform.publish(stranger.prepared("Not yet"))
    assert stranger.sessions.saved == {}


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_login_refused_is_the_credentials_fault(stranger: BlueskyRig, status: int) -> None:
    """Whatever code the server refuses the login with: a person must look at handle, password and server."""
    stranger.proxy.arm(Fault.BAD_REQUEST, path=SIGN_IN, status=status, body=b'{"error": "AuthenticationRequired"}')
    with pytest.raises(CredentialRejected):
        stranger.platform.publish(stranger.prepared("Never"))
    assert stranger.calls(PUT) == 0


def test_a_wrong_password(pds: Pds, bluesky_proxy: FaultProxy) -> None:
    """The server's own refusal of a password, without the password in the words."""
    rig = BlueskyRig(pds, bluesky_proxy)
    rig.account = type(rig.account)(rig.account.handle, rig.account.did, "wrong-pass-word")
    with pytest.raises(CredentialRejected, match="401: AuthenticationRequired") as caught:
        rig.fresh().whoami()
    assert "wrong-pass-word" not in str(caught.value)
    rig.close()


def test_nothing_to_sign_in_with(stranger: BlueskyRig) -> None:
    """Without a handle nobody is asked."""
    with pytest.raises(CredentialRejected, match="no handle"):
        stranger.fresh(handle="").whoami()
    assert len(stranger.proxy.requests) == stranger.seen


def test_an_address_that_is_none(stranger: BlueskyRig) -> None:
    """A server that is no address is refused, and it is certain that nothing was sent."""
    with pytest.raises(Rejected):
        stranger.fresh(server="http://museum.example:port").publish(stranger.prepared("Nowhere"))


def test_an_entryway_names_the_accounts_own_server(rig: BlueskyRig, httpserver: HTTPServer) -> None:
    """After signing in at an entryway, everything goes to the server that the account's document names."""
    identity = {"identifier": rig.account.handle, "password": rig.account.app_password}
    session = httpx.post(f"{rig.pds.url}/xrpc/com.atproto.server.createSession", json=identity).json()
    service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": rig.proxy.url}
    session["didDoc"] = {"id": rig.account.did, "service": [service]}
    httpserver.expect_request("/xrpc/com.atproto.server.createSession").respond_with_json(session)
    for _ in range(2):
        platform = rig.fresh(server=httpserver.url_for("").rstrip("/"))
        platform.publish(rig.prepared("By way of the entryway"))
        platform.close()
    assert len(rig.records()) == 2
    assert rig.calls(PUT) == 2
    assert len(httpserver.log) == 1


def test_a_renewal_that_takes_too_long_ends_the_try(rig: BlueskyRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a refused post and the renewal have used up the time for one, it is put off: the lease is not for ever."""
    keep(rig, ACCESS, token(3600))
    envelope = rig.prepared("Later")
    hours = itertools.count(0, 3600)
    with monkeypatch.context() as patch:
        # A clock that goes on an hour whenever somebody looks.
        patch.setattr(time, "monotonic", lambda: float(next(hours)))
        with pytest.raises(Deferred, match="had to be renewed"):
            rig.platform.publish(envelope)
    assert (rig.calls(PUT), rig.calls(RENEW)) == (1, 1)
    rig.platform.publish(envelope)
    assert len(rig.records()) == 1
