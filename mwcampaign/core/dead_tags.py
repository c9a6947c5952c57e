"""Which tags can be no hashtag on a network, whatever stands around them. For core.tagging, and load (MW335); pure.

Such a tag is told once, where the edition has it, and of no post.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

import regex

from mwcampaign.core.entities import hashtags, safe_hashtags
from mwcampaign.core.post import Campaign
from mwcampaign.core.spelling import listed

Loc = tuple[str | int, ...]

TAGGED = (
    "bluesky", "mastodon", "threads", "vk", "weibo", "x",
    "facebook", "instagram", "linkedin", "pixelfed", "telegram",
)  # fmt: skip
"""Networks with hashtags of which the edition's are judged; networks of others' adapters are not among them."""
_NO_PART = regex.compile(r"[^\p{L}\p{M}\p{Nd}_]++")


@lru_cache(maxsize=4096)
def can_live(tag: str, network: str) -> bool:
    """Return whether a tag, written with or without its #, can be live on a network at all."""
    name = tag.strip("#＃")
    text = f"#{name}#" if network == "weibo" else f"#{name}"
    return name in [span.text for span in hashtags(network)(text)]


def hopeless(tag: str, network: str) -> bool:
    """Return whether a tag is dead on a network, and was told to be where the edition has it."""
    return network in TAGGED and not can_live(tag, network)


def hopeless_tags(campaign: Campaign) -> Iterator[tuple[Loc, str, str]]:
    """Yield the place of each tag of the edition that is no hashtag on a network with accounts, or anywhere as long as
    there are no accounts; what is wrong, and what to do."""
    told = {one.options.get("network", one.network).casefold() for one in campaign.accounts}
    used = [network for network in TAGGED if network in told] or list(TAGGED)
    for loc, tag in _tags(campaign):
        if dead := [network for network in used if not can_live(tag, network)]:
            yield loc, _what(tag, dead), _instead(tag, used)


def _tags(campaign: Campaign) -> Iterator[tuple[Loc, str]]:
    edition = campaign.edition
    if edition.main_tag:
        yield ("edition", "main_tag"), edition.main_tag
    for language, tag in edition.main_tags.items():
        yield ("edition", "main_tags", language), tag
    for index, day in enumerate(edition.days):
        for language, known in day.tags.items():
            if known:
                yield ("edition", "days", index, "tags", language), known


def _what(tag: str, dead: list[str]) -> str:
    """Return on which networks a tag is dead, and why; of networks whose rules are not known, only if of no other."""
    sure = [network for network in dead if hashtags(network) is not safe_hashtags]
    name = tag.strip("#＃")
    cut = _NO_PART.search(name)
    why = f"{cut[0]!r} ends a hashtag" if cut else "it has no letter, or too many"
    return f"{tag} is no hashtag on {listed(sure)}: {why}" if sure else f"{tag} may be none on {listed(dead)}: {why}"


def _instead(tag: str, used: Iterable[str]) -> str:
    name = "".join(part[:1].upper() + part[1:] for part in _NO_PART.split(tag) if part)
    if name and all(can_live(name, network) for network in used):
        return f"write #{name}"
    return "take a tag of letters and digits, with a letter at least"
