"""Commands as a person can type them where they stand. For hints, of the command line and of other modules of wire."""

from __future__ import annotations

import shlex
from pathlib import Path

ASKS_FOR_ITS_PATH = frozenset({"check", "render", "plan", "apply", "publish", "rehearse"})
"""These have no default path: hints name even the current folder."""


def command(words: str, path: Path, ledger: str | None = None) -> str:
    """Return `mwcampaign` with these words, the command first, and the path, quoted for a shell."""
    name, _, rest = words.partition(" ")
    where = ""
    if path != Path() or name in ASKS_FOR_ITS_PATH:
        where = shlex.quote(str(path))
    keyed = rest.startswith("KEY")
    parts = [name, rest, where and f"--campaign {where}"] if keyed else [name, where, rest]
    if ledger:
        parts.append(f"--ledger {shlex.quote(ledger)}")
    return " ".join(["mwcampaign", *filter(None, parts)])
