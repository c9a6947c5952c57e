"""The ledger remembers incidents as the contract asks, over restarts and between processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mwcampaign.ledger.sqlite import SqliteLedger
from mwcampaign.wire.incidents import LedgerIncidents
from tests.conftest import DUE
from tests.notice.contract import FAILED, IncidentsContract


class TestLedgerIncidents(IncidentsContract):
    """Every promise, on disk."""

    @pytest.fixture
    def incidents(self, tmp_path: Path) -> Iterator[LedgerIncidents]:
        """An empty ledger's."""
        ledger = SqliteLedger(tmp_path / "ledger.db", durable=False)
        yield LedgerIncidents(ledger)
        ledger.close()


def test_a_restart_does_not_tell_again(tmp_path: Path) -> None:
    """What one process opened is open for the next."""
    first = SqliteLedger(tmp_path / "ledger.db")
    assert LedgerIncidents(first).opened(FAILED, DUE)
    first.close()
    second = SqliteLedger(tmp_path / "ledger.db")
    assert not LedgerIncidents(second).opened(FAILED, DUE)
    second.close()
