"""`mwcampaign schema`: JSON Schemas of a campaign's files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from mwcampaign.cli._output import note, say, say_json
from mwcampaign.errors import ExitCode, MwcampaignError

DRAFT = "https://json-schema.org/draft/2020-12/schema"


class NoSuchSchema(MwcampaignError):
    """There is no file of this kind."""

    exit_code = ExitCode.USAGE


def schema(
    name: Annotated[str | None, typer.Argument(help="campaign, posts, institutions, accounts or media.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write all schemas into this folder.")] = None,
) -> None:
    """Print JSON Schemas of a campaign's files, for editors.

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
    from pydantic import TypeAdapter

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
        "posts": TypeAdapter(list[Post]).json_schema(),
        "institutions": TypeAdapter(list[Institution]).json_schema(),
        "accounts": TypeAdapter(list[Account]).json_schema(),
        "media": Media.model_json_schema(),
    }
    return {kind: {"$schema": DRAFT, "title": f"mwcampaign {kind}"} | told for kind, told in kinds.items()}
