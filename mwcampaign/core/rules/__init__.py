"""Every rule by its code: what `explain` shows, and the only place where findings get their level.

The texts stand in files (MW1xx), references (MW2xx) and messages (MW3xx, MW4xx). Anybody may call
`finding`; codes are never reused and never change their meaning.
"""

from __future__ import annotations

from mwcampaign.core.findings import Finding, Level, Position
from mwcampaign.core.rules.files import FILES
from mwcampaign.core.rules.messages import MESSAGES
from mwcampaign.core.rules.references import REFERENCES
from mwcampaign.core.rules.rule import Rule

__all__ = ["RULES", "Rule", "finding"]

RULES: dict[str, Rule] = {rule.code: rule for rule in (*FILES, *REFERENCES, *MESSAGES)}


def finding(code: str, where: Position, text: str, hint: str = "", *, level: Level | None = None) -> Finding:
    """Make a finding of a known rule, at the rule's own level unless told otherwise. Raises KeyError."""
    return Finding(code, level or RULES[code].level, where, text, hint)
