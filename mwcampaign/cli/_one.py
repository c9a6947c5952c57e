"""One delivery, named by its key or the first letters of it: for commands that show or decide."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from mwcampaign.cli._output import note, say
from mwcampaign.cli._place import Place, place
from mwcampaign.core.delivery import ForbiddenMove, Standing, part_key
from mwcampaign.core.ledger import Ledger
from mwcampaign.errors import ExitCode, MwcampaignError, PlanRefused

Key = Annotated[str, typer.Argument(help="A delivery's key, or as many of its first letters as make it the only one.")]
SeveralKeys = Annotated[list[str], typer.Argument(help="Keys of deliveries, or as many first letters as suffice.")]
CampaignOption = Annotated[Path, typer.Option("--campaign", help="The campaign's folder.")]
Why = Annotated[str, typer.Option("--why", help="Your reason, for the history.")]


class NoSuchDelivery(MwcampaignError):
    """No delivery, or more than one, has this key."""

    exit_code = ExitCode.USAGE


def the_one(known: Ledger | None, key: str, here: Place) -> tuple[Ledger, Standing]:
    """Return the ledger and the only delivery whose key starts so. Raises NoSuchDelivery."""
    keys = known.keys(key) if known and key else []
    standing = known.standing(keys[0]) if known and len(keys) == 1 else None
    if known is None or standing is None:
        told = "no delivery has" if not keys else f"{len(keys)} or more deliveries have"
        hint = (
            f"find keys of what waits with: {here.command('approve')}; "
            f"of everything with: {here.command('plan --format json')}"
        )
        raise NoSuchDelivery(f"{told} a key that starts with {key!r}", hint=hint)
    return known, standing


@contextmanager
def decision(path: Path, told: str | None, key: str) -> Iterator[tuple[Ledger, Standing, str]]:
    """Yield the ledger, the delivery and the name of who decides; what the state forbids is refused (exit 6)."""
    from mwcampaign.wire.files import TWO_MINUTES, open_ledger, patiently, read_ledger

    here = place(path, told)
    with read_ledger(here.ledger) as known:
        _, standing = the_one(known, key, here)
    with open_ledger(here.ledger, patiently(note, TWO_MINUTES)) as ledger:
        try:
            yield ledger, standing, getpass.getuser()
        except ForbiddenMove as error:
            raise PlanRefused(f"{standing.delivery.account} {standing.delivery.post}: {error}") from error


@contextmanager
def told_with_the_parts_behind(known: Ledger, first: Standing) -> Iterator[None]:
    """Say afterwards what became of a delivery, and of each part of its thread behind it that went along."""
    before = [first, *_behind(known, first)]
    yield
    for was in before:
        now = known.standing(was.delivery.key)
        if now is not None and (was is first or now.state is not was.state):
            part = f" part {was.delivery.part + 1}" if len(before) > 1 or was.delivery.part else ""
            say(f"{was.delivery.account} {was.delivery.post}{part}: {now.state}")


def _behind(known: Ledger, standing: Standing) -> Iterator[Standing]:
    one, part = standing.delivery, standing.delivery.part + 1
    # By their names, so that a ledger of any size is asked for these parts alone.
    while found := known.standing(part_key(one.edition, one.post, one.theme, one.account, part)):
        yield found
        part += 1
