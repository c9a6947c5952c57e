"""`mwcampaign halt`: stop, offline, until a person resumes."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime

from mwcampaign.cli._options import HERE, CampaignPathOrHere, LedgerFile
from mwcampaign.cli._output import note, say
from mwcampaign.cli._review import By, Reason
from mwcampaign.cli._scope import Country, Day, Institution, Network, ledger_of, scope
from mwcampaign.core.delivery import State

UNDER_WAY = (State.PREPARING, State.SENDING, State.UNKNOWN)


def halt(
    path: CampaignPathOrHere = HERE,
    country: Country = None,
    network: Network = None,
    day: Day = None,
    institution: Institution = None,
    by: By = None,
    why: Reason = "",
    ledger: LedgerFile = None,
) -> None:
    """Stop everything, or a country, a network, a day, an institution.

    At once, offline, in force for every run and after every restart until `mwcampaign resume`. Posts marked
    `essential: true` pass. What is already with a network cannot be called back: it is named here.
    """
    kind, value = scope(path, country, network, day, institution)
    now, who = datetime.now(UTC), by or getpass.getuser()
    told = f"{kind} {value}".strip()
    with ledger_of(path, ledger) as known:
        if known.halt(kind, value, now, who, why or "(no reason given)"):
            say(f"halted: {told}, by {who}; go on with: mwcampaign resume")
        else:
            say(f"{told} is halted already")
        (halted,) = (each for each in known.halts() if (each.scope, each.value) == (kind, value))
        for standing in known.standings(None, UNDER_WAY):
            if halted.covers(standing.delivery):
                delivery = standing.delivery
                note(f"{standing.state}: {delivery.key[:12]} {delivery.account} {delivery.post} may be public")
