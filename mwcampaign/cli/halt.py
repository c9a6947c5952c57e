"""`mwcampaign halt`: stop, offline, until a person resumes."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime

from mwcampaign.cli._options import HERE, CampaignPathOrHere, LedgerFile
from mwcampaign.cli._output import note, say
from mwcampaign.cli._place import NoSuchPath, NothingHere, place
from mwcampaign.cli._review import By, Reason
from mwcampaign.cli._scope import Country, Day, Institution, Network, ledger_at, refuse_unknown, scope, way_out
from mwcampaign.core.delivery import WAITING, State
from mwcampaign.core.ledger import Halt, Ledger
from mwcampaign.core.spelling import listed
from mwcampaign.errors import LedgerUnavailable

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
    now, who = datetime.now(UTC), by or getpass.getuser()
    try:
        here = place(path, ledger)
        kind, value = scope(path, country, network, day, institution)
        refuse_unknown(here, kind, value)
        with ledger_at(here) as known:
            is_new = known.halt(kind, value, now, who, why or "(no reason given)")
            halted = next(each for each in known.halts() if (each.scope, each.value) == (kind, value))
            waiting, others = _tell_under_way(known, halted)
            # Last: to halt may have waited for an apply, and whatever comes after it is stopped.
            nothing_yet = not known.counts()
    except (NoSuchPath, NothingHere) as error:
        raise type(error)(f"NOT halted: {error.what}", hint=error.hint) from error
    except LedgerUnavailable as error:
        # The one refusal that must not be misread: whatever runs goes on.
        hint = f"end the run itself (^C, or kill it), then halt again; {error.hint}"
        raise LedgerUnavailable(f"NOT halted: {error.what}", hint=hint) from error
    told = str(halted)
    if is_new:
        say(f"halted: {told}, by {who}; {waiting} waiting are stopped; go on with: {way_out(halted, here)}")
    else:
        say(f"{told} is halted already; {waiting} waiting are stopped")
    if nothing_yet:
        note("nothing was applied yet: what is applied later is stopped too")
    elif not waiting and others:
        note(f"nothing that waits belongs to {told}; there are: {listed(sorted(others))}")


def _tell_under_way(known: Ledger, halted: Halt) -> tuple[int, set[str]]:
    """Name what cannot be called back; return how many waiting are stopped, and the other values of the scope."""
    waiting, others = 0, set()
    for standing in known.standings(None, {*WAITING, *UNDER_WAY}):
        delivery = standing.delivery
        if not halted.covers(delivery):
            others.add(str(getattr(delivery, halted.scope, "")))
        elif standing.state in WAITING:
            waiting += 1
        else:
            note(f"{standing.state}: {delivery.key[:12]} {delivery.account} {delivery.post} may be public")
    return waiting, others - {""}
