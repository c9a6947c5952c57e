"""Findings as GitLab's Code Quality report: a list of issues, which a merge request compares with its target's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mwcampaign.core.findings import Level
from mwcampaign.report.checked import Checked, Entry
from mwcampaign.report.plain import exact_json, plain, slashed

SEVERITY = {Level.ERROR: "major", Level.WARNING: "minor", Level.NOTE: "info"}


def write(checked: Checked) -> Iterator[str]:
    """Yield the list; [] when there is nothing."""
    yield exact_json([_issue(entry) for entry in checked.entries])


def _issue(entry: Entry) -> dict[str, Any]:
    finding = entry.finding
    return {
        "description": "; ".join(plain(part) for part in (finding.text, finding.hint) if part),
        "check_name": finding.code,
        "fingerprint": entry.fingerprint,
        "severity": SEVERITY[finding.level],
        # GitLab knows no finding about a whole file.
        "location": {"path": plain(slashed(finding.where.file)), "lines": {"begin": finding.where.line or 1}},
    }
