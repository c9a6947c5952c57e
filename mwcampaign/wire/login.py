"""An account's way in: which account, what is known of it, whether the network accepts what was entered, and where it
is kept. The command line asks the person, with these; nothing here prints or asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from mwcampaign.core.campaign import Account
from mwcampaign.core.ports import Identity
from mwcampaign.errors import CredentialMissing, ExitCode, MwcampaignError, PublishError
from mwcampaign.load.secret_store import Place, Store
from mwcampaign.platforms import Adapter, UnknownNetwork, adapter
from mwcampaign.platforms._login import Granted, Way, ways
from mwcampaign.wire.files import STATE_FOLDER, SessionFiles, write_verified
from mwcampaign.wire.login_grants import GRANT, Grant, entry, place_of_grant
from mwcampaign.wire.project import Project

SECRETS_FOLDER = f"{STATE_FOLDER}/secrets"
NAMED = {"bluesky", "mastodon", "pixelfed", "x", "instagram", "threads"}
"""Networks whose handle, as they tell it, is what a campaign states."""


class NoSuchAccount(MwcampaignError):
    """It is not clear which account, or which network, is meant."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class Entrant:
    """An account that somebody logs in: `written` says whether the campaign's files have it under its own id."""

    account: Account
    adapter: Adapter
    written: bool

    def ways(self) -> tuple[Way, ...]:
        """Return its network's ways."""
        return ways(self.account.network, self.adapter)

    def known(self, way: Way) -> dict[str, str]:
        """Return the answers to a way's questions that the campaign gives already; secrets are never among them."""
        told = {"server": self.account.server, "handle": self.account.handle, **self.account.options}
        asked = {ask.name for ask in way.asks if ask.into in {"server", "handle", "option"}}
        stated = {name: told[name] for name in asked if told.get(name)}
        # Also where nobody is asked for it: a stated server, version or Page steers the exchange of a code.
        return {name: value for name, value in told.items() if value} | stated

    def with_answers(self, way: Way, answers: Mapping[str, str], granted: Granted) -> Account:
        """Return the account as it will stand in the campaign, but for its secrets."""
        told = {ask.name: answers[ask.name] for ask in way.asks if ask.into == "option" and answers.get(ask.name)}
        return self.account.model_copy(
            update={
                "server": answers.get("server", "") or self.account.server,
                "handle": answers.get("handle", "") or self.account.handle,
                "options": {**self.account.options, **granted.options, **told},
            }
        )


def entrant(project: Project, network: str, name: str | None) -> Entrant:
    """Return the account that is meant: of this id, or the network's only one, or a new one of the only institution.

    Raises NoSuchAccount, or CampaignInvalid where no part of the campaign is sound.
    """
    try:
        kind = adapter(network)
    except UnknownNetwork as error:
        raise NoSuchAccount(str(error), hint="see them with: mwcampaign networks") from None
    campaign = project.loaded.remains or project.campaign
    written = {account.id for account in campaign.accounts if account.institution != "*"}
    of_network = [account for account in campaign.all_accounts if account.network == network]
    if name is None and len(of_network) > 1:
        ids = ", ".join(account.id for account in of_network[:10])
        raise NoSuchAccount(f"there are {len(of_network)} accounts on {network}", hint=f"add --account, such as {ids}")
    for account in of_network:
        if name in {None, account.id}:
            return Entrant(account, kind, account.id in written)
    houses = [institution.id for institution in campaign.institutions]
    house = (name or "").removesuffix(f"@{network}") if name else (houses[0] if len(houses) == 1 else "")
    if house not in houses:
        hint = f"name a new account INSTITUTION@{network}, with an institution of the campaign"
        raise NoSuchAccount(f"there is no account {name or ''!r} on {network}", hint=hint)
    return Entrant(Account(id=f"{house}@{network}", institution=house, network=network), kind, False)


@dataclass(slots=True)
class Kept:
    """Sessions of a login that is not believed yet: kept on disk only once the network has accepted it."""

    saved: dict[str, str] = field(default_factory=dict, repr=False)

    def load(self, account: str) -> str | None:
        """Return what this very login has saved: an older session may be another password's."""
        return self.saved.get(account)

    def save(self, account: str, session: str) -> None:
        """Hold it."""
        self.saved[account] = session


class Keeper:
    """Keeps what a network granted an account, and forgets it. `folder` is the campaign's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sessions = folder / STATE_FOLDER / "sessions"
        self.store = Store(folder, SECRETS_FOLDER)

    def check(self, kind: Adapter, account: Account, granted: Granted) -> tuple[Identity, Kept]:
        """Ask the network who this is. Raises CredentialMissing when it does not accept what was entered."""
        sessions = Kept()
        platform = kind(account, granted.secrets, sessions)
        try:
            return platform.whoami(), sessions
        except PublishError as error:
            hint = "look at what was entered, and begin again; nothing was kept"
            raise CredentialMissing(f"{account.network} does not accept it: {error}", hint=hint) from None
        finally:
            platform.close()

    def keep(self, account: Account, granted: Granted, identity: Identity, kept: Kept, place: Place | None) -> Account:
        """Keep secrets, session and what is known of them; return the account with its references.

        A secret goes where the account's own reference leads, if that is ours and no `place` is asked for.
        """
        chosen = place or Store.best()
        references = {}
        for name in granted.secrets:
            stated = account.secrets.get(name, "")
            mine = place is None and self.store.owns(stated)
            references[name] = stated if mine else self.store.reference(chosen, account.id, name)
        account = account.model_copy(update={"secrets": {**account.secrets, **references}})
        if account.network in NAMED and not account.handle:
            account = account.model_copy(update={"handle": identity.handle})
        grant = Grant(granted.expires, granted.rights, granted.renewal)
        told = {name: (references[name], value) for name, value in granted.secrets.items()}
        told[GRANT] = (place_of_grant(self.store, account), grant.to_json())
        self.store.put(told)
        for name, session in kept.saved.items():
            SessionFiles(self._sessions).save(name, session)
        write_verified(self._folder / STATE_FOLDER, {account.id: entry(identity, grant)})
        return account

    def forget(self, account: Account, names: tuple[str, ...]) -> list[str]:
        """Remove an account's secrets that this program keeps, and its session; return what was there."""
        gone = []
        for name in dict.fromkeys((*names, *account.secrets, GRANT)):
            places = [self.store.reference(place, account.id, name) for place in ("file", "keyring")]
            for reference in dict.fromkeys((account.secrets.get(name, ""), *places)):
                if self.store.owns(reference) and self.store.remove(reference, name):
                    gone.append(f"{name} ({reference})")
        with suppress(FileNotFoundError):
            (self._sessions / f"{account.id}.session").unlink()
            gone.append("its session")
        return gone


def leaving(project: Project, name: str) -> tuple[Account, tuple[str, ...]]:
    """Return an account by its id, and the names of its network's secrets; its network may be told by the id alone.

    Raises NoSuchAccount.
    """
    campaign = project.loaded.remains
    found = [account for account in campaign.all_accounts if account.id == name] if campaign else []
    network = found[0].network if found else name.rpartition("@")[2]
    try:
        names = adapter(network).secret_names
        account = found[0] if found else Account(id=name, institution="unknown", network=network)
    except ValueError:
        raise NoSuchAccount(f"there is no account {name!r}", hint="see them with: mwcampaign accounts list") from None
    return account, names
