"""What approve and hold share: choosing messages, showing them, recording a person's verdict."""

from __future__ import annotations

import getpass
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mwcampaign.cli._options import selection
from mwcampaign.cli._output import note, say, table
from mwcampaign.core.delivery import Standing
from mwcampaign.core.ledger import Ledger, Verdict
from mwcampaign.core.message import Message
from mwcampaign.core.wish import Selection
from mwcampaign.errors import PlanRefused

if TYPE_CHECKING:
    from mwcampaign.wire.reviews import Signed

Keys = Annotated[list[str] | None, typer.Option("--key", help="Only this key, or its first letters; may be repeated.")]
Everything = Annotated[bool, typer.Option("--everything", help="All that is shown without a choice.")]
By = Annotated[str | None, typer.Option("--by", help="Your name. Default: your user name on this machine.")]
Reason = Annotated[str, typer.Option("--why", help="Your reason, for the history.")]
SHOWN = 200


def pick(
    path: Path,
    ledger: str | None,
    posts: list[str] | None,
    days: list[str] | None,
    institutions: list[str] | None,
    networks: list[str] | None,
    languages: list[str] | None,
) -> tuple[Path, Selection]:
    """Return the ledger's file and what was chosen; a date stands for the theme of that day."""
    from mwcampaign.wire.files import ledger_path, must_be_there
    from mwcampaign.wire.project import open_project
    from mwcampaign.wire.settings import settings

    where = ledger_path(path if path.is_dir() else path.parent, settings(ledger=ledger).ledger)
    must_be_there(where, path)
    if any(day[:1].isdigit() for day in days or ()):
        by_day = open_project(path).campaign.edition.by_day
        days = [by_day[day].id if day in by_day else day for day in days or ()]
    return where, selection(posts, days, institutions, networks, languages)


def tell(known: Ledger, only: Selection, keys: Iterable[str] | None) -> list[Standing]:
    """Show the waiting messages that were chosen, and return them."""
    from mwcampaign.wire.reviews import chosen

    found = list(chosen(known, only, keys or ()))
    rows = (
        (
            each.delivery.key[:12], each.delivery.theme, each.delivery.account, each.delivery.post,
            f"{each.delivery.due:%Y-%m-%d %H:%M}Z", _standing(each),
            " ".join(Message.from_json(each.delivery.message).text.split())[:80],
        )
        for each in found[:SHOWN]
    )  # fmt: skip
    table("Messages", ("key", "day", "account", "post", "due", "standing", "text"), rows)
    if len(found) > SHOWN:
        note(f"and {len(found) - SHOWN} more; all of them with: mwcampaign approve --export FILE")
    return found


def _standing(standing: Standing) -> str:
    if standing.held:
        return f"held by {standing.held}"
    return f"approved by {standing.approved_by}" if standing.approved_by else "waits" if standing.waits else "-"


def decide(known: Ledger, found: list[Standing], *, yes: bool, who: str | None, why: str) -> None:
    """Record one person's verdict on messages, say how many, and refuse (exit 6) when any could not be."""
    name = who or getpass.getuser()
    verdicts = [Verdict(each.delivery.key, each.delivery.content, yes) for each in found]
    refused = known.review(verdicts, datetime.now(UTC), name, why)
    say(f"{len(verdicts) - len(refused)} {'approved' if yes else 'held'} by {name}")
    _refuse(refused)


def record(known: Ledger, signed: list[Signed]) -> None:
    """Record a file's verdicts, each under the name beside it."""
    now = datetime.now(UTC)
    refused: list[tuple[Verdict, str]] = []
    done: Counter[tuple[str, bool]] = Counter()
    for who, why in sorted({(each.who, each.why) for each in signed}):
        verdicts = [each.verdict for each in signed if (each.who, each.why) == (who, why)]
        not_taken = known.review(verdicts, now, who, why)
        refused += not_taken
        left = {verdict.key for verdict, _ in not_taken}
        done.update((who, verdict.yes) for verdict in verdicts if verdict.key not in left)
    for (who, yes), number in sorted(done.items()):
        say(f"{number} {'approved' if yes else 'held'} by {who}")
    if not done and not refused:
        say("the file has no verdict yet")
    _refuse(refused)


def _refuse(refused: list[tuple[Verdict, str]]) -> None:
    if refused:
        told = "\n".join(f"{verdict.key[:12]}: {why}" for verdict, why in refused[:SHOWN])
        raise PlanRefused(
            f"{len(refused)} not recorded:\n{told}", hint="look at them again with: mwcampaign approve, then decide"
        )
