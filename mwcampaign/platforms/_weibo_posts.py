"""Weibo's answers, read: posts compared with what was sent, and what an error code means. Only the Weibo adapter uses
it."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

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


def _words(text: str) -> str:
    return " ".join(text.split())
