"""The wish: every delivery a campaign asks for, one institution after the other, with what there is to say of it.

Institutions are walked as they come, so memory does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from heapq import merge
from operator import itemgetter

from mwcampaign.core import picture_checks
from mwcampaign.core.calendar import Window, window
from mwcampaign.core.campaign import Account, Institution, Theme, pick_language
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.checks import homeless, objections, too_long
from mwcampaign.core.delivery import Delivery, part_key
from mwcampaign.core.findings import Level
from mwcampaign.core.fitting import advice, render, shorten
from mwcampaign.core.message import Message, Picture
from mwcampaign.core.ports import Platform
from mwcampaign.core.post import Campaign, Post
from mwcampaign.core.render import Renderer
from mwcampaign.core.spelling import listed
from mwcampaign.core.tag_checks import NAMES, TagChecks
from mwcampaign.core.wanted import EVERYTHING, Remark, Selection, Wanted
from mwcampaign.core.week import Week
from mwcampaign.core.wording import language_for

PlatformFor = Callable[[Account], Platform | None]
"""None where there is no such network, which is a finding of its own."""
Fit = Callable[[Picture, Capabilities], Picture]
"""Gives a picture as a network gets it: itself, or a smaller copy."""

OWN = frozenset({"institution", "account", "*"})
"""The names by which a template tells institutions apart."""


def _in(value: str, chosen: frozenset[str]) -> bool:
    return not chosen or value in chosen


class Wish:
    """Walks a campaign. `platform_for` gives an adapter that is asked for count, check and capabilities only; `expires`
    the last day on which an account's secrets are good, where that is known."""

    def __init__(
        self,
        campaign: Campaign,
        renderer: Renderer,
        platform_for: PlatformFor,
        fit: Fit = lambda picture, _: picture,
        expires: Callable[[Account], date | None] = lambda account: account.expires,
    ) -> None:
        self._campaign = campaign
        self._renderer = renderer
        self._platform_for = platform_for
        self._fit = fit
        self._expires = expires
        self._crowd = len(campaign.institutions) > 1
        self._tag_checks = TagChecks(campaign.edition, campaign.policies)
        self._days = {post.id: _days(post, campaign) for post in campaign.posts}
        numbered = list(enumerate(campaign.posts))
        self._for_all = [(number, post) for number, post in numbered if post.institutions is None]
        self._for_some: dict[str, list[tuple[int, Post]]] = {}
        for number, post in numbered:
            for name in dict.fromkeys(post.institutions or ()):
                self._for_some.setdefault(name, []).append((number, post))
        self._languages: dict[tuple[str, str | None, tuple[str, ...]], tuple[str, bool]] = {}
        self._uses: dict[frozenset[str], tuple[frozenset[str], bool]] = {}
        self._sets: dict[tuple[str, tuple[str, ...]], str | None] = {}

    def __call__(
        self, only: Selection = EVERYTHING, institutions: Iterable[Institution] | None = None
    ) -> Iterator[Wanted]:
        """Yield what is wanted of all institutions or of these: by institution, account, post and day, as written."""
        for institution in self._campaign.institutions if institutions is None else institutions:
            if not _in(institution.id, only.institutions):
                continue
            posts = [post for post in self._posts(institution) if _in(post.id, only.posts)]
            for account in self._campaign.all_accounts.of(institution):
                if not (_in(account.network, only.networks) and _in(account.id, only.accounts)):
                    continue
                platform = self._platform_for(account)
                if platform is None:
                    continue
                whole = [
                    wanted
                    for post in posts
                    if post.networks is None or account.network in post.networks
                    for wanted in self._of(post, institution, account, platform, only)
                ]
                week = Week(institution, account.id, platform.capabilities, self._expires(account))
                _judge_week(whole, week)
                yield from whole

    def _posts(self, institution: Institution) -> Iterator[Post]:
        """Yield the posts that are for an institution, as written, however many there are for others."""
        for _, post in merge(self._for_all, self._for_some.get(institution.id, ()), key=itemgetter(0)):
            if post.countries is None or institution.country in post.countries:
                yield post

    def _of(
        self, post: Post, institution: Institution, account: Account, platform: Platform, only: Selection
    ) -> Iterator[Wanted]:
        language, asked_for = self._language(post, institution, account)
        able = platform.capabilities
        if not _in(language, only.languages):
            return
        for theme in self._days[post.id]:
            if not (_in(theme.id, only.days) or theme.date.isoformat() in only.days):
                continue
            before = None
            for part in range(len(post.parts)):
                wanted = self._part(post, part, theme, institution, account, language, platform)
                if wanted.message is not None:
                    wanted.remarks += self._fitted(wanted, able)
                    wanted.remarks += self._of_tags(wanted, wanted.message, able)
                    wanted.remarks += self._objections(wanted, wanted.message, platform)
                    wanted.delivery = self._delivery(wanted, before)
                    before = wanted.delivery.key
                if part or able.own_servers:
                    wanted.remarks += [Remark(*told) for told in homeless(able, account, part, len(post.parts))]
                if part == 0:
                    if not wanted.window.plain:
                        wanted.remarks += _of_calendar(wanted.window, theme, institution)
                    if not asked_for and (lost := self._has_a_set(theme, institution)):
                        what = f"the edition has hashtags in {lost}; this post is not written in it"
                        wanted.remarks.append(Remark("MW318", f"{what}, so {language} is taken"))
                yield wanted

    def _language(self, post: Post, institution: Institution, account: Account) -> tuple[str, bool]:
        # Thousands of institutions have a few hundred lists of languages between them.
        key = (post.id, account.language, institution.languages)
        if key not in self._languages:
            self._languages[key] = language_for(post, institution, account, self._campaign.defaults)
        return self._languages[key]

    def _has_a_set(self, theme: Theme, institution: Institution) -> str | None:
        """Return the institution's first language that has hashtags of its own that day."""
        key = (theme.id, institution.languages)
        if key not in self._sets:
            tags, languages = theme.tags, institution.languages
            self._sets[key] = next((language for language in languages if pick_language(language, tags)), None)
        return self._sets[key]

    def _part(
        self,
        post: Post,
        part: int,
        theme: Theme,
        institution: Institution,
        account: Account,
        language: str,
        platform: Platform,
    ) -> Wanted:
        defaults = self._campaign.defaults
        times = window(theme.date, post.at or defaults.at, post.closes or defaults.closes, institution.zone)
        choice = self._renderer.choice(post, part, account.network, language)
        wanted = Wanted(post, part, theme, institution, account, language, choice, times)
        render(wanted, self._renderer)
        if post.fit != "refuse" and wanted.message is not None and too_long(wanted.message, platform):
            shorten(wanted, self._renderer, platform)
        return wanted

    def _objections(self, wanted: Wanted, message: Message, platform: Platform) -> Iterator[Remark]:
        for code, what, hint in objections(message, platform):
            yield Remark(code, what, advice(wanted) if code == "MW310" and wanted.post.fit != "refuse" else hint)

    def _fitted(self, wanted: Wanted, able: Capabilities) -> list[Remark]:
        """Put pictures into the message as the network gets them; return what stands against them."""
        assert wanted.message is not None
        if wanted.message.pictures:
            fitting = tuple(self._fit(picture, able) for picture in wanted.message.pictures)
            wanted.message = replace(wanted.message, pictures=fitting)
        elif not able.pictures_needed:
            return []
        on = wanted.window.due.astimezone(wanted.institution.zone).date()
        told = picture_checks.objections(wanted.message, self._campaign, self._renderer.pictures, able, on)
        return [Remark(*one) for one in told]

    def _of_tags(self, wanted: Wanted, message: Message, able: Capabilities) -> list[Remark]:
        """Return what is wrong with its tags, and with how it reads; that there is no text is said elsewhere."""
        if not message.text:
            return []
        named, own = self._named(wanted)
        if wanted.without:
            # What was left out is no longer promised.
            named = frozenset()
        owes = wanted.part == 0 and not wanted.post.essential
        if able.handed_over:
            # A person posts it on the wall that it is for: that one's rules make its tags live.
            able = replace(able, network=wanted.account.options.get("network", able.network).casefold())
        told = self._tag_checks.remarks(message, able, wanted.theme, named, owes=owes)
        gone = f"perhaps it was left out with {listed(wanted.without)}: let something else go first"
        same: list[Remark] = []
        alone = wanted.post.institutions is not None and len(wanted.post.institutions) == 1
        if self._crowd and owes and not alone and not own:
            what = "nothing in this text is the institution's own"
            same.append(Remark("MW417", what, "name it, an object or a place: {{ institution.name }}"))
        return same + [
            Remark(
                each.code,
                each.what,
                gone if wanted.without and each.code == "MW330" else each.hint,
                needle=each.needle,
                level=Level.WARNING if advised else None,
            )
            for each, advised in told
        ]

    def _named(self, wanted: Wanted) -> tuple[frozenset[str], bool]:
        """Return which names of tags a message's wording uses, and whether it has anything of the institution's own."""
        names = self._renderer.names(wanted.choice, wanted.institution.id) if wanted.choice else frozenset[str]()
        if names not in self._uses:
            own = any(name.partition(".")[0] in OWN for name in names)
            self._uses[names] = names.intersection(NAMES), own
        return self._uses[names]

    def _delivery(self, wanted: Wanted, before: str | None) -> Delivery:
        assert wanted.message is not None
        edition = self._campaign.edition.id
        key = part_key(edition, wanted.post.id, wanted.theme.id, wanted.account.id, wanted.part)
        return Delivery(
            key=key,
            edition=edition,
            post=wanted.post.id,
            part=wanted.part,
            institution=wanted.institution.id,
            account=wanted.account.id,
            network=wanted.account.network,
            theme=wanted.theme.id,
            due=wanted.window.due,
            closes=wanted.window.closes,
            message=wanted.message.to_json(),
            after=None if before is None else type(key)(before),
            country=wanted.institution.country,
            essential=wanted.post.essential,
            makers=self._renderer.makers(wanted.choice) if wanted.choice else (),
        )


def _days(post: Post, campaign: Campaign) -> tuple[Theme, ...]:
    if post.day == "every":
        return campaign.edition.days
    named = (post.day,) if isinstance(post.day, str) else post.day
    # A day that is not in the edition is a finding of its own; one may be there by its name and by its date.
    found = [campaign.edition.by_day[name] for name in named if name in campaign.edition.by_day]
    return tuple({theme.id: theme for theme in found}.values())


def _judge_week(whole: list[Wanted], week: Week) -> None:
    """Add the remarks on what only shows when all posts of an account are seen together."""
    heads = [wanted for wanted in whole if wanted.part == 0 and wanted.message is not None]
    for wanted in heads:
        week.hear(wanted.post.id, wanted.message.text if wanted.message else "", wanted.window.due)
    for wanted, sayings in zip(heads, week.sayings(), strict=True):
        wanted.remarks += [Remark(*told) for told in sayings]


def _of_calendar(times: Window, theme: Theme, institution: Institution) -> Iterator[Remark]:
    for note in times.notes:
        yield Remark("MW402" if "twice" in note else "MW401", note, "choose another hour if this is not what you mean")
    if times.closes <= times.due:
        due, closes = (each.astimezone(institution.zone) for each in (times.due, times.closes))
        yield Remark("MW404", f"due on {due:%d %B at %H:%M}, closes on {closes:%d %B at %H:%M}", "let it close later")
    if times.other_date is not None:
        yield Remark(
            "MW403",
            f"it is then {times.other_date} in {institution.timezone}, not {theme.date}",
            "give the time without a zone, so that each institution has it on its own day",
        )
