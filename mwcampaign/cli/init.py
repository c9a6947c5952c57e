"""`mwcampaign init`: a small campaign that passes check, with comments."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from mwcampaign.cli._output import note, say
from mwcampaign.cli._place import command
from mwcampaign.errors import ExitCode, MwcampaignError


class WillNotOverwrite(MwcampaignError):
    """There is something already; init never overwrites."""

    exit_code = ExitCode.USAGE


def init(
    folder: Annotated[Path, typer.Argument(help="The new campaign's folder.", show_default=False)],
    edition: Annotated[
        Path | None, typer.Option("--from", help="Take days, themes and tags from this campaign.")
    ] = None,
    start: Annotated[str | None, typer.Option(help="First day, as 2027-06-07. Default: the next Monday.")] = None,
) -> None:
    """Make a small campaign that passes check.

    The campaign has one museum, one account, and remarks that tell what to change. With --from, days and tags come from
    the organisers' folder by `extends:`, and change when it changes.
    """
    path = folder / "campaign.yaml"
    if path.exists():
        raise WillNotOverwrite(f"{path} is there already", hint="choose another folder; nothing was changed")
    if edition is not None and not (edition / "campaign.yaml").is_file() and not edition.is_file():
        raise WillNotOverwrite(f"{edition}: there is no campaign here", hint="give the folder that holds campaign.yaml")
    text = _from(edition, folder) if edition else _alone(_first_day(start))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        ignored = folder / ".gitignore"
        if not ignored.exists():
            ignored.write_text(
                "# The ledger, logins and secrets stay on this machine.\n.mwcampaign/\nsecrets/\n", "utf-8"
            )
    except OSError as error:
        raise MwcampaignError(f"{folder}: cannot be written: {error.strerror}", hint="choose another folder") from error
    say(f"wrote {path}")
    note(f"next: change what it says, then  {command('check', folder)}  and  {command('rehearse', folder)}")


def _first_day(told: str | None) -> date:
    if told is None:
        today = datetime.now(UTC).date()
        return today + timedelta(days=7 - today.weekday())
    try:
        return date.fromisoformat(told)
    except ValueError:
        raise typer.BadParameter(f"{told!r} is no date; write it like 2027-06-07", param_hint="--start") from None


def _starter(name: str) -> str:
    return files("mwcampaign.cli").joinpath("starter", name).read_text("utf-8")


def _alone(first: date) -> str:
    text = _starter("campaign.yaml")
    for number in range(3):
        text = text.replace(f"<DAY {number + 1}>", (first + timedelta(days=number)).isoformat())
    return text


def _from(edition: Path, folder: Path) -> str:
    base = edition if edition.is_dir() else edition.parent
    return _starter("from-edition.yaml").replace("<EDITION>", Path(os.path.relpath(base, folder)).as_posix())
