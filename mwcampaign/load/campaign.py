"""A folder becomes a campaign: everything read, judged and frozen, every fault with its place. The door to load.

`load` never raises for what stands in files. Command line and wire call it; nothing else of this package is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from yaml.nodes import MappingNode, ScalarNode

from mwcampaign.core.days import doubtful_days
from mwcampaign.core.dead_tags import hopeless_tags
from mwcampaign.core.findings import Finding, Level, Position
from mwcampaign.core.post import Campaign
from mwcampaign.core.references import check_references
from mwcampaign.load.folder import Layer, Reader, TemplateFile, folder_of
from mwcampaign.load.inspect import position
from mwcampaign.load.people import concerns, without_others
from mwcampaign.load.pictures import SUFFIXES, NoPicture, PictureFile, probe
from mwcampaign.load.records import Records
from mwcampaign.load.sources import Sources, shown
from mwcampaign.load.strangers import report_astray
from mwcampaign.load.tree import Loc, Places, entry, merge, says_nothing
from mwcampaign.load.twins import undecided
from mwcampaign.load.yaml import without_collector

__all__ = ["Loaded", "PictureFile", "TemplateFile", "load"]


@dataclass
class Loaded:
    """What a path gave. `campaign` is None when its files have faults that leave no whole campaign; `digest` is the
    sha256 over everything read, equal for equal folders wherever they lie. `remains` is a campaign of everything sound:
    the campaign itself, or what can still be judged when files have faults."""

    campaign: Campaign | None
    remains: Campaign | None
    findings: list[Finding]
    templates: Mapping[str, TemplateFile]
    pictures: Mapping[str, PictureFile]
    folder: Path
    digest: str
    _places: Places = field(repr=False)
    _sources: Sources = field(repr=False)

    def where(self, *loc: str | int) -> Position:
        """Return where a value of the campaign stands, or its nearest ancestor that is there."""
        return self._places.where(*loc)

    def where_named(self, *loc: str | int) -> Position:
        """Return where a value's key stands, or its nearest ancestor that is there."""
        return self._places.where_named(*loc)

    def text_position(self, loc: Loc, line_in_text: int, needle: str = "") -> Position:
        """Return where a line (from 1) of a text given in place stands: exact in literal blocks (|), at `needle` if
        that is in the line; else where the text begins."""
        return self._places.text(loc, line_in_text, needle)

    def template_position(self, name: str, line: int, needle: str = "") -> Position:
        """Return where a line (from 1) of a template stands, be it a file or given in place."""
        file = self.templates[name].file
        if self.campaign is not None and name in self.campaign.templates:
            return self.text_position(("templates", name), line, needle)
        lines = self._sources.lines(file)
        column = lines[line - 1].find(needle) if needle and 0 < line <= len(lines) else -1
        return Position(file, line, column + 1 if column >= 0 else 1)

    def source_line(self, position: Position) -> str | None:
        """Return the line of text at a place; None where there is none, or where it may hold a secret."""
        return self._sources.line(position)


def load(path: Path, networks: Mapping[str, tuple[str, ...]], institutions: Path | None = None) -> Loaded:
    """Read a campaign's folder, or its main file. `networks` maps known networks to the secrets their accounts need;
    `institutions` is a table of more institutions, from anywhere.

    Whatever the files hold, faults become findings, all of them in one go.
    """
    with without_collector():
        return _load(path, networks, institutions)


def _load(path: Path, networks: Mapping[str, tuple[str, ...]], institutions: Path | None) -> Loaded:
    sources = Sources()
    layers = Reader(sources, institutions).layers(path)
    start = next((layer.start for layer in reversed(layers) if layer.root), Position(shown(path)))
    root: MappingNode | None = None
    for layer in layers:
        if layer.root is not None:
            root = layer.root if root is None else merge(without_others(root, layer.root), layer.root)
    places = Places(root, start, sources)
    templates, in_place = _templates(layers)
    remains = None
    faulty = True
    pictures: dict[str, PictureFile] = {}
    if root is not None:
        records = Records(places, sources, in_place, frozenset(layer.start.file for layer in layers))
        records.read(root)
        faulty = any(finding.level is Level.ERROR for finding in sources.findings)
    if root is not None and not undecided(root, sources):
        lost = _lost(layers, "media", ".yaml", sources)
        pictures, damaged = _pictures(layers, records, lost, places, sources)
        records.judge_pictures(pictures)
        broken = records.broken(lost | damaged, _lost(layers, "", "", sources))
        partial = records.partial()
        names = {*pictures, *damaged}
        for told in check_references(partial, set(templates), names, networks, places.where, broken):
            if concerns(told, layers[-1]):
                sources.add(told)
        for inside, used in (("templates", _used_templates(records) - templates.keys()),
                             ("media", _used_pictures(records) - names)):  # fmt: skip
            report_astray(layers[-1].folder, inside, used, sources)
        records.judge_codes(partial)
        for loc, what, hint in hopeless_tags(partial):
            sources.fault("MW335", places.where(*loc), what, hint)
        for index, what, hint in doubtful_days(partial.edition.days):
            sources.fault("MW216", places.where("edition", "days", index, "date"), what, hint)
        remains = records.whole(faulty=faulty)
        if not faulty and not sources.lost and says_nothing(entry(root, "posts")):
            hint = "write them below posts: or into posts.yaml; a campaign that only others extend says posts: []"
            sources.fault("MW109", places.where(), "there is not a single post here", hint, Level.WARNING)
    findings = sorted({*sources.findings, *sources.repeated()}, key=lambda finding: finding.sort_key)
    campaign = None if faulty else remains
    return Loaded(
        campaign, remains, findings, templates, pictures, folder_of(path)[0], sources.digest(), places, sources
    )


def _templates(layers: list[Layer]) -> tuple[dict[str, TemplateFile], frozenset[str]]:
    """Return all templates, the highest layer's first choice, and the names of those given in place."""
    found: dict[str, TemplateFile] = {}
    in_place: set[str] = set()
    for layer in layers:
        found |= layer.templates
        in_place -= layer.templates.keys()
        told = entry(layer.root, "templates")
        for key, value in told.value if isinstance(told, MappingNode) else ():
            if isinstance(key, ScalarNode) and isinstance(value, ScalarNode):
                found[key.value] = TemplateFile(key.value, value.value, position(value).file)
                in_place.add(key.value)
    return found, frozenset(in_place)


def _used_templates(records: Records) -> set[str]:
    told = [wording.template for wording in records.wordings() if wording.template is not None]
    return {name for each in told for name in ([each] if isinstance(each, str) else each.values())}


def _used_pictures(records: Records) -> set[str]:
    return {name for wording in records.wordings() for name in wording.media or ()}


def _lost(layers: list[Layer], folder: str, suffix: str, sources: Sources) -> set[str]:
    """Return the names of templates, or with "media" of pictures whose records, could not be read; "." is all."""
    names = set()
    for layer in layers:
        root = Path(shown(layer.folder / folder if folder else layer.templates_in))
        for file in map(Path, sources.lost):
            if file.is_relative_to(root):
                names.add(file.relative_to(root).as_posix().removesuffix(suffix))
    return names


def _pictures(
    layers: list[Layer], records: Records, lost: set[str], places: Places, sources: Sources
) -> tuple[dict[str, PictureFile], set[str]]:
    """Look at every picture; return those that are sound, and the names of the others."""
    found: dict[str, PictureFile] = {}
    damaged: set[str] = set()
    recorded, used = records.media_names(), _used_pictures(records)
    files = {name: (layer, path) for layer in layers for name, path in layer.pictures.items()}
    for name, (layer, path) in files.items():
        if name not in recorded | used and path.suffix.lower() not in SUFFIXES:
            continue
        where = Position(shown(path))
        try:
            picture = probe(name, path)
            found[name], digest = picture, picture.digest
        except NoPicture as fault:
            digest = fault.digest
            damaged.add(name)
            sources.fault("MW212", where, f"this is no picture to post: {fault}", fault.hint)
        except OSError as error:
            damaged.add(name)
            sources.fault("MW102", where, f"cannot be read: {error.strerror}", "see that you may read it")
            continue
        sources.digests.append((f"{layer.prefix}media/{name}", digest))
        if name not in recorded | used:
            hint = f"write {path.name}.yaml beside it with alt, credit and licence, or take it out"
            sources.fault("MW211", where, f"the picture {name!r} has no record", hint, Level.WARNING)
    for name in sorted(recorded - used - files.keys()) if "." not in lost else ():
        what, hint = f"there is no picture {name!r} to this record", "put it into media/, or take the record out"
        sources.fault("MW205", places.where("media", name), what, hint, Level.WARNING)
    return found, damaged
