"""Adapters with their secrets, made when they are first needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import cast

from mwcampaign.core.campaign import Account
from mwcampaign.core.ports import Platform
from mwcampaign.engine.deliver import DEADLINE
from mwcampaign.errors import CredentialMissing, LedgerUnavailable, MwcampaignError
from mwcampaign.load.secrets import exposed_secrets, missing_secrets, resolve_secrets
from mwcampaign.platforms import adapter
from mwcampaign.schedule.tick import LEASE
from mwcampaign.wire.files import STATE_FOLDER, NoSessions, SessionFiles
from mwcampaign.wire.login_fresh import Fresh

# A post must be over, one way or the other, long before anybody may take its lease.
assert DEADLINE * 4 < LEASE

NAMED = 20
"""Of so many accounts it is told which secrets are missing."""


class Connections:
    """The adapters of accounts, each made once, with its secrets.

    `accounts` gives their descriptions by id; it is asked again whenever `serial` has moved on.
    """

    def __init__(
        self,
        accounts: Callable[[], Mapping[str, str]],
        folder: Path,
        environ: Mapping[str, str],
        serial: Callable[[], int] = lambda: 0,
    ) -> None:
        self._read, self._serial, self._seen = accounts, serial, -1
        self._told: dict[str, str] = {}
        self._lock = Lock()
        self._folder, self._environ = folder, environ
        self._sessions = SessionFiles(folder / STATE_FOLDER / "sessions")
        self._made: dict[str, Platform] = {}
        self._used: dict[str, Mapping[str, str]] = {}

    def __call__(self, name: str) -> Platform:
        """Return the account's adapter. Raises CredentialMissing, naming the reference and never a value."""
        with self._lock:
            account = self._account(name)
            if name not in self._made:
                secrets = self._used[name] = resolve_secrets(account, self._folder, self._environ)
                made = adapter(account.network)(account, secrets, self._sessions)
                self._made[name] = cast(Platform, Fresh(made, lambda: self._stale(name, secrets))) if secrets else made
            return self._made[name]

    def reread(self) -> None:
        """Look again where secrets are kept: who asks next for an account with other ones gets an adapter with them."""
        for name, used in list(self._used.items()):
            self._stale(name, used)

    def _stale(self, name: str, used: Mapping[str, str]) -> bool:
        """Return whether an account's secrets are others now, and forget the adapter with the old ones then."""
        with self._lock:
            try:
                if resolve_secrets(self._account(name), self._folder, self._environ) == used:
                    return False
            except MwcampaignError:
                # Not there at this moment: what was there is still the best we have.
                return False
            if self._used.get(name) is used:
                # Not closed: somebody may be in the middle of a call.
                self._made.pop(name, None)
                self._used.pop(name)
            return True

    def without_secrets(self, name: str) -> Platform:
        """Return an adapter that can prepare but not connect, for dry runs."""
        account = self._account(name)
        return adapter(account.network)(account, {}, NoSessions())

    def missing(self, names: set[str]) -> list[str]:
        """Return what is missing before these accounts can post: a sentence for each secret of the first accounts, and
        how many more there are."""
        found = [
            told
            for name in sorted(names)
            if (told := missing_secrets(self._account(name), self._folder, self._environ))
        ]
        sentences = [sentence for told in found[:NAMED] for sentence in told]
        return [*sentences, f"and {len(found) - NAMED:,} more accounts"] if len(found) > NAMED else sentences

    def exposed(self, name: str) -> list[str]:
        """Return a sentence for each secret of an account that other users of this machine may read."""
        return exposed_secrets(self._account(name), self._folder)

    def require(self, names: set[str], more: str = "") -> None:
        """Refuse to begin when a secret is missing. `more` is what else helps. Raises CredentialMissing."""
        if told := self.missing(names):
            raise CredentialMissing(
                "\n".join(told), hint=f"set what is missing and run this again; nothing was sent{more}"
            )

    def _account(self, name: str) -> Account:
        # Another process may have applied a plan since: an account may be new, or have moved.
        if (serial := self._serial()) != self._seen:
            self._seen, before, self._told = serial, self._told, dict(self._read())
            for changed in [made for made in self._made if before.get(made) != self._told.get(made)]:
                del self._made[changed]
                self._used.pop(changed, None)
        if name not in self._told:
            raise LedgerUnavailable(f"the ledger knows no account {name!r}", hint="apply the campaign again")
        return Account.model_validate_json(self._told[name])

    def close(self) -> None:
        """Let go of every connection."""
        for platform in self._made.values():
            platform.close()
