"""Incidents remembered by this process alone: for tests, and for a run whose ledger cannot be written."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock

from mwcampaign.notice.incident import Incident, Pair


@dataclass(slots=True)
class _Kept:
    incident: Incident
    taken: datetime
    told: bool = False


class MemoryIncidents:
    """Keeps every promise of `Incidents` but the one about restarts."""

    def __init__(self) -> None:
        self._open: dict[Pair, _Kept] = {}
        self._lock = Lock()

    def open(self) -> Collection[Pair]:
        """Return every open incident's kind and scope."""
        with self._lock:
            return set(self._open)

    def opened(self, incident: Incident, at: datetime) -> bool:
        """Open it and return True, or count it for the one that is open and return False."""
        with self._lock:
            kept = self._open.get(incident.pair)
            if kept is None:
                self._open[incident.pair] = _Kept(incident, at)
                return True
            kept.incident = replace(kept.incident, count=kept.incident.count + incident.count)
            return False

    def closed(self, pair: Pair, at: datetime) -> None:
        """Close it."""
        with self._lock:
            self._open.pop(pair, None)

    def told(self, pairs: Collection[Pair], at: datetime) -> None:
        """Remember that a person was told of these."""
        with self._lock:
            for pair in pairs:
                if pair in self._open:
                    self._open[pair].told = True

    def untold(self, before: datetime, at: datetime) -> list[Incident]:
        """Hand over what was opened or handed over before `before` and of which nobody was told."""
        with self._lock:
            found = [kept for kept in self._open.values() if not kept.told and kept.taken < before]
            for kept in found:
                kept.taken = at
            return [kept.incident for kept in found]
