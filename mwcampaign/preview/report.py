"""The report of a rehearsed week as one HTML page: the closing table, what went wrong, and every post as it reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from mwcampaign.core.delivery import Standing, State
from mwcampaign.core.message import Message


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
    alts: tuple[str, ...]
    part: int
    state: str
    why: str


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
        tuple(picture.alt for picture in message.pictures),
        delivery.part,
        str(standing.state),
        standing.why,
    )


def report(
    title: str,
    facts: Sequence[tuple[str, str]],
    table: Mapping[tuple[str, str], Counter[State]],
    deliveries: Iterable[Shown],
) -> str:
    """Return the page. `facts` are lines of name and value; `table` counts states by (day, network)."""
    from jinja2 import Environment, StrictUndefined

    states = [state for state in State if any(row[state] for row in table.values())]
    told = list(deliveries)
    days: dict[str, list[Shown]] = {}
    for one in told:
        days.setdefault(one.day, []).append(one)
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    page = environment.from_string(files("mwcampaign.preview").joinpath("report.html").read_text("utf-8"))
    return page.render(
        title=title,
        facts=facts,
        states=[str(state) for state in states],
        rows=[(day, network, [row[state] for state in states]) for (day, network), row in sorted(table.items())],
        totals=[sum(row[state] for row in table.values()) for state in states],
        troubles=[one for one in told if one.state != State.DELIVERED],
        days=dict(sorted(days.items())),
    )
