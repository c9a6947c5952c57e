"""Very many names: known, counted and walked without being kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mwcampaign.core.names import Names

WORDS = st.lists(st.text("abé館", max_size=3), max_size=30)


@given(WORDS, WORDS)
def test_names_are_known_as_in_a_list(told: list[str], others: list[str]) -> None:
    """Those that are there, and no others; they come in order, as often as one likes."""
    names = Names(lambda: told)
    assert {word for word in [*told, *others] if word in names} == set(told)
    assert list(names) == list(names) == told
    assert len(names) == len(told)


@given(WORDS)
def test_what_is_there_twice_is_known(told: list[str]) -> None:
    """So that only those need a closer look."""
    twice = Names(lambda: told).twice()
    assert {word for word in told if twice(word)} == {word for word in told if told.count(word) > 1}
