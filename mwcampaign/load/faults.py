"""From pydantic's errors to findings in plain words, each at its place in the files. Used by load.campaign only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import groupby
from typing import Any
from zoneinfo import available_timezones

from pydantic import BaseModel
from yaml.nodes import MappingNode, ScalarNode, SequenceNode

from mwcampaign.core.campaign import Account, Defaults, Edition, Institution, Policies, Theme
from mwcampaign.core.post import Media, Part, Post, Provenance, Variant
from mwcampaign.core.spelling import did_you_mean, nearest
from mwcampaign.load.inspect import withhold
from mwcampaign.load.row import Row
from mwcampaign.load.sources import Sources
from mwcampaign.load.tree import Loc, Places, place

Error = Any
"""One of pydantic's error details, without its input: a value may be a secret."""

MODELS: dict[str, type[BaseModel]] = {
    "edition": Edition, "days": Theme, "defaults": Defaults, "policies": Policies,
    "institutions": Institution, "accounts": Account,
    "posts": Post, "thread": Part, "variants": Variant, "media": Media, "provenance": Provenance,
}  # fmt: skip
SYNONYMS = {
    "time": "at", "when": "at", "until": "closes", "date": "day", "dates": "day", "days": "day", "images": "media",
    "pictures": "media", "image": "media", "picture": "media", "photo": "media", "photos": "media", "hashtag": "tags",
    "hashtags": "tags", "alt_text": "alt", "tz": "timezone", "zone": "timezone", "lang": "languages", "url": "server",
    "instance": "server", "username": "handle", "author": "credit", "rights": "licence", "theme": "about",
    "cw": "warning", "body": "text", "content": "text", "message": "text", "replies": "thread", "platforms": "networks",
}  # fmt: skip
KINDS = (
    ("string_type", "text"),
    ("dict_type", "a mapping of keys and values (key: value)"),
    ("model_type", "a mapping of keys and values (key: value)"),
    ("model_attributes_type", "a mapping of keys and values (key: value)"),
    ("tuple_type", "a list, such as [one, two]"),
    ("list_type", "a list, such as [one, two]"),
    ("int_", "a whole number"),
    ("date_", "a date such as 2021-06-07"),
)
PATTERNS: dict[str | int, tuple[str, str]] = {
    "country": ("a country is two capital letters", "write it as in FR or JP"),
    "closed": ("a day on which the house is closed is a weekday or a date", "for example monday or 2021-06-08"),
    "duty": ("duty is from when to when somebody is there to answer", "for example duty: 09:00-17:00"),
}
EXAMPLES = {
    "id": "id: city-museum", "title": "title: MuseumWeek 2021", "date": "date: 2021-06-07", "at": "at: 10:30",
    "main_tag": 'main_tag: "#MuseumWeek"', "main_tags": 'main_tags: {ja: "#ミュージアムウィーク"}',
    "tags": 'tags: {fr: "#CoulissesMW"}', "about": "about: {en: Behind the scenes}", "closes": "closes: 18:00",
    "language": "language: fr", "languages": "languages: [fr, en]", "day": "day: [monday, tuesday]",
    "text": "text: {en: Good morning, fr: Bonjour}", "template": "template: welcome.txt", "media": "media: [boats.jpg]",
    "networks": "networks: [mastodon, bluesky]", "countries": "countries: [FR, JP]", "posts": "posts: [{id: welcome}]",
    "institutions": "institutions: [city-museum]", "thread": "thread: [{text: And more}]", "alt": "alt: {en: Boats}",
    "variants": "variants: [{network: bluesky, text: Shorter}]", "limits": "limits: {text_limit: 500}",
    "secrets": "secrets: {access_token: env:TOKEN}", "approval": "approval: required", "server": "server: https://mastodon.social",
    "names": "names: {fr: Musée}", "handles": "handles: {mastodon: museum}", "timezone": "timezone: Europe/Paris",
    "sensitive": "sensitive: [sacred]", "fit": "fit: {drop: [thanks, link]}", "short": "short: true",
}  # fmt: skip


def top_keys() -> list[str]:
    """Return the keys that a campaign's main file may have."""
    lists = ["posts", "institutions", "accounts", "templates", "media"]
    return ["extends", "shared", "edition", "defaults", "policies", *lists]


class Faults:
    """Turns errors into findings; knows the tree they are about."""

    def __init__(self, places: Places, sources: Sources) -> None:
        self._places, self._sources = places, sources

    def report(self, errors: Iterable[tuple[Loc, Error]]) -> None:
        """Report errors given as (place of the validated thing, error)."""
        for _, group in groupby(errors, key=lambda told: told[0]):
            for loc, labels, error in self._chosen(list(group)):
                self._one(loc, labels, error)

    def _chosen(self, errors: list[tuple[Loc, Error]]) -> Iterator[tuple[Loc, tuple[str, ...], Error]]:
        """Yield (place, kinds allowed, error). Where a value may be of several kinds, pydantic reports each kind in
        turn; only the one that its author chose is kept."""
        unions: dict[Loc, list[tuple[Loc, str, Error]]] = {}
        for prefix, error in errors:
            unsaid = prefix[:1] == ("accounts",) and error["loc"] == ("id",)
            if unsaid and self._places.below(self._places.find(prefix)[0], "id") is None:
                continue  # made of institution and network, whose own faults are told
            loc, anchor, label = self._walk((*prefix, *error["loc"]))
            if error["type"] in {"missing", "extra_forbidden"} or not label:
                yield (loc, (), error)
            else:
                unions.setdefault(anchor, []).append((loc, label, error))
        for anchor, told in unions.items():
            node, _ = self._places.find(anchor)
            labels = tuple(dict.fromkeys(label for _, label, _ in told))
            fitting = [label for label in labels if _fits(label, node)]
            if fitting and not all(error["type"] == "literal_error" for _, label, error in told if label in fitting):
                fitting = [label for label in fitting if not label.startswith("literal")]
            if not fitting:
                yield anchor, labels, {"type": "union", "loc": (), "msg": ""}
            else:
                yield from ((loc, (), error) for loc, label, error in told if label == fitting[0])

    def _walk(self, loc: Loc) -> tuple[Loc, Loc, str]:
        """Return the place without pydantic's names of kinds, where the first such name stood, and that name."""
        node, _ = self._places.find(())
        known: list[str | int] = []
        anchor: Loc = ()
        label = ""
        for part in loc:
            below = self._places.below(node, part)
            if below is not None:
                node, known = below, [*known, part]
            elif part == "[key]":
                break
            elif not label:
                anchor, label = tuple(known), str(part)
        return tuple(known), anchor, label

    def _one(self, loc: Loc, kinds: tuple[str, ...], error: Error) -> None:
        kind, message = error["type"], error["msg"].removeprefix("Value error, ")
        node, _ = self._places.find(loc)
        if kind == "extra_forbidden":
            self._unknown(loc)
        elif kind == "missing":
            self._missing(loc, str(error["loc"][-1]))
        elif "time zone" in message:
            self._zone(loc, node)
        elif message == "give text or template":
            self._sources.fault("MW109", place(node), "the post says nothing", "add text: or template:")
        elif kind == "value_error" and isinstance(loc[-1], int) and loc[-2] in MODELS:
            self._record(loc, node, message)
        elif kind == "value_error":
            what, _, advice = message.partition("; ")
            self._sources.fault("MW108", self._key_or_value(loc, error), f"{_name(loc)}{what}", advice or _example(loc))
        else:
            self._kind(loc, kinds, error, node)

    def _record(self, loc: Loc, node: Any, message: str) -> None:
        """Report what a record's keys say together, at the first of them that the message names and that is there."""
        what, _, advice = message.partition("; ")
        named = (self._places.below(node, word) for word in re.findall(r"\w+", what))
        value = next((value for value in named if value is not None), node)
        self._sources.fault("MW108", place(value), what, advice or "change one of these keys, or add what is missing")

    def _key_or_value(self, loc: Loc, error: Error) -> Any:
        node, _ = self._places.find(loc)
        if error["loc"] and error["loc"][-1] == "[key]" and loc:
            parent, _ = self._places.find(loc[:-1])
            return place(self._places.key(parent, str(loc[-1])) or node)
        return place(node)

    def _unknown(self, loc: Loc) -> None:
        parent, _ = self._places.find(loc[:-1])
        name = str(loc[-1])
        key = self._places.key(parent, name)
        if loc[0] == "accounts":
            withhold(self._places.find(loc)[0], self._sources)
        if self._sources.enough("MW107"):
            return
        fields = known_keys(loc[:-1])
        if name == "<<":
            hint = "YAML 1.2 has no merge keys; use defaults, or extends"
        else:
            synonym = SYNONYMS.get(name.casefold())
            guess = f"did you mean {synonym}?" if synonym in fields else did_you_mean(name, fields)
            hint = guess or f"there are {', '.join(fields)}"
        self._sources.fault("MW107", place(key or parent), f"there is no key {name!r} here", hint)

    def _missing(self, loc: Loc, name: str) -> None:
        parent, _ = self._places.find(loc)
        if isinstance(parent, Row):
            table = parent.table
            if (name, "") not in table.columns:
                if name not in table.told:
                    table.told.add(name)
                    where, hint = Row(table, 1, []).position(), f"add a column {name} to the heading"
                    self._sources.fault("MW109", where, f"there is no column {name}", hint)
                return
            self._sources.fault("MW109", parent.position(name), f"the cell {name} is empty", f"fill in {name}")
            return
        hint = f"add {name}: to it"
        self._sources.fault("MW109", place(parent), f"{_label(loc)} has no {name}", hint)

    def _zone(self, loc: Loc, node: Any) -> None:
        told = str(node.value).split()[-1] if isinstance(node, ScalarNode) and node.value.strip() else ""
        guess = "" if self._sources.enough("MW209") else _zone_meant(told)
        hint = guess or "use a name such as Europe/Paris or America/New_York"
        self._sources.fault("MW209", place(node), f"there is no time zone {told!r}", hint)

    def _kind(self, loc: Loc, kinds: tuple[str, ...], error: Error, node: Any) -> None:
        kind, message = error["type"], error["msg"]
        name, hint = _name(loc), _example(loc)
        if kind == "union":
            wanted = " or ".join(dict.fromkeys(_in_words(one, loc) for one in kinds))
            text = f"{name}should be {wanted}"
        elif kind == "literal_error":
            options = error.get("ctx", {}).get("expected", "")
            text = f"{name}should be {options}"
            if isinstance(node, ScalarNode) and loc[0] != "accounts":
                words = [one.strip(" '") for one in options.replace(" or ", ",").split(",")]
                hint = did_you_mean(str(node.value), words) or "write one of these words"
        elif kind == "string_pattern_mismatch" and (told := [one for one in loc if one in PATTERNS]):
            text, hint = PATTERNS[told[-1]]
        elif kind in {"string_too_short", "too_short"}:
            text, hint = f"{name}is empty", "give at least one"
        else:
            wanted = next((words for start, words in KINDS if kind.startswith(start)), "")
            text = f"{name}should be {wanted}" if wanted else f"{name}{message[:1].lower()}{message[1:]}"
        if isinstance(node, ScalarNode) and not node.value and node.style == "":
            text, hint = f"{name}is empty", "write a value, or take the line out"
        elif isinstance(node, ScalarNode) and kind == "string_type" and loc[0] != "accounts":
            hour = re.fullmatch(r"(\d{1,2})\.(\d\d)", node.value) if loc[-1:] in {("at",), ("closes",)} else None
            hint = f'write "{hour[1]:0>2}:{hour[2]}"' if hour else f'put it into quotes: "{node.value}"'
        self._sources.fault("MW108", self._key_or_value(loc, error), text, hint)


def known_keys(loc: Loc) -> list[str]:
    """Return the keys that the record at a place may have."""
    if not loc:
        return top_keys()
    names = [part for part in loc if isinstance(part, str)]
    if loc[0] == "media" and len(loc) == 2:
        names = ["media"]
    model = MODELS.get(names[-1])
    return list(model.model_fields) if model else []


def _fits(label: str, node: Any) -> bool:
    if isinstance(node, MappingNode):
        return label.startswith("dict")
    if isinstance(node, SequenceNode):
        return label.startswith(("tuple", "list"))
    return not label.startswith(("dict", "tuple", "list"))


def _in_words(label: str, loc: Loc) -> str:
    if _is_care(loc):
        return "one of these by network (x: block)" if label.startswith("dict") else "block, warn or yes"
    if label.startswith("dict"):
        return "text by language (fr: …)"
    return "a list" if label.startswith(("tuple", "list")) else "text"


@cache
def _zones() -> tuple[tuple[str, ...], dict[str, str]]:
    """Return all zones, and each zone by its last part alone; they are looked for on disk."""
    zones = tuple(sorted(available_timezones()))
    return zones, {zone.rsplit("/", 1)[-1]: zone for zone in reversed(zones)}


@lru_cache(maxsize=512)
def _zone_meant(told: str) -> str:
    """Return the sentence that proposes a zone, or ""."""
    zones, cities = _zones()
    near = nearest(told, zones) or cities.get(nearest(told, cities) or "")
    return f"did you mean {near}?" if near else ""


def _is_care(loc: Loc) -> bool:
    return loc[:2] == ("policies", "sensitive")


def _example(loc: Loc) -> str:
    if _is_care(loc):
        return "for example sensitive: {sacred: block}"
    name = next((part for part in reversed(loc) if isinstance(part, str) and part in EXAMPLES), "")
    return f"for example {EXAMPLES[name]}" if name else "an example: mwcampaign explain MW108"


def _name(loc: Loc) -> str:
    name = next((part for part in reversed(loc) if isinstance(part, str)), "")
    return f"{name}: " if name else ""


def _label(loc: Loc) -> str:
    name = next((part for part in reversed(loc) if isinstance(part, str)), "the campaign")
    singular = {"posts": "the post", "accounts": "the account", "institutions": "the institution", "days": "the day",
                "thread": "this part", "variants": "the variant", "edition": "the edition"}  # fmt: skip
    return singular.get(name, f"the record of {name}" if loc[:1] == ("media",) else name)
