"""X's answers, read: what they hold, what they refuse, what they say is still allowed. Only the X adapter uses this."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from mwcampaign.core.ports import Allowance
from mwcampaign.errors import Deferred, PublishError, Rejected
from mwcampaign.platforms._outcome import allowed, of_status, unreadable, wait_told

LIMITS = (("x-rate-limit", False), ("x-user-limit-24hour", False), ("x-app-limit-24hour", True))
"""The headers of X's limits, without -remaining and -reset, and whether all accounts of the application share one."""
WINDOW = timedelta(minutes=15)
"""X's shortest window: the wait where X tells none."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer of the server."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def data(self) -> dict[str, Any]:
        """Return the body as a JSON object. Raises ValueError when it is none."""
        told = json.loads(self.body)
        if not isinstance(told, dict):
            raise ValueError("the answer is no JSON object")  # noqa: TRY004 - the same trouble as no JSON
        return told

    @property
    def date(self) -> datetime:
        """Return when it was written, by X's clock, else by ours."""
        try:
            return parsedate_to_datetime(self.headers.get("Date", "")).astimezone(UTC)
        except ValueError:
            return datetime.now(UTC)

    @property
    def problem(self) -> tuple[str, str]:
        """Return a refusal's kind, such as usage-capped, and its words; "" for each that X does not tell."""
        try:
            told = self.data
        except ValueError:
            return "", ""
        return str(told.get("type") or "").rpartition("/")[2], str(told.get("detail") or told.get("title") or "")

    def allowances(self, now: datetime) -> tuple[Allowance, ...]:
        """Return what its headers say is left."""
        told = (allowed(self.headers, name, now, shared=shared) for name, shared in LIMITS)
        return tuple(each for each in told if each is not None)


def refusal(step: str, answer: Answer, said: str, now: datetime, *, visible: bool) -> PublishError:
    """Judge an answer that is no success; `said` is its reason, made clean."""
    kind, _ = answer.problem
    words = f": {said}" if said else ""
    used_up = [each for each in answer.allowances(now) if not each.remaining]
    shared = [each for each in used_up if each.shared]
    wait = max((each.until - now for each in shared or used_up), default=wait_told(answer.headers, now) or WINDOW)
    if answer.status == 402:
        # Credits are the application's.
        return Rejected(f"{step}: X wants to be paid first (402{words})", reach="application")
    if kind == "usage-capped" and answer.status in (403, 429):
        return Deferred(f"{step}: the application has used what it may ({answer.status}{words})", wait,
                        reach="application")  # fmt: skip
    return of_status(
        step,
        answer.status,
        visible=visible,
        said=said,
        wait=wait,
        limited="application" if shared else "account",
        refused="application" if kind == "client-forbidden" else "post",
    )


def whole(answer: Answer, step: str, *, visible: bool = False) -> dict[str, Any]:
    """Return an answer's JSON. Raises PublishError."""
    try:
        return answer.data
    except ValueError:
        raise unreadable(step, visible=visible) from None


def data(answer: Answer, step: str, *, visible: bool = False, many: bool = False) -> Any:
    """Return an answer's data: an object, or with `many` a list, which is left out when empty. Raises PublishError."""
    told = whole(answer, step, visible=visible).get("data", [] if many else None)
    if not isinstance(told, list if many else dict):
        raise unreadable(step, visible=visible)
    return told


def text(told: Mapping[str, Any], name: str, step: str, *, visible: bool = False) -> str:
    """Return a field that must hold words. Raises PublishError."""
    value = told.get(name)
    if not isinstance(value, str) or not value:
        raise unreadable(step, visible=visible)
    return value
