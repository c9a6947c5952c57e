"""Which of an author's words are taken: the language of a message, and the wording for a network and language. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from mwcampaign.core.campaign import Account, Defaults, Institution, pick_language
from mwcampaign.core.post import Part, Post, Provenance, Wording, Words


@dataclass(frozen=True, slots=True)
class Choice:
    """The wording chosen for a network and language, and which of the part's variants it came from (-1: none)."""

    source: str
    is_template: bool
    media: tuple[str, ...]
    variant: int
    key: str | None
    """The language key that was taken, where the wording gives several."""
    provenance: Provenance
    """Who made the wording, and how a machine was involved."""


def languages_of(post: Post, defaults: Defaults) -> tuple[str, ...]:
    """Return the languages a post exists in, as its author wrote them."""
    told: dict[str, None] = dict.fromkeys(post.languages or ())
    for words in (post.text, post.template):
        if isinstance(words, dict):
            told |= dict.fromkeys(words)
    told |= dict.fromkeys(variant.language for variant in post.variants if variant.language and not variant.short)
    return tuple(told) or (defaults.language,)


def language_for(post: Post, institution: Institution, account: Account, defaults: Defaults) -> tuple[str, bool]:
    """Return the language of one message, and whether it is one that the account or institution asked for.

    The account's own language first, then the institution's in their order, then the campaign's default, then
    the first the post has.
    """
    have = languages_of(post, defaults)
    wanted = (account.language,) if account.language else institution.languages
    for language in wanted:
        if found := pick_language(language, have):
            return found, True
    return pick_language(defaults.language, have) or have[0], not wanted


def choose(part: Part, network: str, language: str, *, short: bool = False) -> Choice | None:
    """Return the most particular wording: for network and language, for the network, for the language, for all; of the
    short variants alone with `short`. None when there are no words in this language."""
    fitting = [
        (index, variant)
        for index, variant in enumerate(part.variants)
        if variant.short == short
        and variant.network in {None, network}
        and (not variant.language or pick_language(language, (variant.language,)))
    ]
    fitting.sort(key=lambda told: (told[1].network is None, told[1].language is None))
    usual = choose(part, network, language) if short else None
    media = next((variant.media for _, variant in fitting if variant.media is not None), None)
    if media is None:
        media = usual.media if usual else part.media or ()
    for index, wording in [*fitting, *([] if short else [(-1, part)])]:
        if found := _words(wording, language):
            source, is_template, key = found
            return Choice(source, is_template, media, index, key, wording.provenance)
    return None


def _words(wording: Wording, language: str) -> tuple[str, bool, str | None] | None:
    words = wording.text if wording.text is not None else wording.template
    if words is None:
        return None
    if isinstance(words, str):
        return words, wording.text is None, None
    key = pick_language(language, words)
    return (words[key], wording.text is None, key) if key else None


def in_language(words: Words, language: str) -> str:
    """Return one text for all, or the text in this language, or ""."""
    if isinstance(words, str):
        return words
    key = pick_language(language, words)
    return words[key] if key else ""
