"""What VKontakte makes clickable in a text, as far as it says so. For checks, previews and the adapter."""

from __future__ import annotations

import regex

from mwcampaign.core.entities._safe import CLOSED, HAS_LETTER, NAME
from mwcampaign.core.entities._span import Span

_HASHTAG = regex.compile(rf"(?<!\S)#({NAME})(?:@([A-Za-z0-9_]++(?:\.[A-Za-z0-9_]++)*+))?{CLOSED}")


def vk_hashtags(text: str) -> list[Span]:
    """Find the hashtags: #tag leads to all posts with it, #tag@community to those of one community.

    `text` holds both parts, for the two are different tags. What ends a tag is UNKNOWN: the safe rule is taken.
    """
    return [
        Span(tag.start(), tag.end(), tag[0][1:])
        for tag in _HASHTAG.finditer(text)
        if HAS_LETTER.search(tag[1]) is not None
    ]
