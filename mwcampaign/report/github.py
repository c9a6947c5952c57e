"""Findings as GitHub's workflow commands: each becomes an annotation on its line of a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from mwcampaign.core.findings import Finding, Level
from mwcampaign.core.rules import RULES
from mwcampaign.report.checked import Checked
from mwcampaign.report.plain import plain, slashed

COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}
DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
PROPERTY = DATA | str.maketrans({":": "%3A", ",": "%2C"})


def write(checked: Checked) -> Iterator[str]:
    """Yield a command for each finding, the worst first, and the closing line."""
    # GitHub shows ten annotations of a kind for a step; the log has all of them.
    for entry in sorted(checked.entries, key=lambda one: list(Level).index(one.finding.level)):
        yield _command(entry.finding)
    yield checked.summary + "\n"


def _command(finding: Finding) -> str:
    where = finding.where
    told = {
        "file": plain(slashed(where.file)),
        "line": str(where.line or ""),
        "col": str(where.column or ""),
        "title": f"{finding.code} {RULES[finding.code].title}",
    }
    properties = ",".join(f"{name}={value.translate(PROPERTY)}" for name, value in told.items() if value)
    message = "\n".join(plain(part) for part in (finding.text, finding.hint) if part)
    return f"::{COMMANDS[finding.level]} {properties}::{message.translate(DATA)}\n"
