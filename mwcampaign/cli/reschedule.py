"""`mwcampaign reschedule`: a person gives a post another time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from mwcampaign.cli._one import CampaignOption, Key, Why, decision
from mwcampaign.cli._options import HERE, LedgerFile
from mwcampaign.cli._output import note, say
from mwcampaign.cli._times import Times, end_of_day, read_time
from mwcampaign.core.delivery import Delivery


def reschedule(
    key: Key,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            help='The new time: "2021-06-07 15:00" in the institution\'s own time, or with an offset, '
            "2021-06-07T15:00+02:00.",
        ),
    ],
    closes: Annotated[
        str | None,
        typer.Option(
            "--closes", help="When it is too late. Default: as long after as before, and within its day if it was."
        ),
    ] = None,
    why: Why = "",
    path: CampaignOption = HERE,
    ledger: LedgerFile = None,
) -> None:
    """Give a post another time than the campaign does, with the parts of a thread behind it.

    A yes stands, for the message is the same. Later plans keep the new time until the campaign's own changes. An hour
    that the clocks skip is moved forward, as in a campaign; one that comes twice is refused without an offset.
    """
    start, limit, times = read_time(to), read_time(closes) if closes else None, Times(path)
    with decision(path, ledger, key) as (known, standing, who):
        delivery = standing.delivery
        due, moved = times.instant(start, delivery.institution)
        end, shut = times.instant(limit, delivery.institution) if limit else _closes(times, delivery, due)
        known.move(delivery.key, due, end, datetime.now(UTC), who, why or "(no reason given)")
    told = f"due {times(due, delivery.institution)}, closes {times(end, delivery.institution)}"
    say(f"{delivery.account} {delivery.post}: {told}")
    for remark in filter(None, (moved, shut)):
        note(remark)
    _tell_another_day(times, delivery, due)


def _closes(times: Times, delivery: Delivery, due: datetime) -> tuple[datetime, str]:
    """Return when a post with a new time is too late, and what is to be said of that, else "".

    It is open as long as before; but one that was over with its own day stays so, for its hashtag is that day's.
    """
    end = due + max(delivery.closes - delivery.due, timedelta(minutes=1))
    zone = times.zones.get(delivery.institution)
    if zone is None:
        what = f"the time zone of {delivery.institution} could not be read from the campaign"
        until = times(end, delivery.institution)
        return end, f"{what}: it is now open until {until}, be that another day or not; --closes says otherwise"
    if delivery.closes <= end_of_day(delivery.due, zone):
        end = min(end, end_of_day(due, zone))
    return end, ""


def _tell_another_day(times: Times, delivery: Delivery, due: datetime) -> None:
    """Say when the new time is not on the theme's date where the museum is, or when that cannot be known."""
    date, zone = times.days.get(delivery.theme), times.zones.get(delivery.institution)
    if date is None or zone is None:
        note(f"whether that is still {delivery.theme}'s day could not be read from the campaign: see for yourself")
    elif (day := due.astimezone(zone).date()) != date:
        note(f"in {zone.key} that is {day}, not {date}, the day of {delivery.theme}: see that its hashtag fits")
