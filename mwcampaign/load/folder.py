"""From a path to layers: the campaign's folder, those it extends, and shared templates. Used by load.campaign only."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yaml import Mark
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from mwcampaign.core.findings import Level, Position
from mwcampaign.core.spelling import nearest
from mwcampaign.load import yaml
from mwcampaign.load.inspect import NULL, STR, TAG, position
from mwcampaign.load.listing import MAX_FILES, MAX_TEMPLATES, files_below, listed, report_outside, too_much, weight
from mwcampaign.load.sources import Sources, inside, is_folder, is_there, shown
from mwcampaign.load.strangers import MAIN, report_strange_posts, report_strangers
from mwcampaign.load.table import MAX_BYTES as TABLE_BYTES
from mwcampaign.load.table import read_table
from mwcampaign.load.tree import entry, join, key_or, says_nothing, without
from mwcampaign.load.twins import report_twins

LISTS = ("posts", "institutions", "accounts")
MAX_TEMPLATE = 1_000_000
MAX_EXTENDS = 10
"""Campaigns below a campaign."""


@dataclass(frozen=True, slots=True)
class TemplateFile:
    """One template: `name` is its path in templates/, `file` the file as shown to people."""

    name: str
    text: str
    file: str


@dataclass(slots=True)
class Layer:
    """What one folder gives; the campaign that others extend comes before them."""

    folder: Path
    templates_in: Path
    prefix: str
    """What the digest calls this layer."""
    start: Position
    root: MappingNode | None = None
    templates: dict[str, TemplateFile] = field(default_factory=dict)
    pictures: dict[str, Path] = field(default_factory=dict)


def folder_of(path: Path) -> tuple[Path, str]:
    """Return the campaign's folder and the name of its main file, for a folder or that file."""
    return (path.parent, path.name) if path.suffix in {".yaml", ".yml"} and not is_folder(path) else (path, MAIN)


class Reader:
    """Reads layers, each folder once."""

    def __init__(self, sources: Sources, institutions: Path | None = None) -> None:
        self._sources, self._institutions = sources, institutions
        self._shared: list[Layer] = []

    def layers(self, path: Path) -> list[Layer]:
        """Return all layers, lowest first; without the campaign itself when it is not there."""
        folder, main = folder_of(path)
        if is_folder(folder) and not os.access(folder, os.R_OK | os.X_OK):
            what = "this folder may not be read"
            self._sources.fault("MW102", Position(shown(folder)), what, "see that you may read it")
            return []
        if not is_there(folder / main):
            hint = f"name a folder that holds {MAIN}, or make one with: mwcampaign init"
            if is_there(folder / "campaign.yml"):
                hint = f"rename campaign.yml to {MAIN}"
            self._sources.fault("MW101", Position(shown(path)), "there is no campaign here", hint)
            return []
        own = self._campaign(folder, main, "", ())
        return [*self._shared, *own]

    def _campaign(self, folder: Path, main: str, prefix: str, above: tuple[Path, ...]) -> list[Layer]:
        layer = Layer(folder, folder / "templates", prefix, Position(shown(folder / main), 1, 1))
        above = (*above, (folder / main).resolve())
        root = self._yaml(folder, main, prefix)
        below: list[Layer] = []
        pairs: list[tuple[Node, Any]] = []
        if isinstance(root, MappingNode):
            pairs = list(root.value)
            below = self._extends(entry(root, "extends"), folder, prefix, above)
            if not below and not says_nothing(entry(root, "extends")):
                # Whatever is missed now may be what was to come from there.
                self._sources.lost |= {layer.start.file, shown(layer.templates_in), shown(folder / "media")}
            if not self._share(entry(root, "shared"), folder, prefix):
                self._sources.lost.add(shown(layer.templates_in))
        elif root is not None and root.tag != NULL:
            hint = "write keys with a colon: edition:, posts:, accounts:"
            self._sources.fault("MW108", position(root), f"{main} should be a mapping of keys and values", hint)
        like = root if isinstance(root, MappingNode) else _at(layer.start)
        if main == MAIN:
            report_strangers(folder, self._sources)
            for kind in LISTS:
                pairs = join(pairs, kind, list(self._lists(folder, kind, prefix)), like)
        if self._institutions is not None and len(above) == 1:
            given = self._table(self._institutions, prefix + self._institutions.name)
            pairs = join(pairs, "institutions", [given] if given else [], like)
        layer.pictures, records = self._media(folder, prefix)
        pairs = self._records(pairs, records, like)
        layer.root = MappingNode(TAG + "map", without(pairs, "extends", "shared"), like.start_mark, like.end_mark)
        report_twins(layer.root, self._sources)
        where = Position(shown(layer.templates_in))
        layer.templates = self._templates(layer.templates_in, folder, f"{prefix}templates/", where)
        return [*below, layer]

    def _extends(self, told: Any, folder: Path, prefix: str, above: tuple[Path, ...]) -> list[Layer]:
        target = self._target(told, folder, "extends")
        if target is None:
            return []
        base, main = folder_of(target)
        if not is_there(base / main):
            what = f"there is no campaign at {told.value!r}"
            self._sources.fault("MW112", position(told), what, f"name a folder that holds {MAIN}, as seen from here")
            return []
        if len(above) > MAX_EXTENDS:
            what = f"more than {MAX_EXTENDS} campaigns extend each other"
            self._sources.fault("MW106", position(told), what, "let one campaign hold what they have in common")
            return []
        if (base / main).resolve() in above:
            what = "campaigns extend each other in a circle"
            self._sources.fault("MW112", position(told), what, "take out one extends:")
            return []
        return self._campaign(base, main, f"{prefix}extends/", above)

    def _share(self, told: Any, folder: Path, prefix: str) -> bool:
        """Take in a folder of templates; return False where one is named and is not there."""
        target = self._target(told, folder, "shared")
        if target is None:
            return says_nothing(told)
        if not is_folder(target):
            what = f"there is no folder {told.value!r}"
            self._sources.fault("MW112", position(told), what, "name a folder of templates, as seen from here")
            return False
        layer = Layer(target, target, f"{prefix}shared/", Position(shown(target)))
        layer.templates = self._templates(target, target, f"{prefix}shared/", position(told))
        self._shared.append(layer)
        return True

    def _target(self, told: Any, folder: Path, key: str) -> Path | None:
        if says_nothing(told):
            return None
        if not isinstance(told, ScalarNode) or not told.value.strip() or "\0" in told.value:
            self._sources.fault("MW108", position(told), f"{key} should be the path of a folder", f"{key}: ../folder")
            return None
        target = folder / str(told.value)
        try:
            target.stat()
        except OSError:
            what = f"{told.value!r} is not there"
            self._sources.fault("MW112", position(told), what, "name a folder as seen from this file's folder")
            return None
        return target

    def _yaml(self, folder: Path, name: str, prefix: str) -> Node | None:
        path = folder / name
        if not inside(path, folder):
            report_outside(path, self._sources)
            self._sources.lost.add(shown(path))
            return None
        text = self._sources.read_text(path, prefix + name, yaml.MAX_BYTES)
        return None if text is None else yaml.compose(text, shown(path), self._sources)

    def _lists(self, folder: Path, kind: str, prefix: str) -> Iterator[Node]:
        """Yield the lists of kind.yaml, of the files in posts/, and of institutions.csv."""
        names = [f"{kind}.yaml"] if is_there(folder / f"{kind}.yaml") else []
        if kind == "posts" and is_folder(folder / "posts"):
            there = listed(folder / "posts", self._sources)
            if len(there) > MAX_FILES:
                what = f"more than {MAX_FILES:,} files"
                too_much(folder / "posts", Position(shown(folder / "posts")), what, self._sources)
                there = []
            names += [f"posts/{path.name}" for path in there if path.suffix == ".yaml" and not path.is_dir()]
            report_strange_posts(there, self._sources)
        for name in names:
            root = self._yaml(folder, name, prefix)
            if isinstance(root, MappingNode):
                for key, _ in root.value:
                    if id(key) in self._sources.torn:
                        self._sources.lost.add(shown(folder / name))
                    if key.value != kind:
                        hint = f"did you mean {kind}?" if nearest(str(key.value), [kind]) else f"only {kind} stand here"
                        self._sources.fault("MW107", position(key), f"{name} has no key {key.value!r}", hint)
                root = entry(root, kind)
            if isinstance(root, SequenceNode):
                yield root
            elif root is not None and not says_nothing(root):
                self._sources.fault("MW108", position(root), f"{kind}: should be a list", "begin each entry with -")
                self._sources.lost.add(shown(folder / name))
        path = folder / "institutions.csv"
        if kind == "institutions" and is_there(path):
            if not inside(path, folder):
                report_outside(path, self._sources)
            elif (table := self._table(path, prefix + path.name)) is not None:
                yield table

    def _table(self, path: Path, name: str) -> Node | None:
        lines = self._sources.read_lines(path, name, TABLE_BYTES)
        if lines is None:
            return None
        like = _at(Position(shown(path), 1, 1))
        rows: Any = read_table(lines, shown(path), self._sources)
        return SequenceNode(TAG + "seq", rows, like.start_mark, like.end_mark)

    def _media(self, folder: Path, prefix: str) -> tuple[dict[str, Path], dict[str, Node]]:
        pictures, records = {}, {}
        where = Position(shown(folder / "media"))
        for name, path in files_below(folder / "media", folder, where, self._sources):
            if not name.endswith((".yaml", ".yml")):
                pictures[name] = path
            elif name.endswith(".yml"):
                hint = f"rename it to {path.stem}.yaml"
                self._sources.fault("MW107", Position(shown(path)), "records end in .yaml", hint, Level.WARNING)
            else:
                record = self._yaml(folder, f"media/{name}", prefix)
                file = shown(path)
                if record is not None:
                    records[name.removesuffix(".yaml")] = record
                elif file in self._sources.texts and not self._sources.texts[file].strip():
                    hint = "write alt, credit and licence into it"
                    self._sources.fault("MW109", Position(file), "the record is empty", hint)
        return pictures, records

    def _records(self, pairs: list[tuple[Node, Any]], records: dict[str, Node], like: Node) -> list[tuple[Node, Any]]:
        """Return the main file's keys with the records beside the pictures joined to its `media`."""
        if not records:
            return pairs
        told = next((value for key, value in pairs if key.value == "media"), None)
        inner = list(told.value) if isinstance(told, MappingNode) else []
        if told is not None and not isinstance(told, MappingNode) and told.tag != NULL:
            hint = "take it out: the records beside the pictures are enough"
            self._sources.fault("MW108", position(told), "media: should be a mapping of names and records", hint)
        have = {key.value for key, _ in inner}
        for name, record in records.items():
            if name in have:
                what = f"the picture {name!r} has two records: this one, and one under media in {MAIN}"
                self._sources.fault("MW105", position(record), what, "keep one of them")
            else:
                inner.append((ScalarNode(STR, name, record.start_mark, record.end_mark), record))
        joined = MappingNode(TAG + "map", inner, like.start_mark, like.end_mark)
        return [*without(pairs, "media"), (key_or(pairs, "media", like), joined)]

    def _templates(self, folder: Path, root: Path, prefix: str, where: Position) -> dict[str, TemplateFile]:
        found: dict[str, TemplateFile] = {}
        files = files_below(folder, root, where, self._sources)
        if weight(files) > MAX_TEMPLATES:
            too_much(folder, where, f"more than {MAX_TEMPLATES // 1_000_000} MB of templates", self._sources)
            return found
        for name, path in files:
            text = self._sources.read_text(path, prefix + name, MAX_TEMPLATE)
            if text is not None:
                found[name] = TemplateFile(name, text, shown(path))
        return found


def _at(where: Position) -> Node:
    mark: Any = Mark(where.file, 0, where.line - 1, where.column - 1, None, 0)
    return MappingNode(TAG + "map", [], mark, mark)
