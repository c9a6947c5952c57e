"""Renews tokens before they end, where the network has a way and the token is in our own keeping; else says when it
ends. `run` calls it before it begins, and `accounts verify --renew`. Trouble is a remark, never an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path

from mwcampaign.core.campaign import Account
from mwcampaign.core.ledger import Ledger
from mwcampaign.errors import MwcampaignError, PublishError
from mwcampaign.load.secret_store import Store
from mwcampaign.platforms._graph_tokens import INSTAGRAM, LIFE, MARGIN, THREADS, Renewal
from mwcampaign.platforms._login_oauth import renewed, renewed_linkedin
from mwcampaign.wire.files import STATE_FOLDER
from mwcampaign.wire.login import SECRETS_FOLDER
from mwcampaign.wire.login_grants import GRANT, Grant, grant_of, note_expiry, place_of_grant, read_expiries

TOKEN = "access_token"
RENEWALS = {"instagram": INSTAGRAM, "threads": THREADS}
RENEWED = {*RENEWALS, "linkedin"}


def before_run(known: Ledger, folder: Path, now: datetime) -> Iterator[str]:
    """Renew what is due among the accounts with open deliveries; yield remarks. `folder` is the campaign's."""
    told = known.accounts(known.open_accounts())
    return renew_due((Account.model_validate_json(told[name]) for name in sorted(told)), folder, now)


def renew_due(accounts: Iterable[Account], folder: Path, now: datetime, *, unknown: bool = False) -> Iterator[str]:
    """Renew every token that is due, and yield a remark for each that was, could not be, or ends soon.

    A new token takes the old one's place whole. With `unknown` tokens are renewed too of which no end is known. Never
    raises for trouble with a network, or with the place where secrets are kept.
    """
    store, known = Store(folder, SECRETS_FOLDER), read_expiries(folder / STATE_FOLDER)
    for account in accounts:
        grant = grant_of(store, account) if account.network in RENEWED else Grant()
        reference = account.secrets.get(TOKEN, "")
        if store.owns(reference) and _due(account, grant, now, unknown=unknown):
            yield _renew(store, account, grant, now)
            continue
        # A date that the campaign states is a person's word, and may be of a token that was changed since.
        day = grant.expires.date() if grant.expires else account.expires or known.get(account.id)
        if day is not None and day - now.date() <= MARGIN:
            yield _ending(account, day, now.date())


def _due(account: Account, grant: Grant, now: datetime, *, unknown: bool) -> bool:
    way = _way(account)
    if grant.expires is None:
        return unknown and way is not None
    if way is not None:
        return way.stands(grant.expires - LIFE, now) == "due"
    # A refresh token is good for longer than the token that it renews.
    return bool(grant.renewal.get("refresh_token")) and grant.expires - MARGIN <= now


def _way(account: Account) -> Renewal | None:
    # Tokens of Facebook Login are renewed by nobody: a Page's has no end.
    return None if "graph.facebook.com" in account.server else RENEWALS.get(account.network)


def _renew(store: Store, account: Account, grant: Grant, now: datetime) -> str:
    """Renew one token, and put it where the old one is; return what to say of it."""
    reference, way = account.secrets[TOKEN], _way(account)
    token = store.get(reference, TOKEN)
    if token is None:
        return f"{account.id}: its token is due for renewal, and is not there ({reference})"
    try:
        if way is None:
            got = renewed_linkedin(account.server, grant.renewal, now)
        else:
            got = renewed(f"{account.server.rstrip('/') or way.server}{way.path}", way.params, token, now)
        fresh = Grant(got.expires, got.rights or grant.rights, got.renewal or grant.renewal)
        told = {TOKEN: (reference, got.secrets[TOKEN])}
        store.put({**told, GRANT: (place_of_grant(store, account), fresh.to_json())})
        note_expiry(store.base / STATE_FOLDER, account.id, got.expires)
    except (PublishError, MwcampaignError) as error:
        ends = f"; it ends on {grant.expires.date()}" if grant.expires else ""
        return f"{account.id}: its token was not renewed{ends}: {error}"
    return f"{account.id}: its token was renewed" + (f", until {got.expires.date()}" if got.expires else "")


def _ending(account: Account, day: date, today: date) -> str:
    ends = "ended" if day < today else "end"
    again = f"mwcampaign accounts login {account.network} --account {account.id}"
    return f"{account.id}: its credentials {ends} on {day} and are not renewed here; log in again: {again}"
