"""Rules about pictures: form, alt text, rights and care. Data for core.rules."""

from __future__ import annotations

from mwcampaign.core.rules.rule import Rule

PICTURES: tuple[Rule, ...] = ()
