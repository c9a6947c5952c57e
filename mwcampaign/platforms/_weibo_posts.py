"""Weibo's answers, read: posts compared with what was sent, and what an error code means. Only the Weibo adapter uses
it."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from mwcampaign.core.ports import Allowance
from mwcampaign.errors import Ambiguous, CredentialRejected, Deferred, PublishError, Reach, Rejected
from mwcampaign.platforms._http import Answer
from mwcampaign.platforms._outcome import of_status, unreadable

Likeness = Literal["same", "short", "other"]

CREATED = "%a %b %d %H:%M:%S %z %Y"
HOST = re.compile(r"https?://([a-z0-9.-]+)(?![a-z0-9.@:-])", re.ASCII)
SHORT = re.compile(r"https?://t\.cn/\w+")
TOPIC = re.compile(r"[#＃][^#＃]+[#＃]")
GONE = frozenset({20101})
"""There is no such post."""

TROUBLED = frozenset({10001, 10002, 10003, 10009, 10010, 10011})
"""Weibo had trouble of its own, and does not say when it came."""
TOO_MANY: Mapping[int, Reach] = {10022: "application", 10023: "account", 10024: "account", 20016: "account"}
"""Who has asked or posted too often: the machine's address and the application, or the account."""
NO_RIGHT = frozenset({10004, 10005, 10014})
"""The application may not do this."""
SIGN_IN = frozenset({10006, 21301, *range(21314, 21320), 21327, 21332})
"""The token is wrong, or over."""
FAR = 10**9
"""Seconds, thirty years: what is later is no end."""
WAIT = timedelta(minutes=15)
"""The wait where Weibo tells none."""


def links(text: str) -> list[str]:
    """Return the hosts of the addresses in a text, in small letters; who is named before an @ is no host."""
    return [found.strip(".") for found in HOST.findall(text.lower())]


def reads(post: Mapping[str, Any], told: Mapping[str, Any]) -> Likeness:
    """Return how a post reads beside the sealed request `told`: "same"; "short", where Weibo's short addresses stand in
    place of ours and all else is the same; "other"."""
    pictured = bool(post.get("pic_urls") or post.get("original_pic") or post.get("pic_ids"))
    shown, sent = _words(html.unescape(str(post.get("text") or ""))), _words(told["status"])
    if post.get("retweeted_status") or pictured != bool(told["picture"]):
        return "other"
    if shown == sent:
        return "same"
    pieces = SHORT.split(shown)
    pattern = r"(?:https?://)\S+?".join(map(re.escape, pieces))
    return "short" if len(pieces) > 1 and re.fullmatch(pattern, sent) else "other"


def moment(post: Mapping[str, Any]) -> datetime:
    """Return when a post was made. Raises PublishError."""
    try:
        return datetime.strptime(str(post.get("created_at")), CREATED).astimezone(UTC)
    except ValueError:
        raise unreadable("look", visible=False) from None


def code(answer: Answer) -> int:
    """Return an answer's error code, 0 where it has none."""
    told = answer.data.get("error_code", 0) if isinstance(answer.data, dict) else 0
    return int(told) if str(told).isdecimal() else 0


def refusal(step: str, answer: Answer, words: str, *, visible: bool) -> PublishError:
    """Judge an answer that is no success; `words` is its reason, made clean."""
    number = code(answer)
    told = f"{step}: Weibo answered {number or answer.status}" + (f": {words}" if words else "")
    if number in TROUBLED:
        return Ambiguous(told) if visible else Deferred(told, reach="network")
    if number in TOO_MANY:
        return Deferred(told, answer.wait() or WAIT, reach=TOO_MANY[number])
    if number in SIGN_IN:
        return CredentialRejected(told)
    if number:
        return Rejected(told, reach="application" if number in NO_RIGHT else "post")
    return of_status(step, answer.status, visible=visible, said=words, wait=answer.wait())


@dataclass(frozen=True, slots=True)
class Token:
    """What Weibo knows of a token: whose it is, "" where it does not say, its rights and its end."""

    uid: str
    rights: tuple[str, ...]
    expires: datetime | None


def token(answer: Answer) -> Token:
    """Read what get_token_info tells. Raises CredentialRejected when the token is over."""
    told = answer.data
    # The page calls it expire_in, and has called it expires_in before: what is left, in seconds.
    left = next((told[name] for name in ("expire_in", "expires_in") if name in told), None)
    seconds = int(str(left)) if re.fullmatch("-?[0-9]{1,12}", str(left)) else None
    if seconds is not None and seconds <= 0:
        raise CredentialRejected("sign in: the token is over; log in again")
    scope = told.get("scope")
    rights = tuple(re.split(r"[\s,]+", scope.strip())) if isinstance(scope, str) and scope.strip() else ()
    expires = datetime.now(UTC) + timedelta(seconds=seconds) if seconds is not None and seconds < FAR else None
    return Token(str(told.get("uid") or ""), rights, expires)


def left(told: Mapping[str, Any]) -> tuple[Allowance, ...]:
    """Return how many calls the account has left until when, () where rate_limit_status does not say."""
    calls, seconds = told.get("remaining_user_hits"), told.get("reset_time_in_seconds")
    if not isinstance(calls, int) or not isinstance(seconds, int) or not 0 <= seconds < FAR:
        return ()
    return (Allowance(max(calls, 0), datetime.now(UTC) + timedelta(seconds=seconds)),)


def _words(text: str) -> str:
    return " ".join(text.split())
