"""JSON Schemas of a campaign's files, for editors, made from the models that read them. Used by the command `schema`.

What an editor marks, `check` marks too. It cannot know what a campaign takes from the one it extends: so nothing is
required of an entry but the id by which it is found there.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from pydantic import BaseModel, TypeAdapter

from mwcampaign.core.campaign import Account, Defaults, Edition, Institution, Policies, Theme
from mwcampaign.core.post import Campaign, Drop, Media, Part, Post, Provenance, Variant

MODELS: tuple[type[BaseModel], ...] = (
    Campaign, Edition, Theme, Defaults, Policies, Institution, Account, Post, Part, Variant, Drop, Media, Provenance,
)  # fmt: skip
FROM_BELOW: dict[str, list[str]] = {
    "Campaign": [], "Edition": [], "Media": [], "Account": [], "Theme": ["id"], "Institution": ["id"], "Post": ["id"],
}  # fmt: skip
"""What records need in every file; the rest of them may come from below. An account's id is made of its other keys."""
EXTENDS = {"type": "string", "description": "The folder of the campaign that this one adds to."}
SHARED = {"type": "string", "description": "A folder of templates shared by several campaigns."}


def file_schemas() -> dict[str, dict[str, Any]]:
    """Return the schema of each kind of file: campaign, posts, institutions, accounts, media."""
    campaign = Campaign.model_json_schema()
    kinds = {
        "campaign": campaign,
        "posts": _list("posts", Post),
        "institutions": _list("institutions", Institution),
        "accounts": _list("accounts", Account),
        "media": Media.model_json_schema(),
    }
    for model in MODELS:
        described = _docstrings(model)
        for told in (campaign, kinds["media"], *(kind.get("$defs", {}).get(model.__name__) for kind in kinds.values())):
            if told and told["title"] == model.__name__:
                _complete(told, described)
    campaign["properties"] |= {"extends": EXTENDS, "shared": SHARED}
    return kinds


def _complete(record: dict[str, Any], described: dict[str, str]) -> None:
    """Give a record's keys their descriptions, and require only what it cannot take from below."""
    for key, words in described.items():
        record["properties"][key]["description"] = words
    record["required"] = FROM_BELOW.get(record["title"], record.get("required", []))


def _docstrings(model: type[BaseModel]) -> dict[str, str]:
    """Return the words below each field's definition, also of those that a record has from another."""
    told: dict[str, str] = {}
    for kind in reversed(model.__mro__):
        if issubclass(kind, BaseModel) and kind is not BaseModel:
            (found,) = ast.parse(inspect.getsource(kind)).body
            assert isinstance(found, ast.ClassDef)
            told |= dict(_described(found.body))
    return told


def _described(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    """Yield each field of a class with the string that stands below it."""
    for field, below in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            yield ast.unparse(field.target), inspect.cleandoc(str(below.value.value)).replace("\n", " ")


def _list(kind: str, model: type[BaseModel]) -> dict[str, Any]:
    """Return the schema of a file with a list, be it alone or under its name."""
    told = TypeAdapter(list[model]).json_schema()  # type: ignore[valid-type]
    records = {"type": "array", "items": told["items"]}
    named = {"type": "object", "properties": {kind: records}, "required": [kind], "additionalProperties": False}
    return {"$defs": told["$defs"], "anyOf": [records, named]}
