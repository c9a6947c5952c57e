"""Where this program keeps secrets that it was given: the keyring, or files that only their owner may read.

Called by wire only. Values appear in no message, repr or traceback; what others keep is never changed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

from mwcampaign.errors import CredentialMissing
from mwcampaign.load.secrets import Missing, the_keyring, value_of

Place = Literal["keyring", "file"]


class Store:
    """Where this program keeps an account's secrets: the keyring, or one file each in `folder`, below `base`.

    `base` is the campaign's folder. Anything else that a reference names is not ours, and is never changed.
    """

    def __init__(self, base: Path, folder: str) -> None:
        self.base, self._folder = base, folder

    @staticmethod
    def best() -> Place:
        """Return the keyring where there is one that encrypts, else files."""
        try:
            the_keyring()
        except Missing:
            return "file"
        return "keyring"

    def reference(self, place: Place, account: str, name: str) -> str:
        """Return where a secret of an account would be kept."""
        if place == "keyring":
            return f"keyring:mwcampaign/{self.base.resolve().name}/{account}"
        return f"file:{self._folder}/{account}.{name}"

    def owns(self, reference: str) -> bool:
        """Return whether a reference leads to what this program keeps."""
        kind, _, rest = reference.partition(":")
        if kind == "keyring":
            return rest.startswith("mwcampaign/")
        return kind == "file" and "\0" not in rest and (self.base / rest).parent == self.base / self._folder

    def put(self, kept: Mapping[str, tuple[str, str]]) -> None:
        """Keep secrets, given as name to (reference, value): each file whole or not at all, readable by its owner.

        Raises CredentialMissing, never with a value, when one cannot be kept; files are then as they were.
        """
        ready: list[tuple[Path, Path]] = []
        try:
            for name, (reference, value) in kept.items():
                if not self.owns(reference):
                    raise CredentialMissing(f"{reference} is not kept by this program", hint="change it by hand")
                kind, _, rest = reference.partition(":")
                if kind == "keyring":
                    _to_keyring(rest, name, value)
                else:
                    ready.append((self._written(self.base / rest, value), self.base / rest))
            for new, path in ready:
                new.replace(path)
        except OSError as error:
            hint = "see that the campaign's folder can be written"
            raise CredentialMissing(f"a secret cannot be kept: {error.strerror}", hint=hint) from None
        finally:
            for new, _ in ready:
                with suppress(OSError):
                    new.unlink(missing_ok=True)

    def get(self, reference: str, name: str) -> str | None:
        """Return a secret that is kept here, or None when it is not."""
        try:
            return value_of(reference, name, self.base, {}) if self.owns(reference) else None
        except Missing:
            return None

    def remove(self, reference: str, name: str) -> bool:
        """Forget a secret; return whether it was there. Raises CredentialMissing when it cannot be removed."""
        kind, _, rest = reference.partition(":")
        if self.get(reference, name) is None:
            return False
        try:
            if kind == "keyring":
                keyring, trouble = the_keyring()
                try:
                    keyring.delete_password(rest, name)
                except trouble:
                    raise CredentialMissing(f"{reference} ({name}) cannot be removed from the keyring") from None
            else:
                (self.base / rest).unlink()
        except OSError as error:
            raise CredentialMissing(f"{reference} cannot be removed: {error.strerror}") from None
        return True

    def _written(self, path: Path, value: str) -> Path:
        """Write a value beside its place, where only the owner may read it."""
        folder = path.parent
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
        # Whoever keeps the campaign under version control must not share secrets by mistake.
        ignore = folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", "utf-8")
        new = path.with_name(f"{path.name}.new")
        new.unlink(missing_ok=True)
        # O_EXCL: whatever somebody put there meanwhile is not written through.
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(value)
            file.flush()
            os.fsync(file.fileno())
        return new


def _to_keyring(service: str, name: str, value: str) -> None:
    try:
        keyring, trouble = the_keyring()
    except Missing as why:
        raise CredentialMissing(str(why), hint="keep them in files: --keep file") from None
    try:
        keyring.set_password(service, name, value)
    except trouble:
        hint = "unlock it, or keep them in files: --keep file"
        raise CredentialMissing("the keyring is locked or does not answer", hint=hint) from None
