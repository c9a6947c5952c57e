"""Files that nobody reads, though their names say that somebody thought so. Used inside load only."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from mwcampaign.core.findings import Level, Position
from mwcampaign.core.spelling import nearest
from mwcampaign.load.listing import listed
from mwcampaign.load.sources import Sources, is_folder, shown

MAIN = "campaign.yaml"
FILES = (MAIN, "posts.yaml", "institutions.yaml", "institutions.csv", "accounts.yaml")
READ = frozenset({".yaml", ".yml", ".csv"})
SHEETS = frozenset({".xlsx", ".xls", ".ods", ".numbers"})
"""Files of spreadsheets; a table is read as CSV only."""
TEXTS = frozenset({".txt", ".text", ".json", ".doc", ".docx", ".odt", ".rtf"})
"""What editors make of a text, often behind the name that was asked for: posts.yaml.txt."""

FOLDERS = ("templates", "media", "posts")


def report_strangers(folder: Path, sources: Sources) -> None:
    """Warn of what lies in a campaign's folder under nearly the name of a campaign's own: nothing would read it."""
    free = tuple(name for name in FILES if not (folder / name).exists())
    lacking = {_singular(name): name for name in FOLDERS if not (folder / name).exists()}
    for path in listed(folder, sources):
        if (meant := lacking.get(_singular(path.name))) and is_folder(path):
            what, hint = f"nothing reads a folder {path.name}", f"name it {meant}"
            sources.fault("MW107", Position(shown(path)), what, hint, Level.WARNING)
        if path.name not in FILES and path.is_file() and (hint := _meant(path, free)):
            _nobody_reads(path, hint, sources)


def report_strange_posts(there: list[Path], sources: Sources) -> None:
    """Warn of what lies in posts/ and is not read there: files that do not end in .yaml, and folders."""
    for path in there:
        suffix = path.suffix.lower()
        if is_folder(path):
            what, hint = f"nothing reads a folder {path.name} in posts/", "put its files into posts/ itself"
            sources.fault("MW107", Position(shown(path)), what, hint, Level.WARNING)
        elif path.suffix != ".yaml" and suffix in READ | SHEETS | TEXTS:
            _nobody_reads(path, f"write posts as YAML and name the file {_stem(path)}.yaml", sources)


def report_astray(folder: Path, inside: str, names: Collection[str], sources: Sources) -> None:
    """Warn of files that posts name and that lie beside the folder `inside` in which they would be read."""
    for path in listed(folder, sources) if names else ():
        if path.name in names and path.name not in FILES and path.is_file():
            _nobody_reads(path, f"move it into {inside}/", sources)


def _singular(name: str) -> str:
    return name.casefold().removesuffix("s")


def _stem(path: Path) -> str:
    return path.name.partition(".")[0]


def _meant(path: Path, free: tuple[str, ...]) -> str:
    suffix = path.suffix.lower()
    if suffix in READ:
        meant = nearest(path.name, free)
        return f"did you mean {meant}?" if meant else ""
    if suffix not in SHEETS | TEXTS:
        return ""
    table = suffix in SHEETS
    meant = nearest(_stem(path), [name.partition(".")[0] for name in free if name.endswith(".csv") == table])
    if not meant:
        return ""
    return f"save it as {meant}.csv (CSV UTF-8)" if table else f"did you mean {meant}.yaml?"


def _nobody_reads(path: Path, hint: str, sources: Sources) -> None:
    sources.fault("MW107", Position(shown(path)), f"nothing reads a file {path.name}", hint, Level.WARNING)
