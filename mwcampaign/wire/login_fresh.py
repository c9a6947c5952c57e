"""Adapters whose tokens may be renewed under their hands. Only wire.connections uses it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from mwcampaign.core.ports import Platform
from mwcampaign.errors import CredentialRejected, Deferred

ASKING = frozenset({"whoami", "resolve", "upload", "stage", "publish", "find", "copies", "metrics"})
"""What asks the network."""


class Fresh:
    """An adapter, all of it; but a refusal of secrets that are no longer the account's is a delay, and no refusal.

    Whoever gives the account another token, this process, another one or a person, so fails none of its posts. `stale`
    says whether the secrets are others now than those that `platform` was made with; it is asked after a refusal only.
    """

    def __init__(self, platform: Platform, stale: Callable[[], bool]) -> None:
        self._platform, self._stale = platform, stale

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._platform, name)
        if name not in ASKING:
            return found

        @wraps(found)
        def asked(*given: Any) -> Any:
            try:
                return found(*given)
            except CredentialRejected as refusal:
                if not self._stale():
                    raise
                told = f"{refusal}; there are other credentials by now, and the next try has them"
            raise Deferred(told)

        return asked
