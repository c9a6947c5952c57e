"""What PyYAML complains of, in the words of people who write posts. Used by load.yaml only."""

from __future__ import annotations

import re

import yaml

from mwcampaign.core.findings import Position
from mwcampaign.load.sources import Sources

PLAIN_WORDS = (
    ("mapping values are not allowed", "a colon followed by a space where no key can stand",
     'put text with a colon in it into quotes: title: "Monday: we begin"'),
    ("could not find expected ':'", "a line that is neither a key with a colon nor part of a text",
     "add the colon, or indent the line so that it belongs to the text above"),
    ("cannot start any token", "a sign with which no value can begin",
     "put the value into quotes; indent with spaces, never with tabs"),
    ("tab character", "a tab in the indentation", "indent with spaces"),
    ("unexpected end of stream", "a quote that is opened but never closed", "close the quote"),
    ("undefined alias", "a * that begins a value refers to nothing", "put the value into quotes"),
    ("another document", "a second document begins here", "delete the line --- ; one file holds one document"),
    ("expected key", "this line does not fit the indentation of the lines above", "align it with its neighbours"),
    ("expected '-' indicator", "this line does not belong to the list above", "begin it with - or move it"),
    ("expected ',' or", "a bracket that is opened but never closed", "close it with ] or }, or add a comma"),
    ("node content", "a value is missing or a bracket is closed that was never opened", "look at the brackets"),
    ("escape character", "an unknown \\ sequence in double quotes", "use single quotes, or write \\\\ for one \\"),
)  # fmt: skip


BRACES = "a text that begins with {{ stands here without quotes"
QUOTE = 'put quotes around it: text: "{{ institution.name }} opens {{ tags }}"'
_BEGINS_SO = re.compile(r"\s*(?:-\s+)*(?:[\w-]+:\s+)?(?=\{\{)")


def report_syntax(error: yaml.MarkedYAMLError, file: str, sources: Sources) -> None:
    """Report a fault of syntax at the place that helps most. Never repeats what stands there: it may be a secret."""
    problem = error.problem or error.context or "this is not YAML"
    mark = error.problem_mark or error.context_mark
    # Where something is opened and never closed, its beginning helps more than the end of the file.
    if error.context_mark is not None and ("unexpected end" in problem or "expected ',' or" in problem):
        mark = error.context_mark
    where = Position(file, mark.line + 1, mark.column + 1) if mark else Position(file)
    lines = sources.lines(file) if mark else []
    if mark and mark.line < len(lines) and (found := _BEGINS_SO.match(lines[mark.line])):
        sources.fault("MW104", Position(file, mark.line + 1, found.end() + 1), BRACES, QUOTE)
        return
    for sign, what, hint in PLAIN_WORDS:
        if sign in problem:
            sources.fault("MW104", where, what, hint)
            return
    sources.fault("MW104", where, f"this is not YAML: {problem}", "look at colons, quotes and indentation here")
