"""Processes that are killed and stopped for real, and a place that outlives them."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

import pytest

from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.delivery import Delivery
from tests.conftest import DUE
from tests.fire.child import Place
from tests.fire.network import FORGETFUL


class Processes:
    """Starts functions of tests.fire.child in processes of their own; whatever is left is killed at the end."""

    def __init__(self) -> None:
        # A server that has everything loaded forks: a process costs milliseconds, and has none of our threads.
        self.context: ForkServerContext = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(["tests.fire.child"])
        self._started: list[ForkServerProcess] = []

    def start(self, work: Callable[..., None], *told: Any) -> ForkServerProcess:
        """Start one."""
        process = self.context.Process(target=work, args=told)
        process.start()
        self._started.append(process)
        return process

    def run(self, work: Callable[..., None], *told: Any) -> int:
        """Run one to its end; return how it ended: 0, or minus the signal."""
        process = self.start(work, *told)
        process.join(60)
        assert process.exitcode is not None, "it did not end"
        return process.exitcode

    def close(self) -> None:
        """Kill the rest."""
        for process in self._started:
            process.kill()
            process.join(10)


@pytest.fixture
def processes() -> Iterator[Processes]:
    """Start processes."""
    made = Processes()
    yield made
    made.close()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A folder at the time when everything is due, with nothing in its ledger."""
    return new_place(tmp_path / "place")


def new_place(folder: Path, able: Capabilities = FORGETFUL) -> Place:
    """Make a place."""
    folder.mkdir()
    place = Place(folder, able)
    place.clock.set(DUE)
    return place


def schedule(place: Place, *wishes: Delivery) -> None:
    """Put new wishes into the place's ledger."""
    ledger = place.ledger()
    ledger.apply(ledger.serial(), [(None, wish, None) for wish in wishes], {}, DUE, "test")
    ledger.close()
