"""What halt and resume share: the scope that is meant, and the ledger beside the campaign."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from mwcampaign.cli._output import note
from mwcampaign.core.ledger import Ledger, Scope

Country = Annotated[str | None, typer.Option("--country", help="Only a country, by its two letters, such as FR.")]
Network = Annotated[str | None, typer.Option("--network", help="Only a network.")]
Day = Annotated[str | None, typer.Option("--day", help="Only a day: a theme's id or its date.")]
Institution = Annotated[str | None, typer.Option("--institution", help="Only an institution, by its id.")]


def scope(
    path: Path, country: str | None, network: str | None, day: str | None, institution: str | None
) -> tuple[Scope, str]:
    """Return the one scope that is meant; none told is everything."""
    named: tuple[tuple[Scope, str | None], ...] = (
        ("country", country),
        ("network", network),
        ("theme", day),
        ("institution", institution),
    )
    told = {kind: value for kind, value in named if value is not None}
    if len(told) > 1:
        raise typer.BadParameter("name one scope at a time; several halts may stand beside each other")
    if not told:
        return "everything", ""
    ((kind, value),) = told.items()
    if kind == "theme" and value[:1].isdigit():
        from mwcampaign.wire.project import open_project

        by_day = open_project(path).campaign.edition.by_day
        value = by_day[value].id if value in by_day else value
    return kind, value.upper() if kind == "country" else value


@contextmanager
def ledger_of(path: Path, told: str | None) -> Iterator[Ledger]:
    """Open the campaign's ledger to write, making it where there is none: a stop comes before everything."""
    from mwcampaign.wire.files import TWO_MINUTES, ledger_path, open_ledger, patiently
    from mwcampaign.wire.settings import settings

    where = ledger_path(path if path.is_dir() else path.parent, settings(ledger=told).ledger)
    with open_ledger(where, patiently(note, TWO_MINUTES)) as known:
        yield known
