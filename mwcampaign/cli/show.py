"""`mwcampaign show`: one delivery with its whole history."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from mwcampaign.cli._one import CampaignOption, Key, the_one
from mwcampaign.cli._options import HERE, LedgerFile
from mwcampaign.cli._output import Format, say, say_json
from mwcampaign.cli._place import place
from mwcampaign.cli._times import Times
from mwcampaign.core.delivery import Attempt, Change, Standing, State
from mwcampaign.core.message import Message


def show(
    key: Key,
    path: CampaignOption = HERE,
    form: Annotated[Format, typer.Option("--format", help="How to answer.")] = Format.TEXT,
    ledger: LedgerFile = None,
) -> None:
    """Show one delivery with its whole history.

    Its message, attempts, and its receipt; with --format json the exact requests too. Times are the institution's own
    where the campaign tells its zone, else UTC.
    """
    from mwcampaign.wire.files import read_ledger

    here = place(path, ledger)
    with read_ledger(here.ledger) as known:
        found, standing = the_one(known, key, here)
        attempts, history = found.attempts(standing.delivery.key), found.history(standing.delivery.key)
    if form is Format.JSON:
        say_json(_data(standing, attempts, history))
    else:
        _tell(standing, attempts, history, Times(path))


def _when(instant: datetime | None) -> str | None:
    return instant.isoformat().replace("+00:00", "Z") if instant else None


def _data(standing: Standing, attempts: list[Attempt], history: list[Change]) -> dict[str, Any]:
    import json

    delivery, receipt = standing.delivery, standing.receipt
    return {
        "schema": "mwcampaign/delivery",
        "version": 1,
        "key": delivery.key,
        "edition": delivery.edition,
        "post": delivery.post,
        "part": delivery.part,
        "day": delivery.theme,
        "institution": delivery.institution,
        "account": delivery.account,
        "network": delivery.network,
        "due": _when(delivery.due),
        "closes": _when(delivery.closes),
        "state": str(standing.state),
        "why": standing.why or None,
        "message": json.loads(delivery.message),
        "receipt": receipt and {"id": receipt.remote_id, "url": receipt.url, "posted_at": _when(receipt.posted_at)},
        "attempts": [
            {
                "number": attempt.number,
                "started": _when(attempt.started),
                "sealed": _when(attempt.sealed_at),
                "ended": _when(attempt.ended),
                "outcome": str(attempt.outcome) if attempt.outcome else None,
                "why": attempt.why or None,
                "address": attempt.envelope.address if attempt.envelope else None,
                "request": json.loads(attempt.envelope.payload) if attempt.envelope else None,
            }
            for attempt in attempts
        ],
        "history": [
            {"at": _when(change.at), "event": change.event, "before": change.before and str(change.before),
             "after": str(change.after), "who": change.who, "why": change.why or None}
            for change in history
        ],
    }  # fmt: skip


def _tell(standing: Standing, attempts: list[Attempt], history: list[Change], times: Times) -> None:
    delivery, institution = standing.delivery, standing.delivery.institution
    message = Message.from_json(delivery.message)
    say(f"{delivery.account} · {delivery.post} · {delivery.theme}", style="bold")
    say(f"key     {delivery.key}")
    say(f"state   {standing.state}{': ' + standing.why if standing.why else ''}")
    say(f"due     {times(delivery.due, institution)}")
    say(f"closes  {times(delivery.closes, institution)}")
    if standing.state in {State.RETRYING, State.UNKNOWN} and standing.not_before:
        what = "again" if standing.state is State.RETRYING else "look"
        say(f"{what:<7} {times(standing.not_before, institution, '%Y-%m-%d %H:%M:%S')}")
    if standing.receipt:
        say(f"public  {standing.receipt.url}")
        say(f"since   {times(standing.receipt.posted_at, institution, '%Y-%m-%d %H:%M:%S')}")
        say(f"id      {standing.receipt.remote_id}")
    say()
    say(message.text)
    for picture in message.pictures:
        say(f"[picture {picture.name}: {picture.alt}]")
    say()
    say(f"What happened, {times.zone(institution).key}:")
    for change in history:
        told = f"{change.before or '-'} → {change.after}"
        when = times.bare(change.at, institution)
        say(f"{when}  {change.event:<14} {told:<24} {change.who}{'  ' + change.why if change.why else ''}")
    for attempt in attempts:
        if attempt.envelope and attempt.sealed_at:
            say(f"attempt {attempt.number}, sealed {times.bare(attempt.sealed_at, institution)}, "
                f"at {attempt.envelope.address}")  # fmt: skip
