"""A plan as Markdown, fit for a comment on a pull request: counts, a table by day and network, folded lists.

What a campaign says stands in code, written with character references: it cannot break a table, call people or issues,
or bring HTML.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice

from mwcampaign.core.plan import CHANGES, Action, Plan, Step
from mwcampaign.report.plain import plain

Cells = Sequence[str]
When = Callable[[datetime, str], str]
"""Tells an instant as an institution, named by its id, reads it."""

LIMIT = 65_536
"""Characters of a comment on GitHub; kept in bytes of UTF-8, which are never fewer."""
CLOSING = 2_000
"""Bytes kept free for the frames of the lists that follow."""
ROWS = 50
DAYS, NETWORKS = 60, 12
CELL = 140
"""Characters of what a campaign says, in one cell."""
SIGNS = {Action.SCHEDULE: "+", Action.RESCHEDULE: "~", Action.REVISE: "~", Action.WITHDRAW: "−", Action.DRIFT: "!",
         Action.LATE: "!"}  # fmt: skip
MARKUP = re.compile(r"[!-/:-@\[-`{-~]")


def in_utc(instant: datetime, _: str) -> str:
    """Return an instant where no zones are known."""
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def write(plan: Plan, when: When = in_utc, *, rows: int = ROWS) -> str:
    """Return a plan in at most LIMIT bytes; each list has at most so many rows, and says how many it leaves out.

    A text that is cut ends with a …. Walks the steps once, and keeps no more of them than are shown.
    """
    walked = _Walked(rows)
    for step in plan.steps:
        walked.take(step)
    told = ", ".join(_counted(action, walked.counts[action]) for action in Action if walked.counts[action])
    head = f"### {'Nothing to do' if plan.empty else 'Plan'}: {code(plan.edition)}\n\n"
    head += f"**{told or 'the campaign asks for nothing'}**\n"
    if plan.approval == "required":
        head += "\nNothing is sent without a named person's yes.\n"
    parts = [head, _days(walked.signs)] if walked.signs else [head]
    used = sum(len(part.encode()) for part in parts)
    for title, columns, cells, left in _lists(plan, walked, when, rows):
        part = _folded(title, columns, cells, left, LIMIT - used - CLOSING)
        used += len(part.encode())
        parts.append(part)
    return "\n".join(parts)


class _Walked:
    """What is kept of a walk over all steps: counts, signs by day and network, the first steps of each action."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self.counts: Counter[Action] = Counter()
        self.signs: Counter[tuple[str, str, str]] = Counter()
        self.first: dict[Action, list[Step]] = {action: [] for action in Action}

    def take(self, step: Step) -> None:
        """Take in one step."""
        self.counts[step.action] += 1
        if step.action is Action.KEEP:
            return
        self.signs[step.delivery.theme, step.delivery.network, SIGNS[step.action]] += 1
        if len(self.first[step.action]) < self._rows:
            self.first[step.action].append(step)


def code(text: str, most: int = CELL) -> str:
    """Return text as inline code of so many characters at most, every sign of markup in it a character reference."""
    line = " ⏎ ".join(text.strip().splitlines())
    line = plain(line if len(line) <= most else line[:most] + "…")
    return f"<code>{MARKUP.sub(lambda sign: f'&#{ord(sign[0])};', line)}</code>" if line else ""


def _lists(plan: Plan, walked: _Walked, when: When, rows: int) -> Iterator[tuple[str, Cells, list[Cells], int]]:
    """Yield each list's title, columns, first rows, and how many it leaves out."""
    for action, first in walked.first.items():
        if first:
            why = action is not Action.SCHEDULE
            columns = ("due", "account", "post", "text", *(("why",) if why else ()))
            number = walked.counts[action]
            yield _counted(action, number), columns, [_row(step, when, why=why) for step in first], number - len(first)
    if len(plan.accounts):
        names: list[Cells] = [(code(name),) for name, _ in islice(plan.accounts.items(), rows)]
        title = f"{len(plan.accounts)} account{'s' * (len(plan.accounts) != 1)} new or changed"
        yield title, ("account",), names, len(plan.accounts) - len(names)


def _counted(action: Action, number: int) -> str:
    return f"{number} to {action}" if action in CHANGES or action is Action.KEEP else f"{number} {action}"


def _row(step: Step, when: When, *, why: bool) -> Cells:
    delivery = step.delivery
    text = str(json.loads(delivery.message)["text"])
    post = code(delivery.post) + (f" part {delivery.part + 1}" if delivery.part else "")
    due = when(delivery.due, delivery.institution)
    return (due, code(delivery.account), post, code(text), *((code(step.why),) if why else ()))


def _days(signs: Counter[tuple[str, str, str]]) -> str:
    """Return the table of signs by day and network, days in order of time."""
    days = list(dict.fromkeys(day for day, _, _ in signs))
    networks = sorted({network for _, network, _ in signs})

    def cell(day: str, network: str) -> str:
        return " ".join(f"{sign}{signs[day, network, sign]}" for sign in "+~−!" if signs[day, network, sign])

    shown = networks[:NETWORKS]
    rows = [[code(day, 40), *(cell(day, network) for network in shown)] for day in days[:DAYS]]
    notes = ["+ scheduled, ~ changed, − withdrawn, ! only told"]
    notes += [f"{len(days) - DAYS} more days"] * (len(days) > DAYS)
    notes += [f"{len(networks) - NETWORKS} more networks"] * (len(networks) > NETWORKS)
    return "".join(_table(["day", *(code(network, 40) for network in shown)], rows)) + f"\n{'; '.join(notes)}\n"


def _folded(title: str, columns: Cells, cells: Sequence[Cells], left: int, room: int) -> str:
    """Return a folded list with as many rows as fit."""
    head, *lines = _table(columns, cells)
    used, kept = len(head.encode()), 0
    for line in lines:
        used += len(line.encode())
        if used > room:
            break
        kept += 1
    left += len(lines) - kept
    more = f"\n… and {left} more\n" if left else ""
    table = head + "".join(lines[:kept]) if kept else ""
    return f"<details><summary>{title}</summary>\n\n{table}{more}\n</details>\n"


def _table(columns: Cells, rows: Iterable[Cells]) -> list[str]:
    """Return the lines of a table, the two of its head as one."""
    head = f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}\n"
    return [head, *(f"| {' | '.join(row)} |\n" for row in rows)]
