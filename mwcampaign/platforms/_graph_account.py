"""What Meta tells of an account before anything is posted: how many posts are left, what a token may do and when it
ends. For facebook, instagram, threads.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from mwcampaign.core.ports import Allowance
from mwcampaign.errors import CredentialRejected, PublishError, Rejected
from mwcampaign.platforms._graph import Graph, NotThere, figure

APP_TOKEN = "app_token"
"""An optional secret of an account: the application's own token, to whom alone Meta tells about other tokens."""
QUOTA = ("quota_total", "quota_duration")
LONGEST = 31 * 86_400
"""Seconds: no window is longer, whatever is told."""
LATEST = 2**35
"""No end is later, in seconds since 1970: some servers count in milliseconds."""


def posts_left(graph: Graph, path: str, right: str) -> tuple[Allowance, ...]:
    """Return how many posts an account may publish yet; () where Meta does not tell.

    Meta tells those alone who may publish: a refusal says that the right is missing. Raises CredentialRejected.
    """
    step = "asking what is left"
    try:
        told = graph.get(step, path, "quota_usage,config")
    except NotThere:
        return ()
    except CredentialRejected:
        raise
    except Rejected as no:
        # What else it might refuse, such as fields of another version, says nothing about the right.
        if no.reach == "account":
            raise _lacking(str(no), right) from None
        return ()
    except PublishError:
        return ()
    listed = told.get("data")
    first = listed[0] if isinstance(listed, list) and listed else None
    config = first.get("config") if isinstance(first, dict) else None
    if not isinstance(first, dict) or not isinstance(config, dict):
        return ()
    used, total, span = (figure(each) for each in (first.get("quota_usage"), *map(config.get, QUOTA)))
    if used is None or total is None or not span:
        return ()
    # A window that moves on: at its end all of it is free again, at the latest.
    return (Allowance(max(total - used, 0), datetime.now(UTC) + timedelta(seconds=min(span, LONGEST))),)


def token_told(graph: Graph, asking: Mapping[str, str], right: str) -> tuple[tuple[str, ...], datetime | None]:
    """Return what a token may do and when it ends, as Meta tells it; nothing where Meta does not tell us.

    `asking` may name another token to ask with, as access_token. Raises CredentialRejected when the token is not good
    any more, or lacks the `right` to publish.
    """
    step = "asking about the token"
    try:
        told = graph.of_token(step, asking).get("data")
    except PublishError:
        # Not for this asker: what the token may do is found out otherwise, and its end by nobody.
        return (), None
    if not isinstance(told, dict) or not isinstance(told.get("is_valid"), bool):
        return (), None
    if not told["is_valid"]:
        raise CredentialRejected(f"{step}: Meta does not take it any more; log in again")
    scopes = told.get("scopes")
    rights = tuple(str(each) for each in scopes) if isinstance(scopes, list) else ()
    if rights and right not in rights:
        raise _lacking(step, right)
    return rights, _end(told)


def _lacking(step: str, right: str) -> CredentialRejected:
    return CredentialRejected(f"{step}: the token may not publish; log in again and allow {right}")


def _end(told: Mapping[str, Any]) -> datetime | None:
    """Return the earlier of the token's own end and the day on which a person has to say yes anew; 0 is never."""
    ends = [each for each in map(told.get, ("expires_at", "data_access_expires_at")) if isinstance(each, int)]
    return min((datetime.fromtimestamp(each, UTC) for each in ends if 0 < each < LATEST), default=None)
