"""Messages as the ledger keeps them: each once, under a number. SQL inside somebody else's transaction; used by
ledger.planning.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping

KEEP = "INSERT INTO message (id, digest, body) VALUES (?, ?, ?) ON CONFLICT (digest) DO NOTHING"
MOST = 2000
"""So many numbers are remembered."""


class Messages:
    """Writes messages. Remembers the last ones: an institution's accounts come one after the other, and mostly get the
    same."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._known: dict[str, int] = {}

    def numbers(self, bodies: Iterable[str]) -> Mapping[str, int]:
        """Return the numbers of these messages, and perhaps of others."""
        if len(self._known) > MOST:
            self._known.clear()
        new = [body for body in dict.fromkeys(bodies) if body not in self._known]
        # Rows are never deleted and nobody else is writing, so the next numbers are ours.
        first = (self._db.execute("SELECT max(id) FROM message").fetchone()[0] or 0) + 1
        made = [(number, hashlib.sha256(body.encode()).digest(), body) for number, body in enumerate(new, first)]
        self._known |= {body: number for number, _, body in made}
        if self._db.executemany(KEEP, made).rowcount < len(made):
            for _, digest, body in made:
                found = self._db.execute("SELECT id FROM message WHERE digest = ?", (digest,)).fetchone()
                self._known[body] = found[0]
        return self._known
