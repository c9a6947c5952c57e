"""Options that several commands share, so that they are spelled and explained once."""

from __future__ import annotations

import atexit
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from mwcampaign.core.wanted import Selection
from mwcampaign.errors import MwcampaignError

CampaignPath = Annotated[Path, typer.Argument(help="The campaign's folder, or its one YAML file.", show_default=False)]
CampaignPathOrHere = Annotated[Path, typer.Argument(help="The campaign's folder; the current one if not given.")]
HERE = Path()
LedgerFile = Annotated[
    str | None,
    typer.Option("--ledger", help="The ledger's file. Default: .mwcampaign/ledger.db in the campaign's folder."),
]
MoreInstitutions = Annotated[
    Path | None,
    typer.Option(
        "--institutions-from", metavar="FILE", help="A table of more institutions, as institutions.csv; - reads stdin."
    ),
]
Posts = Annotated[list[str] | None, typer.Option("--post", help="Only this post's id; may be repeated.")]
Days = Annotated[
    list[str] | None, typer.Option("--day", help="Only this day: a date or a theme's id; may be repeated.")
]
Institutions = Annotated[
    list[str] | None, typer.Option("--institution", help="Only this institution's id; may be repeated.")
]
Networks = Annotated[list[str] | None, typer.Option("--network", help="Only this network; may be repeated.")]
Languages = Annotated[list[str] | None, typer.Option("--language", help="Only this language; may be repeated.")]


def table_from(told: Path | None) -> Path | None:
    """Return the file of --institutions-from; what comes from stdin is put into one, which goes at the end."""
    if told != Path("-"):
        return told
    folder = tempfile.TemporaryDirectory(prefix="mwcampaign-")
    atexit.register(folder.cleanup)
    file = Path(folder.name) / "stdin.csv"
    try:
        with file.open("wb") as kept:
            shutil.copyfileobj(sys.stdin.buffer, kept)
    except OSError as error:
        hint = "set TMPDIR to a folder with room"
        raise MwcampaignError(f"{file}: cannot be written: {error.strerror}", hint=hint) from error
    return file


def selection(
    posts: list[str] | None = None,
    days: list[str] | None = None,
    institutions: list[str] | None = None,
    networks: list[str] | None = None,
    languages: list[str] | None = None,
) -> Selection:
    """Return what the options chose; nothing chosen is everything."""
    told = (posts, days, institutions, networks, languages)
    return Selection(*(frozenset(values or ()) for values in told))


def instant(told: str | None) -> datetime:
    """Return the instant an option names (ISO 8601 with an offset), or now."""
    if told is None:
        return datetime.now(UTC)
    try:
        when = datetime.fromisoformat(told)
    except ValueError:
        raise typer.BadParameter(f"{told!r} is no instant; write it like 2021-06-07T08:00:00Z") from None
    if when.tzinfo is None:
        raise typer.BadParameter(f"{told!r} has no offset; write Z or +02:00 behind it")
    return when.astimezone(UTC)
