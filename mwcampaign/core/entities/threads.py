"""What Threads makes clickable in a text, as far as it says so. For checks, previews and the adapter."""

from __future__ import annotations

import regex

from mwcampaign.core.entities._span import Span

_TOPIC = regex.compile(r"(?<!\S)#([^\s.&@!?,;:]++)")
_MORE_THAN_DIGITS = regex.compile(r"[^\p{Nd}]")
_LONGEST = 50


def threads_hashtags(text: str) -> list[Span]:
    """Find the one topic of a post: the first # with a word of up to 50 characters, not of digits only.

    It ends at white space or one of . & @ ! ? , ; : and at nothing else. What may stand before it and how long it may
    be in a text is UNKNOWN: here white space, and as long as a topic given apart.
    """
    for topic in _TOPIC.finditer(text):
        if _MORE_THAN_DIGITS.search(topic[1]):
            return [Span(topic.start(), topic.end(), topic[1])] if len(topic[1]) <= _LONGEST else []
    return []
