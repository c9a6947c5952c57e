"""`mwcampaign schema`: JSON Schemas of a campaign's files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from mwcampaign.cli._answers import ANSWERS
from mwcampaign.cli._output import note, say, say_json
from mwcampaign.errors import ExitCode, MwcampaignError

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
    """Return every schema by its name."""
    from mwcampaign.load.schema import file_schemas

    kinds = file_schemas() | {f"answer-{command}": told for command, told in ANSWERS.items()}
    return {kind: {"$schema": DRAFT, "title": f"mwcampaign {kind}"} | told for kind, told in kinds.items()}
