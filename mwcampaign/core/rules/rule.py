"""The shape of one rule, for core.rules and the files that hold its texts."""

from __future__ import annotations

from dataclasses import dataclass

from mwcampaign.core.findings import Level


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that `check` looks for. `wrong` and `right` are examples as they stand in a campaign's files."""

    code: str
    level: Level
    title: str
    why: str
    wrong: str
    right: str
