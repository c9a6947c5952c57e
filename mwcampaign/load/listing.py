"""What lies in a folder, in order of name, and no more of it than a campaign can need. Used by load.folder only."""

from __future__ import annotations

import os
from pathlib import Path

from mwcampaign.core.findings import Position
from mwcampaign.load.sources import Sources, inside, is_folder, shown

MAX_FILES = 20_000
"""Files and folders in one folder of templates or pictures, with all folders in it."""
MAX_TEMPLATES = 50_000_000
"""Bytes of all templates in one folder together."""


def listed(folder: Path, sources: Sources, most: int = MAX_FILES) -> list[Path]:
    """Return what lies directly in a folder, without hidden files and editors' copies; one more than `most` at most."""
    found: list[Path] = []
    try:
        with os.scandir(folder) as entries:
            for each in entries:
                if not each.name.startswith(".") and each.name[-1] != "~":
                    found.append(folder / each.name)
                if len(found) > most:
                    break
    except OSError as error:
        sources.fault("MW102", Position(shown(folder)), f"cannot be read: {error.strerror}", "look at its rights")
    return sorted(found)


def files_below(folder: Path, root: Path, where: Position, sources: Sources) -> list[tuple[str, Path]]:
    """Return (name, path) of every file below a folder, hidden ones left out, in order of name.

    What leads out of `root` is a finding; more than MAX_FILES is one at `where`, and then there is no file.
    """
    pending = [folder] if is_folder(folder) and inside(folder, root) else []
    if folder.is_symlink() and not pending:
        report_outside(folder, sources)
    found: list[Path] = []
    left = MAX_FILES
    while pending:
        here = listed(pending.pop(), sources, left)
        left -= len(here)
        if left < 0:
            too_much(folder, where, f"more than {MAX_FILES:,} files and folders", sources)
            return []
        found += here
        pending += [path for path in here if path.is_dir() and not path.is_symlink()]
    return sorted((path.relative_to(folder).as_posix(), path) for path in found if _is_one(path, root, sources))


def _is_one(path: Path, root: Path, sources: Sources) -> bool:
    """Return whether a path is a file to read; report what is neither that nor a folder."""
    if path.is_symlink() and (not inside(path, root) or path.is_dir()):
        report_outside(path, sources)
        return False
    if not path.is_dir() and not path.is_file():
        sources.fault("MW102", Position(shown(path)), "this is not a file", "take it out")
    return path.is_file()


def too_much(folder: Path, where: Position, what: str, sources: Sources) -> None:
    """Refuse a folder as a whole."""
    hint = "name a folder that holds what posts use and nothing else"
    sources.fault("MW106", where, f"the folder {shown(folder)} holds {what}", hint)
    sources.lost.add(shown(folder))


def weight(files: list[tuple[str, Path]]) -> int:
    """Return how many bytes files have together; what cannot be looked at counts nothing."""
    told = 0
    for _, path in files:
        try:
            told += path.stat().st_size
        except OSError:
            continue
    return told


def report_outside(path: Path, sources: Sources) -> None:
    """Report a link that leads out of the campaign's folder."""
    what = "this is a link that leads out of the campaign's folder"
    sources.fault("MW113", Position(shown(path)), what, "put the file itself here")
