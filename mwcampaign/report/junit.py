"""Findings as JUnit's XML, which most CI systems show: a suite for each file, a case for each code met in it.

A case fails when check does; findings of other levels stand in the output of a case that passes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from xml.etree import ElementTree as ET

from mwcampaign.core.rules import RULES
from mwcampaign.report.checked import Checked, Entry
from mwcampaign.report.plain import plain, slashed
from mwcampaign.report.text import block

FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to say, not even escaped."""


def write(checked: Checked) -> Iterator[str]:
    """Yield the document; without findings, one suite with one case that passes."""
    root = ET.Element("testsuites", name="mwcampaign check")
    by_file = sorted(checked.entries, key=lambda one: one.finding.where.file)
    for file, found in groupby(by_file, key=lambda one: one.finding.where.file):
        _suite(root, file, list(found), checked)
    if not checked.entries:
        suite = ET.SubElement(root, "testsuite", name="mwcampaign check", tests="1", failures="0", errors="0")
        ET.SubElement(suite, "testcase", classname="mwcampaign check", name="nothing to object to")
    cases = root.findall("testsuite/testcase")
    root.set("tests", str(len(cases)))
    root.set("failures", str(len(root.findall("testsuite/testcase/failure"))))
    root.set("errors", "0")
    ET.indent(root)
    yield '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(root: ET.Element, file: str, found: list[Entry], checked: Checked) -> None:
    name = _allowed(slashed(file))
    suite = ET.SubElement(root, "testsuite", name=name)
    by_code = sorted(found, key=lambda one: one.finding.code)
    for code, group in groupby(by_code, key=lambda one: one.finding.code):
        case = ET.SubElement(suite, "testcase", classname=name, name=f"{code} {RULES[code].title}", file=name)
        told = list(group)
        if failing := [one for one in told if one.finding.level in checked.failing]:
            first = failing[0].finding
            failure = ET.SubElement(case, "failure", message=_allowed(first.text), type=str(first.level))
            failure.text = _lines(failing)
        if others := [one for one in told if one.finding.level not in checked.failing]:
            ET.SubElement(case, "system-out").text = _lines(others)
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", "0")


def _lines(told: list[Entry]) -> str:
    lines = (line for one in told for line in block(one.finding, one.source))
    return FORBIDDEN.sub("", "\n" + "".join("".join(text for _, text in line) + "\n" for line in lines))


def _allowed(text: str) -> str:
    return FORBIDDEN.sub("", plain(text))
