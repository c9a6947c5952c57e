"""Whatever the bytes are, loading ends with findings or a campaign, never with a traceback."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mwcampaign.core.findings import Level, Position
from mwcampaign.core.rules import RULES
from mwcampaign.load import Loaded
from mwcampaign.load.inspect import NULL
from mwcampaign.load.sources import Sources
from mwcampaign.load.yaml import compose, plain
from tests.load.small import ACCOUNTS, CAMPAIGN, INSTITUTIONS, POSTS, RECORD, Folder

BOUNDS = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FILES = {
    "campaign.yaml": CAMPAIGN, "posts.yaml": POSTS, "institutions.csv": INSTITUTIONS, "accounts.yaml": ACCOUNTS,
    "media/boats.jpg.yaml": RECORD,
}  # fmt: skip
SIGNS = ["\t", ":", ": ", "- ", "[", "]", "{", "}", "&a ", "*a", "!x ", "|", ">", "'", '"', "#", "%", "@", "~", "\n",
         " ", "? ", "<<: ", "0", "null", "\0", "\u2028", "é", "\r", ",", ";", "---\n", b"\xe9",
         b"\xff\xfe"]  # fmt: skip


def judge(loaded: Loaded) -> None:
    """Hold every finding to what findings promise."""
    for finding in loaded.findings:
        assert finding.code in RULES
        assert finding.text and finding.hint
        if finding.where.line:
            data = Path(finding.where.file).read_bytes().decode("utf-8", "replace")
            assert finding.where.line <= len(re.split("\r\n|\r|\n", data)) + 1, finding
            assert finding.where.column >= 1
        loaded.source_line(finding.where)
    faulty = any(one.level is Level.ERROR and one.code[:3] == "MW1" for one in loaded.findings)
    assert loaded.campaign is None or not faulty


def with_file(folder: Folder, name: str, data: bytes) -> None:
    """Judge a campaign in which one file has other content, and put the sound one back."""
    before = (folder.path / name).read_bytes()
    folder.write(name, data)
    try:
        judge(folder.load())
    finally:
        folder.write(name, before)


@BOUNDS
@given(name=st.sampled_from(list(FILES)), data=st.binary(max_size=400))
def test_any_bytes(folder: Folder, name: str, data: bytes) -> None:
    """Bytes of any kind in any file are findings."""
    with_file(folder, name, data)


@BOUNDS
@given(
    name=st.sampled_from(list(FILES)),
    changes=st.lists(
        st.tuples(st.integers(0, 10_000), st.integers(0, 12), st.sampled_from(SIGNS)), min_size=1, max_size=4
    ),
)
def test_mutated_files(folder: Folder, name: str, changes: list[tuple[int, int, str | bytes]]) -> None:
    """A sound file with some of it cut out or replaced by signs that mean something is findings or a campaign."""
    data = FILES[name].encode()
    for place, cut, sign in changes:
        at = place % (len(data) + 1)
        data = data[:at] + (sign if isinstance(sign, bytes) else sign.encode()) + data[at + cut :]
    with_file(folder, name, data)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["monday", "*"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["id", "day", "text", "template", "media", "thread", "variants", "network", "language", "fr", "edition", "days",
         "posts", "date", "tags", "institution", "secrets", "limits", "server", "timezone", "name", "extends", "shared",
         "alt", "templates", "accounts", "institutions", "defaults", "at", "closes", "str", "[key]"]
    ), inner, max_size=6),
    max_leaves=25,
)  # fmt: skip


@BOUNDS
@given(name=st.sampled_from(["campaign.yaml", "posts.yaml", "accounts.yaml", "media/boats.jpg.yaml"]), value=VALUES)
def test_sound_yaml_of_any_shape(folder: Folder, name: str, value: Any) -> None:
    """YAML that is well formed but says anything at all is findings or a campaign."""
    with_file(folder, name, yaml.safe_dump(value, allow_unicode=True).encode())


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.integers(), st.booleans(), st.floats(allow_nan=False), st.none(), st.text(max_size=30)))
def test_scalars_come_back(value: Any) -> None:
    """What JSON writes, which is YAML 1.2, is read as the same value."""
    import json

    if isinstance(value, float) and value in {float("inf"), float("-inf")}:
        value = 0.5
    sources = Sources()
    node = compose(json.dumps([value], ensure_ascii=True), "x.yaml", sources)
    if isinstance(value, str) and re.search("[\ud800-\udfff]|[\U00010000-\U0010ffff]", value):
        return  # JSON writes these as two escapes, which YAML does not know
    assert sources.findings == []
    assert plain(node) == [value]
    assert type(plain(node)[0]) is type(value)


@pytest.mark.parametrize(
    ("told", "value"),
    [
        ("0o14", 12), ("0x1F", 31), ("007", 7), ("+5", 5), ("-0", 0), ("1.5", 1.5), (".5", 0.5), ("1e3", 1000.0),
        (".inf", float("inf")), ("-.INF", float("-inf")), ("true", True), ("FALSE", False), ("~", None), ("Null", None),
        ("", None), ("tRUE", "tRUE"), ("0b1", "0b1"), ("0o8", "0o8"), ("1:30", "1:30"), ("12e03", 12000.0), ("+", "+"),
        ("9" * 5000, "9" * 5000), ("!!str 7", "7"), ("!!int x", "x"), ("!!int ''", ""), ("!!bool ''", ""),
    ],
)  # fmt: skip
def test_the_core_schema(told: str, value: Any) -> None:
    """Plain scalars are read by the core schema of YAML 1.2, and nothing that is odd raises."""
    read = plain(compose(f"- {told}\n", "x.yaml", Sources()))[0]
    assert (read, type(read)) == (value, type(value))


def test_not_a_number() -> None:
    """.nan is a number that equals nothing."""
    read = plain(compose(".nan", "x.yaml", Sources()))
    assert read != read


def test_nothing_at_all() -> None:
    """An empty text has no tree and no fault; `~` is a tree that says nothing."""
    sources = Sources()
    assert compose("# only words\n", "x.yaml", sources) is None
    node = compose("~", "x.yaml", sources)
    assert node is not None and node.tag == NULL
    assert (sources.findings, sources.lost) == ([], set())


def test_lines_are_never_beyond_the_text() -> None:
    """A place in a file that was never read has no line."""
    assert Sources().line(Position("nowhere.yaml", 1, 1)) is None
