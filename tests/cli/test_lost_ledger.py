"""A ledger that was lost, emptied, swapped or taken from an old backup: recognised before anything goes out twice."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from mwcampaign.errors import LedgerUnavailable
from mwcampaign.ledger.marker import Marker
from mwcampaign.ledger.sqlite import SqliteLedger
from mwcampaign.testing._ledger_steps import schedule, wish
from mwcampaign.wire.files import open_ledger, read_ledger
from tests.cli.conftest import Run, write_campaign

COMMANDS = (
    ["plan"],
    ["apply"],
    ["apply", "--dry-run"],
    ["publish", "--post", "story"],
    ["run", "--once"],
    ["run", "--dry-run"],
    ["status"],
    ["halt"],
)


def marker_of(ledger: Path) -> Path:
    """Return the marker's file."""
    return ledger.with_name(f"last-entry-of-{ledger.name}.json")


def emptied(file: Path) -> None:
    """Leave nothing in the file."""
    file.write_bytes(b"")


@pytest.mark.parametrize("lose", [Path.unlink, emptied])
def test_a_ledger_that_is_gone_is_not_begun_anew(run: Run, campaign: Path, lose: Callable[[Path], None]) -> None:
    """After a post went out and its ledger was removed or emptied: every command refuses with exit 5 and says what to
    do; doing exactly that, the person's own word lets a new one begin."""
    assert run("apply", campaign).code == 0
    assert run("run", campaign, "--once").code == 0
    file = campaign / ".mwcampaign" / "ledger.db"
    lose(file)
    left = file.read_bytes() if file.exists() else None
    for command in COMMANDS:
        done = run(command[0], campaign, *command[1:])
        assert (done.code, "the ledger is gone" in done.err, done.out) == (5, True, ""), (command, done.err)
        assert f"rm {marker_of(file)}" in done.err
        assert (file.read_bytes() if file.exists() else None) == left
    marker_of(file).unlink()
    assert run("plan", campaign, "--format", "json").json["counts"]["schedule"] == 2
    assert run("apply", campaign).code == 0
    assert marker_of(file).exists()


def test_a_ledger_elsewhere_is_watched_as_well(run: Run, campaign: Path) -> None:
    """--ledger and MWCAMPAIGN_LEDGER: two ledgers in one folder have a marker each, and the one that is there works."""
    assert run("apply", campaign, "--ledger", "one.db").code == 0
    assert run("apply", campaign, env={"MWCAMPAIGN_LEDGER": "two.db"}).code == 0
    (campaign.parent / "one.db").unlink()
    assert run("status", campaign, env={"MWCAMPAIGN_LEDGER": "one.db"}).code == 5
    assert run("apply", campaign, "--ledger", "one.db").code == 5
    assert run("apply", campaign, "--ledger", "two.db").code == 0


def test_a_rehearsal_leaves_no_marker(run: Run, campaign: Path, tmp_path: Path) -> None:
    """Its ledger goes with it; nor does looking at a campaign leave any."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    assert run("rehearse", campaign, env={"TMPDIR": str(temporary)}).code == 0
    assert run("status", campaign).code == 0
    assert [*campaign.rglob("last-entry*"), *temporary.iterdir()] == []


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the ledger is."""
    return tmp_path / "state" / "ledger.db"


def grow(path: Path, account: str) -> None:
    """Put one delivery into the ledger, as a command does."""
    with open_ledger(path) as ledger:
        schedule(ledger, wish(account))


def refusal(path: Path) -> str:
    """Return what both ways of opening say, which is the same."""
    told = set()
    for opening in (open_ledger, read_ledger):
        with pytest.raises(LedgerUnavailable) as caught, opening(path):  # type: ignore[operator]
            pytest.fail("it was opened")
        told.add(caught.value.what)
        assert str(marker_of(path)) in caught.value.hint
    (what,) = told
    return what


def test_an_old_copy(path: Path) -> None:
    """Restored from a backup: refused with the number of entries that are missing; the newest copy is taken."""
    grow(path, "one@memory")
    backup, newest = path.with_name("backup.db"), path.with_name("newest.db")
    shutil.copy(path, backup)
    grow(path, "two@memory")
    grow(path, "three@memory")
    shutil.copy(path, newest)
    shutil.copy(backup, path)
    assert "an old copy: 2 entries are missing" in refusal(path)
    shutil.copy(newest, path)
    grow(path, "four@memory")


def test_another_ledger(path: Path) -> None:
    """Swapped for one of another campaign, or for an old copy that somebody went on with."""
    other = path.with_name("other.db")
    grow(path, "one@memory")
    shutil.copy(path, other)
    grow(path, "two@memory")
    for number in range(3):
        grow(other, f"other{number}@memory")
    shutil.copy(other, path)
    assert "not the ledger that was here" in refusal(path)
    path.unlink()
    SqliteLedger(path).close()
    assert "not the ledger that was here" in refusal(path)


def test_what_was_not_told_at_the_end_is_no_harm(path: Path) -> None:
    """Killed before the marker was written anew, or with no room for it: it is behind, and the ledger is taken."""
    grow(path, "one@memory")
    before = marker_of(path).read_bytes()
    grow(path, "two@memory")
    marker_of(path).write_bytes(before)
    grow(path, "three@memory")
    assert marker_of(path).read_bytes() != before


def test_a_ledger_of_an_older_version_gets_a_marker(path: Path) -> None:
    """As soon as it is opened to write; looking at it writes nothing."""
    ledger = SqliteLedger(path)
    schedule(ledger, wish())
    ledger.close()
    with read_ledger(path) as known:
        assert known is not None
    assert not marker_of(path).exists()
    with open_ledger(path):
        # Before anybody could send anything.
        assert marker_of(path).exists()
    path.unlink()
    assert "the ledger is gone" in refusal(path)


def test_an_empty_ledger_that_was_halted(path: Path) -> None:
    """A stop comes before everything, and may not vanish with its file either."""
    with open_ledger(path):
        pass
    path.unlink()
    assert "the ledger is gone" in refusal(path)


def test_a_damaged_marker(path: Path) -> None:
    """Nobody can tell whether the ledger is the last one, so nobody sends."""
    grow(path, "one@memory")
    for spoilt in (b"", b"[]", b'{"entry": 1}', b"\xff"):
        marker_of(path).write_bytes(spoilt)
        assert "marker is damaged" in refusal(path)


def test_a_marker_that_cannot_be_written(path: Path) -> None:
    """The first one: nothing may go out without it, so the command ends in words. A folder in its place stands for
    every such trouble."""
    marker_of(path).mkdir(parents=True)
    ledger = SqliteLedger(path)
    with closing(ledger), pytest.raises(LedgerUnavailable, match="marker cannot be written") as told:
        Marker(path).keep(ledger)
    assert str(marker_of(path)) in told.value.what
    assert "rights" in told.value.hint


def test_two_campaigns_do_not_share_a_marker(run: Run, tmp_path: Path) -> None:
    """A copy of a campaign's folder goes on by itself, with the ledger and the marker that came along."""
    first = write_campaign(tmp_path / "first")
    assert run("apply", first).code == 0
    shutil.copytree(first, tmp_path / "second")
    for folder in (first, tmp_path / "second"):
        done = run("run", folder, "--once")
        assert (done.code, '"delivered"' in done.out) == (0, True), done.err
