"""The report of a rehearsed week as one HTML page: the closing table, what went wrong, and every post as it reads."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from mwcampaign.core.delivery import Standing, State
from mwcampaign.core.message import Message, Picture

ALWAYS = (State.DELIVERED, State.MISSED, State.FAILED, State.UNKNOWN)
"""What a week is judged by: shown even where it is nothing."""
ORDER = (*ALWAYS, *(state for state in State if state not in ALWAYS))


@dataclass(frozen=True, slots=True)
class Shown:
    """One delivery as the page shows it; times are local to the institution."""

    day: str
    local: str
    institution: str
    account: str
    network: str
    language: str
    text: str
    warning: str
    pictures: tuple[Picture, ...]
    part: int
    state: str
    why: str


@dataclass(frozen=True, slots=True)
class Events:
    """What a rehearsal met, in words and in the order to be shown; times are of the virtual clock, UTC."""

    wrong: Sequence[tuple[str, str, str, str]] = ()
    """Public twice or lost: kind, account, key, what."""
    faults: Sequence[tuple[str, str, int, str]] = ()
    """Fault, network, how many, how they ended."""
    spells: Sequence[tuple[str, str, str, str, str]] = ()
    """What, where, from, until, how many felt it."""
    met: Sequence[tuple[str, str, str, str, str]] = ()
    """When, account, key, fault, how it ended."""


def shown(standing: Standing, day: str, local: str) -> Shown:
    """Return what the page shows of a delivery."""
    delivery, message = standing.delivery, Message.from_json(standing.delivery.message)
    return Shown(
        day,
        local,
        delivery.institution,
        delivery.account,
        delivery.network,
        message.language,
        message.text,
        message.warning,
        message.pictures,
        delivery.part,
        str(standing.state),
        standing.why,
    )


def report(
    title: str,
    facts: Sequence[tuple[str, str]],
    table: Mapping[tuple[str, str], Counter[State]],
    deliveries: Iterable[Shown],
    pictures: Mapping[str, tuple[str, bytes]],
    events: Events,
) -> str:
    """Return the page. `facts` are lines of name and value; `table` counts states by (day, network); `pictures` gives
    type and bytes by digest, and each is in the page once."""
    from jinja2 import Environment, StrictUndefined

    told = list(deliveries)
    days: dict[str, list[Shown]] = {}
    for one in told:
        days.setdefault(one.day, []).append(one)
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    page = environment.from_string(files("mwcampaign.preview").joinpath("report.html").read_text("utf-8"))
    totals: Counter[State] = sum(table.values(), Counter())
    return page.render(
        title=title,
        facts=facts,
        events=events,
        networks=sorted({network for _, network in table}),
        table={
            day: {network: _cell(row) for (each, network), row in table.items() if each == day}
            for day, _ in sorted(table)
        },
        totals=[(str(state), totals[state]) for state in ORDER if totals[state] or state in ALWAYS],
        troubles=[one for one in told if one.state != State.DELIVERED],
        days=dict(sorted(days.items())),
        pictures={digest: (mime, b64encode(content).decode()) for digest, (mime, content) in pictures.items()},
    )


def _cell(row: Counter[State]) -> list[tuple[str, int]]:
    return [(str(state), row[state]) for state in ORDER if row[state]]
