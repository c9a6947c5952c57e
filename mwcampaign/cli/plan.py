"""`mwcampaign plan`: the difference between the campaign and the ledger."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mwcampaign.cli._options import CampaignPath, LedgerFile, MoreInstitutions, instant, table_from
from mwcampaign.cli._output import note, progress, say, say_exactly
from mwcampaign.cli._place import NoSuchPath, command
from mwcampaign.cli._times import Times
from mwcampaign.core.plan import Action, Plan, Step
from mwcampaign.core.plan_file import lines
from mwcampaign.errors import ExitCode, MwcampaignError

SIGNS = {
    Action.SCHEDULE: ("+", "green"),
    Action.RESCHEDULE: ("~", "yellow"),
    Action.REVISE: ("~", "yellow"),
    Action.WITHDRAW: ("-", "red"),
    Action.DRIFT: ("!", "magenta"),
    Action.LATE: ("!", "magenta"),
}


class PlanFormat(StrEnum):
    """How `plan` answers."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class CannotWrite(MwcampaignError):
    """A file that was asked for could not be written."""


def plan(
    path: CampaignPath,
    out: Annotated[Path | None, typer.Option("--out", help="Save the plan here, for review and for apply.")] = None,
    form: Annotated[
        PlanFormat, typer.Option("--format", help="How to answer; markdown is for a comment on a pull request.")
    ] = PlanFormat.TEXT,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit 10 when the plan would change something.")
    ] = False,
    as_of: Annotated[str | None, typer.Option(help="Plan as if it were this instant, e.g. 2021-06-01T00:00Z.")] = None,
    institutions: MoreInstitutions = None,
    ledger: LedgerFile = None,
) -> None:
    """Show what would be sent, by whom, where and when.

    The difference from the ledger, which is only read: + schedule, ~ revise or reschedule, - withdraw, ! only told
    (late, or already sent and different now).
    """
    from mwcampaign.wire.plans import make
    from mwcampaign.wire.project import open_project
    from mwcampaign.wire.settings import settings

    if out is not None and not out.parent.is_dir():
        raise NoSuchPath(f"{out}: there is no folder {out.parent}", hint="make it, or name another file with --out")
    project = open_project(path, table_from(institutions))
    with progress(f"planning {path}") as messages:
        made = make(project, project.ledger_path(ledger or settings().ledger), instant(as_of), messages.step)
    if out is not None:
        save(made, path, out)
    if form is PlanFormat.JSON:
        for line in lines(made):
            say_exactly(line + "\n", encoding="utf-8")
    elif form is PlanFormat.MARKDOWN:
        from mwcampaign.report import markdown

        say_exactly(markdown.write(made, Times(project.campaign)), encoding="utf-8")
    else:
        tell(made, Times(project.campaign))
        if out is not None:
            note(f"saved; carry out exactly this with: {command('apply', out, ledger)}")
        elif not made.empty:
            note(f"carry it out with: {command('apply', path, ledger)}")
    if exit_code and not made.empty:
        raise typer.Exit(int(ExitCode.CHANGES))


def save(made: Plan, campaign: Path, out: Path) -> None:
    """Write a plan to a file, whole or not at all, with the campaign's path as it was given."""
    new = out.with_name(out.name + ".new")
    try:
        with new.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line}\n" for line in lines(made, campaign=campaign.as_posix()))
        new.replace(out)
    except OSError as error:
        raise CannotWrite(f"{out}: cannot be written: {error.strerror}", hint="name another file with --out") from error


MANY = 1000
"""More steps than this are told by day, network and post, not one by one."""


def tell(made: Plan, times: Times) -> None:
    """Print a plan for people."""
    number = sum(made.counts.values()) - made.counts[Action.KEEP]
    if number <= MANY:
        for step in made.steps:
            if step.action is not Action.KEEP:
                sign, style = SIGNS[step.action]
                say(_line(sign, step, times), style=style)
    else:
        _tell_sums(made)
    if len(made.accounts) <= MANY:
        for name, _ in made.accounts.items():
            say(f"~ account {name}")
    else:
        say(f"~ {len(made.accounts):,} accounts")
    counts = {action: number for action, number in made.counts.items() if number}
    told = ", ".join(
        f"{number} to {action}" if action in _TO_DO else f"{number} {action}" for action, number in counts.items()
    )
    say(f"{'Nothing to do' if made.empty else 'Plan'}: {told or 'the campaign asks for nothing'}.")


def _tell_sums(made: Plan) -> None:
    """Print how many steps there are of each kind, by theme, post and network, and the first of each."""
    for (theme, post, network, action), (first, count) in made.sums.items():
        if action is not Action.KEEP:
            sign, style = SIGNS[action]
            say(f"{sign} {action:<10} {count:>9,}  {theme}  {post}  {network}  (first: {first})", style=style)
    note("each of them: the same with --format json, or plan --out FILE")


_TO_DO = {Action.SCHEDULE, Action.RESCHEDULE, Action.REVISE, Action.WITHDRAW, Action.KEEP}


def _line(sign: str, step: Step, times: Times) -> str:
    delivery = step.delivery
    part = f" part {delivery.part + 1}" if delivery.part else ""
    why = "" if step.action is Action.SCHEDULE else f": {step.why}"
    return (
        f"{sign} {step.action:<10} {times(delivery.due, delivery.institution)}  {delivery.account}  "
        f"{delivery.post}{part} ({delivery.theme}){why}"
    )
