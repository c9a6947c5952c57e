"""Who takes part where a campaign extends another: whom it names itself, if it names anybody. Used by load.campaign."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from mwcampaign.core.findings import Finding
from mwcampaign.core.names import Names
from mwcampaign.load.folder import Layer
from mwcampaign.load.sources import shown
from mwcampaign.load.tree import entry, identify, mapping, sequence

AUDIENCE = frozenset({"MW202", "MW208", "MW210"})
"""Findings of whom and where a post is for."""


def without_others(base: MappingNode, ours: MappingNode) -> MappingNode:
    """Return the campaign that another one extends, with no more people than that one names, if it names any: nobody
    plans posts for museums that happen to stand in the organisers' folder."""
    own = entry(ours, "institutions")
    if not _names(own):
        return base
    mine = Names(lambda: (name for one in own.value if (name := identify(one, "institutions")) is not None))
    takes_part: dict[str, Callable[[Any], bool]] = {
        "institutions": lambda one: identify(one, "institutions") in mine,
        "accounts": lambda one: (owner := _owner(one)) == "*" or owner in mine,
    }
    pairs = [
        (key, sequence(list(filter(takes_part[key.value], value.value)), value))
        if key.value in takes_part and isinstance(value, SequenceNode)
        else (key, value)
        for key, value in base.value
    ]
    return mapping(pairs, base)


def concerns(told: Finding, ours: Layer) -> bool:
    """Return whether a finding is a campaign's own matter: who is meant by the posts that it takes over is not, once it
    names who takes part."""
    if told.code not in AUDIENCE or not _names(entry(ours.root, "institutions")):
        return True
    return Path(told.where.file).is_relative_to(shown(ours.folder))


def _names(institutions: object) -> bool:
    return isinstance(institutions, SequenceNode) and bool(institutions.value)


def _owner(account: Node) -> str:
    told = entry(account, "institution")
    return str(told.value) if isinstance(told, ScalarNode) else ""
