"""Chosen posts, now: a plan of the selection with today as its day, and their delivery."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from mwcampaign.core.delivery import Delivery
from mwcampaign.core.findings import Level
from mwcampaign.core.judge import Judge
from mwcampaign.core.plan import Plan
from mwcampaign.core.wanted import Selection, Wanted
from mwcampaign.errors import PlanRefused
from mwcampaign.wire.hints import command
from mwcampaign.wire.plans import compare
from mwcampaign.wire.project import Project, invalid


def plan_now(project: Project, only: Selection, ledger: Path, now: datetime) -> Plan:
    """Plan the chosen posts that belong to today, due now. Raises CampaignInvalid or PlanRefused.

    A theme has its day: what belongs to another local date is not chosen, and nothing left is a refusal.
    """
    judge = Judge(project.campaign, project.renderer, project.loaded)
    chosen = []
    for wanted in project.wish(only):
        judge.hear(wanted)
        chosen.append(wanted)
    if any(finding.level is Level.ERROR for finding in judge.findings()):
        raise invalid(project.path, judge.findings())
    if not chosen:
        raise PlanRefused(
            "nothing matches the selection", hint=f"see what there is with: {command('render', project.path)}"
        )
    of_today = [(wanted, delivery) for wanted in chosen if (delivery := _today(wanted, now))]
    wishes = [_due(delivery, now) for _, delivery in of_today if delivery.closes > now]
    if of_today and not wishes:
        last, delivery = max(of_today, key=lambda each: each[1].closes)
        closed = f"{delivery.closes.astimezone(last.institution.zone):%Y-%m-%d %H:%M} {last.institution.timezone}"
        raise PlanRefused(
            f"it is too late for these posts: their window closed at {closed}",
            hint="give them a later `closes` in the campaign if they are still to go out today",
        )
    if not wishes:
        days = ", ".join(sorted({wanted.theme.date.isoformat() for wanted in chosen}))
        raise PlanRefused(
            f"none of these posts belongs to today: their day is {days}, in each institution's own time zone",
            hint="a post goes out on its theme's day; change its day in the campaign if that is what you want",
        )
    return compare(project, wishes, ledger, now, only=True)


def _today(wanted: Wanted, now: datetime) -> Delivery | None:
    """Return its delivery if the theme's day is today where the institution is."""
    return wanted.delivery if now.astimezone(wanted.institution.zone).date() == wanted.theme.date else None


def _due(delivery: Delivery, now: datetime) -> Delivery:
    return replace(delivery, due=now.replace(microsecond=0)) if delivery.due > now else delivery
