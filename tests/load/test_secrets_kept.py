"""What this program keeps: whole or not at all, for its owner alone, and never over what others keep."""

from __future__ import annotations

import os
import stat
import traceback
from pathlib import Path

import pytest

from mwcampaign.errors import CredentialMissing
from mwcampaign.load.secret_store import Store

FOLDER = ".state/secrets"
CANARY = "c4n4ry-kept"


def test_kept_for_the_owner_alone(tmp_path: Path) -> None:
    """Folder 700, file 600 whatever the umask and whatever was there; read back as it was."""
    (tmp_path / FOLDER).mkdir(parents=True, mode=0o755)
    store = Store(tmp_path, FOLDER)
    reference = store.reference("file", "a@x", "token")
    before = os.umask(0)
    try:
        store.put({"token": (reference, CANARY)})
    finally:
        os.umask(before)
    path = tmp_path / FOLDER / "a@x.token"
    assert [stat.S_IMODE(one.stat().st_mode) for one in (path.parent, path)] == [0o700, 0o600]
    assert (reference, store.get(reference, "token")) == (f"file:{FOLDER}/a@x.token", CANARY)
    assert store.remove(reference, "token")
    assert (store.remove(reference, "token"), store.get(reference, "token")) == (False, None)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """The trouble is told without the value."""
    tmp_path.chmod(0o500)
    with pytest.raises(CredentialMissing) as caught:
        Store(tmp_path, FOLDER).put({"token": (f"file:{FOLDER}/a.token", CANARY)})
    tmp_path.chmod(0o700)
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_all_or_none(tmp_path: Path) -> None:
    """When the second of two files cannot be written, the first is as it was, and nothing lies about."""
    store = Store(tmp_path, FOLDER)
    one, two = (store.reference("file", "a@x", name) for name in ("one", "two"))
    store.put({"one": (one, "old")})
    (tmp_path / FOLDER / "a@x.two.new").mkdir()
    with pytest.raises(CredentialMissing) as caught:
        store.put({"one": (one, CANARY), "two": (two, CANARY)})
    assert store.get(one, "one") == "old"
    assert {path.name for path in (tmp_path / FOLDER).iterdir()} == {".gitignore", "a@x.one", "a@x.two.new"}
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_a_trap_is_not_written_through(tmp_path: Path) -> None:
    """A link that somebody put where the new file would be written is replaced, not followed."""
    store = Store(tmp_path, FOLDER)
    reference = store.reference("file", "a@x", "token")
    (tmp_path / FOLDER).mkdir(parents=True)
    (tmp_path / "target").write_text("mine", "utf-8")
    for name in ("a@x.token.new", "a@x.token"):
        (tmp_path / FOLDER / name).symlink_to(tmp_path / "target")
    store.put({"token": (reference, CANARY)})
    assert (tmp_path / "target").read_text("utf-8") == "mine"
    assert store.get(reference, "token") == CANARY


@pytest.mark.parametrize(
    "reference", ["env:TOKEN", "file:own/token", "file:/etc/token", f"file:{FOLDER}/../token", "keyring:mine", "token"]
)
def test_what_others_keep_is_not_touched(tmp_path: Path, reference: str) -> None:
    """Only references into our own folder, or of our own service, are written or removed."""
    store = Store(tmp_path, FOLDER)
    assert not store.owns(reference)
    assert store.get(reference, "token") is None
    assert not store.remove(reference, "token")
    with pytest.raises(CredentialMissing):
        store.put({"token": (reference, CANARY)})
    assert list(tmp_path.iterdir()) == []
