"""Findings as SARIF 2.1.0, for code scanning and for editors: one run, with the rules it met."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from mwcampaign import __version__
from mwcampaign.core.findings import Level
from mwcampaign.core.rules import RULES, Rule
from mwcampaign.report.checked import Checked, Entry
from mwcampaign.report.pages import address, fenced
from mwcampaign.report.plain import exact_json, plain, slashed

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "note"}
ROOT = "%SRCROOT%"
WIDE = re.compile("[\U00010000-\U0010ffff]")
NAMELESS = re.compile("[\ud800-\udc7f\udd00-\udfff]")


def write(checked: Checked) -> Iterator[str]:
    """Yield the log file."""
    codes = sorted({entry.finding.code for entry in checked.entries})
    driver = {
        "name": "mwcampaign",
        "semanticVersion": __version__,
        "rules": [_rule(RULES[code], checked.pages) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "utf16CodeUnits",
        "originalUriBaseIds": {ROOT: {"description": {"text": "The folder that check was run in."}}},
        "results": [_result(entry, codes.index(entry.finding.code)) for entry in checked.entries],
    }
    yield exact_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: Rule, pages: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": rule.code,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {
            "text": f"{rule.why}\n\nWrong:\n{rule.wrong}\n\nRight:\n{rule.right}",
            "markdown": f"{rule.why}\n\nWrong:\n\n{fenced(rule.wrong)}\n\nRight:\n\n{fenced(rule.right)}",
        },
        "defaultConfiguration": {"level": LEVELS[rule.level]},
    }
    if pages:
        told["helpUri"] = address(rule.code, pages)
    return told


def _result(entry: Entry, rule: int) -> dict[str, Any]:
    finding = entry.finding
    # What concerns a whole file stands at its first line: code scanning takes no result without one.
    region = {"startLine": finding.where.line or 1}
    if finding.where.column:
        region["startColumn"] = _utf16(entry.source, finding.where.column)
    place = {"artifactLocation": _file(finding.where.file), "region": region}
    return {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": LEVELS[finding.level],
        "message": {"text": "\n".join(plain(part) for part in (finding.text, finding.hint) if part)},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"mwcampaign/v1": entry.fingerprint},
    }


def _utf16(source: str | None, column: int) -> int:
    """Return a column counted in UTF-16 code units, from one counted in characters; both from 1."""
    return column + bisect_left(_wide(source or ""), column - 1)


@lru_cache(maxsize=1)
def _wide(source: str) -> list[int]:
    """Return where the characters stand that are two units; once for all findings of a line, which may be long."""
    return [found.start() for found in WIDE.finditer(source)]


def _file(file: str) -> dict[str, str]:
    if PurePath(file).is_absolute():
        return {"uri": PurePath(file).as_uri()}
    # A name's bytes that are no UTF-8 are kept; what can be no file's name at all is not.
    name = NAMELESS.sub("\ufffd", slashed(file))
    return {"uri": quote(name.encode("utf-8", "surrogateescape")), "uriBaseId": ROOT}
