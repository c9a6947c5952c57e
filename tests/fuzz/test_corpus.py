"""What fuzzing has kept is replayed without atheris: no input breaks its door's promise."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.doors import DOORS, at_most

CORPUS = Path(__file__).parent / "corpus"
CEILING = 10
"""Seconds of processor time; what crawls needs minutes, and a busy machine must not break this."""


def test_every_door_has_a_corpus() -> None:
    """A door without a seed would be fuzzed from nothing, and a corpus without a door never."""
    assert {path.name for path in CORPUS.iterdir()} == DOORS.keys()
    assert sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()) <= 300_000


@pytest.mark.parametrize("name", DOORS)
def test_kept_inputs_keep_the_promise(name: str) -> None:
    """Each kept input is findings or the known refusal, and ends."""
    files = sorted((CORPUS / name).iterdir())
    assert files
    for file in files:
        try:
            with at_most(CEILING):
                DOORS[name](file.read_bytes())
        except BaseException as error:
            error.add_note(f"input: {file}")
            raise
