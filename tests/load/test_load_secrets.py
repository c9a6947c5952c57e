"""References become secrets at the last moment, and secrets are seen nowhere."""

from __future__ import annotations

import copy
import pickle
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from mwcampaign.core.campaign import Account
from mwcampaign.errors import CredentialMissing
from mwcampaign.load.secrets import exposed_secrets, missing_secrets, resolve_secrets

CANARY = "canary-5d1f"


def account(**secrets: str) -> Account:
    """Return an account with these references."""
    return Account(id="mill@mastodon", institution="mill", network="mastodon", secrets=secrets)


def test_from_environment_and_file(tmp_path: Path) -> None:
    """Variables are read as they are, files without their last line end, from the campaign's folder or anywhere."""
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/one").write_bytes(b" with spaces \r\n")
    (tmp_path / "two").write_bytes(b"\xef\xbb\xbfline\nline\n\n")
    told = resolve_secrets(
        account(a="env:TOKEN", b="file:secrets/one", c=f"file:{tmp_path / 'two'}"), tmp_path, {"TOKEN": "x:y"}
    )
    assert dict(told) == {"a": "x:y", "b": " with spaces ", "c": "line\nline\n"}
    assert (len(told), "a" in told, "d" in told) == (3, True, False)


def test_every_missing_secret_is_named(tmp_path: Path) -> None:
    """All that is missing is told at once, with account, name, reference and reason."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").write_text("\n", "utf-8")
    (tmp_path / "large").write_bytes(b"x" * 70_000)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    wanted = {
        "a": ("env:NOT_SET", "not set"), "b": ("env:EMPTY", "is empty"), "c": ("file:none", "no such file"),
        "d": ("file:folder", "not a file"), "e": ("file:empty", "is empty"), "f": ("file:large", "too large"),
        "g": ("file:binary", "not UTF-8"), "h": ("file:a\0b", "not possible"),
    }  # fmt: skip
    mine = account(**{name: reference for name, (reference, _) in wanted.items()})
    sentences = missing_secrets(mine, tmp_path, {"EMPTY": ""})
    assert len(sentences) == len(wanted)
    for sentence, (name, (reference, reason)) in zip(sentences, wanted.items(), strict=True):
        assert sentence.startswith(f"mill@mastodon: the secret {name} ({reference}) is missing: ")
        assert reason in sentence
    with pytest.raises(CredentialMissing) as caught:
        resolve_secrets(mine, tmp_path, {"EMPTY": ""})
    assert caught.value.what == "\n".join(sentences)
    assert caught.value.hint


def test_nothing_is_missing(tmp_path: Path) -> None:
    """An account that could connect has no sentence."""
    assert missing_secrets(account(a="env:A"), tmp_path, {"A": "1"}) == []
    assert missing_secrets(account(), tmp_path, {}) == []


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    """No way of printing or writing down the mapping gives a value."""
    told = resolve_secrets(account(a="env:A"), tmp_path, {"A": CANARY})
    assert told["a"] == CANARY
    assert CANARY not in f"{told!r} {told} {[told]} {told!a}"
    for write in (pickle.dumps, copy.copy):
        with pytest.raises(TypeError) as caught:
            write(told)  # type: ignore[operator]
        assert CANARY not in str(caught.value)


def test_a_traceback_shows_no_secret(tmp_path: Path) -> None:
    """Neither what was resolved before, nor bytes that are no text, come along with the error."""
    (tmp_path / "binary").write_bytes(CANARY.encode() + b"\xff")
    with pytest.raises(CredentialMissing) as caught:
        resolve_secrets(account(a="env:A", b="file:binary"), tmp_path, {"A": CANARY})
    assert CANARY not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__context__ is None


def test_what_is_no_reference_is_not_repeated(tmp_path: Path) -> None:
    """A value that passed for a reference may be the secret itself."""
    mine = account().model_copy(update={"secrets": {"a": CANARY}})
    sentences = missing_secrets(mine, tmp_path, {})
    assert len(sentences) == 1
    assert CANARY not in sentences[0]


def test_files_that_others_may_read(tmp_path: Path) -> None:
    """A secret's file that other users may read is told of; one's own, and missing ones, are not."""
    (tmp_path / "open").write_text("x", "utf-8")
    (tmp_path / "open").chmod(0o644)
    (tmp_path / "own").write_text("x", "utf-8")
    (tmp_path / "own").chmod(0o600)
    mine = account(a="file:open", b="file:own", c="file:none", d="env:X")
    told = exposed_secrets(mine, tmp_path)
    assert len(told) == 1
    assert "file:open" in told[0]


class Backend:
    """A keyring backend of a desktop: named like the real ones, which are told apart by module."""


def backend(module: str, name: str = "Keyring", backends: tuple[object, ...] = ()) -> object:
    """Return a backend that says it comes from a module."""
    made = type(name, (Backend,), {"__module__": module, "__qualname__": name})()
    made.backends = backends
    return made


class Keyring(ModuleType):
    """Stands in for the library, which is an extra: one entry, one backend."""

    def __init__(self, found: object, locked: type[Exception] | None = None) -> None:
        super().__init__("keyring")
        self.found, self.locked = found, locked

    def get_keyring(self) -> object:
        return self.found

    def get_password(self, service: str, user: str) -> str | None:
        if self.locked:
            raise self.locked(CANARY)
        return CANARY if (service, user) == ("mill", "token") else None


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Install a stand-in for the keyring library."""

    class KeyringError(Exception):
        pass

    def installed(found: object, locked: bool = False) -> None:
        errors = ModuleType("keyring.errors")
        errors.KeyringError = KeyringError  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "keyring", Keyring(found, KeyringError if locked else None))
        monkeypatch.setitem(sys.modules, "keyring.errors", errors)

    yield installed


def test_from_a_keyring(install, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """The service is the reference's, the user name is the secret's; an entry that is not there is told how to make."""
    for found in (
        backend("keyring.backends.SecretService"),
        backend("keyring.backends.chainer", "ChainerBackend", (backend("keyring.backends.macOS"),)),
    ):
        install(found)
        assert resolve_secrets(account(token="keyring:mill"), tmp_path, {})["token"] == CANARY
        (sentence,) = missing_secrets(account(token="keyring:other"), tmp_path, {})
        assert "keyring set other token" in sentence


@pytest.mark.parametrize(
    "found",
    [
        backend("keyrings.alt.file", "PlaintextKeyring"), backend("keyrings.alt.file", "EncryptedKeyring"),
        backend("somewhere.else", "PlainTextKeyring"), backend("keyring.backends.fail"),
        backend("keyring.backends.null"),
        backend("keyring.backends.chainer", "ChainerBackend",
                (backend("keyring.backends.SecretService"), backend("keyrings.alt.file", "PlaintextKeyring"))),
    ],
)  # fmt: skip
def test_a_keyring_that_does_not_encrypt(install, found: object, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """A backend that writes plain text is refused, even where it has the entry."""
    install(found)
    (sentence,) = missing_secrets(account(token="keyring:mill"), tmp_path, {})
    assert "encrypted" in sentence
    assert CANARY not in sentence


def test_a_locked_keyring(install, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """A keyring that cannot be asked is missing, without its own words."""
    install(backend("keyring.backends.SecretService"), locked=True)
    (sentence,) = missing_secrets(account(token="keyring:mill"), tmp_path, {})
    assert "locked" in sentence
    assert CANARY not in sentence


def test_without_the_keyring_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the extra is not installed, the sentence says how to install it."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    (sentence,) = missing_secrets(account(token="keyring:mill"), tmp_path, {})
    assert "mwcampaign[keyring]" in sentence
