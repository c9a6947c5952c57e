"""Which languages a campaign speaks, and where one of them has nothing to say. Pure; for the command `languages`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from mwcampaign.core.campaign import pick_language
from mwcampaign.core.post import Campaign
from mwcampaign.core.wording import choose


@dataclass(frozen=True, slots=True)
class Parity:
    """What there is in one language: how many institutions have it first, and the days without a tag and posts without
    words in it."""

    language: str
    institutions: int
    days_without_tag: tuple[str, ...]
    posts_without_words: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Return whether nothing is missing."""
        return not self.days_without_tag and not self.posts_without_words


def parities(campaign: Campaign) -> list[Parity]:
    """Return a Parity for each language that tags, texts or institutions name, the most wanted first.

    A text without a language is for all and counts as words in each: `languages` of its post says which are meant.
    """
    wanted = Counter(institution.languages[0] for institution in campaign.institutions if institution.languages)
    told = {language for day in campaign.edition.days for language, tag in day.tags.items() if tag}
    for post in campaign.posts:
        told.update(post.languages or ())
        for part in post.parts:
            for words in (part.text, part.template):
                told.update(words if isinstance(words, dict) else ())
            told.update(variant.language for variant in part.variants if variant.language and not variant.short)
    made = [_parity(campaign, language, wanted[language]) for language in told | wanted.keys()]
    return sorted(made, key=lambda each: (-each.institutions, each.language))


def _parity(campaign: Campaign, language: str, institutions: int) -> Parity:
    days = [day.id for day in campaign.edition.days if not _tag(day.tags, language)]
    posts = [
        post.id
        for post in campaign.posts
        if not pick_language(language, post.languages or (language,))
        or any(choose(part, "", language) is None for part in post.parts)
    ]
    return Parity(language, institutions, tuple(days), tuple(posts))


def _tag(tags: dict[str, str | None], language: str) -> str | None:
    found = pick_language(language, tags)
    return tags[found] if found else None
