"""The forms for machines, each judged by what its reader accepts: public schemas, parsers, documented escapes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, unquote_to_bytes, urlsplit
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from junitparser import Failure, JUnitXml

from mwcampaign.core.findings import Finding, Level
from mwcampaign.core.rules import RULES
from mwcampaign.report import github, gitlab, junit, sarif
from mwcampaign.report import json as json_form
from mwcampaign.report.checked import Checked
from mwcampaign.report.plain import plain
from tests.report.published import SARIF, faults
from tests.report.samples import TEXTS, checked, finding, in_file

FEW = settings(max_examples=40, deadline=None)


def parsed(line: str) -> tuple[str, dict[str, str], str]:
    """Read a workflow command as GitHub's documentation and its runner say: name, properties, message."""
    assert line.startswith("::")
    info, _, message = line[2:].partition("::")
    name, _, properties = info.partition(" ")
    told = dict(one.split("=", 1) for one in properties.split(",") if one)
    for sign, escape in (("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C"), ("%", "%25")):
        told = {key: value.replace(escape, sign) for key, value in told.items()}
    for sign, escape in (("\r", "%0D"), ("\n", "%0A"), ("%", "%25")):
        message = message.replace(escape, sign)
    return name, told, message


@given(text=TEXTS, file=TEXTS)
def test_github_reads_back_what_was_found(text: str, file: str) -> None:
    """One line for each finding, its properties and message as they were, whatever signs they have."""
    told = "".join(github.write(checked(finding(file=f"a/{file}", text=text or "x", hint=""))))
    command, summary, end = told.split("\n")
    name, properties, message = parsed(command)
    title = f"MW302 {RULES['MW302'].title}"
    path = Path(f"a/{file}").as_posix()
    assert (name, message) == ("error", plain(text or "x"))
    assert properties == {"file": plain(path), "line": "3", "col": "5", "title": title}
    assert (summary, end) == ("1 error, 0 warnings, 0 notes; 7 messages judged", "")


def test_github_shows_the_worst_first() -> None:
    """Of each step it shows but ten of a kind; levels have its names."""
    levels = (Level.NOTE, Level.WARNING, Level.ERROR)
    told = checked(*(finding(line=at + 1, level=level) for at, level in enumerate(levels)))
    names = [parsed(line)[0] for line in "".join(github.write(told)).splitlines()[:-1]]
    assert names == ["error", "warning", "notice"]


def test_a_finding_about_a_whole_file_has_no_line_on_github() -> None:
    """No line is better than a wrong one."""
    command = "".join(github.write(checked(finding(line=0, column=0)))).splitlines()[0]
    assert parsed(command)[1].keys() == {"file", "title"}


def issues(told: Checked) -> list[dict[str, Any]]:
    """Read a Code Quality report, and hold it against what GitLab's page on it asks of one."""
    data = json.loads("".join(gitlab.write(told)))
    assert isinstance(data, list)
    for one in data:
        assert {"description", "check_name", "fingerprint", "severity", "location"} <= one.keys()
        assert all(isinstance(one[name], str) and one[name] for name in ("description", "check_name", "fingerprint"))
        assert one["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert isinstance(one["location"]["path"], str) and not one["location"]["path"].startswith("./")
        assert isinstance(one["location"]["lines"]["begin"], int) and one["location"]["lines"]["begin"] >= 1
    assert len({one["fingerprint"] for one in data}) == len(data)
    return data


@given(text=TEXTS, file=TEXTS)
def test_gitlab_takes_whatever_was_found(text: str, file: str) -> None:
    """Every field it asks for, of the kind it asks for, and no byte order mark."""
    told = checked(finding(file=f"a/{file}", text=text, line=0, column=0), finding(file=f"a/{file}", text=text, line=8))
    assert [one["location"]["lines"]["begin"] for one in issues(told)] == [1, 8]
    "".join(gitlab.write(told)).encode("utf-8")


def test_gitlab_gets_an_empty_list_when_there_is_nothing() -> None:
    """An empty report says that all is well; no report says nothing."""
    assert "".join(gitlab.write(checked())) == "[]\n"


def run_of(told: Checked) -> dict[str, Any]:
    """Return the run of a SARIF log that the public schema has nothing to object to."""
    data = json.loads("".join(sarif.write(told)))
    assert faults(SARIF, data) == []
    run: dict[str, Any] = data["runs"][0]
    return run


@FEW
@given(text=TEXTS, file=TEXTS)
def test_sarif_is_as_its_schema_says(text: str, file: str) -> None:
    """Whatever was found, and wherever; a path's bytes can be read back from its address."""
    file = f"a/{file}".replace("\x00", "")
    run = run_of(checked(finding(file=file, text=text), finding("MW211", file, 0, 0, level=Level.WARNING)))
    place = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    parts = urlsplit(place["uri"])
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("", "", "", "")
    if not re.search("[\ud800-\udfff]", file):
        assert unquote(parts.path) == Path(file).as_posix()
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_sarif_says_nothing_when_there_is_nothing() -> None:
    """A log with no results, which closes what was open."""
    assert run_of(checked())["results"] == []


def test_sarif_counts_columns_in_utf_16() -> None:
    """As its columnKind says: a sign outside the basic plane counts two."""
    source = "text: 🎉🎉 日本 {{ nmae }}"
    column = source.index("nmae") + 1
    run = run_of(checked(finding(column=column), source=source))
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert run["columnKind"] == "utf16CodeUnits"
    assert region["startColumn"] == len(source[: column - 1].encode("utf-16-le")) // 2 + 1 == column + 2


def test_a_path_that_is_no_utf_8_keeps_its_bytes_in_sarif() -> None:
    """Percent-encoded, byte for byte; spaces and signs of addresses too."""
    run = run_of(checked(finding(file="a b/#1?%/\udcff:ü.yaml")))
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert unquote_to_bytes(uri) == b"a b/#1?%/" + b"\xff" + ":ü.yaml".encode()
    assert not set(uri) & set(" #?:")


def test_a_file_elsewhere_has_an_address_of_its_own_in_sarif() -> None:
    """An absolute path is a file: address, and hangs on no base."""
    run = run_of(checked(finding(file="/srv/a week/posts.yaml")))
    place = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": "file:///srv/a%20week/posts.yaml"}


@pytest.mark.parametrize("code", RULES)
def test_sarif_explains_every_rule(code: str) -> None:
    """Help in text and Markdown with the examples, the rule's own level, and a link where there is an address."""
    told = checked(finding(code))
    linked = Checked(told.entries, pages="https://example.org/checks")
    rule = run_of(linked)["tool"]["driver"]["rules"][0]
    assert RULES[code].why in rule["help"]["text"]
    assert RULES[code].wrong in rule["help"]["markdown"] and RULES[code].right in rule["help"]["markdown"]
    assert rule["defaultConfiguration"]["level"] == str(RULES[code].level)
    assert rule["helpUri"] == f"https://example.org/checks#{code.lower()}"
    assert "helpUri" not in run_of(told)["tool"]["driver"]["rules"][0]


def suites(told: Checked) -> JUnitXml:
    """Read JUnit's XML with a parser of others, and hold it against what Jenkins' and GitLab's readers know."""
    text = "".join(junit.write(told))
    root = ET.fromstring(text.encode("utf-8"))
    allowed = {
        "testsuites": {"name", "tests", "failures", "errors"},
        "testsuite": {"name", "tests", "failures", "errors"},
        "testcase": {"name", "classname", "file"},
        "failure": {"message", "type"},
        "system-out": set(),
    }
    for one in root.iter():
        assert set(one.attrib) <= allowed[one.tag]
    cases = [(one.get("classname"), one.get("name")) for one in root.iter("testcase")]
    # GitLab takes two cases with one class and name for one.
    assert len(set(cases)) == len(cases) and all(name and name[1] for name in cases)
    read = JUnitXml.fromstring(text.encode("utf-8"))
    assert read.tests == len(cases) == sum(suite.tests for suite in read)
    return read


@given(text=TEXTS, file=TEXTS)
def test_junit_can_be_read_whatever_was_found(text: str, file: str) -> None:
    """XML has no way to say most controls, so they are not in it; counts are right."""
    file = f"a/{file}"
    read = suites(checked(finding(file=file, text=text), finding("MW208", file, 4, level=Level.WARNING, text=text)))
    assert (read.tests, read.failures) == (2, 1)


def test_a_case_of_junit_fails_when_check_does() -> None:
    """With --fail-on warning a warning is a failure, else it stands in the output of a case that passes."""
    found = (finding(level=Level.WARNING, text="odd"), finding(line=5, level=Level.WARNING, text="odd again"))
    quiet = next(iter(next(iter(suites(checked(*found))))))
    loud = next(iter(next(iter(suites(checked(*found, failing=frozenset({Level.WARNING})))))))
    assert quiet.is_passed and "odd again" in (quiet.system_out or "")
    assert isinstance(loud.result[0], Failure) and "odd again" in loud.result[0].text


def test_a_file_met_twice_is_one_suite() -> None:
    """Two campaigns may both find something in the folder that both extend."""
    told = checked(finding(file="base.yaml"), finding(file="b.yaml"), finding("MW201", "base.yaml", 9))
    assert [(suite.name, suite.tests) for suite in suites(told)] == [("b.yaml", 1), ("base.yaml", 2)]


def test_junit_passes_when_there_is_nothing() -> None:
    """One suite with one case, so that a CI system does not miss its report."""
    read = suites(checked())
    assert (read.tests, read.failures) == (1, 0)


@given(text=TEXTS, file=TEXTS)
def test_json_means_exactly_what_was_found(text: str, file: str) -> None:
    """Read back, it is what it was; as text, it commands no terminal."""
    told = "".join(json_form.write(checked(finding(file=file, text=text, hint=""))))
    one = json.loads(told)["findings"][0]
    assert (one["file"], one["text"], one["hint"]) == (file, text, None)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", told)
    told.encode("utf-8")


POSTS = """\
posts:
  - id: story
    text: |
      Hi {{ nmae }}
      and {{ nmae }}
  - day: monday
    id: quiz
    text: {en: "Hi {{ nmae }}"}
"""


def at(text: str, *lines: int) -> list[str]:
    """Return the fingerprints of equal findings on these lines of posts.yaml."""
    found: list[Finding] = [
        finding(line=line, text="there is no 'nmae' (3 institutions, first: louvre, en)") for line in lines
    ]
    return [one.fingerprint for one in in_file(text, *found)]


def test_fingerprints_stay_when_lines_move() -> None:
    """Remarks, empty lines and posts before it change the line, not the fingerprint."""
    moved = "# a remark\n\n" + POSTS.replace("posts:\n", "posts:\n  - id: new\n    text: Hello\n\n")
    assert at(POSTS, 4, 5, 8) == at(moved, 9, 10, 13)


def test_fingerprints_of_equal_findings_differ() -> None:
    """Two in one text, and one in another post."""
    assert len(set(at(POSTS, 4, 5, 8))) == 3


def test_mending_one_leaves_the_fingerprint_of_another_post_alone() -> None:
    """A finding is known by the post it is in: what happens in other posts does not matter."""
    assert at(POSTS, 8)[0] == at(POSTS, 4, 5, 8)[2]


def test_what_is_said_by_the_way_is_no_part_of_a_fingerprint() -> None:
    """Figures and for whom it was said change from day to day; names in quotes do not."""

    def mark(text: str) -> str:
        return in_file(POSTS, finding(line=4, text=text))[0].fingerprint

    assert mark("text is 312 of 300 graphemes (louvre, en)") == mark("text is 1,204 of 300 graphemes (9 institutions)")
    assert mark("no day 'day-1'") != mark("no day 'day-2'")
    assert mark("no day '1'") != mark("no day '2'")
