"""What Weibo makes clickable in a text, as far as it says so. For checks, previews and the adapter."""

from __future__ import annotations

import re

from mwcampaign.core.entities._span import Span

_TOPIC = re.compile(r"#([^#\n]+)#")


def weibo_hashtags(text: str) -> list[Span]:
    """Find the topics: #topic# with a hash at both ends and spaces inside if need be; what stands around it is free.

    Hashes are paired from the start, so a stray one spoils those behind it. Whether a topic may begin or end in a
    space is UNKNOWN: such a one is not taken.
    """
    return [
        Span(topic.start(), topic.end(), topic[1]) for topic in _TOPIC.finditer(text) if topic[1] == topic[1].strip()
    ]
