"""An account's block reads back as the account it is, and is added to a file without touching a byte of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as some

from mwcampaign.core.campaign import Account
from mwcampaign.load.yaml import CoreLoader
from mwcampaign.wire.login_block import CannotWrite, append, block

REFERENCES = {"access_token": "file:.mwcampaign/secrets/m@x.access_token"}
OLD = Account(institution="old", network="x")  # type: ignore[call-arg]
NEW = Account(institution="m", network="x", secrets=REFERENCES)  # type: ignore[call-arg]
TEXT = some.text(some.characters(exclude_categories=["Cs"]), min_size=1)


@given(handle=TEXT, options=some.dictionaries(some.sampled_from(["to", "from", "subject"]), TEXT))
def test_a_block_reads_back(handle: str, options: dict[str, str]) -> None:
    """Whatever stands in handle and options, for our reader and for other people's."""
    made = Account(id="a-b", institution="m", network="x", handle=handle, options=options,
                   secrets=REFERENCES)  # fmt: skip
    for loader in (CoreLoader, yaml.SafeLoader):
        (told,) = yaml.load(block(made), loader)
        assert Account.model_validate(told) == made


@pytest.mark.parametrize(
    "word", ["yes", "NO", "null", "~", "1", "012", "1e3", "10:30", "2021-06-07", "a: b", "a #b", "- a"]
)
def test_words_stay_words(word: str) -> None:
    """What YAML takes for something else is put in quotes."""
    for loader in (CoreLoader, yaml.SafeLoader):
        assert yaml.load(block(NEW.model_copy(update={"handle": word})), loader)[0]["handle"] == word


@pytest.mark.parametrize(
    "before",
    [None, "", "# only a remark", "- institution: old\n  network: x\n", "accounts:\n  - {institution: old, network: x}",
     "accounts:\n- institution: old\n  network: x\n# the end\n", "\n- institution: old\r\n  network: x\r\n",
     "accounts:\n"],
)  # fmt: skip
def test_a_file_keeps_its_bytes(tmp_path: Path, before: str | None) -> None:
    """Before the new block everything is as it was, and the file holds one account more."""
    path = tmp_path / "accounts.yaml"
    if before is not None:
        path.write_bytes(before.encode())
    path_told = append(tmp_path, NEW)
    after = path.read_bytes()
    assert (path_told, after.startswith((before or "").encode())) == (path, True)
    told = yaml.load(after, CoreLoader)
    accounts = [Account.model_validate(each) for each in (told["accounts"] if isinstance(told, dict) else told)]
    assert accounts in ([OLD, NEW], [NEW])
    with pytest.raises(CannotWrite, match="already"):
        append(tmp_path, NEW)
    assert path.read_bytes() == after
    assert [one.name for one in tmp_path.iterdir()] == ["accounts.yaml"]


@pytest.mark.parametrize(
    "before", [json.dumps([{"institution": "old"}]), "posts: []\n", "a\n", "- a\n", "accounts: {}\n", "- [\n"]
)
def test_what_has_no_simple_end_is_left_alone(tmp_path: Path, before: str) -> None:
    """A file to which nothing can be added is refused, and stays."""
    (tmp_path / "accounts.yaml").write_text(before, "utf-8")
    with pytest.raises(CannotWrite):
        append(tmp_path, NEW)
    assert (tmp_path / "accounts.yaml").read_text("utf-8") == before
