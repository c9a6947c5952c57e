"""Who has to wait, and until when: quotas, and pauses of what fails for everybody. Pure; the ledger keeps the pauses.

A pause names its reach: an account that was told to wait, an application whose accounts share a quota, or a server
that fails for everybody. A server is paused after three accounts in a row met trouble there (or five tries of fewer),
for a minute, then one delivery is let through to probe: success ends the pause, trouble doubles it up to a quarter of
an hour. Trouble of what was in hand already when a pause began is not counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mwcampaign.errors import Reach

ACCOUNTS = 3
"""So many different accounts in trouble, with no success between them, pause a server."""
TRIES = 5
"""So many tries in trouble do, whoever made them."""
SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Rest:
    """What the end of an attempt asks for besides: `reach` waits until then. A network's rest without `until` is one
    more trouble there, from which a pause may follow."""

    reach: Reach
    why: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """Something that waits: an account by its id, an application by its network, a server by network and address.

    `until` is None while troubles are only counted. `accounts` met them, `tries` times in a row, since `since`.
    """

    reach: Reach
    name: str
    since: datetime
    until: datetime | None
    why: str
    tries: int = 0
    accounts: tuple[str, ...] = ()

    @property
    def probed(self) -> bool:
        """Return whether it ends by a probe, and not by time alone."""
        return self.reach == "network"


def place(network: str, server: str) -> str:
    """Return the name under which a server's pause is kept."""
    return f"{network} {server}".strip()


def struck(before: Pause | None, name: str, account: str, why: str, now: datetime) -> Pause:
    """Return a server's pause after one more trouble there."""
    known = before.accounts if before else ()
    accounts = known if account in known or len(known) >= ACCOUNTS else (*known, account)
    tries = (before.tries if before else 0) + 1
    until = None
    if len(accounts) >= ACCOUNTS or tries >= TRIES:
        last = before.until - before.since if before and before.until else timedelta()
        until = now + min(max(last * 2, SHORTEST), LONGEST)
    # From the moment of a pause on, `since` is its own beginning, so that its length can double.
    return Pause("network", name, now if until else (before.since if before else now), until, why, tries, accounts)
