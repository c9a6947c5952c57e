"""X's rules against what X's own library answered for texts of every kind: `conformance/twitter-text-run.json`.

Left out: nothing. Where the library reports an address that does not stand in the text (a path behind two hosts
glued together), the weight here may be larger, never smaller.

Known to differ, and in no row: an emoji followed by `-`, `_` or `.` and a host, directly after an address that ends
in `)` or `/`. The library cuts such an emoji in two and finds an address; only here may the weight be smaller.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from mwcampaign.core._tlds import TLDS
from mwcampaign.core.entities import x_hashtags, x_urls
from mwcampaign.core.text import forbidden, weighted_length

RUN = Path(__file__).parents[1] / "conformance" / "twitter-text-run.json"
ROWS: list[dict[str, Any]] = json.loads(RUN.read_text("utf-8"))["vectors"]


def glued(row: dict[str, Any]) -> bool:
    """Tell whether the library reports an address that is not in the text."""
    return any(address not in row["text"] for _, _, address in row["urls"])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: ascii(row["text"])[:60])
def test_x_answers_as_its_library(row: dict[str, Any]) -> None:
    """Weight, validity, addresses and hashtags are those of the library."""
    weight = weighted_length(row["text"])
    if glued(row):
        assert weight >= row["weight"]
        return
    assert weight == row["weight"]
    assert (0 < weight <= 280 and not forbidden(row["text"])) == row["valid"]
    assert [span.text for span in x_urls(row["text"])] == [address for _, _, address in row["urls"]]
    assert [[tag.start, tag.end, tag.text] for tag in x_hashtags(row["text"])] == row["hashtags"]


def test_top_level_domains_are_those_of_the_library() -> None:
    """The generated names are the published list, where that lies beside the tree."""
    published = Path(__file__).parents[3] / "shared" / "conformance" / "twitter-text" / "tld_lib.yml"
    if not published.exists():
        pytest.skip("the published list is not here")
    told = yaml.safe_load(published.read_text("utf-8"))
    assert frozenset(TLDS) == {str(name) for names in told.values() for name in names}


def test_most_rows_are_compared_in_full() -> None:
    """The exception for glued hosts does not swallow the rows."""
    assert sum(map(glued, ROWS)) < len(ROWS) / 50
