"""Renews tokens before they end, where the network has a way and the token is in our own keeping; else says when it
ends. `run` does it before it begins and again and again while it goes on; `accounts verify --renew` once. Trouble is a
remark, never an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

from mwcampaign.core.campaign import Account
from mwcampaign.core.ledger import Ledger
from mwcampaign.core.ports import Clock
from mwcampaign.errors import MwcampaignError, PublishError, Rejected
from mwcampaign.load.secret_store import Store
from mwcampaign.platforms._graph_tokens import INSTAGRAM, LIFE, MARGIN, THREADS, Renewal
from mwcampaign.platforms._login import Granted
from mwcampaign.platforms._login_oauth import renewed, renewed_linkedin, renewed_vk
from mwcampaign.schedule.presence import alone
from mwcampaign.wire.files import STATE_FOLDER
from mwcampaign.wire.login import SECRETS_FOLDER
from mwcampaign.wire.login_grants import GRANT, Grant, grant_of, note_expiry, place_of_grant, read_expiries

TOKEN = "access_token"
RENEWALS = {"instagram": INSTAGRAM, "threads": THREADS}
REFRESHED = {"linkedin": (renewed_linkedin, MARGIN), "vk": (renewed_vk, timedelta(minutes=20))}
"""Networks with refresh tokens: what exchanges them, and how long before the end. VK's tokens live for an hour."""
SOONEST, LATEST = timedelta(minutes=5), timedelta(days=1)
"""The waits after a renewal that came to nothing, and LATEST after whatever only a person can do something about."""


class Upkeep:
    """Keeps the tokens of accounts with open deliveries good for as long as a run goes on. `folder` is the campaign's.

    `tell` hears remarks; `reread` is called after each round: tokens may be new, made here or by another process.
    """

    def __init__(
        self, ledger: Ledger, folder: Path, clock: Clock, tell: Callable[[str], None], reread: Callable[[], None]
    ) -> None:
        self._ledger, self._folder, self._clock = ledger, folder, clock
        self._tell, self._reread = tell, reread
        self._quiet: dict[str, datetime] = {}
        self._told: set[tuple[date, str]] = set()

    def round(self) -> None:
        """Renew what is due, and tell each remark once a day. What comes to nothing is tried again later: often enough
        before the end, and not more."""
        now = self._clock.now()
        try:
            told = self._ledger.accounts(self._ledger.open_accounts())
            accounts = (Account.model_validate_json(told[name]) for name in sorted(told))
            for remark in renew_due(accounts, self._folder, now, quiet=self._quiet):
                if (now.date(), remark) not in self._told:
                    self._told.add((now.date(), remark))
                    self._tell(remark)
            self._reread()
        except MwcampaignError as error:
            # A ledger that cannot be read ends the run elsewhere, and better told.
            self._tell(f"tokens were not looked at: {error.what}")


def renew_due(
    accounts: Iterable[Account],
    folder: Path,
    now: datetime,
    *,
    unknown: bool = False,
    quiet: dict[str, datetime] | None = None,
) -> Iterator[str]:
    """Renew every token that is due, and yield a remark for each that was, could not be, or ends soon.

    A new token takes the old one's place whole. With `unknown` tokens are renewed too of which no end is known. `quiet`
    keeps from call to call until when an account needs no other look. Never raises for trouble with a network, or with
    the place where secrets are kept.
    """
    store, known = Store(folder, SECRETS_FOLDER), read_expiries(folder / STATE_FOLDER)
    quiet = {} if quiet is None else quiet
    for account in accounts:
        if quiet.get(account.id, now) > now:
            continue
        grant = _grant(store, account)
        if store.owns(account.secrets.get(TOKEN, "")):
            if _due(account, grant, now, unknown=unknown):
                if remark := _renew(store, account, now, quiet, unknown=unknown):
                    yield remark
                continue
            if _in_time(account, grant, now):
                continue
        # A date that the campaign states is a person's word, and may be of a token that was changed since.
        day = grant.expires.date() if grant.expires else account.expires or known.get(account.id)
        if day is not None and day - now.date() <= MARGIN:
            quiet[account.id] = now + LATEST
            yield _ending(account, day, now.date())


def _grant(store: Store, account: Account) -> Grant:
    return grant_of(store, account) if account.network in {*RENEWALS, *REFRESHED} else Grant()


def _due(account: Account, grant: Grant, now: datetime, *, unknown: bool) -> bool:
    way = _way(account)
    if grant.expires is None:
        return unknown and way is not None
    if way is not None:
        return way.stands(grant.expires - LIFE, now) == "due"
    # A refresh token is good for longer than the token that it renews.
    return account.network in REFRESHED and grant.renews and grant.expires - REFRESHED[account.network][1] <= now


def _in_time(account: Account, grant: Grant, now: datetime) -> bool:
    """Return whether the token will be renewed when its time has come."""
    if (way := _way(account)) is not None:
        return grant.expires is not None and way.stands(grant.expires - LIFE, now) in {"young", "fine"}
    return account.network in REFRESHED and grant.renews


def _way(account: Account) -> Renewal | None:
    # Tokens of Facebook Login are renewed by nobody: a Page's has no end.
    return None if "graph.facebook.com" in account.server else RENEWALS.get(account.network)


def _renew(store: Store, account: Account, now: datetime, quiet: dict[str, datetime], *, unknown: bool) -> str:
    """Renew one token, and put it where the old one is; return what to say of it, "" where another process is at it.

    A refresh token may be good for one exchange alone, so only one process at a time makes any.
    """
    reference, grant = account.secrets[TOKEN], Grant()
    try:
        with alone(store.base / STATE_FOLDER / "renewing") as ours:
            # Looked at once more: the process before us may have renewed it.
            grant = _grant(store, account)
            if not ours or not _due(account, grant, now, unknown=unknown):
                return ""
            token = store.get(reference, TOKEN)
            if token is None:
                quiet[account.id] = now + LATEST
                return f"{account.id}: its token is due for renewal, and is not there ({reference})"
            got = _exchanged(account, grant, token, now)
            fresh = Grant(got.expires, got.rights or grant.rights, got.renewal or grant.renewal)
            told = {TOKEN: (reference, got.secrets[TOKEN])}
            store.put({**told, GRANT: (place_of_grant(store, account), fresh.to_json())})
            note_expiry(store.base / STATE_FOLDER, account.id, fresh)
    except (PublishError, MwcampaignError) as error:
        left = abs(grant.expires - now) if grant.expires else LATEST
        quiet[account.id] = now + (LATEST if isinstance(error, Rejected) else min(max(left / 10, SOONEST), LATEST))
        ends = f"; it ends on {grant.expires.date()}" if grant.expires else ""
        return f"{account.id}: its token was not renewed{ends}: {error}"
    return f"{account.id}: its token was renewed" + (f", until {got.expires.date()}" if got.expires else "")


def _exchanged(account: Account, grant: Grant, token: str, now: datetime) -> Granted:
    if (way := _way(account)) is not None:
        return renewed(f"{account.server.rstrip('/') or way.server}{way.path}", way.params, token, now)
    exchange, _ = REFRESHED[account.network]
    return exchange(account.server, grant.renewal, now)


def _ending(account: Account, day: date, today: date) -> str:
    ends = "ended" if day < today else "end"
    again = f"mwcampaign accounts login {account.network} --account {account.id}"
    return f"{account.id}: its credentials {ends} on {day} and are not renewed here; log in again: {again}"
