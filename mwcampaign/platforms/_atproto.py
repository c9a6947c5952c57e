"""One account's way to its server in Bluesky's network: sign in once, keep the session, ask, judge the answer.

Only the Bluesky adapter uses it. It stands on the atproto SDK: its client holds the session and puts it on every
request, its Request reads the answers. Bodies are our own bytes, because the SDK cannot say `swapRecord: null`.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mwcampaign.core.message import canonical
from mwcampaign.core.ports import Allowance, Sessions
from mwcampaign.errors import CredentialRejected, Deferred, Rejected
from mwcampaign.platforms._calls import ways
from mwcampaign.platforms._outcome import LastTold, allowed, clean, of_status, of_transport, unreadable, wait_told

if TYPE_CHECKING:
    from atproto_client import Client, Session
    from atproto_client.request import Request, Response

STALE = ("ExpiredToken", "InvalidToken")
"""How the network says that a session must be renewed; most servers say so with 400, some with 401."""
AHEAD = 15 * 60
"""A session is renewed when its end is so near, in seconds."""
SIGN_IN = 10.0
"""Seconds for each step of signing in."""
JSON = {"Content-Type": "application/json"}
COST = 3
"""What a new record takes of the points for writing, as documented; the reference server counts a put as two."""
OF_WRITING = (3600, 86_400)
"""The windows of the limits on writing, in seconds: the other, of five minutes, is on the requests of one address."""


class Connection:
    """One client and one session. Constructing does nothing; safe for threads.

    `server` is the address to sign in at: the account's own PDS, or an entryway that names it. `patience` is
    how many seconds after a request an answer that is not whole counts as lost.
    """

    def __init__(
        self, server: str, handle: str, password: str, account: str, sessions: Sessions, patience: float
    ) -> None:
        self._server, self._handle, self._password = server.rstrip("/"), handle, password
        self._account, self._sessions = account, sessions
        self.patience = patience
        self._lock = threading.RLock()
        self._client: Client | None = None
        self._stranger: Request | None = None
        self._session: Session | None = None
        self._ends: float | None = None
        self._kept = ""
        self._last = LastTold()

    def call(
        self,
        step: str,
        verb: str,
        nsid: str,
        *,
        visible: bool = False,
        expected: Collection[str] = (),
        **told: Any,
    ) -> dict[str, Any]:
        """Call a method as the account, signing in or renewing the session first where needed; return its JSON.

        A refusal whose name is in `expected` is returned too, as {"error": name}. Raises PublishError; Ambiguous only
        for a `visible` step, and never for trouble with signing in.
        """
        if visible:
            self._last.allowances = ()
        began = time.monotonic()
        used = self._signed_in()
        answer = self._send(step, verb, self._url(used, nsid), visible, (*expected, *STALE), **told)
        if answer.get("error") in STALE:
            used = self._renewed(used)
            if time.monotonic() - began > self.patience:
                # A second try now could outlast what the engine allows a publication.
                raise Deferred(f"{step}: the session had to be renewed")
            answer = self._send(step, verb, self._url(used, nsid), visible, expected, **told)
        return answer

    def ask_stranger(self, step: str, url: str, params: Mapping[str, str]) -> dict[str, Any]:
        """Ask a server that is not the account's; it never sees the session. Raises PublishError."""
        with self._lock:
            self._stranger = self._stranger or _request(self.patience)
        return self._send(step, "GET", url, False, (), through=self._stranger, params=params)

    def allowances(self) -> tuple[Allowance, ...]:
        """Return what the answer to this thread's last visible call told about writing."""
        return self._last.allowances

    def rights(self) -> tuple[str, ...]:
        """Return the session's scope in the network's words, such as com.atproto.appPass; () where it is hidden."""
        from atproto_client.exceptions import AtProtocolError

        try:
            scope = self._session.access_jwt_payload.scope if self._session else None
        except AtProtocolError:
            return ()
        return (scope,) if isinstance(scope, str) and scope else ()

    def close(self) -> None:
        """Let go of connections; the session stays kept."""
        with self._lock:
            for request in (self._client and self._client.request, self._stranger):
                if request is not None:
                    request.close()
            self._client = self._stranger = self._session = None

    @staticmethod
    def _url(session: Session, nsid: str) -> str:
        return f"{session.pds_endpoint}/xrpc/{nsid}"

    def _send(
        self,
        step: str,
        verb: str,
        url: str,
        visible: bool,
        expected: Collection[str],
        through: Request | None = None,
        **told: Any,
    ) -> dict[str, Any]:
        """Send one request and judge what comes back."""
        import httpx
        from atproto_client.exceptions import AtProtocolError, RequestErrorBase

        request = through or self._open().request
        try:
            send = request.post if verb == "POST" else request.get
            answer = send(url, follow_redirects=False, **told)
        except RequestErrorBase as error:
            if error.response is not None:
                self._hear(error.response, visible)
                return self._refusal(step, error.response, visible, expected)
            raise of_transport(step, error, visible=visible) from None
        except httpx.HTTPError as error:
            # The SDK lets some of these through as they are: a server that hangs up without an answer, for one.
            raise of_transport(step, error, visible=visible) from None
        except httpx.InvalidURL:
            raise Rejected(f"{step}: the server's address is not valid", reach="account") from None
        except (AtProtocolError, ValueError):
            raise unreadable(step, visible=visible) from None
        self._hear(answer, visible)
        if not isinstance(answer.content, dict):
            raise unreadable(step, visible=visible)
        return answer.content

    def _hear(self, answer: Response, visible: bool) -> None:
        """Note what is left. A server tells of one limit, the nearest, and in its policy of which one."""
        window = answer.headers.get("ratelimit-policy", "").partition("w=")[2].partition(";")[0]
        if visible and window in map(str, OF_WRITING):
            told = allowed(answer.headers, "ratelimit", datetime.now(UTC), cost=COST)
            self._last.allowances = (told,) if told else ()

    def _refusal(self, step: str, response: Response, visible: bool, expected: Collection[str]) -> dict[str, Any]:
        name, status = getattr(response.content, "error", None), response.status_code
        # Only a refusal may be expected: words that come with a 500 or a 429 decide nothing.
        if name in expected and 400 <= status < 500 and status != 429:
            return {"error": name}
        reasons = (name, getattr(response.content, "message", None))
        said = clean(": ".join(each for each in reasons if isinstance(each, str)), self._secrets())
        if name in STALE and status in (400, 401):
            raise CredentialRejected(f"{step}: the server does not take the session it gave: {said}") from None
        # `from None`: careless servers repeat the token, and the SDK's errors repeat the server.
        wait = wait_told(response.headers, datetime.now(UTC))
        raise of_status(step, status, visible=visible, said=said, wait=wait) from None

    def _secrets(self) -> tuple[str, ...]:
        session = self._session
        return (self._password, *((session.access_jwt, session.refresh_jwt) if session else ()))

    def _open(self) -> Client:
        """Return the client, made once: a client per call would cost a new connection each."""
        with self._lock:
            if self._client is None:
                from atproto_client import Client

                self._client = Client(self._server, request=_request(self.patience))
                self._client.on_session_change(lambda _, session: self._took(session))
            return self._client

    def _signed_in(self) -> Session:
        """Return a session that is not about to end. Raises Deferred or CredentialRejected."""
        with self._lock:
            session = self._session or self._restored() or self._new()
            return self._renewed(session) if self._ending() else session

    def _ending(self) -> bool:
        return self._ends is not None and self._ends - time.time() < AHEAD

    def _restored(self) -> Session | None:
        """Take up the session that was kept, here or by another process; None when there is none for this account."""
        from atproto_client import Session

        told = self._sessions.load(self._account)
        if not told:
            return None
        try:
            kept = json.loads(told)
            if (kept["server"], kept["handle"]) != (self._server, self._handle):
                return None
            return self._take(Session.decode(kept["session"]))
        except (ValueError, TypeError, KeyError, AttributeError):
            return None  # a damaged file costs a login

    def _renewed(self, used: Session) -> Session:
        """Return another session than `used`, whoever got it. Raises Deferred or CredentialRejected."""
        with self._lock:
            if self._session is not None and self._session.access_jwt != used.access_jwt:
                return self._session
            kept = self._sessions.load(self._account)
            if kept and kept != self._kept and (other := self._restored()):
                if not self._ending():
                    return other
                used = other  # the refresh token of the session before it has been used up
            bearer = {"Authorization": f"Bearer {used.refresh_jwt}"}
            url = self._url(used, "com.atproto.server.refreshSession")
            try:
                answer = self._send("renewing the session", "POST", url, False, (), headers=bearer, timeout=SIGN_IN)
            except Rejected:
                return self._new()
            return self._take(self._read(answer, used.pds_endpoint))

    def _new(self) -> Session:
        """Sign in with the app password. The network allows few of these a day. Raises Deferred, CredentialRejected."""
        if not self._handle or not self._password:
            raise CredentialRejected("signing in: the account has no handle or no app password")
        told = canonical({"identifier": self._handle, "password": self._password}).encode()
        url = f"{self._server}/xrpc/com.atproto.server.createSession"
        try:
            answer = self._send("signing in", "POST", url, False, (), content=told, headers=JSON, timeout=SIGN_IN)
        except Rejected as error:
            raise CredentialRejected(str(error)) from None
        return self._take(self._read(answer, self._server))

    def _read(self, answer: Mapping[str, Any], server: str) -> Session:
        from atproto_client import Session
        from atproto_core.did_doc import DidDocument, is_valid_did_doc

        names = ("handle", "did", "accessJwt", "refreshJwt")
        if not all(isinstance(answer.get(name), str) for name in names):
            raise unreadable("signing in", visible=False)
        document = answer.get("didDoc")
        # An entryway names the account's own server here; a server of its own need not say anything.
        known = isinstance(document, dict) and is_valid_did_doc(document)
        home = DidDocument.from_dict(document).get_pds_endpoint() if known else None
        return Session(*(answer[name] for name in names), pds_endpoint=home or server)

    def _take(self, session: Session) -> Session:
        """Hand a session to the SDK's client, which hands it back to _took."""
        session.pds_endpoint = session.pds_endpoint.rstrip("/").removesuffix("/xrpc")
        self._open().login(session_string=session.encode(), fetch_bsky_profile=False)
        return session

    def _took(self, session: Session) -> None:
        from atproto_client.exceptions import AtProtocolError

        self._session = session
        try:
            self._ends = session.access_jwt_payload.exp
        except AtProtocolError:
            self._ends = None  # an opaque token: it is renewed when it is refused
        told = canonical({"server": self._server, "handle": self._handle, "session": session.encode()})
        if told != self._kept:
            self._kept = told
            if told != self._sessions.load(self._account):
                self._sessions.save(self._account, told)


def _request(patience: float) -> Request:
    import httpx
    from atproto_client.request import Request

    # Node, on which the servers run, closes idle connections after five seconds: one that it is just closing
    # would swallow a post without an answer.
    transport = ways()(httpx.Limits(keepalive_expiry=4))  # type: ignore[call-arg] # a class that is made when needed
    return Request(timeout=httpx.Timeout(patience, connect=min(patience, SIGN_IN)), transport=transport)
