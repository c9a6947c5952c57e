"""What approve and hold share: choosing messages, showing them, recording a person's verdict."""

from __future__ import annotations

import getpass
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mwcampaign.cli._one import NoSuchDelivery
from mwcampaign.cli._options import selection
from mwcampaign.cli._output import note, say, table
from mwcampaign.cli._place import Place, place
from mwcampaign.cli._times import Times
from mwcampaign.core.delivery import Standing
from mwcampaign.core.ledger import Ledger, Verdict
from mwcampaign.core.message import Message
from mwcampaign.core.wanted import Selection
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
) -> tuple[Place, Selection]:
    """Return the place, which has a ledger, and what was chosen; a date stands for the theme of that day."""
    from mwcampaign.wire.project import open_project

    here = place(path, ledger).with_ledger()
    if any(day[:1].isdigit() for day in days or ()):
        by_day = open_project(path).campaign.edition.by_day
        days = [by_day[day].id if day in by_day else day for day in days or ()]
    return here, selection(posts, days, institutions, networks, languages)


def tell(known: Ledger, only: Selection, keys: list[str] | None, here: Place) -> list[Standing]:
    """Show the waiting messages that were chosen, and return them. Raises NoSuchDelivery when a choice means none."""
    from mwcampaign.wire.reviews import chosen

    found = list(chosen(known, only, keys or ()))
    for key in keys or ():
        if not any(each.delivery.key.startswith(key) for each in found):
            hint = f"see what waits with: {here.command('approve')}"
            raise NoSuchDelivery(f"nothing that was chosen and waits has a key that starts with {key!r}", hint=hint)
    if only.any and not found:
        raise NoSuchDelivery("nothing that waits matches", hint=f"see what waits with: {here.command('approve')}")
    times = Times(here.path)
    rows = (
        (
            each.delivery.key[:12], each.delivery.theme, each.delivery.account, each.delivery.post,
            times(each.delivery.due, each.delivery.institution), _standing(each),
            " ".join(Message.from_json(each.delivery.message).text.split())[:80],
        )
        for each in found[:SHOWN]
    )  # fmt: skip
    table("Messages", ("key", "day", "account", "post", "due", "standing", "text"), rows)
    if len(found) > SHOWN:
        note(f"and {len(found) - SHOWN} more; all of them with: {here.command('approve --export FILE')}")
    return found


def _standing(standing: Standing) -> str:
    if standing.held:
        return f"held by {standing.held}"
    return f"approved by {standing.approved_by}" if standing.approved_by else "waits" if standing.waits else "-"


def decide(known: Ledger, found: list[Standing], here: Place, *, yes: bool, who: str | None, why: str) -> None:
    """Record one person's verdict on messages, say how many, and refuse (exit 6) when any could not be."""
    name = who or getpass.getuser()
    verdicts = [Verdict(each.delivery.key, each.delivery.content, yes) for each in found]
    refused = known.review(verdicts, datetime.now(UTC), name, why)
    say(f"{len(verdicts) - len(refused)} {'approved' if yes else 'held'} by {name}")
    _refuse(refused, here)


def record(known: Ledger, signed: list[Signed], here: Place) -> None:
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
    _refuse(refused, here)


def _refuse(refused: list[tuple[Verdict, str]], here: Place) -> None:
    if refused:
        told = "\n".join(f"{verdict.key[:12]}: {why}" for verdict, why in refused[:SHOWN])
        hint = f"look at them again with: {here.command('approve')}; then decide"
        raise PlanRefused(f"{len(refused)} not recorded:\n{told}", hint=hint)
