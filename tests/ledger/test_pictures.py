"""A picture that was reviewed is the picture that is sent, or none."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mwcampaign.errors import LedgerUnavailable
from mwcampaign.ledger.pictures import PictureStore
from mwcampaign.testing.samples import png
from tests.ledger.conftest import Child


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where pictures are kept; not there yet."""
    return tmp_path / "state" / "pictures"


@pytest.fixture
def store(folder: Path) -> PictureStore:
    """An empty store."""
    return PictureStore(folder)


def files(folder: Path) -> list[Path]:
    """Return every file that is there."""
    return [each for each in folder.rglob("*") if each.is_file()]


def test_exactly_the_bytes_put_in_come_out(store: PictureStore) -> None:
    """Under the sha256 of their content; another handle finds them too."""
    for content in (png(1), b"", b"\0" * 100_000):
        digest = store.put(content)
        assert digest == hashlib.sha256(content).hexdigest()
        assert store.get(digest) == content


def test_making_a_store_makes_no_folder(store: PictureStore, folder: Path) -> None:
    """Looking leaves nothing behind."""
    with pytest.raises(LedgerUnavailable):
        store.get("0" * 64)
    assert not folder.exists()


def test_what_is_there_is_not_written_again(store: PictureStore, folder: Path) -> None:
    """Sixty thousand posts with one picture write it once."""
    store.put(png(1))
    (before,) = files(folder)
    told = before.stat()
    store.put(png(1))
    (after,) = files(folder)
    assert (after.stat().st_ino, after.stat().st_mtime_ns) == (told.st_ino, told.st_mtime_ns)


def test_many_threads_keep_one_picture(store: PictureStore, folder: Path) -> None:
    """Whoever is last changes nothing, and no half file is left."""
    with ThreadPoolExecutor(8) as pool:
        digests = set(pool.map(store.put, [png(number % 2) for number in range(64)]))
    assert {store.get(digest) for digest in digests} == {png(0), png(1)}
    assert len(files(folder)) == 2


@pytest.mark.parametrize("spoil", [b"", b"another picture", None])
def test_a_lost_or_changed_picture_is_never_given_out(store: PictureStore, folder: Path, spoil: bytes | None) -> None:
    """The refusal says which file; putting the right picture again mends it."""
    digest = store.put(png(1))
    (file,) = files(folder)
    if spoil is None:
        file.unlink()
    else:
        file.write_bytes(spoil)
    with pytest.raises(LedgerUnavailable, match=digest) as told:
        store.get(digest)
    assert told.value.hint
    assert store.put(png(1)) == digest
    assert store.get(digest) == png(1)


def test_a_full_disk_keeps_no_half_picture(folder: Path, child: Child) -> None:
    """It is refused in words; what was there before is whole, and nothing else is there."""
    told, trouble = child("picture", folder).communicate(timeout=60)
    assert not trouble
    assert str(folder) in told
    assert "make room" in told
    assert [each.read_bytes() for each in files(folder)] == [b"small"]


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    """A file where the folder should be is told, not crashed upon."""
    (tmp_path / "pictures").write_text("I am a file")
    store = PictureStore(tmp_path / "pictures")
    with pytest.raises(LedgerUnavailable):
        store.put(png(1))
    with pytest.raises(LedgerUnavailable):
        store.get("0" * 64)
