"""From one tree to frozen records, each judged alone: one bad post hides nothing. Used by load.campaign only."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from mwcampaign.core.campaign import SECRET_REFERENCE, Account, Defaults, Edition, Institution, Policies, Theme
from mwcampaign.core.iso_checks import IsoChecks
from mwcampaign.core.names import Names
from mwcampaign.core.picture_records import of_record
from mwcampaign.core.post import Campaign, Media, Post, Wording
from mwcampaign.core.references import Broken
from mwcampaign.load.faults import Error, Faults, known_keys
from mwcampaign.load.inspect import NULL, position, withhold
from mwcampaign.load.pictures import PictureFile
from mwcampaign.load.sections import CHUNK, Section, Some, Streamed, adapter, without_faults
from mwcampaign.load.sources import Sources
from mwcampaign.load.tree import Loc, Places, entry, identify
from mwcampaign.load.twins import made_twice, told_apart, torn
from mwcampaign.load.yaml import plain


class Records:
    """Reads the tree of a campaign; `read` first, then what is asked of it. `in_place` are the names of the templates
    that stand in it, `mains` the main files that it was made of."""

    def __init__(self, places: Places, sources: Sources, in_place: frozenset[str], mains: frozenset[str]) -> None:
        self._places, self._sources, self._in_place = places, sources, in_place
        self._main_lost = not mains.isdisjoint(sources.lost)
        self._faults = Faults(places, sources)
        self._sections: dict[str, Section] = {}
        self._edition: Edition | None = None
        self._defaults = Defaults()
        self._policies = Policies()
        self._templates: dict[str, str] = {}
        self._iso = IsoChecks(places.where, places.where_named)

    def read(self, root: MappingNode) -> None:
        """Judge everything; faults become findings."""
        for key, value in root.value:
            if isinstance(key, ScalarNode) and key.value not in known_keys(()):
                self._faults.report([((), {"type": "extra_forbidden", "loc": (key.value,), "msg": ""})])
            elif isinstance(value, ScalarNode) and value.tag == NULL:
                continue
            elif key.value == "media":
                self._read_media(value)
            elif key.value == "templates":
                self._read_templates(value)
        self._read_edition(entry(root, "edition"))
        told, _ = self._judge(Defaults, [_data(entry(root, "defaults"), {})], [("defaults",)])
        self._defaults = told.get(0, self._defaults)
        asked, _ = self._judge(Policies, [_data(entry(root, "policies"), {})], [("policies",)])
        self._policies = asked.get(0, self._policies)
        for kind, model in (("posts", Post), ("institutions", Institution), ("accounts", Account)):
            self._read_list(kind, model, entry(root, kind))

    def _read_edition(self, node: Node | None) -> None:
        self._sections["days"] = days = Section()
        data = _data(node, None)
        if data is None:
            if not self._main_lost:
                hint = "add edition: with id, title, main_tag and days, or extend a campaign that has it"
                self._sources.fault("MW109", self._places.where(), "the campaign has no edition", hint)
            return
        if isinstance(data, dict) and isinstance(data.get("days"), list) and data["days"]:
            nodes, locs = entry(node, "days").value, [("edition", "days", at) for at in range(len(data["days"]))]
            sound, unsound = self._judge_nodes(Theme, data["days"], nodes, locs)
            days.unsound = [nodes[index] for index in unsound]
            days.sound = told_apart(sound)
            # Without a sound day the edition's other keys are judged all the same.
            data["days"] = list(days.records()) or [Theme(id="none", date=date(2000, 1, 1))]
        told, _ = self._judge(Edition, [data], [("edition",)])
        if 0 not in told and isinstance(data, dict):
            # What only names it is no reason to say nothing of the rest.
            data = {"id": "the-edition", "title": "", **data}
        self._edition = told.get(0) or without_faults(Edition, data)

    def _read_list(self, kind: str, model: type[BaseModel], node: Node | None) -> None:
        self._sections[kind] = section = Section()
        if node is None or (isinstance(node, ScalarNode) and node.tag == NULL):
            return
        if not isinstance(node, SequenceNode):
            hint = "begin each entry with -"
            self._sources.fault("MW108", position(node), f"{kind}: should be a list", hint)
            section.unsound = [node]
            return
        if kind == "institutions":
            self._sections[kind] = self._streamed(node)
            return
        data = plain(node)
        leaking = self._secrets(data) if kind == "accounts" else set()
        locs = [(kind, index) for index in range(len(data))]
        sound, unsound = self._judge_nodes(model, data, node.value, locs)
        section.sound = told_apart({index: one for index, one in sound.items() if index not in leaking})
        section.unsound = [node.value[index] for index in [*unsound, *sorted(leaking & sound.keys())]]

    def _streamed(self, node: SequenceNode) -> Streamed:
        """Judge institutions some at a time, and remember only which are sound."""
        kept, unsound, met = array("L"), array("L"), set[str]()
        for start in range(0, len(node.value), CHUNK):
            items = node.value[start : start + CHUNK]
            locs = [("institutions", start + index) for index in range(len(items))]
            sound, bad = self._judge_nodes(Institution, [plain(item) for item in items], items, locs)
            if self._sources.twin_ids:
                # Whoever has another's id is left out: texts are made and kept by it.
                own = {one.id: index for index, one in reversed(sound.items()) if one.id not in met}
                met |= own.keys()
                bad += sound.keys() - own.values()
                sound = {index: sound[index] for index in sorted(own.values())}
            kept.extend(start + index for index in sound)
            unsound.extend(start + index for index in bad)
            for index, one in sound.items():
                self._iso.hear_institution(start + index, one)
        return Streamed(unsound=Some(unsound, node.value), kept=kept, items=node.value)

    def _secrets(self, accounts: list[Any]) -> set[int]:
        """Report secrets that stand in the file, never repeating them, and take them out of the data."""
        leaking = set()
        for index, account in enumerate(accounts):
            secrets = account.get("secrets") if isinstance(account, dict) else None
            if not isinstance(secrets, dict):
                continue
            for name, told in secrets.items():
                if isinstance(told, str) and SECRET_REFERENCE.fullmatch(told):
                    continue
                loc = ("accounts", index, "secrets", name)
                withhold(self._places.find(loc)[0], self._sources)
                what = f"the secret {name!r} stands here itself" if told else f"the secret {name!r} is empty"
                hint = "write where it is kept: env:NAME, file:PATH or keyring:SERVICE; and renew it at the network"
                self._sources.fault("MW207", self._places.where(*loc), what, hint)
                secrets[name] = "env:WITHHELD"
                leaking.add(index)
        return leaking

    def _read_media(self, node: Node) -> None:
        self._sections["media"] = section = Section()
        if not isinstance(node, MappingNode):
            hint = "write the name of each picture with a colon, and its record below"
            self._sources.fault("MW108", position(node), "media: should be a mapping of names and records", hint)
            return
        data = plain(node)
        names = list(data)
        told, bad = self._judge(Media, list(data.values()), [("media", name) for name in names])
        unclear = {key.value for key, one in node.value if id(key) in self._sources.torn or torn(one, self._sources)}
        section.sound = {names[index]: one for index, one in told.items() if names[index] not in unclear}
        section.unsound = [*(names[index] for index in bad if names[index] not in unclear), *sorted(unclear)]

    def _read_templates(self, node: Node) -> None:
        if not isinstance(node, MappingNode):
            hint = "write the name of each template with a colon, and its text below"
            self._sources.fault("MW108", position(node), "templates: should be a mapping of names and texts", hint)
            return
        for key, value in node.value:
            told = plain(value)
            if not isinstance(told, str):
                self._sources.fault("MW108", position(value), f"{key.value}: should be text", "put it into quotes")
            elif key.value in self._in_place:
                self._templates[key.value] = told

    def _judge(self, model: type[BaseModel], items: list[Any], locs: Sequence[Loc]) -> tuple[dict[int, Any], list[int]]:
        """Return sound records by index, and the indexes of the others, whose faults are reported."""
        judge = adapter(model)
        try:
            return dict(enumerate(judge.validate_python(items))), []
        except ValidationError as caught:
            # Never with the input: it may be a secret.
            errors: list[Error] = caught.errors(include_url=False, include_input=False)
        for error in errors:
            # Each holds this frame and with it all the others: no collector runs here, and a table has many.
            if isinstance(reason := error.get("ctx", {}).get("error"), Exception):
                reason.__traceback__ = None
        bad = sorted({error["loc"][0] for error in errors})
        self._faults.report([(locs[error["loc"][0]], {**error, "loc": error["loc"][1:]}) for error in errors])
        unsound = set(bad)
        good = [index for index in range(len(items)) if index not in unsound]
        return dict(zip(good, judge.validate_python([items[index] for index in good]), strict=True)), bad

    def _judge_nodes(
        self, model: type[BaseModel], data: list[Any], nodes: Sequence[Any], locs: Sequence[Loc]
    ) -> tuple[dict[int, Any], list[int]]:
        """Return sound records by index, and the others' indexes; a record with a key twice is none to judge by."""
        sound, bad = self._judge(model, data, locs)
        unclear = {index for index in sound if torn(nodes[index], self._sources)} if self._sources.torn else set()
        return {index: one for index, one in sound.items() if index not in unclear}, sorted(unclear.union(bad))

    def _lost(self, *names: str) -> bool:
        return any(Path(file).name in names for file in self._sources.lost)

    def section(self, kind: str) -> Section:
        """Return the records of one kind."""
        return self._sections.get(kind, Section())

    def media_names(self) -> set[str]:
        """Return the names of all pictures' records, sound or not."""
        media = self.section("media")
        return {*media.sound, *media.unsound}

    def judge_pictures(self, files: Mapping[str, PictureFile]) -> None:
        """Report what the records of sound pictures lack or get wrong."""
        for name, record in self.section("media").sound.items():
            if name not in files:
                continue
            for code, key, what, hint in of_record(name, record, files[name], self._policies):
                where = self._places.where("media", name, *([key] if key else []))
                self._sources.fault(code, where, what, hint)

    def judge_codes(self, campaign: Campaign) -> None:
        """Report countries and languages that are none; `campaign` is what `partial` gave."""
        self._iso.hear(campaign)
        for told in self._iso.findings():
            self._sources.add(told)

    def wordings(self) -> list[Wording]:
        """Return what sound posts say: their parts, and the variants of these."""
        parts = [part for post in self.section("posts").records() for part in post.parts]
        return [wording for part in parts for wording in (part, *part.variants)]

    def broken(self, media: set[str], templates: set[str]) -> Broken:
        """Return what exists but has faults of its own; `media` and `templates` are those whose files have."""
        institutions, accounts = self.section("institutions").unsound, self.section("accounts").unsound
        networks = [entry(node, "network") for node in accounts]
        main_lost = self._main_lost or not (self._edition or self.section("days").sound)
        lists_lost = self._sources.rows_lost or self._lost("institutions.yaml", "institutions.csv")
        institutions_lost = self._main_lost or lists_lost
        return Broken(
            days=frozenset(_ids(self.section("days").unsound, "days")),
            institutions=Names(lambda: chain(_ids(institutions, "institutions"), self._sources.broken_rows)),
            networks=frozenset(str(node.value) for node in networks if isinstance(node, ScalarNode)),
            media=frozenset({*media, *self.section("media").unsound}),
            templates=frozenset(templates),
            # The folder itself: what is in it is not known.
            media_lost="." in media,
            templates_lost="." in templates,
            edition=main_lost,
            institutions_lost=institutions_lost,
            people=bool(institutions or accounts or self._sources.broken_rows)
            or institutions_lost
            or self._lost("accounts.yaml"),
        )

    def partial(self) -> Campaign:
        """Return a campaign of everything sound, with a stand-in for an edition that is not; sets places to it."""
        self._places.origins = {
            kind: self.section(kind.split("/")[-1]).origins
            for kind in ("posts", "institutions", "accounts", "edition/days")
        }
        edition = self._edition or Edition.model_construct(
            id="the edition", title="", main_tag="", days=tuple(self.section("days").records())
        )
        return self._campaign(edition)

    def _campaign(self, edition: Edition) -> Campaign:
        return Campaign(
            edition=edition,
            defaults=self._defaults,
            policies=self._policies,
            posts=self.section("posts").records(),
            institutions=self.section("institutions").records(),
            accounts=self.section("accounts").records(),
            templates=self._templates,
            media=self.section("media").sound,
        )

    def whole(self, *, faulty: bool) -> Campaign | None:
        """Return a campaign of everything sound, or None."""
        if self._edition is None:
            return None
        told = self.section("accounts").sound
        found = made_twice(told, self.section("institutions").records())
        if found is not None and not faulty:  # an institution that is there twice was reported as that
            index, name = found
            what = f"this makes the account {name!r} twice"
            hint = "put * into the pattern's id; it stands for the institution's id"
            self._sources.fault("MW111", self._places.where("accounts", index), what, hint)
            return None
        return self._campaign(self._edition)


def _data(node: Node | None, default: Any) -> Any:
    told = None if node is None else plain(node)
    return default if told is None else told


def _ids(nodes: Iterable[Any], kind: str) -> Iterator[str]:
    return (name for node in nodes if (name := identify(node, kind)) is not None)
