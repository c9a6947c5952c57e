"""An account as a block of YAML, for people to paste; and put at the end of accounts.yaml, where they ask for it."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Any

import yaml

from mwcampaign.core.campaign import Account
from mwcampaign.errors import MwcampaignError
from mwcampaign.load.yaml import CoreLoader

FILE = "accounts.yaml"
_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9._/@+-]*(:[A-Za-z0-9._/@+-]+)*")
_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


class CannotWrite(MwcampaignError):
    """The block cannot be added to the file without touching the rest of it."""


def block(account: Account) -> str:
    """Return an entry of the list of accounts, as people write them."""
    lines = [f"institution: {_scalar(account.institution)}", f"network: {_scalar(account.network)}"]
    if account.id != f"{account.institution}@{account.network}":
        lines.insert(0, f"id: {_scalar(account.id)}")
    lines += [f"{name}: {_scalar(value)}" for name in ("server", "handle") if (value := getattr(account, name))]
    for name in ("options", "secrets"):
        if told := getattr(account, name):
            lines += [f"{name}:", *(f"  {key}: {_scalar(value)}" for key, value in told.items())]
    return "".join(f"{'- ' if number == 0 else '  '}{line}\n" for number, line in enumerate(lines))


def append(folder: Path, account: Account) -> Path:
    """Put an account's block at the end of the folder's accounts.yaml; every byte before it stays as it is.

    Makes the file where there is none. Raises CannotWrite when the account is there, when the file is no list of
    accounts, or when the block would not be read back as it is meant; the file is then as it was.
    """
    path = folder / FILE
    try:
        before = path.read_bytes() if path.exists() else b""
        text = before.decode("utf-8")
    except (OSError, UnicodeDecodeError):
        raise CannotWrite(f"{path}: cannot be read", hint="paste the block yourself") from None
    accounts = _accounts(text, path)
    if any(each.get("id", _default(each)) == account.id for each in accounts):
        hint = "change its secrets to these references yourself"
        raise CannotWrite(f"{path}: has {account.id} already", hint=hint)
    indent = " " * min((len(each) for each in re.findall(r"^( *)- ", text, re.MULTILINE)), default=0)
    end = "" if not text or text.endswith("\n") else "\n"
    new = text + end + "".join(f"{indent}{line}\n" for line in block(account).splitlines())
    # Read back before it is believed: a comment, a list in brackets or another key at the end would change its sense.
    *others, last = _accounts(new, path) or [{}]
    if others != accounts or last.get("id", _default(last)) != account.id:
        raise CannotWrite(f"{path}: is written in a way that has no simple end", hint="paste the block yourself")
    _write(path, new.encode())
    return path


def _accounts(text: str, path: Path) -> list[dict[str, Any]]:
    """Return the entries of a file that is a list of accounts, or has one under `accounts`."""
    try:
        told: Any = yaml.load(text, CoreLoader)
    except (yaml.YAMLError, ValueError):
        raise CannotWrite(f"{path}: cannot be read as YAML", hint="paste the block yourself") from None
    if isinstance(told, dict) and set(told) == {"accounts"}:
        told = told["accounts"]
    if told is None:
        return []
    if not isinstance(told, list) or not all(isinstance(each, dict) for each in told):
        raise CannotWrite(f"{path}: is no list of accounts", hint="paste the block yourself")
    return told


def _default(told: dict[str, Any]) -> str:
    return f"{told.get('institution')}@{told.get('network')}"


def _scalar(value: str) -> str:
    """Write text so that YAML reads the same text."""
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return '"' + "".join(_escaped(each) for each in value) + '"'


def _escaped(character: str) -> str:
    if character in {"\\", '"'}:
        return f"\\{character}"
    # What some reader of YAML takes for the end of a line, or does not take at all.
    hidden = unicodedata.category(character) in {"Cc", "Cn", "Zl", "Zp"} or character == "\ufeff"
    return f"\\U{ord(character):08x}" if hidden else character


def _write(path: Path, data: bytes) -> None:
    new = path.with_name(f".{path.name}.new")
    try:
        new.write_bytes(data)
        if path.exists():
            new.chmod(path.stat().st_mode & 0o7777)
        new.replace(path)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise CannotWrite(f"{path}: cannot be written: {error.strerror}", hint="paste the block yourself") from None
