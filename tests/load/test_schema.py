"""Schemas for editors: they describe every key, and mark nothing that check accepts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from mwcampaign.load.schema import file_schemas
from mwcampaign.load.sources import Sources
from mwcampaign.load.yaml import compose, plain
from tests.load.small import Folder


def objections(kind: str, text: str) -> list[str]:
    """Return what an editor would mark in a text, which is read as check reads it."""
    node = compose(text, "text.yaml", Sources())
    return [error.message for error in Draft202012Validator(file_schemas()[kind]).iter_errors(plain(node))]


def nameless(schema: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (record, key) of keys without a description."""
    for name, record in schema["$defs"].items():
        for key, told in record.get("properties", {}).items():
            if not told.get("description", "").strip():
                yield name, key


@pytest.mark.parametrize("kind", ["posts", "accounts"])
def test_every_key_has_a_description(kind: str) -> None:
    """An editor says what a key is for; a key that comes anew brings its words."""
    assert list(nameless(file_schemas()[kind])) == []


def test_descriptions_are_those_beside_the_fields() -> None:
    """The words are the ones the model's authors wrote, also where a record has the field from another."""
    posts = file_schemas()["posts"]["$defs"]
    assert "nothing is ever cut" in posts["Post"]["properties"]["fit"]["description"]
    assert "embargo_until" in file_schemas()["media"]["properties"]["permission_until"]["description"]
    assert file_schemas()["campaign"]["properties"]["templates"]["description"] == "Templates given in place, by name."


def test_what_comes_from_below_is_not_missed(make: Callable[[str], Folder]) -> None:
    """In a campaign that extends another an id is enough, for check and for the editor."""
    below, own = make("below"), Folder(make("below").path.parent / "own")
    text = "extends: ../below\nposts:\n  - {id: quiz, fit: variant, variants: [{short: true, text: Quiz}]}\n"
    own.write("campaign.yaml", text)
    assert below.load().findings == own.load().findings == []
    assert objections("campaign", text) == []
    assert objections("posts", "- {id: quiz, at: 9:00}\n") == []
    assert objections("institutions", "- {id: mill, city: Paris}\n") == []
    assert objections("accounts", "- {id: garden, handle: mill}\n") == []
    assert objections("media", "fit: true\n") == []


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("posts", "- {day: monday}\n"),
        ("posts", "- {id: quiz, dya: monday}\n"),
        ("posts", "- {id: quiz, fit: {}}\n"),
        ("accounts", "- {handel: mill}\n"),
        ("campaign", "editoin: {}\n"),
    ],
)
def test_slips_are_marked(kind: str, text: str) -> None:
    """What no campaign below can mend is marked all the same."""
    assert objections(kind, text) != []


def test_the_small_campaign_is_marked_nowhere(folder: Folder) -> None:
    """A sound campaign's files are sound for the editor."""
    for name in ("campaign", "posts", "accounts"):
        assert objections(name, Path(folder.path / f"{name}.yaml").read_text("utf-8")) == []
