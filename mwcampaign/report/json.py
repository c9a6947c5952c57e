"""Findings as one JSON document with a version; its schema is answer-check of `mwcampaign schema`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mwcampaign.core.findings import Finding
from mwcampaign.report.checked import Checked
from mwcampaign.report.plain import exact_json


def write(checked: Checked) -> Iterator[str]:
    """Yield the document."""
    told: dict[str, Any] = {"schema": "mwcampaign/findings", "version": 1, "messages": checked.messages}
    yield exact_json(told | {"findings": [_told(entry.finding) for entry in checked.entries]})


def _told(finding: Finding) -> dict[str, Any]:
    where = finding.where
    return {
        "code": finding.code,
        "level": str(finding.level),
        "file": where.file,
        "line": where.line or None,
        "column": where.column or None,
        "text": finding.text,
        "institutions": finding.institutions or None,
        "hint": finding.hint or None,
    }
