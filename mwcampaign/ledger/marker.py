"""A marker beside the ledger that quotes its last entry, so that a ledger that was lost, swapped, or taken from an old
backup is recognised before it sends everything a second time. Used by wire.files; rehearsals have none.
"""

from __future__ import annotations

import json
from pathlib import Path

from mwcampaign.errors import LedgerUnavailable
from mwcampaign.ledger.pictures import write_whole
from mwcampaign.ledger.reading import Entry, Reading
from mwcampaign.ledger.words import in_words

ABOUT = "The last entry of the ledger beside this file. Without it nobody would notice that the ledger is gone."
AGAIN = "what it knew to be sent would go out again"


class Marker:
    """The file that quotes a ledger, which `read` remembers. All methods raise LedgerUnavailable."""

    def __init__(self, ledger: Path) -> None:
        # Not a name that begins as the ledger's: who takes away ledger.db* would take it along.
        self._ledger, self._path = ledger, ledger.with_name(f"last-entry-of-{ledger.name}.json")
        self._told: Entry | None = None

    def read(self) -> None:
        """Read what it says, before the ledger is opened, which only grows. Refuses when it quotes a ledger that is not
        there, or empty."""
        with in_words(self._path):
            if not self._path.exists():
                return
            try:
                told = json.loads(self._path.read_text("utf-8"))
                self._told = int(told["entry"]), str(told["digest"])
            except (ValueError, TypeError, KeyError):
                raise self._refusal("its marker is damaged, so nobody can tell whether it is the last one") from None
            if not self._ledger.exists() or not self._ledger.stat().st_size:
                raise self.lost()

    def compare(self, ledger: Reading) -> None:
        """Refuse a ledger that does not have the entry that is quoted."""
        if self._told is None or not self._told[0]:
            return
        entry, last = ledger.entry(self._told[0]), ledger.entry()
        if entry is None and last is not None and last[0]:
            raise self._refusal(f"an old copy: {self._told[0] - last[0]} entries are missing, and {AGAIN}")
        if entry != self._told:
            raise self._refusal(f"not the ledger that was here, and {AGAIN}")

    def keep(self, ledger: Reading) -> None:
        """Quote the ledger's last entry, on disk when this returns. There must be a marker; that it is behind is no
        harm."""
        entry = ledger.entry() or (0, "")
        if entry == self._told:
            return
        written = json.dumps({"about": ABOUT, "entry": entry[0], "digest": entry[1]}, indent=1) + "\n"
        try:
            write_whole(self._path, written.encode())
        except OSError as error:
            if self._told is None:
                raise LedgerUnavailable(
                    f"{self._path}: the ledger's marker cannot be written: {error.strerror}",
                    hint="look at the folder's rights and the room on its disk; nothing is sent without the marker",
                ) from error
        else:
            self._told = entry

    def lost(self) -> LedgerUnavailable:
        """Return what to tell when there is nothing of the ledger."""
        return self._refusal(f"the ledger is gone, or empty, and {AGAIN}")

    def _refusal(self, what: str) -> LedgerUnavailable:
        hint = f"put the newest copy back; only if nothing was sent since, or posts may go out twice: rm {self._path}"
        return LedgerUnavailable(f"{self._ledger}: {what}", hint=hint)
