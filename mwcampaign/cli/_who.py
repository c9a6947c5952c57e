"""`mwcampaign check --who CODE`: every delivery of which a code is said, where check counts alone. For cli.check."""

from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path

from mwcampaign.cli._output import note, say_exactly
from mwcampaign.cli._place import command
from mwcampaign.cli.explain import UnknownCode
from mwcampaign.core.findings import Level
from mwcampaign.core.rules import RULES
from mwcampaign.core.spelling import did_you_mean
from mwcampaign.core.wanted import Wanted


def tell(paths: list[Path], told: str, failing: Collection[Level], table: Path | None) -> bool:
    """Print a line for each delivery with a remark of that code, as they are met; return whether one of them fails.

    Raises UnknownCode.
    """
    code = _known(told)
    # Every one of them is told, whatever the first comes to.
    fails = [_tell(path, code, failing, table) for path in paths]
    return any(fails)


def _known(told: str) -> str:
    code = told.upper()
    if code not in RULES:
        hint = " ".join(filter(None, (did_you_mean(code, RULES), "list them with: mwcampaign explain")))
        raise UnknownCode(f"there is no code {told}", hint=hint)
    return code


def _tell(path: Path, code: str, failing: Collection[Level], table: Path | None) -> bool:
    from mwcampaign.wire.judging import unknown_options
    from mwcampaign.wire.project import judged, open_project

    project = open_project(path, table)
    judge = project.judge()
    fails, number = False, 0
    for wanted in judged(project, judge):
        said = [remark for remark in wanted.remarks if remark.code == code]
        if said:
            number += 1
            fails = fails or any((remark.level or RULES[code].level) in failing for remark in said)
            _print(wanted, "; ".join(remark.what for remark in said))
    findings = [*project.loaded.findings, *unknown_options(project), *judge.findings()]
    if number:
        note(f"{path}: {code} is said of {number:,} deliver{'ies' if number != 1 else 'y'}")
    elif any(one.code == code for one in findings):
        note(
            f"{path}: {code} is said of the files, not of texts: it has no who; where, tells: {command('check', path)}"
        )
    else:
        note(f"{path}: {code} is said of no delivery")
    if any(one.code != code and one.level is Level.ERROR for one in findings):
        note(f"{path} has other errors; see all with: {command('check', path)}")
    return fails


def _print(wanted: Wanted, what: str) -> None:
    from mwcampaign.report.plain import plain

    part = f" part {wanted.part + 1}" if wanted.part else ""
    cells = (wanted.institution.id, wanted.account.id, f"{wanted.post.id}{part}", wanted.theme.id, what)
    say_exactly(("  " if sys.stdout.isatty() else "\t").join(map(plain, cells)) + "\n")
