"""What halt and resume share: the scope that is meant, and the ledger beside the campaign."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from mwcampaign.cli._output import note
from mwcampaign.cli._place import Place
from mwcampaign.core.ledger import Halt, Ledger, Scope
from mwcampaign.core.spelling import did_you_mean, listed
from mwcampaign.errors import ExitCode, MwcampaignError

Country = Annotated[str | None, typer.Option("--country", help="Only a country, by its two letters, such as FR.")]
Network = Annotated[str | None, typer.Option("--network", help="Only a network.")]
Day = Annotated[str | None, typer.Option("--day", help="Only a day: a theme's id or its date.")]
Institution = Annotated[str | None, typer.Option("--institution", help="Only an institution, by its id.")]


OPTION: dict[Scope, str] = {
    "everything": "", "country": "--country", "network": "--network", "theme": "--day", "institution": "--institution",
}  # fmt: skip


class NoSuchScope(MwcampaignError):
    """Nothing in the campaign or the ledger has what was named; nothing was stopped."""

    exit_code = ExitCode.USAGE


def way_out(halt: Halt, here: Place) -> str:
    """Return the command that ends a halt."""
    return here.command(f"resume {OPTION[halt.scope]} {shlex.quote(halt.value)}" if halt.value else "resume")


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


def refuse_unknown(here: Place, kind: Scope, value: str) -> None:
    """Refuse a scope that nothing in the ledger or the campaign has; where nothing can be known, let it pass.

    Raises NoSuchScope. The campaign is read only when the ledger does not know the value: a stop is at once.
    """
    from mwcampaign.wire.files import read_ledger

    if kind == "everything":
        return
    with read_ledger(here.ledger) as ledger:
        known = ledger.names(kind) if ledger else set()
    if value in known:
        return
    known = (known | _in_campaign(here.path, kind)) - {""}
    if known and value not in known:
        option = OPTION[kind].removeprefix("--")
        meant = did_you_mean(value, sorted(known))
        there = f"there are: {listed(sorted(known))}"
        raise NoSuchScope(f"NOT halted: nothing here has the {option} {value!r}", hint=f"{meant} {there}".strip())


def _in_campaign(path: Path, kind: Scope) -> set[str]:
    from mwcampaign.wire.project import open_project

    campaign = open_project(path).loaded.remains
    if campaign is None:
        return set()
    if kind == "theme":
        return {theme.id for theme in campaign.edition.days}
    if kind == "network":
        return {account.network for account in campaign.all_accounts}
    return {str(getattr(one, "id" if kind == "institution" else kind) or "") for one in campaign.institutions}


@contextmanager
def ledger_at(here: Place) -> Iterator[Ledger]:
    """Open a place's ledger to write, making it where there is none: a stop comes before everything."""
    from mwcampaign.wire.files import TWO_MINUTES, open_ledger, patiently

    with open_ledger(here.ledger, patiently(note, TWO_MINUTES)) as known:
        yield known
