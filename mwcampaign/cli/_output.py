"""The only place that prints. Answers go to stdout; remarks, progress and refusals to stderr.

On a terminal: colour (unless NO_COLOR), tables, live views. In a pipe: plain text or JSON.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from mwcampaign.core.findings import Finding, Level
from mwcampaign.errors import CampaignInvalid, MwcampaignError

if TYPE_CHECKING:
    from rich.console import Console

FINDING_STYLE = {"place": "bold", "error": "bold red", "warning": "yellow", "note": "cyan", "source": "dim"}


class Format(StrEnum):
    """How a command answers."""

    TEXT = "text"
    JSON = "json"


def console(*, stderr: bool = False) -> Console:
    """Return a console that never wraps what a pipe reads."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, highlight=False, soft_wrap=True, width=None if stream.isatty() else 200)


def say(text: str = "", style: str = "") -> None:
    """Print one answer."""
    if style and sys.stdout.isatty():
        console().print(text, style=style, markup=False)
    else:
        sys.stdout.write(text + "\n")


def note(text: str) -> None:
    """Print a remark that is not the answer."""
    sys.stderr.write(text + "\n")


def say_json(data: Any) -> None:
    """Print one JSON document; equal data give equal bytes."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2) + "\n")


def say_json_list(data: dict[str, Any], name: str, items: Iterable[Any]) -> None:
    """Print one JSON document with a list at its end, which may be longer than memory."""
    head = json.dumps({**data, name: []}, ensure_ascii=False, indent=2)
    sys.stdout.write(head.removesuffix("]\n}"))
    between = "\n    "
    for item in items:
        sys.stdout.write(between + json.dumps(item, ensure_ascii=False))
        between = ",\n    "
    sys.stdout.write("]\n}\n" if between == "\n    " else "\n  ]\n}\n")


def say_json_line(data: Any) -> None:
    """Print one line of JSON, at once: somebody may be reading along."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; on a terminal with lines, in a pipe with tabs."""
    if not sys.stdout.isatty():
        say("\t".join(columns))
        for row in rows:
            say("\t".join(str(cell) for cell in row))
        return
    from rich.table import Table
    from rich.text import Text

    drawn = Table(title=title, title_justify="left", header_style="bold")
    for name in columns:
        # Nothing is cut off: names are copied from here, keys in one piece.
        drawn.add_column(name, overflow="fold", no_wrap=name == "key")
    for row in rows:
        drawn.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row))
    console().print(drawn)


def say_finding(finding: Finding, source: str | None = None, *, stderr: bool = False) -> None:
    """Print one finding: place, code, what, the source line with a caret where there is one, what to do."""
    from mwcampaign.report.text import block

    stream = sys.stderr if stderr else sys.stdout
    lines = list(block(finding, source))
    if not stream.isatty():
        say_exactly("".join("".join(text for _, text in line) + "\n" for line in lines), stream)
        return
    from rich.text import Text

    out = console(stderr=stderr)
    for line in lines:
        out.print(Text.assemble(*((text, FINDING_STYLE.get(role, "")) for role, text in line)))


def say_exactly(text: str, stream: TextIO | None = None, *, encoding: str | None = None) -> None:
    """Print text as it is, in the encoding given; what the stream's own cannot say is said by its number."""
    stream = stream or sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding=encoding or stream.encoding, errors="backslashreplace")
    stream.write(text)


def refuse(error: MwcampaignError) -> None:
    """Print why a command ended: the findings it carries, what, and what to do."""
    if isinstance(error, CampaignInvalid):
        for finding in error.findings:
            if isinstance(finding, Finding) and finding.level is Level.ERROR:
                say_finding(finding, stderr=True)
    told = f"mwcampaign: {error.what}"
    if sys.stderr.isatty():
        console(stderr=True).print(told, style="bold red", markup=False)
    else:
        note(told)
    if error.hint:
        note(f"→ {error.hint}")


def write(file: Path, text: str) -> None:
    """Write a file that somebody asked for. Raises MwcampaignError."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    except OSError as error:
        raise MwcampaignError(f"{file}: cannot be written: {error.strerror}", hint="name another file") from error


class Steps:
    """Counts steps of long work; `show` is called with the number done and, once it is known, of all."""

    def __init__(self, show: Callable[[int, int | None], None]) -> None:
        self.done = 0
        self.total: int | None = None
        self._show = show

    def expect(self, total: int) -> None:
        """Say how many steps there will be."""
        self.total = total

    def step(self, number: int = 1) -> None:
        """Count one step, or so many."""
        self.done += number
        self._show(self.done, self.total)


@contextmanager
def progress(what: str, total: int | None = None) -> Iterator[Steps]:
    """Show progress on a terminal's stderr; elsewhere say nothing."""
    if not sys.stderr.isatty():
        yield Steps(lambda done, of: None)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as shown:
        task = shown.add_task(what, total=total)
        steps = Steps(lambda done, of: shown.update(task, completed=done, total=of))
        steps.total = total
        yield steps
