"""Which tags a message owes, which it may not have, and how it reads: core.tagging and core.reading for one campaign.

Used by core.wish only; pure. What differs by day and language is made once.
"""

from __future__ import annotations

from collections.abc import Iterator

from mwcampaign.core.campaign import Edition, Policies, Theme, pick_language
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.message import Message
from mwcampaign.core.reading import aloud, in_language, of_alt
from mwcampaign.core.tagging import KINDS, TagRemark, Tags, fold, remarks

NAMES = {"tags": frozenset(KINDS), "tag": frozenset({"day"}), "main_tag": frozenset({"main"})}
"""What a template promises by a name it uses."""
_MOST_READ = 500


class TagChecks:
    """Judges messages of one campaign."""

    def __init__(self, edition: Edition, policies: Policies) -> None:
        self._edition, self._asked = edition, policies.tags
        self._tags: dict[tuple[str, str], Tags] = {}
        self._read: dict[tuple[str, str], list[TagRemark]] = {}
        self._owed: dict[tuple[frozenset[str], bool], tuple[frozenset[str], bool]] = {}

    def remarks(
        self, message: Message, able: Capabilities, theme: Theme, named: frozenset[str], *, owes: bool
    ) -> Iterator[tuple[TagRemark, bool]]:
        """Yield remarks, each with whether it is only advice here.

        `named` are the names that the template uses; without `owes` (a thread's later parts, essential posts) only what
        they promise is asked for.
        """
        if able.live_tags:
            required, strict = self._required(named, owes)
            for remark in remarks(message.text, able.network, self._of(theme, message.language), required):
                yield remark, remark.code == "MW330" and not strict
        for remark in self._reading(message.text, message.language):
            yield remark, False
        for picture in message.pictures:
            # That it is a file's name is said of the record, once.
            for remark in of_alt(picture.alt, "", message.text):
                if "file name" not in remark.what:
                    yield remark, False

    def _required(self, named: frozenset[str], owes: bool) -> tuple[frozenset[str], bool]:
        """Return which kinds of tags are asked for, and whether their lack is more than advice."""
        if (named, owes) not in self._owed:
            promised = frozenset[str]().union(*(NAMES[name] for name in named))
            asked = frozenset(KINDS if self._asked is None else self._asked) if owes else frozenset()
            self._owed[named, owes] = promised | asked, bool(promised or (asked and self._asked is not None))
        return self._owed[named, owes]

    def _reading(self, text: str, language: str) -> list[TagRemark]:
        """Return what makes a text hard to read; it is the same on an institution's other accounts."""
        key = (text, language)
        if key not in self._read:
            if len(self._read) >= _MOST_READ:
                self._read.clear()
            self._read[key] = [*aloud(text), *in_language(text, language)]
        return self._read[key]

    def _of(self, theme: Theme, language: str) -> Tags:
        key = (theme.id, language)
        if key not in self._tags:
            self._tags[key] = self._made(theme, language)
        return self._tags[key]

    def _made(self, theme: Theme, language: str) -> Tags:
        edition = self._edition
        own = pick_language(language, edition.main_tags)
        main = dict.fromkeys([*([edition.main_tags[own]] if own else []), edition.main_tag])
        found = pick_language(language, theme.tags)
        tag = theme.tags[found] if found else None
        others = {fold(former): "a tag of an earlier edition" for former in edition.former_tags}
        others |= {fold(told): f"the main tag in {each}" for each, told in edition.main_tags.items()}
        for day in edition.days:
            for each, told in day.tags.items():
                if told:
                    others[fold(told)] = f"the tag of {day.id} in {each}"
        for accepted in (*main, *([tag] if tag else [])):
            others.pop(fold(accepted), None)
        return Tags(tuple(main), (tag,) if tag else (), others)
