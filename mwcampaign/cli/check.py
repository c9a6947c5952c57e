"""`mwcampaign check`: judge campaigns offline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mwcampaign.cli._output import Format, finding_json, note, progress, say, say_finding, say_json
from mwcampaign.core.findings import Finding, Level
from mwcampaign.errors import ExitCode

FAIL_ON = {"error": {Level.ERROR}, "warning": {Level.ERROR, Level.WARNING}}


def check(
    paths: Annotated[list[Path], typer.Argument(help="Campaign folders, or one-file campaigns.", show_default=False)],
    form: Annotated[Format, typer.Option("--format", help="How to answer.")] = Format.TEXT,
    fail_on: Annotated[str, typer.Option("--fail-on", help="error or warning: what makes it exit with 3.")] = "error",
) -> None:
    """Judge campaigns offline: every fault, with file, line and column.

    Nothing is sent and nothing is written. Exit 0: nothing to object to; 3: at least one error.
    Every finding has a code; `mwcampaign explain CODE` tells the rule and shows it wrong and right.
    """
    if fail_on not in FAIL_ON:
        raise typer.BadParameter("choose error or warning", param_hint="--fail-on")
    from mwcampaign.wire.project import judge, open_project

    found: list[Finding] = []
    judged = 0
    for path in paths:
        project = open_project(path)
        with progress(f"checking {path}") as messages:
            findings = judge(project, messages.step)
        found += findings
        judged += messages.done
        if form is Format.TEXT:
            for finding in findings:
                say_finding(finding, project.loaded.source_line(finding.where))
    levels = [finding.level for finding in found]
    if form is Format.JSON:
        told = {"schema": "mwcampaign/findings", "version": 1, "messages": judged}
        say_json(told | {"findings": [finding_json(finding) for finding in found]})
    else:
        summary = ", ".join(f"{levels.count(level)} {level}{'s' * (levels.count(level) != 1)}" for level in Level)
        if found:
            note("")
            note("explain a code with: mwcampaign explain CODE")
        say(f"{summary}; {judged} messages judged")
    if FAIL_ON[fail_on] & set(levels):
        raise typer.Exit(int(ExitCode.CAMPAIGN_INVALID))
