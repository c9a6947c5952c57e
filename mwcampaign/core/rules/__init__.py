"""Every rule by its code: what `explain` shows, and the only place where findings get their level.

The texts stand in files (MW1xx), references (MW20x, MW21x), pictures (MW22x, MW23x), messages (MW30x to MW32x, MW40x),
tags (MW33x to MW35x) and calendar (MW41x, MW42x). Anybody may call
`finding`; codes are never reused and never change their meaning.
"""

from __future__ import annotations

from mwcampaign.core.findings import Finding, Level, Position
from mwcampaign.core.rules.calendar import CALENDAR
from mwcampaign.core.rules.files import FILES
from mwcampaign.core.rules.messages import MESSAGES
from mwcampaign.core.rules.pictures import PICTURES
from mwcampaign.core.rules.references import REFERENCES
from mwcampaign.core.rules.rule import Rule
from mwcampaign.core.rules.tags import TAGS

__all__ = ["RULES", "Rule", "finding"]

ALL = (*FILES, *REFERENCES, *PICTURES, *MESSAGES, *TAGS, *CALENDAR)
RULES: dict[str, Rule] = {rule.code: rule for rule in sorted(ALL, key=lambda rule: rule.code)}


def finding(
    code: str, where: Position, text: str, hint: str = "", *, level: Level | None = None, institutions: int = 0
) -> Finding:
    """Make a finding of a known rule, at the rule's own level unless told otherwise. Raises KeyError."""
    return Finding(code, level or RULES[code].level, where, text, hint, institutions)
