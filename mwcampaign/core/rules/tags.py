"""Rules about hashtags in rendered texts, languages and how a text reads aloud. Data for core.rules."""

from __future__ import annotations

from mwcampaign.core.rules.rule import Rule

TAGS: tuple[Rule, ...] = ()
