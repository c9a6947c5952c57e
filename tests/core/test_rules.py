"""Every code has its rule, every rule its texts, and what the rules show as right is right."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

import mwcampaign
from mwcampaign.core.findings import Level, Position
from mwcampaign.core.rules import RULES, finding

HERE = Position("posts.yaml", 4, 7)


@pytest.mark.parametrize("code", RULES)
def test_a_rule_is_whole(code: str) -> None:
    """Volunteers can read it: a title, a reason in sentences, a wrong and a right example that differ."""
    rule = RULES[code]
    assert rule.code == code
    assert re.fullmatch(r"MW[1-4]\d\d", code)
    assert rule.title[0].isupper() and not rule.title.endswith(".")
    assert rule.why.endswith(".") and len(rule.why) > 40
    assert rule.wrong.strip() and rule.right.strip() and rule.wrong != rule.right


def test_codes_come_once() -> None:
    """No two rules share a code, and `explain` lists them in order."""
    from mwcampaign.core import rules

    codes = [rule.code for rule in rules.ALL]
    assert len(codes) == len(set(codes))
    assert sorted(codes) == list(RULES)


def test_every_code_in_the_program_has_a_rule() -> None:
    """Whatever a part of the program says, `explain` can explain."""
    sources = Path(mwcampaign.__file__).parent.rglob("*.py")
    used = {code for source in sources for code in re.findall(r"\bMW\d{3}\b", source.read_text("utf-8"))}
    assert used - RULES.keys() == set()


def test_a_finding_takes_its_rule_s_level() -> None:
    """The rule says how bad it is, unless the caller knows better."""
    assert finding("MW201", HERE, "no such day", "look").level is Level.ERROR
    assert finding("MW208", HERE, "nobody").level is Level.WARNING
    assert finding("MW318", HERE, "default").level is Level.NOTE
    made = finding("MW211", HERE, "spare", level=Level.WARNING)
    assert (made.code, made.level, made.where, made.text, made.hint) == ("MW211", Level.WARNING, HERE, "spare", "")


def test_unknown_codes_are_a_bug() -> None:
    """A code without a rule cannot be emitted."""
    with pytest.raises(KeyError):
        finding("MW999", HERE, "what?")


def test_rules_are_frozen() -> None:
    """Nobody changes a rule while the program runs."""
    with pytest.raises(FrozenInstanceError):
        RULES["MW101"].title = "x"  # type: ignore[misc]
