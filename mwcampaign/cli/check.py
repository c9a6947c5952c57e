"""`mwcampaign check`: judge campaigns offline."""

from __future__ import annotations

import sys
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mwcampaign.cli._options import MoreInstitutions, table_from
from mwcampaign.cli._output import FINDING_STYLE, console, note, progress, say, say_exactly, say_finding, write
from mwcampaign.core.findings import Level
from mwcampaign.errors import ExitCode

if TYPE_CHECKING:
    from mwcampaign.report.baseline import Compared, Known
    from mwcampaign.report.checked import Checked, Entry


class CheckFormat(StrEnum):
    """How `check` answers: each is a module of mwcampaign.report."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    GITLAB = "gitlab"
    SARIF = "sarif"
    JUNIT = "junit"


class FailOn(StrEnum):
    """The least level at which check fails."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    NEVER = "never"


def check(
    paths: Annotated[list[Path], typer.Argument(help="Campaign folders, or one-file campaigns.", show_default=False)],
    form: Annotated[CheckFormat, typer.Option("--format", help="How to answer.")] = CheckFormat.TEXT,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="The least level that makes it exit with 3.")
    ] = FailOn.ERROR,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the answer into this file.")] = None,
    baseline: Annotated[Path | None, typer.Option(help="A file of known findings: they are left out.")] = None,
    write_baseline: Annotated[
        bool, typer.Option("--write-baseline", help="Write all findings of now into the baseline.")
    ] = False,
    pages: Annotated[
        str, typer.Option("--pages", envvar="MWCAMPAIGN_PAGES", help="Address of docs/checks/README.md, for SARIF.")
    ] = "",
    who: Annotated[
        str | None,
        typer.Option(
            metavar="CODE",
            help="List each delivery that has this code instead: institution, account, post, day, what is wrong; "
            "with tabs between in a pipe. Fails as check does, by what is listed.",
        ),
    ] = None,
    institutions: MoreInstitutions = None,
) -> None:
    """Judge campaigns offline: every fault, with file, line and column.

    Nothing is sent, and nothing is written but the files you name. Exit 0: nothing to object to; 3: at least one error.
    Every finding has a code; `mwcampaign explain CODE` tells the rule and shows it wrong and right.
    """
    if write_baseline and baseline is None:
        raise typer.BadParameter("say where to, with --baseline FILE", param_hint="--write-baseline")
    if who is not None and (form is not CheckFormat.TEXT or out or baseline):
        told = "it lists everybody, line by line: leave out --format, --out and --baseline"
        raise typer.BadParameter(told, param_hint="--who")
    table, failing = table_from(institutions), _failing(fail_on)
    if who is not None:
        from mwcampaign.cli import _who

        fails = _who.tell(paths, who, failing, table)
    elif baseline is not None and write_baseline:
        fails = _keep(paths, table, baseline)
    else:
        fails = _check(paths, table, baseline, failing, pages, form, out)
    if fails:
        raise typer.Exit(int(ExitCode.CAMPAIGN_INVALID))


def _keep(paths: list[Path], table: Path | None, baseline: Path) -> bool:
    """Write a baseline; that fails nothing."""
    from mwcampaign.report.baseline import written

    found, _ = _judge(paths, table)
    write(baseline, written(found, str(baseline.parent)))
    say(f"{len(found)} finding{'s' * (len(found) != 1)} known from now on: {baseline}")
    return False


def _check(
    paths: list[Path],
    table: Path | None,
    baseline: Path | None,
    failing: frozenset[Level],
    pages: str,
    form: CheckFormat,
    out: Path | None,
) -> bool:
    """Tell what is found and not known; return whether that fails."""
    from mwcampaign.report.baseline import compare
    from mwcampaign.report.checked import Checked

    known = {} if baseline is None else _read(baseline)
    found, judged = _judge(paths, table)
    compared = compare(found, known, "." if baseline is None else str(baseline.parent))
    checked = Checked(compared.new, judged, failing, len(found) - len(compared.new), pages)
    _tell(checked, form, out)
    if baseline is not None:
        _note_of(baseline, compared)
    return checked.fails


def _note_of(baseline: Path, compared: Compared) -> None:
    """Say why a baseline should be written anew, where it should."""
    if number := compared.gone:
        told = f"{number} known finding{'s are' if number != 1 else ' is'} gone"
        note(f"{told}; --write-baseline makes {baseline} smaller")
    if compared.vague:
        told = "does not say of how many institutions its findings are, so that more of them are not told"
        note(f"{baseline} {told}; --write-baseline puts that in")


def _judge(paths: list[Path], table: Path | None) -> tuple[list[Entry], int]:
    """Return all findings and how many messages were judged."""
    from mwcampaign.report.checked import entries, numbered
    from mwcampaign.wire.judging import judge
    from mwcampaign.wire.project import open_project

    found: list[Entry] = []
    judged = 0
    for path in paths:
        project = open_project(path, table)
        with progress(f"checking {path}") as messages:
            findings = judge(project, messages.step)
        found += entries(findings, project.loaded.source_line)
        judged += messages.done
    return numbered(found), judged


def _tell(checked: Checked, form: CheckFormat, out: Path | None) -> None:
    """Write the answer to a file, or print it; with colour on a terminal."""
    if out is not None or form is not CheckFormat.TEXT:
        told = "".join(import_module(f"mwcampaign.report.{form}").write(checked))
        if out is not None:
            write(out, told)
            say(f"{checked.summary}; written to {out}")
        else:
            # Machines expect UTF-8, whatever this terminal speaks.
            say_exactly(told, encoding="utf-8")
        return
    for entry in checked.entries:
        _show(entry)
    if checked.entries:
        note("")
        note("explain a code with: mwcampaign explain CODE")
        if any(entry.finding.institutions > 1 for entry in checked.entries):
            note("list all whom it concerns with: mwcampaign check PATH --who CODE")
    say(checked.summary)


def _show(entry: Entry) -> None:
    """Print a finding; on a terminal no line of a file is wider than that, or the caret would miss its place."""
    if not sys.stdout.isatty():
        say_finding(entry.finding, entry.source)
        return
    from rich.text import Text

    from mwcampaign.report.text import block

    screen = console()
    for line in block(entry.finding, entry.source, screen.width):
        screen.print(Text.assemble(*((text, FINDING_STYLE.get(role, "")) for role, text in line)))


def _failing(fail_on: FailOn) -> frozenset[Level]:
    """Return the levels that fail: the one given and all worse ones."""
    levels = list(Level)
    return frozenset() if fail_on is FailOn.NEVER else frozenset(levels[: levels.index(Level(fail_on)) + 1])


def _read(baseline: Path) -> Known:
    """Return what a baseline knows. Raises BaselineUnreadable."""
    from mwcampaign.report.baseline import BaselineUnreadable, read

    try:
        text = baseline.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        hint = "make it with --write-baseline"
        raise BaselineUnreadable(f"{baseline}: cannot be read: {why}", hint=hint) from error
    return read(text, str(baseline))
