"""`mwcampaign schema`: JSON Schemas of a campaign's files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mwcampaign.cli._answers import ANSWERS
from mwcampaign.cli._output import note, say, say_json
from mwcampaign.errors import ExitCode, MwcampaignError

if TYPE_CHECKING:
    from pydantic import BaseModel

DRAFT = "https://json-schema.org/draft/2020-12/schema"


class NoSuchSchema(MwcampaignError):
    """There is no file of this kind."""

    exit_code = ExitCode.USAGE


def schema(
    name: Annotated[str | None, typer.Argument(help="Which one; without, all are listed.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write all schemas into this folder.")] = None,
) -> None:
    """Print JSON Schemas of a campaign's files, for editors.

    Those of files: campaign, posts, institutions, accounts, media. Those of answers in JSON: answer-COMMAND.
    Put this line at the top of a file, with the path of the schema that `--out` wrote:
    # yaml-language-server: $schema=schemas/campaign.schema.json
    """
    made = schemas()
    if out is not None:
        try:
            out.mkdir(parents=True, exist_ok=True)
            for kind, told in made.items():
                text = json.dumps(told, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
                (out / f"{kind}.schema.json").write_text(text, "utf-8")
        except OSError as error:
            raise MwcampaignError(f"{out}: cannot be written: {error.strerror}", hint="name another folder") from error
        note(f"wrote {len(made)} schemas to {out}")
    elif name is None:
        say("\n".join(made))
    elif name in made:
        say_json(made[name])
    else:
        raise NoSuchSchema(f"there is no schema {name!r}", hint=f"there are {', '.join(made)}")


def schemas() -> dict[str, dict[str, Any]]:
    """Return every schema by kind of file, made from the models that read the files."""
    from mwcampaign.core.campaign import Account, Institution
    from mwcampaign.core.post import Campaign, Media, Post

    campaign = Campaign.model_json_schema()
    campaign["required"] = []  # an edition may come from the folder named by extends
    campaign["properties"] |= {
        "extends": {"type": "string", "description": "The folder of the campaign that this one adds to."},
        "shared": {"type": "string", "description": "A folder of templates shared by several campaigns."},
    }
    kinds: dict[str, dict[str, Any]] = {
        "campaign": campaign,
        "posts": _list("posts", Post),
        "institutions": _list("institutions", Institution),
        "accounts": _list("accounts", Account),
        "media": Media.model_json_schema(),
    }
    for told in kinds.values():
        # An account's id has a default that is made of its other keys.
        if "id" in (account := told["$defs"].get("Account", {"required": []}))["required"]:
            account["required"].remove("id")
    kinds |= {f"answer-{command}": told for command, told in ANSWERS.items()}
    return {kind: {"$schema": DRAFT, "title": f"mwcampaign {kind}"} | told for kind, told in kinds.items()}


def _list(kind: str, model: type[BaseModel]) -> dict[str, Any]:
    """Return the schema of a file with a list, be it alone or under its name."""
    from pydantic import TypeAdapter

    told = TypeAdapter(list[model]).json_schema()  # type: ignore[valid-type]
    records = {"type": "array", "items": told["items"]}
    named = {"type": "object", "properties": {kind: records}, "required": [kind], "additionalProperties": False}
    return {"$defs": told["$defs"], "anyOf": [records, named]}
