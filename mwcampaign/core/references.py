"""Do the parts of a campaign fit together? Pure checks of every name that one part uses for another (MW2xx, MW113).

Called by load with what it found; `where` maps a place in the campaign's data to a place in its files.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from mwcampaign.core.campaign import Account, pick_language
from mwcampaign.core.findings import Finding, Position
from mwcampaign.core.names import Names
from mwcampaign.core.post import Campaign, Part, Post, Wording
from mwcampaign.core.reach import Missed, networks_of
from mwcampaign.core.rules import finding
from mwcampaign.core.spelling import did_you_mean, listed
from mwcampaign.core.wording import languages_of

Loc = tuple[str | int, ...]
Where = Callable[..., Position]


OTHER_NAMES = {"twitter": "x", "vkontakte": "vk", "insta": "instagram", "mail": "email", "e-mail": "email"}
"""What people call networks, and what they are called here."""
MOST_GUESSES = 200_000
"""Comparisons of a wrong name with right ones, of each kind."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Names of what exists but has faults of its own: to use them is no second fault. Empty when all is well."""

    days: frozenset[str] = frozenset()
    institutions: Collection[str] = frozenset()
    networks: frozenset[str] = frozenset()
    media: frozenset[str] = frozenset()
    templates: frozenset[str] = frozenset()
    edition: bool = False
    """The edition could not be read at all, so nothing can be said of days."""
    institutions_lost: bool = False
    """A list of institutions could not be read at all, so nothing can be said of who is in it."""
    media_lost: bool = False
    """A folder of pictures could not be read at all; `templates_lost` likewise."""
    templates_lost: bool = False
    people: bool = False
    """Some institution or account could not be read, so nobody can tell who is left out."""


def check_references(
    campaign: Campaign,
    templates: Collection[str],
    pictures: Collection[str],
    networks: Mapping[str, tuple[str, ...]],
    where: Where,
    broken: Broken = Broken(),
) -> Iterator[Finding]:
    """Yield everything that one part of the campaign says of another and that is not so.

    `pictures` are names of picture files, readable or not; `networks` maps known networks to the names of the
    secrets their accounts need. Accounts may be patterns. The same fault in the same place comes once.
    """
    told: set[Finding] = set()
    ids = Names(lambda: (one.id for one in campaign.institutions))
    owns = {rest for name in templates for owner, _, rest in [name.partition("/")] if rest and owner in ids}
    days = tuple(theme.id for theme in campaign.edition.days)
    for fault in _References(campaign, ids, templates, owns, pictures, networks, where, broken, days).all():
        if fault not in told:
            told.add(fault)
            yield fault


def leads_out(name: str) -> bool:
    """Return whether the name of a template or picture is more than a path inside its folder."""
    return bool(
        name.startswith(("/", "~"))
        or ".." in name.split("/")
        or "\\" in name
        or "\0" in name
        or re.match("[A-Za-z]:", name)
    )


@dataclass(frozen=True, slots=True)
class _References:
    campaign: Campaign
    institutions: Collection[str]
    """Their ids, in order."""
    templates: Collection[str]
    owns: Collection[str]
    """Names of templates that some institution has one of its own of, under INSTITUTION/NAME."""
    pictures: Collection[str]
    networks: Mapping[str, tuple[str, ...]]
    where: Where
    broken: Broken
    days: tuple[str, ...] = ()
    guesses: Counter[str] = field(default_factory=Counter)
    """How often something was looked for in a long list of names."""
    looked: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)
    """Pictures whose alt texts were looked for in these languages."""

    def all(self) -> Iterator[Finding]:
        for name in ("templates", "media"):
            for key in getattr(self.campaign, name):
                if leads_out(key):
                    yield self._outside((name, key), key, name)
        for index, account in enumerate(self.campaign.accounts):
            yield from self._account(("accounts", index), account)
        owned = {account.network for account in self.campaign.accounts} | self.broken.networks
        for index, post in enumerate(self.campaign.posts):
            place: Loc = ("posts", index)
            yield from self._days(place, post)
            yield from self._audience(place, post, owned)
            languages = languages_of(post, self.campaign.defaults)
            for number, part in enumerate(post.parts):
                yield from self._part(place if number == 0 else (*place, "thread", number - 1), part, owned, languages)
        yield from self._nobody()

    def _guess(self, word: str, kind: str, known: Collection[str]) -> str:
        """Return the sentence that proposes another of the campaign's own names, or "": also after MOST_GUESSES."""
        self.guesses[kind] += 1
        if self.guesses[kind] * len(known) > MOST_GUESSES:
            return ""
        return did_you_mean(word, known)

    def _outside(self, place: Loc, name: str, folder: str) -> Finding:
        what = f"{name!r} leads out of the folder {folder}/"
        return finding("MW113", self.where(*place), what, f"put the file into {folder}/ and give its name there")

    def _account(self, place: Loc, account: Account) -> Iterator[Finding]:
        owner = account.institution
        if owner != "*" and not self._known(owner):
            yield self._no_institution((*place, "institution"), owner)
        if account.network not in self.networks:
            yield self._no_network((*place, "network"), account.network)
            return
        lacking = [name for name in self.networks[account.network] if name not in account.secrets]
        if lacking:
            spare = [name for name in account.secrets if name not in self.networks[account.network]]
            meant = [f"did you mean {name} where it says {near}?" for name in lacking for near in spare
                     if did_you_mean(near, [name])]  # fmt: skip
            hint = " ".join(meant) or f"add secrets: {{{', '.join(f'{name}: env:NAME' for name in lacking)}}}"
            what = f"the account {account.id} lacks {listed(lacking)}, which {account.network} needs"
            yield finding("MW206", self.where(*place, "secrets"), what, hint)

    def _known(self, institution: str) -> bool:
        broken = self.broken
        return institution in self.institutions or institution in broken.institutions or broken.institutions_lost

    def _no_institution(self, place: Loc, name: str) -> Finding:
        hint = self._guess(name, "institutions", self.institutions) or "add it to institutions.csv, or correct the id"
        return finding("MW202", self.where(*place), f"there is no institution {name!r}", hint)

    def _no_network(self, place: Loc, name: str) -> Finding:
        now = OTHER_NAMES.get(name.casefold())
        hint = f"did you mean {now}? That is its name here." if now else did_you_mean(name, self.networks)
        hint = hint or f"there are {listed(self.networks)}"
        return finding("MW203", self.where(*place), f"there is no network {name!r}", hint)

    def _days(self, place: Loc, post: Post) -> Iterator[Finding]:
        if self.broken.edition:
            return
        edition, days = self.campaign.edition, self.days
        each = (
            [((), post.day)] if isinstance(post.day, str) else [((index,), day) for index, day in enumerate(post.day)]
        )
        for index, day in each:
            # A date may be that of a day whose own date is what is wrong.
            dated = bool(self.broken.days) and re.fullmatch(r"\d{4}-\d\d-\d\d", day)
            known = day in edition.by_day or day in self.broken.days or (day == "every" and isinstance(post.day, str))
            if not known and not dated:
                guess = self._guess(day, "days", days)
                hint = f"{guess + ' ' if guess else ''}the days are {listed(days, 31)}"
                what = f"{edition.id} has no day {day!r}"
                yield finding("MW201", self.where(*place, "day", *index), what, hint)

    def _audience(self, place: Loc, post: Post, owned: Collection[str]) -> Iterator[Finding]:
        for index, name in enumerate(post.institutions or ()):
            if not self._known(name):
                yield self._no_institution((*place, "institutions", index), name)
        for index, name in enumerate(post.networks or ()):
            yield from self._network((*place, "networks", index), name, owned)

    def _network(self, place: Loc, name: str, owned: Collection[str]) -> Iterator[Finding]:
        if name not in self.networks:
            yield self._no_network(place, name)
        elif name not in owned and owned and not self.broken.people:
            hint = "add one to accounts.yaml, or take the network out"
            yield finding("MW208", self.where(*place), f"no account is on {name}", hint)

    def _part(self, place: Loc, part: Part, owned: Collection[str], languages: tuple[str, ...]) -> Iterator[Finding]:
        yield from self._wording(place, part, languages)
        for index, variant in enumerate(part.variants):
            here = (*place, "variants", index)
            if variant.network is not None:
                yield from self._network((*here, "network"), variant.network, owned)
            yield from self._wording(here, variant, (variant.language,) if variant.language else languages)

    def _wording(self, place: Loc, wording: Wording, languages: tuple[str, ...]) -> Iterator[Finding]:
        template = wording.template
        named = (
            {(): template} if isinstance(template, str) else {(key,): name for key, name in (template or {}).items()}
        )
        for key, name in named.items():
            yield from self._template((*place, "template", *key), name)
        for index, name in enumerate(wording.media or ()):
            yield from self._picture((*place, "media", index), name, languages)

    def _template(self, place: Loc, name: str) -> Iterator[Finding]:
        if leads_out(name):
            yield self._outside(place, name, "templates")
            return
        known = name in self.templates or name in self.owns or name in self.broken.templates
        if not known and not self.broken.templates_lost:
            hint = self._guess(name, "templates", self.templates) or f"put a file {name} into the folder templates/"
            yield finding("MW204", self.where(*place), f"there is no template {name!r}", hint)

    def _picture(self, place: Loc, name: str, languages: tuple[str, ...]) -> Iterator[Finding]:
        if leads_out(name):
            yield self._outside(place, name, "media")
            return
        if name not in self.pictures:
            if self.broken.media_lost:
                return
            hint = self._guess(name, "pictures", self.pictures) or f"put a file {name} into the folder media/"
            yield finding("MW205", self.where(*place), f"there is no picture {name!r}", hint)
            return
        if name in self.broken.media:
            return
        record = self.campaign.media.get(name)
        if record is None:
            hint = f"write media/{name}.yaml with alt, credit and licence"
            yield finding("MW211", self.where(*place), f"the picture {name!r} has no record", hint)
            return
        if (name, languages) in self.looked:
            return
        self.looked.add((name, languages))
        for language in languages:
            key = pick_language(language, record.alt)
            if key is None or not record.alt[key].strip():
                what = f"the picture {name!r} has no alt text in {language}, and a post in {language} shows it"
                hint = f"add {language}: and what the picture shows"
                yield finding("MW213", self.where("media", name, "alt"), what, hint)

    def _names_known(self, post: Post) -> bool:
        """Return whether all whom a post names exist: where not, that is told, and who is left out follows from it."""
        people, networks = post.institutions or (), post.networks or ()
        return all(self._known(name) for name in people) and all(name in self.networks for name in networks)

    def _nobody(self) -> Iterator[Finding]:
        campaign = self.campaign
        if self.broken.people or not campaign.posts:
            return
        if not campaign.accounts or not self.institutions:
            lack = "institution" if not self.institutions else "account"
            hint = f"add {lack}s before you plan; a campaign that others extend needs none"
            yield finding("MW210", self.where("posts"), f"there is no {lack}, so no post goes anywhere", hint)
            return
        missed = Missed({index: post for index, post in enumerate(campaign.posts) if self._names_known(post)})
        for institution in campaign.institutions:
            missed.reach(institution, networks_of(institution, campaign))
            if not missed.posts:
                return
        for index, post in missed.posts.items():
            what = f"the post {post.id} goes to nobody"
            hint = "look at its institutions, countries and networks, and at the accounts"
            yield finding("MW210", self.where("posts", index), what, hint)
