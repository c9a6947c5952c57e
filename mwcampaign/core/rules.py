"""Every rule by its code: what `explain` shows, and the only place where findings get their level.

The texts stand in rules_files (MW1xx), rules_references (MW2xx) and rules_messages (MW3xx, MW4xx). Anybody may call
`finding`; codes are never reused and never change their meaning.
"""

from __future__ import annotations

from mwcampaign.core.findings import Finding, Level, Position
from mwcampaign.core.rule import Rule
from mwcampaign.core.rules_files import FILES
from mwcampaign.core.rules_messages import MESSAGES
from mwcampaign.core.rules_references import REFERENCES

__all__ = ["RULES", "Rule", "finding"]

RULES: dict[str, Rule] = {rule.code: rule for rule in (*FILES, *REFERENCES, *MESSAGES)}


def finding(code: str, where: Position, text: str, hint: str = "", *, level: Level | None = None) -> Finding:
    """Make a finding of a known rule, at the rule's own level unless told otherwise. Raises KeyError."""
    return Finding(code, level or RULES[code].level, where, text, hint)
