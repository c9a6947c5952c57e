"""Fixtures: sound campaigns on disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.load.small import Folder, fill, picture


@pytest.fixture(scope="session")
def jpeg() -> bytes:
    """Bytes of a JPEG of 80 × 60 pixels."""
    return picture()


@pytest.fixture
def make(tmp_path: Path, jpeg: bytes) -> Callable[[str], Folder]:
    """Make sound campaigns by name."""
    return lambda name: fill(Folder(tmp_path / name), jpeg)


@pytest.fixture
def folder(make: Callable[[str], Folder]) -> Folder:
    """A sound campaign."""
    return make("campaign")
