"""From references to secrets: env:NAME, file:PATH, keyring:SERVICE. Called by wire only, just before a connection.

Values appear in no message, repr or traceback; files and keyrings are asked only when a secret is needed. What
this program itself keeps is written by load.secret_store.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mwcampaign.core.campaign import Account
from mwcampaign.errors import CredentialMissing

MAX_BYTES = 65_536


class Secrets(Mapping[str, str]):
    """Secrets by name. Shows names only, however it is printed."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Secrets({', '.join(sorted(self._values))})"

    def __reduce__(self) -> Any:
        raise TypeError("secrets are not written down")


class Missing(Exception):
    """Why a secret is not there; never with its value. For this module and load.secret_store."""


def resolve_secrets(account: Account, base: Path, environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return an account's secrets by name. `base` is the campaign's folder, from which file: paths are seen.

    Raises CredentialMissing, naming the account and every secret that is missing with its reference.
    """
    values, missing = _resolve(account, base, environ)
    if missing:
        hint = "set the variable, write the file, or put it into the keyring"
        raise CredentialMissing("\n".join(missing), hint=hint)
    return Secrets(values)


def resolve_reference(reference: str, name: str, base: Path, environ: Mapping[str, str]) -> str:
    """Return the secret behind one reference that is no account's; `name` says what it is for.

    Raises CredentialMissing, with the reference and never a value.
    """
    try:
        value = value_of(reference, name, base, environ)
    except Missing as why:
        hint = "set the variable, write the file, or put it into the keyring"
        raise CredentialMissing(f"{name} ({reference}) is missing: {why}", hint=hint) from None
    if value is None:
        # The reference is not shown: it may be the secret itself.
        raise CredentialMissing(f"{name} is no reference such as env:NAME", hint="keep secrets out of settings")
    return value


def missing_secrets(account: Account, base: Path, environ: Mapping[str, str]) -> list[str]:
    """Return a sentence for each secret that could not be resolved; [] when the account could connect."""
    return _resolve(account, base, environ)[1]


def exposed_secrets(account: Account, base: Path) -> list[str]:
    """Return a sentence for each secret's file that other users of this machine may read."""
    told = []
    for name, reference in account.secrets.items():
        kind, _, rest = reference.partition(":")
        if kind == "file":
            try:
                mode = (base / rest).stat().st_mode
            except (OSError, ValueError):
                continue
            if mode & (stat.S_IRGRP | stat.S_IROTH):
                told.append(f"{account.id}: other users may read {reference} ({name}); chmod 600 keeps it yours")
    return told


def _resolve(account: Account, base: Path, environ: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    values, missing = {}, []
    for name, reference in account.secrets.items():
        try:
            value = value_of(reference, name, base, environ)
        except Missing as why:
            missing.append(f"{account.id}: the secret {name} ({reference}) is missing: {why}")
            continue
        if value is None:
            # The reference is not shown: it may be the secret itself.
            missing.append(f"{account.id}: the secret {name} is no reference such as env:NAME")
        else:
            values[name] = value
    return values, missing


def value_of(reference: str, name: str, base: Path, environ: Mapping[str, str]) -> str | None:
    """Return what a reference points to, or None where it is no reference. Raises Missing."""
    kind, _, rest = reference.partition(":")
    match kind:
        case "env":
            return _from_environment(rest, environ)
        case "file":
            return _from_file(base / rest)
        case "keyring":
            return _from_keyring(rest, name)
        case _:
            return None


def _from_environment(name: str, environ: Mapping[str, str]) -> str:
    value = environ.get(name)
    if not value:
        raise Missing("the variable is not set" if value is None else "the variable is empty")
    return value


def _from_file(path: Path) -> str:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise Missing("it is not a file")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Missing((error.strerror or "it cannot be read").lower()) from None
    except ValueError:
        raise Missing("its name is not possible") from None
    if len(data) > MAX_BYTES:
        raise Missing("the file is too large for a secret")
    try:
        value = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # From None: the error would carry the bytes of the secret.
        raise Missing("the file is not UTF-8 text") from None
    value = value.removesuffix("\n").removesuffix("\r")
    if not value:
        raise Missing("the file is empty")
    return value


def _from_keyring(service: str, name: str) -> str:
    """Ask the keyring for the entry of this service whose user name is the secret's name."""
    keyring, trouble = the_keyring()
    try:
        value: str | None = keyring.get_password(service, name)
    except trouble:
        raise Missing("the keyring is locked or does not answer") from None
    if not value:
        raise Missing(f"the keyring has no entry: keyring set {service} {name}")
    return value


def the_keyring() -> tuple[Any, type[Exception]]:
    """Return the keyring library, once it has a backend that encrypts, and the error it raises. Raises Missing."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        raise Missing("keyring is not installed: pip install 'mwcampaign[keyring]'") from None
    try:
        safe = _is_safe(keyring.get_keyring())
    except KeyringError:
        raise Missing("the keyring is locked or does not answer") from None
    if not safe:
        raise Missing("this machine has no keyring that keeps secrets encrypted")
    return keyring, KeyringError


def _is_safe(backend: object) -> bool:
    """Return whether a backend encrypts: keyring falls back to plain text files when it finds nothing better."""
    kind = type(backend)
    told = f"{kind.__module__}.{kind.__qualname__}"
    if told.startswith("keyring.backends.chainer."):
        return all(_is_safe(one) for one in getattr(backend, "backends", []))
    refused = ("keyrings.alt.", "keyring.backends.fail.", "keyring.backends.null.")
    return not told.startswith(refused) and "plaintext" not in told.lower()
