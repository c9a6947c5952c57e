"""The memory of incidents in one process."""

from __future__ import annotations

from tests.notice.contract import IncidentsContract


class TestMemoryIncidents(IncidentsContract):
    """Keeps the contract."""
