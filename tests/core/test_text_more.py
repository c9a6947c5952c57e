"""Lengths on Threads and Weibo.

Left out of the rows of Threads: the validity where the sources disagree.
"""

from __future__ import annotations

from typing import Any

import pytest

from mwcampaign.core.text import threads_length, utf8_bytes, weibo_length
from tests.core.test_text import rows_of


@pytest.mark.parametrize("row", rows_of("threads"))
def test_threads_lengths(row: dict[str, Any]) -> None:
    """The documented count; what was refused live was over the limit in bytes."""
    documented, size = threads_length(row["text"]), utf8_bytes(row["text"])
    assert (documented, size) == (row["count"], row["bytes"])
    if row["valid"] is not None:
        assert (max(documented, size) <= row["limit"]) == row["valid"]


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("\U0001f1eb\U0001f1f7", 8),
        ("\U0001f64b\U0001f3fd!", 9),
        ("\U0001f3f4\U000e0067\U000e0062\U000e007f", 16),
        ("1\u20e3", 4),
        ("#1 a\u200db", 6),
        ("\u3030\u3299", 6),
        ("Привет, ミュージアム", 14),
    ],
    ids=ascii,
)
def test_threads_counts_emoji_in_bytes(text: str, length: int) -> None:
    """All of an emoji counts in bytes, joiners and tones too; letters of any script and digits count 1."""
    assert threads_length(text) == length


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("a", 1),
        ("ab", 1),
        ("abc", 2),
        ("博物馆", 3),
        ("博物馆a", 4),
        ("博物馆ab", 4),
        ("\uff76\uff9e", 1),
        ("\uff21", 1),
        ("é", 1),
    ],
)
def test_weibo_lengths(text: str, length: int) -> None:
    """Two half-width characters count as one full-width one, an odd one is rounded up; other scripts are full-width."""
    assert weibo_length(text) == length
