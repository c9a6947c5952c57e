"""Meta's Graph interfaces: one call, their way to say no, and what they still allow. For facebook, instagram, threads.

Graph answers trouble with a body {"error": {code, error_subcode, is_transient, ...}}; the status says little (mostly
400). What a code means stands in the tables here, from Meta's pages on errors and on rate limits.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from mwcampaign.core.campaign import Account
from mwcampaign.core.ports import Allowance
from mwcampaign.errors import Ambiguous, CredentialRejected, Deferred, PublishError, Reach, Rejected
from mwcampaign.platforms._http import Answer, Http
from mwcampaign.platforms._outcome import LONGEST_WAIT, LastTold, of_status, unreadable

PAGE = 100
PAGES = 5
"""So many pages of posts are read at most; what lies behind them was not seen."""
LIMIT_WAIT = timedelta(minutes=30)
"""The wait after a limit without a time: calling on while blocked lengthens the block."""
BLOCK_WAIT = timedelta(hours=1)
SOON = timedelta(minutes=1)

LIMITS: dict[int, Reach] = {4: "application", 341: "application", 17: "account", 32: "account", 613: "account"}
BUSINESS_LIMITS = range(80000, 80015)
NO_TOKEN = frozenset({102, 190})
FOR_A_PERSON = frozenset({3, 10, *range(200, 300), 1404078, 4279013, 4854002, 2207050})
"""No permission, a Page to be verified, a restricted account: nothing goes out until a person has done something."""
BLOCKED = frozenset({368, 2207051})
DUPLICATES = frozenset({506, 1366051})
ALREADY = re.compile(r"already (been )?posted|duplicate", re.IGNORECASE)
"""368 is said for policy, and was seen for the same text twice: the words alone tell which."""
TEMPORARY = frozenset({1, 2, 2207001, 2207032, 2207053, 2207082})
"""The server's own trouble: it does not say how far it came."""
NOT_YET = frozenset({2207003, 2207006, 2207008, 2207020, 2207027, 2207052, 1390008, 1609005, 9004, 9007})
"""Certainly nothing was published: a picture or link not fetched, a container not ready, gone or not there yet."""
DAILY_LIMIT = 2207042
NO_SUCH_OBJECT = (100, 33)
VERSION = re.compile(r"v[0-9]+\.[0-9]+")
NUMBER = re.compile(r"[0-9]+")
"""What a campaign's file says is a part of a path, and must not lead elsewhere."""


class NotThere(Rejected):
    """The object asked for does not exist, or not for this token: Graph does not tell these apart."""


class Graph:
    """One account's way to one Graph server. Opens nothing until the first call; safe for threads.

    `label` names the interface in errors, such as "Graph"; the account's options may state another `api_version`.
    """

    def __init__(
        self, account: Account, secrets: Mapping[str, str], server: str, label: str, version: str, patience: float
    ) -> None:
        self._options = account.options
        self._version = account.options.get("api_version", version)
        self._label = f"{label} {self._version}"
        self._token = secrets.get("access_token", "")
        self._http = Http(account.server or server, secrets.values(), patience, self._judge)
        self._last = LastTold()

    def stated(self, option: str) -> str:
        """Return the id in an option of the account, "" where there is none. Raises Rejected when it is no number."""
        told = self._options.get(option, "")
        if told and not NUMBER.fullmatch(told):
            raise Rejected(f"sign in: the option {option} is a number", reach="account")
        return told

    def get(self, step: str, path: str, fields: str, **more: str) -> dict[str, Any]:
        """Read an object's fields. Raises NotThere where there is none."""
        params = {**({"fields": fields} if fields else {}), "access_token": self._known_token(), **more}
        return self._told(step, self._http.call(self._step(step), "GET", self._path(path), params=params), False)

    def of_token(self, step: str, asking: Mapping[str, str]) -> dict[str, Any]:
        """Ask what Meta knows of our token: with the access_token in `asking`, or with the token itself."""
        return self.get(step, "debug_token", "", input_token=self._known_token(), **asking)

    def post(
        self,
        step: str,
        path: str,
        told: Mapping[str, str],
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        *,
        visible: bool = False,
    ) -> dict[str, Any]:
        """Send a form and return what Graph says to it."""
        if visible:
            self._last.allowances = ()
        # In the body: addresses end up in the logs of proxies.
        form: dict[str, Any] = {"data": {**told, "access_token": self._known_token()}}
        if files:
            form["files"] = files
        answer = self._http.call(self._step(step), "POST", self._path(path), visible=visible, **form)
        return self._told(step, answer, visible)

    def posts(self, path: str, fields: str, when: str, since: datetime) -> Iterator[dict[str, Any] | None]:
        """Yield an account's posts made at or after `since`, newest first; None at the end if there may be more.

        `when` names the field with a post's time. Pinned posts may stand before newer ones.
        """
        after: dict[str, str] = {}
        for _ in range(PAGES):
            told = self.get("look", path, fields, limit=str(PAGE), **after)
            page = told.get("data")
            if not isinstance(page, list):
                raise unreadable(self._step("look"), visible=False)
            recent = [post for post in page if isinstance(post, dict) and self.moment(post, when) >= since]
            yield from recent
            paging = told.get("paging") or {}
            if not recent or "next" not in paging:
                return
            after = {"after": str((paging.get("cursors") or {}).get("after", ""))}
        yield None

    def moment(self, told: Mapping[str, Any], name: str) -> datetime:
        """Return the aware time in a field, such as 2026-06-08T10:00:00+0000."""
        try:
            moment = datetime.fromisoformat(str(told.get(name)))
        except ValueError:
            raise unreadable(self._step("look"), visible=False) from None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)

    def text(self, told: Mapping[str, Any], name: str, step: str, *, visible: bool = False) -> str:
        """Return a field that must be there."""
        if not isinstance(value := told.get(name), str | int) or value == "":
            raise unreadable(self._step(step), visible=visible)
        return str(value)

    def allowances(self) -> tuple[Allowance, ...]:
        """Return what this thread was last told is left: a visible call tells when nothing is, and else nothing."""
        return self._last.allowances

    def note(self, left: tuple[Allowance, ...]) -> None:
        """Take note of what this thread was told otherwise than by a visible call."""
        self._last.allowances = left

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()

    def _known_token(self) -> str:
        if not self._token:
            raise CredentialRejected("sign in: there is no access_token")
        return self._token

    def _step(self, step: str) -> str:
        return f"{step} ({self._label})"

    def _path(self, path: str) -> str:
        if not VERSION.fullmatch(self._version):
            raise Rejected("sign in: the option api_version is such as v26.0", reach="account")
        return f"{self._version}/{quote(path)}"

    def _told(self, step: str, answer: Answer, visible: bool) -> dict[str, Any]:
        if not isinstance(answer.data, dict):
            raise unreadable(self._step(step), visible=visible)
        return answer.data

    def _judge(self, step: str, answer: Answer, visible: bool) -> PublishError | None:
        if visible:
            self._last.allowances = left(answer.headers, datetime.now(UTC))
        error = answer.data.get("error") if isinstance(answer.data, dict) else None
        if isinstance(error, dict):
            words = self._http.clean(error.get("error_user_msg") or error.get("message"))
            return refusal(step, answer, error, words, visible=visible)
        if 200 <= answer.status < 300:
            return None
        if answer.status == 404 and not visible:
            return NotThere(f"{step}: the server answered 404")
        return of_status(step, answer.status, visible=visible, wait=answer.wait())


def refusal(step: str, answer: Answer, error: Mapping[str, Any], words: str, *, visible: bool) -> PublishError:
    """Judge an error's body; `words` are the server's, made clean. Rather doubt than a wrong certainty."""
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    said = f"{words} (code {code}/{subcode})" if subcode else f"{words} (code {code})"
    told = f"{step}: the server answered {answer.status}: {said}"
    if refused := _of_account(told, answer, code, subcode):
        return refused
    codes = {code, subcode}
    if codes & DUPLICATES or (code == 368 and ALREADY.search(words)):
        # This request did nothing, but an earlier one may have: look for that, and else let a person say.
        told += "; it takes this for a post that is there already, and does not say which"
        return Ambiguous(told, reach="post") if visible else Rejected(told)
    if codes & BLOCKED:
        return Deferred(f"{told}; the account is blocked for a while", BLOCK_WAIT, reach="account")
    if codes & NOT_YET:
        return Deferred(told, SOON)
    if codes & TEMPORARY or error.get("is_transient") is True:
        return Ambiguous(told) if visible else Deferred(told, reach="network")
    if not visible and ((code, subcode) == NO_SUCH_OBJECT or answer.status == 404):
        return NotThere(told)
    return of_status(step, answer.status, visible=visible, said=said)


def _of_account(told: str, answer: Answer, code: int, subcode: int) -> PublishError | None:
    """Judge what concerns more than this post: limits, the token, permissions; None when it is none of these."""
    if code in LIMITS or code in BUSINESS_LIMITS or answer.status == 429:
        wait = regained(answer.headers) or answer.wait() or LIMIT_WAIT
        return Deferred(told, wait, reach=LIMITS.get(code, "account"))
    if subcode == DAILY_LIMIT:
        return Deferred(told, BLOCK_WAIT, reach="account")
    if code in NO_TOKEN or answer.status == 401:
        return CredentialRejected(told)
    if {code, subcode} & FOR_A_PERSON:
        return Rejected(told, reach="account")
    return None


def regained(headers: Mapping[str, str]) -> timedelta | None:
    """Return in how long Graph takes calls again, as X-Business-Use-Case-Usage tells it in minutes; None: now."""
    try:
        told = json.loads(headers.get("x-business-use-case-usage", "{}"))
        minutes = max(
            (int(use.get("estimated_time_to_regain_access", 0)) for uses in told.values() for use in uses), default=0
        )
        return min(timedelta(minutes=minutes), LONGEST_WAIT) if minutes > 0 else None
    except (ValueError, AttributeError, TypeError, OverflowError):
        return None


def left(headers: Mapping[str, str], now: datetime) -> tuple[Allowance, ...]:
    """Return that nothing is left until a time, or (): the headers count calls in percent, never posts."""
    wait = regained(headers)
    return (Allowance(0, now + wait),) if wait else ()


def plain(text: str) -> str:
    """Return a text as it is compared: networks trim white space, and compose letters."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def figure(told: object) -> int | None:
    """Return a figure, or None where none is given."""
    return told if isinstance(told, int) and not isinstance(told, bool) else None


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
