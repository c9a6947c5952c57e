"""Tokens of Instagram and Threads that end: when one must be renewed, and with what request. Pure.

Both networks give tokens for 60 days and renew one that is at least a day old and not yet over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

LIFE = timedelta(days=60)
YOUNGEST = timedelta(hours=24)
MARGIN = timedelta(days=20)
"""Renew so long before the end: a week of failures, somebody's holidays, and the edition itself fit into it."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """The request that renews a token: GET `path` with `params` and the token itself as access_token.

    The answer is {"access_token", "token_type", "expires_in"}: the new token, and its life in seconds.
    """

    server: str
    path: str
    params: tuple[tuple[str, str], ...]

    def stands(self, made: datetime, now: datetime) -> Literal["young", "fine", "due", "over"]:
        """Say how a token made at `made` (aware) stands: `young` cannot be renewed yet, `due` must be now, `over` can
        never be again: then a person signs in anew."""
        age = now - made
        if age >= LIFE:
            return "over"
        if age < YOUNGEST:
            return "young"
        return "due" if age >= LIFE - MARGIN else "fine"


INSTAGRAM = Renewal("https://graph.instagram.com", "/refresh_access_token", (("grant_type", "ig_refresh_token"),))
THREADS = Renewal("https://graph.threads.net", "/refresh_access_token", (("grant_type", "th_refresh_token"),))
