"""The hashtags that are live by any network's rule: for networks whose own rule is not published."""

from __future__ import annotations

import regex

from mwcampaign.core.entities._span import Span

NAME = r"[\p{L}\p{M}\p{Nd}_]++"
"""What a tag is made of everywhere: letters with their marks, digits and underscores."""
CLOSED = r"(?=[.,;:!?]*+(?:\s|\Z))"
"""What may stand behind a tag everywhere: white space or the end, perhaps after a full stop or its like."""
HAS_LETTER = regex.compile(r"\p{L}")
_HASHTAG = regex.compile(rf"(?<!\S)#({NAME}){CLOSED}")


def safe_hashtags(text: str) -> list[Span]:
    """Find the hashtags that every network makes live: after white space, letters, digits and _, one letter at least.

    The rules of Facebook, Instagram, LinkedIn, Pixelfed and Telegram are UNKNOWN to us: they may take more than this
    (tags in brackets, the full-width sign, emoji), so what is not found here is uncertain there, not certainly dead.
    """
    return [
        Span(tag.start(), tag.end(), tag[1]) for tag in _HASHTAG.finditer(text) if HAS_LETTER.search(tag[1]) is not None
    ]
