"""Are the countries and languages that a campaign names there at all (MW217, MW218)? Called by load; pure.

The same wrong code at many places is one finding, at the first of them: a table may have it in every row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mwcampaign.core.campaign import Institution
from mwcampaign.core.findings import Finding, Position
from mwcampaign.core.iso import country_meant, language_meant
from mwcampaign.core.post import Campaign, Post
from mwcampaign.core.rules import finding

Loc = tuple[str | int, ...]
MOST = 1000
"""Wrong codes that are told apart."""


@dataclass(slots=True)
class _Met:
    where: Position
    meant: str
    places: int = 0


class IsoChecks:
    """Hears what a campaign names, piece by piece; `findings` may be asked for at any time.

    `where` maps a place in the data to the place of its value in the files, `where_named` to that of its key.
    """

    def __init__(self, where: Callable[..., Position], where_named: Callable[..., Position]) -> None:
        self._where, self._where_named = where, where_named
        self._met: dict[tuple[str, str, str | int], _Met] = {}

    def hear_institution(self, index: int, one: Institution) -> None:
        """Take in what an institution names."""
        if one.country:
            self._country(one.country, "institutions", index, "country")
        for number, language in enumerate(one.languages):
            self._language(language, "institutions", index, "languages", number)
        self._keys(one.names, "institutions", index, "names")

    def hear(self, campaign: Campaign) -> None:
        """Take in what all the rest of a campaign names."""
        edition = campaign.edition
        self._language(campaign.defaults.language, "defaults", "language")
        self._keys(campaign.policies.machine_pictures, "policies", "machine_pictures")
        self._keys(edition.main_tags, "edition", "main_tags")
        for index, day in enumerate(edition.days):
            self._keys(day.about, "edition", "days", index, "about")
            self._keys(day.tags, "edition", "days", index, "tags")
        for index, account in enumerate(campaign.accounts):
            if account.language:
                self._language(account.language, "accounts", index, "language")
        for name, record in campaign.media.items():
            self._keys(record.alt, "media", name, "alt")
        for index, post in enumerate(campaign.posts):
            self._post(post, ("posts", index))

    def _post(self, post: Post, place: Loc) -> None:
        for number, country in enumerate(post.countries or ()):
            self._country(country, *place, "countries", number)
        for number, language in enumerate(post.languages or ()):
            self._language(language, *place, "languages", number)
        self._keys(post.warning, *place, "warning")
        for number, part in enumerate(post.parts):
            here = (*place, "thread", number - 1) if number else place
            self._keys(part.text, *here, "text")
            self._keys(part.template, *here, "template")
            for at, variant in enumerate(part.variants):
                there = (*here, "variants", at)
                if variant.language:
                    self._language(variant.language, *there, "language")
                self._keys(variant.text, *there, "text")
                self._keys(variant.template, *there, "template")

    def _country(self, told: str, *loc: str | int) -> None:
        if (meant := country_meant(told)) is not None:
            self._tell("MW217", told, meant, loc, self._where)

    def _language(self, told: str, *loc: str | int) -> None:
        if (meant := language_meant(told)) is not None:
            self._tell("MW218", told, meant, loc, self._where)

    def _keys(self, told: object, *loc: str | int) -> None:
        for language in told if isinstance(told, dict) else ():
            if (meant := language_meant(language)) is not None:
                self._tell("MW218", language, meant, (*loc, language), self._where_named)

    def _tell(self, code: str, told: str, meant: str, loc: Loc, where: Callable[..., Position]) -> None:
        key = (code, told, loc[0])
        if key not in self._met:
            if len(self._met) >= MOST:
                return
            self._met[key] = _Met(where(*loc), meant)
        self._met[key].places += 1

    def findings(self) -> Iterator[Finding]:
        """Yield a finding for each wrong code, of institutions and of everything else apart."""
        for (code, told, _), met in self._met.items():
            what = f"there is no {'country' if code == 'MW217' else 'language'} {told!r}"
            if met.places > 1:
                what += f" ({met.places:,} places, this is the first)"
            usual = "two capital letters, as in FR or JP" if code == "MW217" else "a tag such as en, fr or pt-BR"
            yield finding(code, met.where, what, f"did you mean {met.meant}?" if met.meant else f"write {usual}")
