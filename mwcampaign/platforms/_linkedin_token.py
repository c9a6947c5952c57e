"""What LinkedIn tells an application of a token that it got: scopes and end. Only the LinkedIn adapter asks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from mwcampaign.errors import CredentialRejected
from mwcampaign.platforms._http import Http
from mwcampaign.platforms._outcome import unreadable

WHERE = "https://www.linkedin.com"
PATH = "/oauth/v2/introspectToken"
NEEDED = ("w_organization_social", "r_organization_social")
"""To post, and to look for posts."""
LATEST = 2**35
"""No end is later, in seconds since 1970."""


def inspected(http: Http, server: str, asked: Mapping[str, str]) -> tuple[tuple[str, ...], datetime | None]:
    """Return a token's scopes and its end. `asked` has client_id, client_secret and token; `server` is the account's.

    Raises CredentialRejected when the token is over, or lacks a scope.
    """
    step = "asking about the token"
    # LinkedIn's own servers share the work: whoever tells the API's address means this one too.
    where = WHERE if not server or server.rstrip("/").endswith(".linkedin.com") else server.rstrip("/")
    told = http.call(step, "POST", where + PATH, data=dict(asked)).data
    if not isinstance(told, dict) or not isinstance(told.get("active"), bool):
        raise unreadable(step, visible=False)
    if not told["active"]:
        state = str(told.get("status") or "not active")[:20]
        raise CredentialRejected(f"{step}: LinkedIn calls it {state} for this application; log in again")
    scope = told.get("scope")
    rights = tuple(each for each in re.split(r"[\s,]+", scope) if each) if isinstance(scope, str) else ()
    if lacking := [each for each in NEEDED if rights and each not in rights]:
        raise CredentialRejected(f"{step}: it has no scope {' and '.join(lacking)}; log in again and allow it")
    end = told.get("expires_at")
    return rights, datetime.fromtimestamp(end, UTC) if isinstance(end, int) and 0 < end < LATEST else None
