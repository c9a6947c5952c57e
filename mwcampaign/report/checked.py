"""What one run of check came to: the record that every form is made from."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from mwcampaign.core.findings import Finding, Level
from mwcampaign.report.identity import Identity, Line, identities


@dataclass(frozen=True, slots=True)
class Entry:
    """One finding with its source line, if that may be shown. `again` counts the same ones before it."""

    finding: Finding
    source: str | None
    identity: Identity
    again: int = 0

    @property
    def fingerprint(self) -> str:
        """Return 64 hex digits that stay when lines move, and that no other finding of the same run has."""
        one = self.identity
        told = "\0".join((one.file, one.code, one.at, one.text, str(self.again)))
        return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Checked:
    """What is to be told: findings in order of place, how many messages were judged, which levels fail.

    `known` findings were left out because a baseline has them; `pages` is the address of docs/checks/README.md, "" for
    none.
    """

    entries: tuple[Entry, ...]
    messages: int = 0
    failing: frozenset[Level] = frozenset({Level.ERROR})
    known: int = 0
    pages: str = ""

    @property
    def fails(self) -> bool:
        """Return whether a finding is there that fails."""
        return any(entry.finding.level in self.failing for entry in self.entries)

    @property
    def summary(self) -> str:
        """Return the closing line."""
        levels = Counter(entry.finding.level for entry in self.entries)
        told = ", ".join(f"{levels[level]} {level}{'s' * (levels[level] != 1)}" for level in Level)
        left_out = f"; {self.known} known finding{'s' * (self.known != 1)} left out" if self.known else ""
        return f"{told}; {self.messages} messages judged{left_out}"


def entries(findings: Iterable[Finding], line: Line) -> list[Entry]:
    """Return an entry for each finding of one campaign, in their order."""
    told = list(findings)
    pairs = zip(told, identities(told, line), strict=True)
    return [Entry(one, line(one.where) if one.where.line else None, identity) for one, identity in pairs]


def numbered(told: Iterable[Entry]) -> list[Entry]:
    """Return the entries of all campaigns of a run: each once, and the same ones told apart by number."""
    met: Counter[Identity] = Counter()
    done: list[Entry] = []
    # Two campaigns that extend a third both find what is wrong with it.
    for entry in {(one.finding, one.identity): one for one in told}.values():
        done.append(Entry(entry.finding, entry.source, entry.identity, met[entry.identity]))
        met[entry.identity] += 1
    return done
