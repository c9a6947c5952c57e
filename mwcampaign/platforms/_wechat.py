"""One Official Account's way to WeChat: its access token, its calls, and what an error code means. Only the WeChat
adapter uses it.

WeChat answers 200 to everything and puts its no into `errcode`. The token comes from the stable interface, which gives
the same one to every process that asks while it is good, and is kept between runs.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from mwcampaign.core.message import canonical
from mwcampaign.core.ports import Sessions
from mwcampaign.errors import Ambiguous, CredentialRejected, Deferred, PublishError, Rejected
from mwcampaign.platforms._http import Answer, Http
from mwcampaign.platforms._outcome import clean, unreadable

AHEAD = timedelta(minutes=4)
"""A token is renewed when its end is so near: WeChat gives the next one from five minutes before."""
JOBS = 50
"""So many publication jobs of an account are remembered."""
JSON = {"Content-Type": "application/json; charset=utf-8"}

BUSY = -1
TOKEN_REFUSED = frozenset({40001, 40014, 42001})
NO_RIGHT = {
    40002: "the kind of credential is wrong",
    40013: "there is no such appid",
    40125: "the secret is wrong",
    40164: "this machine's address is not on the account's list of allowed addresses",
    41002: "there is no appid",
    41004: "there is no secret",
    48001: "the account has no right to this interface",
    50002: "the account is limited",
}
"""Codes that concern every post of the account, and what a person should know."""
NO_MEDIA = 40007
NO_ARTICLE = 53600
MINUTE_QUOTA = 45011
QUOTA = 45009
QUOTA_WAIT = timedelta(hours=1)
"""WeChat counts by the day, and does not say when one begins."""


class Connection:
    """Constructing opens nothing; safe for threads. `patience` counts seconds from a request to its whole answer."""

    def __init__(
        self, server: str, account: str, secrets: Mapping[str, str], sessions: Sessions, patience: float
    ) -> None:
        self._account, self._appid, self._secret = account, secrets.get("appid", ""), secrets.get("secret", "")
        self._sessions = sessions
        self._lock = threading.RLock()
        self._memory = ""
        """The session, where the disk keeps none."""
        self._used = self._refused = ""
        """The token last used, and the one that WeChat last called invalid."""
        self._http = Http(server, (self._secret,), patience, self._judge)

    def call(
        self,
        step: str,
        path: str,
        told: Mapping[str, Any] | None = None,
        *,
        visible: bool = False,
        expected: frozenset[int] = frozenset(),
        params: Mapping[str, str] | None = None,
        files: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Make one call with a token that is good, and return its JSON; one with an `expected` errcode too.

        Raises PublishError; Ambiguous only for a `visible` step, and never for trouble with the token.
        """
        token = self._token()
        body: dict[str, Any] = {}
        if told is not None:
            # As UTF-8: WeChat shows escapes to its readers as they stand.
            body = {"content": canonical(told).encode(), "headers": JSON}
        elif files is not None:
            body = {"files": files}
        asked = {"access_token": token, **(params or {})}
        try:
            answer = self._http.call(step, "POST" if body else "GET", path, visible=visible, params=asked, **body)
        except _Refused as refusal:
            if refusal.code in expected:
                return {"errcode": refusal.code}
            if refusal.code in TOKEN_REFUSED:
                self._refused = token
                raise Deferred(f"{step}: WeChat refused the token; the next try fetches one", reach="account") from None
            raise refusal.meaning from None
        data: dict[str, Any] = answer.data
        return data

    def remember_job(self, media_id: str, publish_id: str | int) -> None:
        """Keep the publication that a draft was submitted for."""
        with self._lock:
            session = self._session()
            jobs = [*session.get("jobs", ()), [media_id, publish_id]]
            self._save(session | {"jobs": jobs[-JOBS:]})

    def job(self, media_id: str) -> str | int | None:
        """Return the publication that a draft was submitted for, None when nobody remembers one."""
        with self._lock:
            return dict(self._session().get("jobs", ())).get(media_id)

    def close(self) -> None:
        """Let go of connections; the token stays kept."""
        self._http.close()

    def _token(self) -> str:
        with self._lock:
            session = self._session()
            token, ends = str(session.get("access_token", "")), _moment(session.get("ends"))
            if token and token != self._refused and ends - datetime.now(UTC) > AHEAD:
                self._used = token
                return token
            if not (self._appid and self._secret):
                raise CredentialRejected("sign in: there is no appid or no secret")
            told = self._fetch(force=False)
            if told[0] == self._refused:
                # Forcing is rationed, and kills the token that other programs use: only for one that is known as bad.
                told = self._fetch(force=True)
            self._used, ends = told
            self._save(session | {"access_token": self._used, "ends": ends.isoformat()})
            return self._used

    def _fetch(self, *, force: bool) -> tuple[str, datetime]:
        who = {"appid": self._appid, "secret": self._secret}
        asked = canonical({"grant_type": "client_credential", "force_refresh": force} | who).encode()
        try:
            answer = self._http.call("sign in", "POST", "/cgi-bin/stable_token", content=asked, headers=JSON)
        except _Refused as refusal:
            raise refusal.meaning from None
        token, seconds = answer.data.get("access_token"), answer.data.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(seconds, int):
            raise unreadable("sign in", visible=False)
        return token, datetime.now(UTC) + timedelta(seconds=seconds)

    def _session(self) -> dict[str, Any]:
        try:
            told = json.loads(self._sessions.load(self._account) or self._memory or "{}")
        except ValueError:
            told = {}
        return told if isinstance(told, dict) else {}

    def _save(self, session: Mapping[str, Any]) -> None:
        self._memory = canonical(session)
        self._sessions.save(self._account, self._memory)

    def _judge(self, step: str, answer: Answer, visible: bool) -> PublishError | None:
        if trouble := self._http.by_status(step, answer, visible):
            return trouble
        if not isinstance(answer.data, dict):
            return unreadable(step, visible=visible)
        code = answer.data.get("errcode", 0)
        if code == 0:
            return None
        if not isinstance(code, int):
            return unreadable(step, visible=visible)
        return _Refused(code, _meaning(step, code, clean(_words(answer.data), (self._secret, self._used)), visible))


class _Refused(PublishError):
    """An errcode, and what it means to whoever does not expect it."""

    def __init__(self, code: int, meaning: PublishError) -> None:
        super().__init__(str(meaning))
        self.code, self.meaning = code, meaning


def _meaning(step: str, code: int, words: str, visible: bool) -> PublishError:
    told = f"{step}: WeChat answered {code}: {NO_RIGHT.get(code) or words}"
    if code == BUSY:
        return Ambiguous(told, reach="network") if visible else Deferred(told, reach="network")
    if code in NO_RIGHT:
        return CredentialRejected(told)
    if code in (QUOTA, MINUTE_QUOTA):
        return Deferred(told, timedelta(minutes=1) if code == MINUTE_QUOTA else QUOTA_WAIT, reach="account")
    if code == NO_MEDIA and visible:
        # The draft was there when it was made: either somebody took it away, or this very request came before.
        return Ambiguous(f"{told}; the draft is used up", reach="post")
    return Rejected(told)


def _words(data: Mapping[str, Any]) -> str:
    """Return WeChat's reason without the identifiers behind it."""
    return str(data.get("errmsg") or "").partition(" rid:")[0].partition(" hint:")[0]


def _moment(told: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(told))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
