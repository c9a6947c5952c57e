"""Findings that are known and accepted for now, in a file fit for git: sorted, an entry for each, no line numbers.

The command line reads and writes the file. Paths in it are as seen from its own folder.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from mwcampaign.errors import ExitCode, MwcampaignError
from mwcampaign.report.checked import Entry
from mwcampaign.report.identity import Identity
from mwcampaign.report.plain import slashed

VERSION = 1
HEAD = """\
# Findings of mwcampaign check that are known. Made by --write-baseline; entries may be taken out by hand.
# N stands for any number. A fault that is mended is told, and leaves this file when it is written again.
"""


class BaselineUnreadable(MwcampaignError):
    """The baseline is not there, or says something else than a baseline does."""

    exit_code = ExitCode.USAGE


def written(entries: Iterable[Entry], folder: str) -> str:
    """Return the text of a baseline, to lie in `folder`, that knows all these findings."""
    import yaml

    met = Counter(_from(folder, entry.identity) for entry in entries)
    told = [
        {"file": one.file, "code": one.code} | ({"at": one.at} if one.at else {}) | {"text": one.text}
        | ({"count": met[one]} if met[one] > 1 else {})
        for one in sorted(met)
    ]  # fmt: skip
    data = {"version": VERSION, "findings": told}
    return HEAD + str(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=10_000))


def read(text: str, name: str) -> Counter[Identity]:
    """Return how often each finding is known. Raises BaselineUnreadable, which names the file."""
    import yaml

    try:
        data = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        if data["version"] != VERSION:
            raise _unreadable(name, f"it is of version {data['version']!r}, this program reads version {VERSION}")
        known: Counter[Identity] = Counter()
        for one in data["findings"]:
            known[_identity(one)] += _count(one.get("count", 1))
    except (yaml.YAMLError, RecursionError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise _unreadable(name, f"this is no baseline ({type(error).__name__})") from error
    return known


def without(entries: Iterable[Entry], known: Counter[Identity], folder: str) -> tuple[list[Entry], Counter[Identity]]:
    """Return the entries that the baseline in `folder` does not know, and what it knows that is gone."""
    left = Counter(known)
    new = []
    for entry in entries:
        identity = _from(folder, entry.identity)
        if left[identity] > 0:
            left[identity] -= 1
        else:
            new.append(entry)
    return new, +left


def _from(folder: str, identity: Identity) -> Identity:
    return replace(identity, file=slashed(os.path.relpath(identity.file, folder)))


def _identity(told: dict[str, Any]) -> Identity:
    fields = (told["file"], told["code"], told.get("at", ""), told["text"])
    if not all(isinstance(field, str) for field in fields):
        raise TypeError("text is wanted")
    return Identity(*fields)


def _count(told: object) -> int:
    if not isinstance(told, int) or told < 1:
        raise ValueError("a count is a number from 1")
    return told


def _unreadable(name: str, why: str) -> BaselineUnreadable:
    return BaselineUnreadable(f"{name}: {why}", hint="write it anew with --write-baseline")
