"""What each network makes clickable in a text. Anybody may import from here; pure.

One function per network and kind: `(text) -> list[Span]`, sorted, never overlapping. Bluesky wants facets, in bytes.
"""

from __future__ import annotations

from mwcampaign.core.entities._span import Span
from mwcampaign.core.entities.bluesky import Facet, bluesky_facets, bluesky_hashtags
from mwcampaign.core.entities.mastodon import mastodon_hashtags, mastodon_mentions, mastodon_urls
from mwcampaign.core.entities.x import x_cashtags, x_hashtags, x_mentions, x_urls

__all__ = [
    "Facet",
    "Span",
    "bluesky_facets",
    "bluesky_hashtags",
    "mastodon_hashtags",
    "mastodon_mentions",
    "mastodon_urls",
    "x_cashtags",
    "x_hashtags",
    "x_mentions",
    "x_urls",
]
