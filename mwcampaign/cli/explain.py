"""`mwcampaign explain`: teach one rule."""

from __future__ import annotations

from typing import Annotated

import typer

from mwcampaign.cli._output import Format, say, say_json
from mwcampaign.errors import ExitCode, MwcampaignError


def explain(
    code: Annotated[str | None, typer.Argument(help="A code such as MW310; without one, all are listed.")] = None,
    form: Annotated[Format, typer.Option("--format", help="How to answer.")] = Format.TEXT,
) -> None:
    """Explain a finding's code: the rule, why, wrong and right.

    Without a code, all of them are listed.
    """
    from difflib import get_close_matches

    from mwcampaign.core.rules import RULES
    from mwcampaign.report.pages import address

    if code is None:
        if form is Format.JSON:
            say_json([{"code": rule.code, "level": str(rule.level), "title": rule.title} for rule in RULES.values()])
            return
        for rule in RULES.values():
            say(f"{rule.code}  {rule.level:<8} {rule.title}")
        return
    rule_or_none = RULES.get(code.upper())
    if rule_or_none is None:
        close = get_close_matches(code.upper(), RULES, n=1)
        hint = f"did you mean {close[0]}? " if close else ""
        raise UnknownCode(f"there is no code {code}", hint=f"{hint}list them with: mwcampaign explain")
    rule = rule_or_none
    if form is Format.JSON:
        names = ("code", "title", "why", "wrong", "right")
        say_json({"level": str(rule.level)} | {name: getattr(rule, name) for name in names})
        return
    say(f"{rule.code} ({rule.level}): {rule.title}", style="bold")
    say(f"\n{rule.why}\n\nWrong:\n{_indented(rule.wrong)}\n\nRight:\n{_indented(rule.right)}\n\n{address(rule.code)}")


class UnknownCode(MwcampaignError):
    """Somebody asked for a code that there is not."""

    exit_code = ExitCode.USAGE


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
