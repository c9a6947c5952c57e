"""Findings that are known and accepted for now, in a file fit for git: sorted, an entry for each, no line numbers.

The command line reads and writes the file. Paths in it are as seen from its own folder. A finding of texts is known of
so many institutions at most; files from before that was kept do not say, and know it of any number.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import inf
from typing import Any

from mwcampaign.core.findings import Finding
from mwcampaign.errors import ExitCode, MwcampaignError
from mwcampaign.report.checked import Entry
from mwcampaign.report.identity import Identity
from mwcampaign.report.plain import slashed

VERSION = 1
HEAD = """\
# Findings of mwcampaign check that are known. Made by --write-baseline; entries may be taken out by hand.
# N stands for any number. A fault that is mended is told, and leaves this file when it is written again; one that comes
# to be of more institutions than are written here is told too.
"""


Known = dict[Identity, Counter[float]]
"""How often each finding is known, and of how many institutions at most: infinity where the file does not say."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A run beside a baseline: the findings to tell, how many known ones are gone, and whether some that are known may
    have come to be of more institutions, since the file does not say of how many they were."""

    new: tuple[Entry, ...]
    gone: int
    vague: bool


class BaselineUnreadable(MwcampaignError):
    """The baseline is not there, or says something else than a baseline does."""

    exit_code = ExitCode.USAGE


def written(entries: Iterable[Entry], folder: str) -> str:
    """Return the text of a baseline, to lie in `folder`, that knows all these findings."""
    import yaml

    met = Counter((_from(folder, entry.identity), entry.finding.institutions) for entry in entries)
    told = [
        {"file": one.file, "code": one.code} | ({"at": one.at} if one.at else {}) | {"text": one.text}
        | ({"institutions": number} if number else {}) | ({"count": met[one, number]} if met[one, number] > 1 else {})
        for one, number in sorted(met)
    ]  # fmt: skip
    data = {"version": VERSION, "findings": told}
    return HEAD + str(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=10_000))


def read(text: str, name: str) -> Known:
    """Return what a baseline knows. Raises BaselineUnreadable, which names the file."""
    import yaml

    try:
        data = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        if data["version"] != VERSION:
            raise _unreadable(name, f"it is of version {data['version']!r}, this program reads version {VERSION}")
        known: Known = {}
        for one in data["findings"]:
            most = _count(one["institutions"]) if "institutions" in one else inf
            known.setdefault(_identity(one), Counter())[most] += _count(one.get("count", 1))
    except (yaml.YAMLError, RecursionError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise _unreadable(name, f"this is no baseline ({type(error).__name__})") from error
    return known


def compare(entries: Iterable[Entry], known: Known, folder: str) -> Compared:
    """Hold the entries of a run against what the baseline in `folder` knows."""
    left = {identity: Counter(most) for identity, most in known.items()}
    new, vague = [], False
    for entry in entries:
        number, mine = entry.finding.institutions, left.get(_from(folder, entry.identity), Counter())
        # The closest that covers it; else the one that is the least too small.
        most = min(+mine, key=lambda one: (one < number, abs(one - number)), default=None)
        if most is None:
            new.append(entry)
            continue
        mine[most] -= 1
        vague = vague or (most == inf and number > 0)
        if number > most:
            new.append(replace(entry, finding=_grown(entry.finding, int(most))))
    return Compared(tuple(new), sum(most.total() for most in left.values()), vague)


def _grown(finding: Finding, known: int) -> Finding:
    before, _, first = finding.text.rpartition(" institutions, first: ")
    return replace(finding, text=f"{before} institutions, {known:,} known, first: {first}")


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
