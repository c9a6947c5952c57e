"""`mwcampaign audit`: what is public, read back and compared."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Annotated

import typer

from mwcampaign.cli._options import HERE, CampaignPathOrHere, LedgerFile, Networks
from mwcampaign.cli._output import Format, progress, say, say_json, table
from mwcampaign.cli._place import place
from mwcampaign.core.delivery import Attempt, Standing, State
from mwcampaign.engine.audit import Finding, Flaw
from mwcampaign.errors import DeliveryFailed, MwcampaignError, OutcomeUnknown

if TYPE_CHECKING:
    from mwcampaign.wire.connections import Connections


def audit(
    path: CampaignPathOrHere = HERE,
    networks: Networks = None,
    form: Annotated[Format, typer.Option("--format", help="How to answer.")] = Format.TEXT,
    ledger: LedgerFile = None,
) -> None:
    """Read back what is public, and compare: missing, double, altered.

    Asks each network for every post the ledger calls delivered, and for others that read the same. Changes nothing.
    Exit 7: something is missing, double or altered; 8: something could not be read.
    """
    from mwcampaign.wire.connections import Connections
    from mwcampaign.wire.files import read_ledger

    here = place(path, ledger).with_ledger()
    with read_ledger(here.ledger) as known:
        assert known is not None
        delivered = [one for one in known.standings(None, {State.DELIVERED})
                     if not networks or one.delivery.network in networks]  # fmt: skip
        connections = Connections(known.accounts, here.folder, os.environ)
        found: list[Finding] = []
        mine: dict[str, set[str]] = defaultdict(set)
        for one in delivered:
            if one.receipt is not None:
                mine[one.delivery.account].add(one.receipt.remote_id)
        try:
            with progress("reading back", len(delivered)) as steps:
                for one in delivered:
                    found += _of(one, known.attempts(one.delivery.key), connections, mine[one.delivery.account])
                    steps.step()
        finally:
            connections.close()
    _tell(found, len(delivered), form)


def _of(one: Standing, attempts: list[Attempt], connections: Connections, mine: set[str]) -> list[Finding]:
    from mwcampaign.engine.audit import audit as compare

    try:
        platform = connections(one.delivery.account)
    except MwcampaignError as error:
        return [Finding(Flaw.UNREAD, one, one.receipt.url if one.receipt else "", error.what)]
    return list(compare(one, attempts, platform, mine))


def _tell(found: list[Finding], number: int, form: Format) -> None:
    counts = Counter(each.flaw for each in found)
    if form is Format.JSON:
        say_json(
            {
                "schema": "mwcampaign/audit",
                "version": 1,
                "read": number,
                "counts": {str(flaw): counts[flaw] for flaw in Flaw},
                "found": [
                    {
                        "flaw": str(each.flaw),
                        "key": each.standing.delivery.key,
                        "account": each.standing.delivery.account,
                        "post": each.standing.delivery.post,
                        "where": each.where,
                        "what": each.what,
                    }
                    for each in found
                ],
            }
        )
    else:
        rows = (
            (each.flaw, each.standing.delivery.key[:12], each.standing.delivery.account, each.where, each.what)
            for each in found
        )
        if found:
            table("What is not as it was sent", ("flaw", "key", "account", "where", "what"), rows)
        say(f"{number} posts compared: " + ", ".join(f"{counts[flaw]} {flaw}" for flaw in Flaw))
    if wrong := sum(counts[flaw] for flaw in (Flaw.MISSING, Flaw.DOUBLE, Flaw.ALTERED)):
        raise DeliveryFailed(f"{wrong} not as they were sent", hint="look at them; nothing was changed")
    if counts[Flaw.UNREAD]:
        raise OutcomeUnknown(f"{counts[Flaw.UNREAD]} could not be read back", hint="run this again, or look yourself")
