"""Runs the program as a person does: in a process of its own, in a folder of its own."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import PROJECT, run_program

__all__ = ["PROJECT"]


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Return its answer, read as JSON."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Return its answer, read as lines of JSON."""
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Ran]


def environment(**more: str) -> dict[str, str]:
    """Return an environment without settings of the machine's user."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MWCAMPAIGN_")}
    # Nothing here is about pace: what is due goes at once.
    paced = {"MWCAMPAIGN_SPACING": "0", "MWCAMPAIGN_SPREAD": "0"}
    return kept | paced | {"NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": "1"} | more


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run mwcampaign in an empty folder; no command may end with a traceback."""

    def go(
        *arguments: object, env: dict[str, str] | None = None, cwd: Path | None = None, stdin: str | None = None
    ) -> Ran:
        done = run_program([*map(str, arguments)], environment(**(env or {})), cwd or tmp_path, stdin or "")
        assert "Traceback" not in done.stderr, done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    return go


def write_campaign(
    folder: Path,
    *,
    network: str = "memory",
    account: str = "",
    text: str = "Hi {{ institution.name }} {{ tags }}",
    posts: str = "",
) -> Path:
    """Write a campaign of one museum in UTC with one post due since midnight today, open until midnight."""
    folder.mkdir(parents=True, exist_ok=True)
    today, tomorrow = (datetime.now(UTC).date() + timedelta(days=n) for n in (0, 1))
    folder.joinpath("campaign.yaml").write_text(
        f"""\
edition:
  id: mw
  title: MuseumWeek
  main_tag: "#MuseumWeek"
  days:
    - {{id: today, date: {today}, about: {{en: secrets}}, tags: {{en: "#SecretsMW"}}}}
    - {{id: tomorrow, date: {tomorrow}, about: {{en: people}}, tags: {{en: "#PeopleMW"}}}}
institutions:
  - {{id: louvre, name: Musée du Louvre, country: FR, timezone: UTC, languages: [en]}}
accounts:
  - institution: louvre
    network: {network}
{account}
posts:
  - id: story
    day: today
    at: "00:00"
    text: "{text}"
  - id: later
    day: tomorrow
    at: "12:00"
    text: "Tomorrow {{{{ tags }}}}"
{posts}""",
        "utf-8",
    )
    return folder


@pytest.fixture
def campaign(tmp_path: Path) -> Path:
    """A campaign of one museum on `memory`, with a post due now and one tomorrow."""
    return write_campaign(tmp_path / "week")
