"""Instants as people read them: in an institution's own time where its zone is known, else in UTC, and saying so.

The ledger knows no zones: they come from the campaign beside it, which is read when the first instant is told. JSON is
not told here: it stays UTC. Used by the commands that tell of deliveries.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import typer

from mwcampaign.core.calendar import At, parse_at, resolve

if TYPE_CHECKING:
    from mwcampaign.core.post import Campaign

Told = datetime | tuple[date, At]
"""What a person wrote: an instant, or a date with a wall time, in a zone of its own or the institution's."""


class Times:
    """Tells the times of a campaign's deliveries: of the campaign at a path, or of one that was read already."""

    def __init__(self, told: Path | Campaign) -> None:
        self._told = told

    @cached_property
    def _read(self) -> tuple[Mapping[str, ZoneInfo], Mapping[str, date]]:
        # The campaign itself is not kept: a run may show its times for a week.
        from mwcampaign.wire.project import open_project

        campaign = open_project(self._told).loaded.remains if isinstance(self._told, Path) else self._told
        if campaign is None:
            return {}, {}
        return {one.id: one.zone for one in campaign.institutions}, {one.id: one.date for one in campaign.edition.days}

    @property
    def zones(self) -> Mapping[str, ZoneInfo]:
        """The known zones, by institution."""
        return self._read[0]

    @property
    def days(self) -> Mapping[str, date]:
        """The known dates, by theme."""
        return self._read[1]

    @cached_property
    def _shared(self) -> ZoneInfo | None:
        zones = {zone.key: zone for zone in self.zones.values()}
        return zones.popitem()[1] if len(zones) == 1 else None

    def zone(self, institution: str = "") -> ZoneInfo:
        """Return the institution's zone; for what is nobody's own the one that all of them share; else UTC."""
        return (self.zones.get(institution) if institution else self._shared) or ZoneInfo("UTC")

    def __call__(self, instant: datetime, institution: str = "", form: str = "%Y-%m-%d %H:%M") -> str:
        """Return an instant with the name of its zone behind it."""
        zone = self.zone(institution)
        return f"{self.bare(instant, institution, form)} {zone.key}"

    def bare(self, instant: datetime, institution: str = "", form: str = "%Y-%m-%d %H:%M:%S") -> str:
        """Return an instant alone, where the zone stands elsewhere."""
        local = instant.astimezone(self.zone(institution))
        # When clocks go back, an hour comes twice.
        return f"{local:{form}}{' (second time)' if local.fold else ''}"

    def instant(self, told: Told, institution: str) -> tuple[datetime, str]:
        """Return the instant, UTC, that a person means, and a note where clocks moved it, else "".

        Raises typer.BadParameter where it is not one instant.
        """
        if isinstance(told, datetime):
            return told, ""
        day, at = told
        zone = ZoneInfo(at.zone) if at.zone else self.zones.get(institution)
        if zone is None:
            what = f"the time zone of {institution} could not be read from the campaign"
            raise typer.BadParameter(f"{what}: write Z or +02:00 behind the time, or a zone")
        first, second = (datetime.combine(day, at.wall, zone).replace(fold=fold) for fold in (0, 1))
        if first.astimezone(UTC) < second.astimezone(UTC):
            both = " or ".join(each.isoformat(timespec="minutes") for each in (first, second))
            raise typer.BadParameter(f"{at.wall:%H:%M} comes twice on {day} in {zone.key}: write {both}")
        return resolve(day, at.wall, zone)


def end_of_day(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant, UTC, at which the day of an instant is over in a zone."""
    return resolve(instant.astimezone(zone).date() + timedelta(days=1), time(), zone)[0]


def read_time(told: str) -> Told:
    """Read a time as a person writes it: ISO 8601 with an offset, or 2021-06-07 15:00, with a zone behind it or not.

    Raises typer.BadParameter.
    """
    try:
        when = datetime.fromisoformat(told)
        if when.tzinfo is not None:
            return when.astimezone(UTC)
    except ValueError:
        pass
    day, wall = told[:10], told[10:].removeprefix("T")
    try:
        return date.fromisoformat(day), parse_at(wall)
    except ValueError as error:
        form = "write it like 2021-06-07 15:00, in the institution's own time, or 2021-06-07T15:00+02:00"
        raise typer.BadParameter(f"{told!r} is no time ({error}): {form}") from None
