"""`mwcampaign rehearse`: the whole week in memory."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mwcampaign.cli._options import CampaignPath
from mwcampaign.cli._output import Format, note, progress, say, say_json, table
from mwcampaign.cli._place import command
from mwcampaign.cli._verdict import Hints, handed_over, verdict
from mwcampaign.core.delivery import State
from mwcampaign.errors import MwcampaignError
from mwcampaign.preview.report import ALWAYS, ORDER, Events
from mwcampaign.schedule.weather import Weather

if TYPE_CHECKING:
    from mwcampaign.wire.rehearsal import Stage

SHOWN = 20
"""So many single troubles and faults are shown as text; JSON and the page have them all."""


class PromiseBroken(MwcampaignError):
    """A rehearsal ended with a post that is public twice, or lost: a bug of ours, and loud."""


def rehearse(
    path: CampaignPath,
    report: Annotated[Path | None, typer.Option("--report", help="Write a page with every post here (HTML).")] = None,
    weather: Annotated[
        Weather,
        typer.Option("--faults", help="What goes wrong: nothing, what a bad week brings, or everything there is."),
    ] = Weather.NONE,
    seed: Annotated[int, typer.Option("--seed", help="The same number gives the same faults again.")] = 1,
    form: Annotated[Format, typer.Option("--format", help="How to answer.")] = Format.TEXT,
) -> None:
    """Play the whole week in memory, on a clock of its own.

    On networks in memory that keep each network's limits, and fail as --faults says. The real planning, ledger and
    engine do the work; nothing is sent and the campaign's ledger is not touched. At the end, what the networks have is
    compared with what the ledger says. Exit 1: a post was public twice or lost, which is a bug of mwcampaign; 6: all
    went well, and some wait for a person to post them; 7: something failed or was missed; 8: something stayed unknown.
    """
    from mwcampaign.wire.project import open_project
    from mwcampaign.wire.rehearsal import events, page, rehearsed

    project = open_project(path)
    began = time.monotonic()
    with (
        progress("rehearsing") as steps,
        rehearsed(project, steps.expect, steps.step, weather=weather, seed=seed) as stage,
    ):
        result = stage.result
        spent = f"{time.monotonic() - began:.1f} s"
        by_hand = handed_over(result.troubles)
        facts = [
            ("Campaign", str(path)),
            ("Institutions", str(len(project.campaign.institutions))),
            ("Accounts", str(len(project.campaign.all_accounts))),
            ("Deliveries", str(sum(result.totals.values()))),
            ("The week", f"{result.began:%Y-%m-%d %H:%M} to {result.ended:%Y-%m-%d %H:%M} UTC, played in {spent}"),
            ("Faults", str(weather) if weather is Weather.NONE else f"{weather}, seed {seed}: {len(stage.met)} met"),
            *([("To be posted by hand", str(by_hand))] if by_hand else ()),
            ("Public twice", str(stage.duplicates)),
            ("Lost", str(stage.lost)),
        ]
        if report is not None:
            _write(report, page(project, stage, facts))
        if form is Format.JSON:
            say_json(_answer(stage, weather, seed))
        else:
            _say(stage, events(stage), facts)
    if report is not None:
        note(f"the report is in {report}: open it in a browser")
    keep_promise(stage.duplicates, stage.lost, weather, seed)
    verdict(result.totals, by_hand, _hints(path, report))


def _hints(path: Path, report: Path | None) -> Hints:
    """Return what helps after a rehearsal, whose ledger is gone with it: the page that has every post."""
    page = f"{report} tells what became of each post"
    if report is None:
        page = f"see what became of each post with: {command('rehearse --report rehearsal.html', path)}"
    return Hints(page, page, f"{page}; nothing has to be done now: this was a rehearsal")


def keep_promise(duplicates: int, lost: int, weather: Weather, seed: int) -> None:
    """Raise PromiseBroken when anything was public twice or lost: it wins over whatever a real week may end with."""
    if duplicates or lost:
        raise PromiseBroken(
            f"{duplicates} public twice, {lost} lost: mwcampaign has a bug",
            hint=f"please report it with the campaign and: --faults {weather} --seed {seed}",
        )


def _say(stage: Stage, met: Events, facts: list[tuple[str, str]]) -> None:
    """Say how the week ended, as text."""
    result = stage.result
    states = [state for state in ORDER if result.totals[state] or state in ALWAYS]
    rows = [(day, network, *(row[state] for state in states)) for (day, network), row in sorted(result.table.items())]
    table("How the week ended", ("day", "network", *map(str, states)), rows)
    for one in result.troubles[:SHOWN]:
        say(f"{one.state}: {one.delivery.account} {one.delivery.post}: {one.why}")
    if met.spells:
        table("Spells of bad weather", ("spell", "where", "from (UTC)", "until (UTC)", "felt"), met.spells)
    if met.faults:
        table("Faults met", ("fault", "network", "met", "how they ended"), met.faults)
        _say_first(met)
    for kind, account, key, what in met.wrong:
        say(f"{kind}: {account} {key[:12]}: {what}", "bold red")
    say("; ".join(f"{name.lower()} {value}" for name, value in facts[1:]))


def _say_first(met: Events) -> None:
    rows = [(at, account, key[:12], fault, ended) for at, account, key, fault, ended in met.met[:SHOWN]]
    table(f"The first {len(rows)} of {len(met.met)}", ("when (UTC)", "account", "key", "fault", "how it ended"), rows)


def _answer(stage: Stage, weather: Weather, seed: int) -> dict[str, Any]:
    """Return how the week ended, as data. The same weather, seed and campaign give the same bytes."""
    result = stage.result
    states = [state for state in ORDER if result.totals[state] or state in ALWAYS]
    return {
        "schema": "mwcampaign/rehearsal",
        "version": 1,
        "weather": str(weather),
        "seed": seed,
        "counts": {str(state): result.totals[state] for state in State},
        "duplicates": stage.duplicates,
        "lost": stage.lost,
        "wrong": [
            {"kind": one.kind, "key": one.key, "account": one.account, "network": one.network, "what": one.what}
            for one in stage.wrong
        ],
        "days": [
            {"day": day, "network": network} | {str(state): row[state] for state in states}
            for (day, network), row in sorted(result.table.items())
        ],
        "troubles": [{"key": one.delivery.key, "state": str(one.state), "why": one.why} for one in result.troubles],
        "faults": [
            {"fault": fault.slug, "words": str(fault), "network": network, "met": endings.total(),
             "ended": {str(ending): number for ending, number in sorted(endings.items())}}
            for (fault, network), endings in stage.faults.items()
        ],
        "spells": [
            {"fault": one.fault.slug, "where": one.where, "from": one.begins.isoformat(),
             "until": one.ends.isoformat(), "clock": one.error.total_seconds(), "felt": one.met}
            for one in stage.spells
        ],
        "met": [
            {"at": one.at.isoformat(), "fault": one.fault.slug, "key": one.key, "account": one.account,
             "network": one.network, "attempt": one.attempt, "runner": one.runner, "ended": str(ending)}
            for one, ending in stage.met
        ],
    }  # fmt: skip


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    except OSError as error:
        raise MwcampaignError(f"{file}: cannot be written: {error.strerror}", hint="name another file") from error
