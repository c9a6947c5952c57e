"""Where a command stands: the campaign's folder and its ledger, decided here alone; hints name both by wire.hints."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mwcampaign.errors import ExitCode, LedgerUnavailable, MwcampaignError
from mwcampaign.wire.hints import command

__all__ = ["NoSuchPath", "NothingHere", "Place", "command", "place"]


class NoSuchPath(MwcampaignError):
    """The path that was given is not there; nothing was done."""

    exit_code = ExitCode.USAGE


class NothingHere(LedgerUnavailable):
    """The folder holds neither a campaign nor a ledger; nothing was done."""


@dataclass(frozen=True, slots=True)
class Place:
    """A campaign's path as it was given, its folder, and its ledger's file; `told` is what --ledger said."""

    path: Path
    folder: Path
    ledger: Path
    told: str | None

    def command(self, words: str) -> str:
        """Return `mwcampaign` with these words, the command first, as a shell takes it from where the person stands."""
        return command(words, self.path, self.told)

    def with_ledger(self) -> Place:
        """Return this place, or refuse where there is no ledger (LedgerUnavailable)."""
        if not self.ledger.exists():
            hint = f"make one with: {self.command('apply')}"
            raise LedgerUnavailable(f"{self.ledger}: there is no ledger yet", hint=hint)
        return self


def place(path: Path, told: str | None) -> Place:
    """Return the place a person means by a path and what --ledger said; makes nothing.

    Raises NoSuchPath, or NothingHere where there is neither a campaign nor a ledger: a slip of the hand must not
    be taken for a week in which all is well, nor for one that was stopped.
    """
    from mwcampaign.ledger.marker import Marker
    from mwcampaign.wire.files import ledger_path
    from mwcampaign.wire.settings import settings

    elsewhere = settings(ledger=told).ledger
    folder = path if path.is_dir() else path.parent
    found = Place(path, folder, ledger_path(folder, elsewhere), told)
    if not path.exists() and not (elsewhere and found.ledger.exists()):
        raise NoSuchPath(f"{path}: there is no such folder", hint="give the folder that holds campaign.yaml")
    Marker(found.ledger).read()
    is_campaign = (path.is_file() and path.suffix in {".yaml", ".yml"}) or (folder / "campaign.yaml").is_file()
    if not is_campaign and not found.ledger.exists():
        what = f"{found.ledger}: there is no ledger, and no campaign in {path}"
        raise NothingHere(what, hint="give the folder that holds campaign.yaml")
    return found
