"""Everything check has to say of rendered texts: each remark gets its place in the author's files.

The same remark for many institutions is one finding that names the first and counts the rest.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from mwcampaign.core.campaign import pick_language
from mwcampaign.core.crowd import Minutes, fullest, minute
from mwcampaign.core.findings import Finding, Level, Position
from mwcampaign.core.post import Campaign
from mwcampaign.core.render import Renderer
from mwcampaign.core.rules import RULES, finding
from mwcampaign.core.spelling import nearest
from mwcampaign.core.wanted import Remark, Wanted
from mwcampaign.core.week import in_words
from mwcampaign.core.wording import Choice

CALENDAR = frozenset({"MW401", "MW402", "MW403", "MW404", "MW411", "MW412", "MW414", "MW415", "MW416"})


class Sources(Protocol):
    """Where campaign data stand in files."""

    def where(self, *loc: str | int) -> Position:
        """Return the place of a piece of campaign data, or of what contains it."""

    def text_position(self, loc: tuple[str | int, ...], line_in_text: int, needle: str = "") -> Position:
        """Return a place inside a text given in YAML."""

    def template_position(self, name: str, line: int, needle: str = "") -> Position:
        """Return a place inside a template file."""

    def source_line(self, position: Position) -> str | None:
        """Return the line of text at a place; None where there is none, or where it may not be shown."""


@dataclass(slots=True)
class Heard:
    """A remark, the first message it was heard of, and of how many institutions: they come one after the other."""

    remark: Remark
    first: Wanted
    institutions: int = 0
    last: str = ""


Met = dict[tuple[str, Position, str], Heard]
"""What was heard, by code, place and what is wrong, but for its figures."""
MOST_KINDS = 5
"""So many things wrong of one code at one place are told apart."""
LONGEST = 5_000
"""Characters of a line in which a text may go on."""
_FIGURES = re.compile(r"\d+")
OF_PICTURES = frozenset(f"MW{number}" for number in (225, 226, 227, 230, 232, 233, 236, 312, 313, 314, 315, 348, 349))
KEYS = {"MW316": "visibility", "MW317": "warning", "MW325": "fit", "MW326": "fit"}
"""Where remarks stand that are not about words."""


class Judge:
    """Collects the remarks of a whole wish; `findings` may be asked for once it was walked."""

    def __init__(
        self,
        campaign: Campaign,
        renderer: Renderer,
        sources: Sources,
        shared_quotas: Callable[[str], Sequence[tuple[int, int]]] = lambda _: (),
    ) -> None:
        self._renderer, self._sources = renderer, sources
        self._media, self._accounts, self._shared_quotas = campaign.media, campaign.accounts, shared_quotas
        self._index = {post.id: number for number, post in enumerate(campaign.posts)}
        told = list(enumerate(campaign.accounts))
        self._written = {one.id: index for index, one in told if one.institution != "*"}
        self._patterns = {index: one.id for index, one in told if one.institution == "*"}
        self.met: Met = {}
        self.faulty = False
        """An error was heard."""
        self.due: Minutes = Counter()
        networks = {one.network: index for index, one in reversed(list(enumerate(campaign.accounts)))}
        self._counted = {network: index for network, index in networks.items() if shared_quotas(network)}
        self._kinds: Counter[tuple[str, Position]] = Counter()

    def hear(self, wanted: Wanted) -> None:
        """Take in what there is to say of one message."""
        if wanted.account.network in self._counted:
            self.due[wanted.account.network, minute(wanted.window.due)] += 1
        for remark in wanted.remarks:
            where = self._place(wanted, remark)
            # What differs by figures alone from one museum to the next is one finding; so is what follows five others.
            key = (remark.code, where, "" if remark.code in CALENDAR else _FIGURES.sub("", remark.what))
            if key not in self.met and self._kinds[key[:2]] >= MOST_KINDS:
                key = (remark.code, where, "")
            elif key not in self.met:
                self._kinds[key[:2]] += 1
            if (met := self.met.get(key)) is None:
                met = self.met[key] = self._first(Heard(remark, wanted))
            if met.last != wanted.institution.id:
                met.last, met.institutions = wanted.institution.id, met.institutions + 1

    def add(self, met: Met, due: Minutes) -> None:
        """Take in what another judge heard of the institutions that follow."""
        self.due.update(due)
        for key, other in met.items():
            if (mine := self.met.get(key)) is None:
                self.met[key] = self._first(other)
            else:
                mine.institutions += other.institutions

    def _first(self, heard: Heard) -> Heard:
        remark = heard.remark
        self.faulty = self.faulty or (remark.level or RULES[remark.code].level) is Level.ERROR
        return heard

    def findings(self) -> list[Finding]:
        """Return what was heard, in order of place."""
        told = [
            finding(
                met.remark.code,
                where,
                _for_whom(met),
                self._quotes(where, met.remark) or met.remark.hint or self._hint(met.remark, met.first),
                level=met.remark.level,
                institutions=met.institutions,
            )
            for (_, where, _), met in self.met.items()
        ]
        return sorted([*told, *self._of_applications()], key=lambda one: one.sort_key)

    def _of_applications(self) -> Iterator[Finding]:
        for network, index in self._counted.items():
            for posts, seconds in self._shared_quotas(network):
                number, begin = fullest(self.due, network, seconds)
                if number > posts:
                    span = in_words(timedelta(seconds=seconds))
                    what = (
                        f"{number:,} posts are due within {span} from {begin:%d %B %Y, %H:%M} UTC; "
                        f"{network} takes {posts:,} from one application"
                    )
                    hint = "give institutions keys of their own, or spread the posts; what is too much waits"
                    yield finding("MW418", self._sources.where("accounts", index, "network"), what, hint)

    def _place(self, wanted: Wanted, remark: Remark) -> Position:
        post: tuple[str | int, ...] = ("posts", self._index[wanted.post.id])
        if remark.code in CALENDAR:
            return self._sources.where(*post, "closes" if remark.code == "MW404" and wanted.post.closes else "at")
        fault = remark.fault
        if fault is not None and fault.template:
            return self._sources.template_position(fault.template, fault.line or 1, fault.needle)
        loc = post if wanted.part == 0 else (*post, "thread", wanted.part - 1)
        if remark.code in KEYS:
            return self._sources.where(*post, KEYS[remark.code])
        if remark.code == "MW215":
            loc = ("accounts", self._account(wanted))
        if wanted.choice is None or remark.code in {"MW215", "MW324"}:
            return self._sources.where(*loc)
        if about := self._of_pictures(loc, wanted, wanted.choice, remark):
            return self._sources.where(*about)
        if wanted.choice.variant >= 0:
            loc = (*loc, "variants", wanted.choice.variant)
        loc = (*loc, "template" if wanted.choice.is_template else "text")
        if wanted.choice.key is not None:
            loc = (*loc, wanted.choice.key)
        if remark.needle and (found := self._in_source(wanted.choice, wanted.institution.id, loc, remark.needle)):
            return found
        if fault is not None and not wanted.choice.is_template:
            return self._sources.text_position(loc, fault.line or 1, fault.needle)
        return self._sources.where(*loc)

    def _account(self, wanted: Wanted) -> int:
        """Return the number of the account as it is written, or of the pattern that made it."""
        index = self._written.get(wanted.account.id)
        if index is not None:
            return index
        owner, own = wanted.institution.id, wanted.account.id
        return next(at for at, name in self._patterns.items() if name.replace("*", owner) == own)

    def _of_pictures(
        self, loc: tuple[str | int, ...], wanted: Wanted, choice: Choice, remark: Remark
    ) -> tuple[str | int, ...]:
        """Return where an author named the picture that a remark is about, or wrote its record; else ()."""
        if remark.code == "MW343":
            for name in choice.media:
                alts = self._media[name].alt if name in self._media else {}
                if (key := pick_language(wanted.language, alts)) and remark.needle == alts[key]:
                    return ("media", name, "alt", key)
        if remark.code not in OF_PICTURES:
            return ()
        variant = wanted.post.parts[wanted.part].variants[choice.variant] if choice.variant >= 0 else None
        if variant is not None and variant.media is not None:
            loc = (*loc, "variants", choice.variant)
        shown = next((number for number, name in enumerate(choice.media) if name in remark.what), None)
        return (*loc, "media") if shown is None else (*loc, "media", shown)

    def _in_source(self, choice: Choice, institution: str, loc: tuple[str | int, ...], needle: str) -> Position | None:
        """Return where an author wrote a piece of the text; None where it came from elsewhere."""
        name = self._renderer.template_of(choice, institution)
        text = self._renderer.source(name) if name else choice.source
        before, found, _ = text.partition(needle)
        if not found or "\n" in needle:
            return None
        line = before.count("\n") + 1
        if name:
            return self._sources.template_position(name, line, needle)
        return self._sources.text_position(loc, line, needle)

    def _quotes(self, where: Position, remark: Remark) -> str:
        """Return what to do where a tag that is missing stands in the file, behind a text without quotes."""
        line = (self._sources.source_line(where) or "") if remark.code == "MW330" else ""
        # A whole campaign may stand in the line.
        told = line[where.column - 1 : where.column + LONGEST] if where.column else ""
        if " #" not in told or told[0] in {'"', "'"}:
            return ""
        return "put the text into quotes: without them YAML takes a # behind a space for a comment"

    def _hint(self, remark: Remark, wanted: Wanted) -> str:
        if remark.fault is None or remark.code != "MW302":
            return ""
        names = self._renderer.values(wanted.post, wanted.theme, wanted.institution, wanted.account, wanted.language)
        word, name = remark.fault.needle, remark.fault.template
        source = self._renderer.source(name) if name else wanted.choice.source if wanted.choice else ""
        owner = re.search(rf"\b(\w+)\.{re.escape(word)}\b", source) if word else None
        if owner and owner[1] == "room" and not nearest(word, names["room"]):
            return f"say at the post that it may be left out: fit: {{drop: [{', '.join([*names['room'], word])}]}}"
        return did_you_mean(word, names, owner[1] if owner else "")


def did_you_mean(word: str, names: Mapping[str, Any], owner: str = "") -> str:
    """Return a proposal for a misspelt template name: among what is inside `owner`, where it stood behind that and a
    dot; else among top-level names and what is inside them."""
    inside = names.get(owner)
    if isinstance(inside, dict):
        if close := nearest(word, inside):
            return f"did you mean {owner}.{close}?"
        top = nearest(word, names)
        return f"{f'did you mean {top}, without {owner}? ' if top else ''}{owner} has {', '.join(sorted(inside))}"
    known = {name: name for name in names}
    for name, value in names.items():
        if isinstance(value, dict):
            known = {inner: f"{name}.{inner}" for inner in value} | known
    if close := nearest(word, known):
        return f"did you mean {known[close]}?"
    return f"there are {', '.join(sorted(names))}"


def _for_whom(met: Heard) -> str:
    first = met.first
    if met.institutions == 1:
        return f"{met.remark.what} ({first.institution.id}, {first.language})"
    return f"{met.remark.what} ({met.institutions:,} institutions, first: {first.institution.id}, {first.language})"
