"""Watches every call that the engine makes to the outside, names the moment before and after it, and can end or hold
the process exactly there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mwcampaign.core.delivery import Envelope
from mwcampaign.platforms.memory import Moment

Told = Callable[[str], None]


class Spy:
    """Stands before a ledger, a platform or a store of pictures. Says `role.method: before` and `: after` of each call;
    what is no call (capabilities) passes unnoticed."""

    def __init__(self, inner: object, role: str, tell: Told) -> None:
        self._inner, self._role, self._tell = inner, role, tell

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found):
            return found

        def watched(*arguments: Any, **named: Any) -> Any:
            self._tell(f"{self._role}.{name}: before")
            answer = found(*arguments, **named)
            self._tell(f"{self._role}.{name}: after")
            return answer

        return watched


def inside(tell: Told) -> Callable[[Moment, Envelope], None]:
    """Return the hook of the network in memory, which speaks from inside of publish."""
    said = {"before": "not yet public", "after": "public"}
    return lambda moment, envelope: tell(f"platform.publish: {said[moment]}")
