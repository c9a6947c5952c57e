"""Rules about a whole week: days, distance, quotas and sameness. Data for core.rules."""

from __future__ import annotations

from mwcampaign.core.rules.rule import Rule

CALENDAR: tuple[Rule, ...] = ()
