"""Are the week's hashtags in a rendered text, live on that network, and the right ones? For core.wish; pure.

Made for millions of messages: `Tags` is made once for a day and language, and a text whose tags stand plainly, with no
other # in it, is judged by one search.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from mwcampaign.core import _lookalikes as looks
from mwcampaign.core.dead_tags import can_live, hopeless
from mwcampaign.core.entities import Span, hashtags, safe_hashtags

KINDS = ("main", "day")
"""Which tags a message may owe, the more important first: it is the one that stays where only one fits."""

_PLAIN = re.compile(r"#(?<![^ \n\u3000]#)(\w{1,50})(?=[.,!?]?(?:[ \n\u3000]|\Z))")
"""A tag that is live by every network's rule but Weibo's, if it has a letter."""
_CLOSED = re.compile(r"#([^#\n]+)#")
_MOST_HASHES = 40
"""Hashes judged one by one in a text; no real post has more."""
_MOST_VERDICTS = 4096
_SHORTEST_SLIP = 6
"""In shorter words another letter usually makes another word."""
_GAPS = 6
_MOST_ADDRESS = 200


class TagRemark(NamedTuple):
    """One thing to say: a code of core.rules, what is wrong, what to do, and exactly what is wrong in the text."""

    code: str
    what: str
    hint: str
    needle: str


class _Verdict(NamedTuple):
    """What a live tag is, and which of the day's tags it is or is meant to be; of another's tag, `form` says whose."""

    is_what: str
    """accepted, other, lookalike, slip or stranger."""
    kind: str = ""
    form: str = ""


def fold(tag: str) -> str:
    """Return the tag as networks compare it: without its hashes, composed (NFC), small and capital letters as one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", tag).strip("#＃").casefold())


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags known on one day in one language, written with their #.

    `main` and `day` are the accepted forms, the preferred one first; `others` says of every other known tag, by its
    `fold`, what it is, such as "the tag of tuesday". Make it once and keep it: it remembers what it has judged.
    """

    main: tuple[str, ...]
    day: tuple[str, ...]
    others: Mapping[str, str]
    _known: _Known = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_known", _Known(self))


class _Known:
    """What is prepared from a Tags, once."""

    def __init__(self, tags: Tags) -> None:
        self.forms: list[tuple[str, str]] = []
        self.accepted: dict[str, _Verdict] = {}
        for kind, forms in zip(KINDS, (tags.main, tags.day), strict=True):
            for form in forms:
                name = form.strip("#＃")
                self.forms.append((kind, name))
                self.accepted.setdefault(fold(name), _Verdict("accepted", kind, name))
        self.others = tags.others
        self.kinds = frozenset(kind for kind, _ in self.forms)
        self.likenesses = [(kind, name, looks.skeleton(name)) for kind, name in self.forms]
        self._kinds_on: dict[str, frozenset[str]] = {}
        self._verdicts: dict[str, _Verdict] = {}
        self.quiet: dict[str, str] = {}
        """Tags met before of which there is nothing to say, and which kind each is, "" for none."""

    def kinds_on(self, network: str) -> frozenset[str]:
        """Return the kinds that a text can have on a network; that the others are dead is said of the edition."""
        if network not in self._kinds_on:
            self._kinds_on[network] = frozenset(kind for kind, form in self.forms if not hopeless(form, network))
        return self._kinds_on[network]

    def verdict(self, name: str) -> _Verdict:
        """Return what a tag is, remembered."""
        if (known := self._verdicts.get(name)) is None:
            if len(self._verdicts) >= _MOST_VERDICTS:
                self._verdicts.clear()
                self.quiet.clear()
            known = self._verdicts[name] = self._judge(name)
            if known.is_what == "stranger" or (known.is_what == "accepted" and not _hard_to_read(name, known.form)):
                self.quiet[name] = known.kind
        return known

    def _judge(self, name: str) -> _Verdict:
        folded = fold(name)
        if folded in self.accepted:
            return self.accepted[folded]
        if folded in self.others:
            return _Verdict("other", form=self.others[folded])
        likeness = looks.skeleton(name)
        for kind, form, wanted in self.likenesses:
            if wanted and likeness == wanted:
                return _Verdict("lookalike", kind, form)
        for kind, form, wanted in self.likenesses:
            mw = wanted.endswith("mw") and likeness[:-2] == wanted[:-2]
            if (mw or len(wanted) >= _SHORTEST_SLIP) and looks.one_slip(likeness, wanted):
                return _Verdict("slip", kind, form)
        return _Verdict("stranger")


def remarks(text: str, network: str, tags: Tags, required: frozenset[str] = frozenset(KINDS)) -> list[TagRemark]:
    """Return what is wrong with the week's tags in a text; `required` names the kinds (KINDS) that it owes.

    MW330 a required tag is nowhere; MW331 it is written and not live, though it can be; MW332 something looks like it;
    MW333 a live tag of another day, language or year; MW334 it would read better with capitals. A tag that is live
    somewhere in the text is not asked for again. Where one post has one tag (Threads), only the more important one is.
    """
    known = tags._known
    if network == "weibo":
        found = _CLOSED.findall(text)
        plain = 2 * len(found) == text.count("#")
    else:
        found = _PLAIN.findall(text)
        plain = len(found) == text.count("#") and "＃" not in text
    if plain:
        kinds = {known.quiet.get(name) for name in found}
        owed = _owed(required, network) & known.kinds_on(network)
        if None not in kinds and owed <= (kinds if network != "threads" else {known.quiet[name] for name in found[:1]}):
            return []
    return list(_Reading(text, network, known, required).remarks())


def _owed(required: frozenset[str], network: str) -> frozenset[str]:
    if network == "threads" and len(required) > 1:
        return frozenset(KINDS[:1])
    return required


class _Reading:
    """One text read slowly."""

    def __init__(self, text: str, network: str, known: _Known, required: frozenset[str]) -> None:
        self.text, self.network, self.known = text, network, known
        self.find = hashtags(network)
        self.live = self.find(text)
        # On Threads the first tag alone is live, but the others are read all the same.
        self.written = safe_hashtags(text) if network == "threads" else self.live
        self.required = required
        self.owed = _owed(required, network) & known.kinds_on(network)

    def remarks(self) -> Iterator[TagRemark]:
        judged = [(span, self.known.verdict(span.text)) for span in self.written]
        lives = {span.start for span in self.live}
        alive = {told.kind for span, told in judged if told.is_what == "accepted" and span.start in lives}
        for span, told in judged:
            yield from self._of_tag(span, told, alive)
        settled = {
            span.start
            for span, told in judged
            if told.is_what == "other" or (told.is_what == "accepted" and (told.kind in alive or span.start in lives))
        } | {span.start for span, told in judged if told.is_what in {"lookalike", "slip"}}
        dead = list(self._dead(settled, alive)) if self.known.kinds_on(self.network) - alive else []
        yield from (remark for _, remark in dead)
        for kind in KINDS:
            if kind in self.owed and kind not in alive and (kind, "MW331") not in {(k, r.code) for k, r in dead}:
                yield self._missing(kind)

    def _of_tag(self, span: Span, told: _Verdict, alive: set[str]) -> Iterator[TagRemark]:
        needle = self.text[span.start : span.end]
        right = self._tag(told.form)
        if told.is_what == "other":
            yield TagRemark("MW333", f"{needle} is {told.form}", self._instead(), needle)
        elif told.is_what in {"lookalike", "slip"} and hopeless(told.form, self.network):
            return
        elif told.is_what == "lookalike":
            yield TagRemark("MW332", f"{needle} looks like {right} and is another tag", f"write {right}", needle)
        elif told.is_what == "slip" and told.kind not in alive:
            yield TagRemark("MW332", f"{needle} is nearly {right}", f"did you mean {right}?", needle)
        elif told.is_what == "accepted" and _hard_to_read(span.text, told.form):
            yield TagRemark("MW334", f"{needle} is easier to read as {right}", f"write {right}", needle)

    def _dead(self, settled: set[int], alive: set[str]) -> Iterator[tuple[str, TagRemark]]:
        """Yield the tags that are written behind a hash and are not live, each kind once."""
        told: set[str] = set()
        for count, hash_sign in enumerate(re.finditer("[#＃]", self.text)):
            if count >= _MOST_HASHES:
                return
            at = hash_sign.start()
            if at in settled or self._in_address(at):
                continue
            for kind, form, wanted in self.known.likenesses:
                if kind in alive or kind in told or not wanted or self._spare(kind, alive):
                    continue
                if hopeless(form, self.network):
                    continue
                end = looks.likeness_end(self.text, at + 1, wanted, len(form) + _GAPS)
                if end >= 0 and (remark := self._of_dead(at, end, kind, form)):
                    told.add(kind)
                    yield kind, remark
                    break

    def _of_dead(self, at: int, end: int, kind: str, form: str) -> TagRemark | None:
        written = self.text[at + 1 : end]
        right = self._tag(form)
        if _bare(written) != _bare(form):
            needle = self.text[at:end]
            return TagRemark("MW332", f"{needle} looks like {right} and is another tag", f"write {right}", needle)
        longer = _joins(self.text[end : end + 1]) and not looks.SEPARATOR.search(written)
        if kind not in self.required and (longer or " " in written[1:]):
            # A tag or words of their own, and nobody asked for the day's.
            return None
        why, hint, needle = next(self._flaws(at, end, form))
        sure = "may not be live" if self.find is safe_hashtags else "is not live"
        return TagRemark("MW331", f"{right} is written but {sure} on {self.network}: {why}", hint, needle)

    def _flaws(self, at: int, end: int, form: str) -> Iterator[tuple[str, str, str]]:
        """Yield what keeps a tag from being live, the likeliest first: why, what to write, and the piece of text."""
        text, right = self.text, self._tag(form)
        written, before, behind = text[at:end], text[max(at - 1, 0) : at], text[end : end + 2]
        if not can_live(form, self.network):
            yield "it can be none there, whatever stands around it", "choose another tag for this network", written
        if hidden := looks.INVISIBLE.search(written):
            yield f"an invisible character (U+{ord(hidden[0]):04X}) is inside", f"type {right} anew", written
        if written[1:2].isspace():
            yield "a space stands behind the hash", f"write {right}", written
        if (cut := looks.SEPARATOR.search(written)) and not looks.SEPARATOR.search(form):
            yield f"{cut[0]!r} cuts it in two", f"write {right}", written
        if written[0] == "＃" and not self.find("＃" + right[1:]):
            yield "the hash is a full-width one", f"write {right}", written
        if self.network == "weibo":
            yield "Weibo wants a hash at both ends", f"write {right}", written
        if behind[:1] in {"#", "＃"} and not behind[1:].isalnum():
            yield "only Weibo has a hash at both ends", f"write {right}", text[at : end + 1]
        if before and not before.isspace() and not self.find(f"{before}{right}"):
            yield f"{before!r} stands directly before it", f"put a space before {right}", before + written
        if behind and [span.text for span in self.find(right + behind)] != [right[1:]]:
            yield f"{behind[0]!r} stands directly behind it", f"put a space behind {right}", written + behind[0]
        if self.network == "threads":
            yield "only the first tag of a post is one", f"put {right} before the other tags", written
        yield "of what stands around it", f"put a space before and behind {right}", before + written + behind[:1]

    def _missing(self, kind: str) -> TagRemark:
        form = next(name for one, name in self.known.forms if one == kind)
        bare = re.search(rf"(?<!\w){re.escape(form)}(?!\w)", self.text, re.IGNORECASE)
        whose = "the edition's tag" if kind == "main" else "the day's tag"
        right = self._tag(form)
        if bare:
            return TagRemark("MW330", f"{whose} {right} is missing: the hash is not there", f"write {right}", bare[0])
        return TagRemark("MW330", f"{whose} {right} is missing", f"add {right}", "")

    def _tag(self, form: str) -> str:
        return f"#{form}#" if self.network == "weibo" else f"#{form}"

    def _instead(self) -> str:
        day = next((name for kind, name in self.known.forms if kind == "day"), "")
        return f"today's is {self._tag(day)}" if day else "leave it out, unless it is meant"

    def _spare(self, kind: str, alive: set[str]) -> bool:
        """Tell whether the tag need not be live, since one post has one tag and it is another's turn."""
        if self.network != "threads":
            return False
        return kind not in self.owed if self.owed else bool(alive)

    def _in_address(self, at: int) -> bool:
        """Tell whether a hash stands inside a link."""
        if at == 0 or self.text[at - 1].isspace():
            return False
        return "://" in self.text[max(0, at - _MOST_ADDRESS) : at].split()[-1]


def _hard_to_read(name: str, form: str) -> bool:
    """Tell whether all letters are small or all are capitals, and are not in the form that is accepted."""
    return (name.islower() or name.isupper()) and not (form.islower() or form.isupper())


def _joins(sign: str) -> bool:
    return sign.isalnum() or sign == "_"


def _bare(written: str) -> str:
    return fold(looks.SEPARATOR.sub("", looks.INVISIBLE.sub("", written)))
