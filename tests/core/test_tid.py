"""TIDs, against the network's own lists of good and bad ones."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwcampaign.core.tid import CLOCKS, is_tid, tid

LISTS = Path(__file__).parents[1] / "conformance" / "atproto-syntax"
RECORD_KEY = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._:~-]{1,512}")
LAST = datetime(2255, 6, 5, 23, 47, 34, 740991, tzinfo=UTC)
"""The last microsecond that 53 bits can count."""
INSTANTS = st.datetimes(datetime(1970, 1, 1), LAST.replace(tzinfo=None), timezones=st.just(UTC))


def cases(name: str) -> list[str]:
    """Return the cases of one list: one a line, # at the start is a comment."""
    lines = (LISTS / name).read_text("utf-8").split("\n")
    found = [line for line in lines if line and not line.startswith("# ")]
    assert found, name
    return found


@pytest.mark.parametrize("told", cases("tid_syntax_valid.txt"))
def test_valid_is_a_tid(told: str) -> None:
    """What the network calls a TID is one."""
    assert is_tid(told)


@pytest.mark.parametrize("told", cases("tid_syntax_invalid.txt"))
def test_invalid_is_none(told: str) -> None:
    """What the network calls no TID is none."""
    assert not is_tid(told)


@pytest.mark.parametrize("told", cases("recordkey_syntax_invalid.txt"))
def test_no_bad_record_key_is_a_tid(told: str) -> None:
    """Whoever checks for a TID has checked for a record key: no key that the network refuses passes."""
    assert not is_tid(told)
    assert not RECORD_KEY.fullmatch(told)


@pytest.mark.parametrize("told", [*cases("recordkey_syntax_valid.txt"), *cases("tid_syntax_valid.txt")])
def test_the_judge_of_record_keys_is_fair(told: str) -> None:
    """The rule for record keys that the tests below use takes what the network takes."""
    assert RECORD_KEY.fullmatch(told)


@given(INSTANTS, st.integers(0, CLOCKS - 1))
def test_made_is_valid(at: datetime, clock: int) -> None:
    """Every instant until 2255 gives a valid TID, which is a valid record key."""
    made = tid(at, clock)
    assert is_tid(made)
    assert RECORD_KEY.fullmatch(made)


@given(INSTANTS, INSTANTS, st.integers(0, CLOCKS - 1), st.integers(0, CLOCKS - 1))
def test_sorts_as_time(one: datetime, other: datetime, clock: int, another: int) -> None:
    """TIDs sort as (instant, clock) does, and differ when that differs."""
    assert (tid(one, clock) < tid(other, another)) == ((one, clock) < (other, another))
    assert (tid(one, clock) == tid(other, another)) == ((one, clock) == (other, another))


def test_corners() -> None:
    """The first and the last number of 63 bits, and one in between, worked out by hand."""
    assert tid(datetime(1970, 1, 1, tzinfo=UTC), 0) == "2222222222222"
    assert tid(LAST, CLOCKS - 1) == "bzzzzzzzzzzzz"
    # One second is 1,000,000 microseconds; times 1024 that is 30·32⁵ + 16·32⁴ + 18·32³.
    assert tid(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), 0) == "2222222ykm222"


@pytest.mark.parametrize(
    ("at", "clock"),
    [
        (datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), 0),
        (LAST + timedelta(microseconds=1), 0),
        (LAST, CLOCKS),
        (LAST, -1),
    ],
)
def test_what_has_no_tid_is_refused(at: datetime, clock: int) -> None:
    """Instants before 1970 or after 2255 and clocks outside ten bits are refused, never wrapped around."""
    with pytest.raises(ValueError, match="TID"):
        tid(at, clock)
