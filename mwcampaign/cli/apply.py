"""`mwcampaign apply`: carry out exactly a plan, or refuse."""

from __future__ import annotations

import getpass
import json
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from mwcampaign.cli._options import LedgerFile, MoreInstitutions, instant, table_from
from mwcampaign.cli._output import Format, note, progress, say_exactly
from mwcampaign.cli._place import command
from mwcampaign.cli._times import Times
from mwcampaign.cli.plan import tell
from mwcampaign.core.plan import Plan
from mwcampaign.core.plan_file import lines, read
from mwcampaign.errors import PlanRefused


def apply(
    path: Annotated[Path, typer.Argument(help="A campaign, or a plan saved with plan --out.", show_default=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done; write nothing.")] = False,
    form: Annotated[Format, typer.Option("--format", help="How to answer.")] = Format.TEXT,
    as_of: Annotated[str | None, typer.Option(help="Plan as if it were this instant, e.g. 2021-06-01T00:00Z.")] = None,
    institutions: MoreInstitutions = None,
    ledger: LedgerFile = None,
) -> None:
    """Put a plan into the ledger, exactly as reviewed, or refuse.

    All in one step. Nothing is sent; `run` sends. A saved plan is refused (exit 6) when the campaign, the ledger or the
    plan itself changed since it was made.
    """
    from mwcampaign.wire.plans import carry_out, make, make_and_carry_out, restore_pictures
    from mwcampaign.wire.project import open_project
    from mwcampaign.wire.settings import settings

    saved = _read(path)
    campaign, plan = saved if saved else (path, None)
    project = open_project(campaign, table_from(institutions))
    asked = settings(ledger=ledger)
    where = project.ledger_path(asked.ledger)
    who, spread = getpass.getuser(), timedelta(seconds=asked.spread)
    if plan is not None:
        if not dry_run and not plan.empty:
            carry_out(project, plan, where, datetime.now(UTC), who, spread)
    else:
        with progress(f"planning {path}") as messages:
            if dry_run:
                plan = make(project, where, instant(as_of), messages.step)
            else:
                whole = form is Format.JSON
                plan = make_and_carry_out(project, where, instant(as_of), who, spread, messages.step, whole=whole)
    restored, gone = (0, []) if dry_run else restore_pictures(project, where, datetime.now(UTC))
    if restored:
        note(f"{restored} lost pictures were put back beside the ledger")
    for told in gone:
        note(f"{told}: change the post and apply again, or cancel it")
    if form is Format.JSON:
        written = json.dumps(not dry_run and not plan.empty)
        before = f'{{"schema": "mwcampaign/applied", "version": 2, "written": {written}, "plan":'
        for line in chain([before], lines(plan), ["}"]):
            say_exactly(line + "\n", encoding="utf-8")
        return
    tell(plan, Times(project.campaign))
    if dry_run:
        note("dry run: nothing was written")
    elif not plan.empty:
        note(f"written to {where}; publish when due with: {command('run', campaign, ledger)}")
        if plan.approval == "required":
            note(f"nothing is sent without a yes: {command('approve', campaign, ledger)}")


def _read(path: Path) -> tuple[Path, Plan] | None:
    """Return the campaign's path and the plan in a saved plan; None when the path is a campaign."""
    if path.suffix != ".json" or not path.is_file():
        return None
    from mwcampaign.wire.spool import Pairs, Spool

    try:
        with path.open(encoding="utf-8") as file:
            saved = read(file, Spool, Pairs)
        campaign = Path(saved.besides["campaign"])
    except (OSError, ValueError, KeyError) as error:
        raise PlanRefused(
            f"{path}: not a saved plan ({type(error).__name__})", hint="make one with: mwcampaign plan PATH --out FILE"
        ) from error
    for found in (campaign, path.parent / campaign):
        if found.exists():
            return found, saved.plan
    raise PlanRefused(
        f"{path}: the plan's campaign {campaign} is not here", hint="run apply in the folder where the plan was made"
    )
