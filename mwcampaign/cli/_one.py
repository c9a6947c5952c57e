"""One delivery, named by its key or the first letters of it: for commands that show or decide."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from mwcampaign.cli._output import note
from mwcampaign.core.delivery import ForbiddenMove, Standing
from mwcampaign.core.ledger import Ledger
from mwcampaign.errors import ExitCode, MwcampaignError, PlanRefused

Key = Annotated[str, typer.Argument(help="A delivery's key, or as many of its first letters as make it the only one.")]
SeveralKeys = Annotated[list[str], typer.Argument(help="Keys of deliveries, or as many first letters as suffice.")]
CampaignOption = Annotated[Path, typer.Option("--campaign", help="The campaign's folder.")]
Why = Annotated[str, typer.Option("--why", help="Your reason, for the history.")]


class NoSuchDelivery(MwcampaignError):
    """No delivery, or more than one, has this key."""

    exit_code = ExitCode.USAGE


def the_one(known: Ledger | None, key: str) -> tuple[Ledger, Standing]:
    """Return the ledger and the only delivery whose key starts so. Raises NoSuchDelivery."""
    keys = known.keys(key) if known and key else []
    standing = known.standing(keys[0]) if known and len(keys) == 1 else None
    if known is None or standing is None:
        told = "no delivery has" if not keys else f"{len(keys)} or more deliveries have"
        hint = "find keys with: mwcampaign status --format json"
        raise NoSuchDelivery(f"{told} a key that starts with {key!r}", hint=hint)
    return known, standing


@contextmanager
def decision(path: Path, told: str | None, key: str) -> Iterator[tuple[Ledger, Standing, str]]:
    """Yield the ledger, the delivery and the name of who decides; what the state forbids is refused (exit 6)."""
    from mwcampaign.wire.files import TWO_MINUTES, ledger_path, open_ledger, patiently, read_ledger
    from mwcampaign.wire.settings import settings

    where = ledger_path(path if path.is_dir() else path.parent, settings(ledger=told).ledger)
    with read_ledger(where) as known:
        _, standing = the_one(known, key)
    with open_ledger(where, patiently(note, TWO_MINUTES)) as ledger:
        try:
            yield ledger, standing, getpass.getuser()
        except ForbiddenMove as error:
            raise PlanRefused(f"{standing.delivery.account} {standing.delivery.post}: {error}") from error
