"""`mwcampaign rehearse`: the whole week in memory."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from mwcampaign.cli._options import CampaignPath
from mwcampaign.cli._output import Format, note, progress, say, say_json, table
from mwcampaign.cli._verdict import verdict
from mwcampaign.core.delivery import State
from mwcampaign.errors import MwcampaignError
from mwcampaign.preview.report import ALWAYS, ORDER


def rehearse(
    path: CampaignPath,
    report: Annotated[Path | None, typer.Option("--report", help="Write a page with every post here (HTML).")] = None,
    form: Annotated[Format, typer.Option("--format", help="How to answer.")] = Format.TEXT,
) -> None:
    """Play the whole week in memory, on a clock of its own.

    On networks in memory that keep each network's limits. The real planning, ledger and engine do the work; nothing is
    sent and the campaign's ledger is not touched. Exit 7: something failed or was missed; 8: something stayed unknown.
    """
    from mwcampaign.wire.project import open_project
    from mwcampaign.wire.rehearsal import page, rehearsed

    project = open_project(path)
    began = time.monotonic()
    with progress("rehearsing") as steps, rehearsed(project, steps.expect, steps.step) as stage:
        result = stage.result
        spent = f"{time.monotonic() - began:.1f} s"
        facts = [
            ("Campaign", str(path)),
            ("Institutions", str(len(project.campaign.institutions))),
            ("Accounts", str(len(project.campaign.accounts))),
            ("Deliveries", str(sum(result.totals.values()))),
            ("The week", f"{result.began:%Y-%m-%d %H:%M} to {result.ended:%Y-%m-%d %H:%M} UTC, played in {spent}"),
        ]
        if report is not None:
            _write(report, page(project, stage, facts))
    states = [state for state in ORDER if result.totals[state] or state in ALWAYS]
    rows = [(day, network, *(row[state] for state in states)) for (day, network), row in sorted(result.table.items())]
    if form is Format.JSON:
        say_json(
            {
                "schema": "mwcampaign/rehearsal",
                "version": 1,
                "counts": {str(state): result.totals[state] for state in State},
                "days": [
                    {"day": day, "network": network} | {str(state): row[state] for state in states}
                    for (day, network), row in sorted(result.table.items())
                ],
                "troubles": [
                    {"key": one.delivery.key, "state": str(one.state), "why": one.why} for one in result.troubles
                ],
            }
        )
    else:
        table("How the week ended", ("day", "network", *map(str, states)), rows)
        for one in result.troubles[:20]:
            say(f"{one.state}: {one.delivery.account} {one.delivery.post}: {one.why}")
        say("; ".join(f"{name.lower()} {value}" for name, value in facts[1:]))
    if report is not None:
        note(f"the report is in {report}: open it in a browser")
    verdict(result.totals)


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    except OSError as error:
        raise MwcampaignError(f"{file}: cannot be written: {error.strerror}", hint="name another file") from error
