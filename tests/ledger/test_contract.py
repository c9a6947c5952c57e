"""The ledger on SQLite keeps every promise of the contract, durable or not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mwcampaign.core.ledger import Ledger
from mwcampaign.ledger.sqlite import SqliteLedger
from mwcampaign.testing.ledger_contract import LedgerContract


class TestSqlite(LedgerContract):
    """As it is used."""

    durable = True

    @pytest.fixture
    def ledger(self, path: Path) -> Iterator[Ledger]:
        made = SqliteLedger(path, durable=self.durable)
        yield made
        made.close()

    @pytest.fixture
    def another(self, ledger: Ledger, path: Path) -> Iterator[Ledger]:
        made = SqliteLedger(path, durable=self.durable)
        yield made
        made.close()


class TestSqliteInRehearsals(TestSqlite):
    """Without waiting for the disk."""

    durable = False
