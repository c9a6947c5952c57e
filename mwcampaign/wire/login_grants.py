"""What is known of an account's credentials beside themselves: their end, their rights, what renews them. Grants lie
with the secrets; what is no secret lies in verified.json too, where `check` finds it offline. Wire and cli call this.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from mwcampaign.core.campaign import Account
from mwcampaign.core.ports import Allowance, Identity
from mwcampaign.load.secret_store import Store
from mwcampaign.wire.files import write_verified

GRANT = "grant"
"""The name under which a grant lies beside the secrets."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What came with a token: `expires` is aware, `renewal` is secret."""

    expires: datetime | None = None
    rights: tuple[str, ...] = ()
    renewal: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def renews(self) -> bool:
        """Return whether the token is renewed by another one, for longer than anybody knows here."""
        return bool(self.renewal.get("refresh_token"))

    def to_json(self) -> str:
        """Return it as text for the store."""
        expires = self.expires.isoformat() if self.expires else None
        return json.dumps({"expires": expires, "rights": list(self.rights), "renewal": dict(self.renewal)})

    @classmethod
    def from_json(cls, told: str | None) -> Grant:
        """Read what to_json wrote; what is missing or damaged counts as nothing known."""
        try:
            data = json.loads(told or "{}")
            expires = datetime.fromisoformat(data["expires"]) if data.get("expires") else None
            return cls(expires, tuple(data.get("rights", ())), dict(data.get("renewal", {})))
        except (ValueError, TypeError, AttributeError):
            return cls()


def place_of_grant(store: Store, account: Account) -> str:
    """Return where the grant of an account's secrets lies: beside the first that we keep; "" where we keep none."""
    for reference in account.secrets.values():
        if store.owns(reference):
            return reference if reference.startswith("keyring:") else store.reference("file", account.id, GRANT)
    return ""


def grant_of(store: Store, account: Account) -> Grant:
    """Return what is known of an account's secrets; nothing for those that others keep."""
    place = place_of_grant(store, account)
    return Grant.from_json(store.get(place, GRANT)) if place else Grant()


def entry(identity: Identity, grant: Grant, left: tuple[Allowance, ...] = ()) -> dict[str, Any]:
    """Return what verified.json keeps of an account; what the network says wins over what came with the token."""
    expires = identity.expires or grant.expires
    return {
        "handle": identity.handle,
        "url": identity.url,
        "limits": dict(identity.limits),
        "software": identity.software,
        "rights": list(identity.rights or grant.rights),
        "expires": expires.astimezone(UTC).isoformat() if expires else None,
        "renews": grant.renews,
        "left": [{"posts": each.remaining, "until": each.until.isoformat(), "shared": each.shared} for each in left],
    }


def note_expiry(state_folder: Path, account: str, grant: Grant) -> None:
    """Write down a new end of an account's credentials beside what verified.json keeps of it. Raises
    LedgerUnavailable when it cannot be written."""
    kept = _verified(state_folder).get(account, {})
    expires = grant.expires.isoformat() if grant.expires else None
    write_verified(state_folder, {account: {**kept, "expires": expires, "renews": grant.renews}})


def read_expiries(state_folder: Path) -> dict[str, date]:
    """Return the day (UTC) on which each verified account's credentials end, as `expires` of an account states it;
    only accounts of which an end is known, and whose tokens are not renewed again and again. A damaged cache counts as
    none."""
    days: dict[str, date] = {}
    for name, told in _verified(state_folder).items():
        if told.get("renews"):
            continue
        try:
            days[name] = datetime.fromisoformat(told["expires"]).astimezone(UTC).date()
        except (KeyError, TypeError, ValueError):
            continue
    return days


def _verified(state_folder: Path) -> dict[str, dict[str, Any]]:
    try:
        data = json.loads((state_folder / "verified.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {name: told for name, told in data.items() if isinstance(told, dict)} if isinstance(data, dict) else {}
