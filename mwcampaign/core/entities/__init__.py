"""What each network makes clickable in a text. Anybody may import from here; pure.

One function per network and kind: `(text) -> list[Span]`, sorted, never overlapping. Bluesky wants facets, in bytes.
Whoever has a network's name asks `hashtags`.
"""

from __future__ import annotations

from collections.abc import Callable

from mwcampaign.core.entities._safe import safe_hashtags
from mwcampaign.core.entities._span import Span
from mwcampaign.core.entities.bluesky import Facet, bluesky_facets, bluesky_hashtags
from mwcampaign.core.entities.mastodon import mastodon_hashtags, mastodon_mentions, mastodon_urls
from mwcampaign.core.entities.threads import threads_hashtags
from mwcampaign.core.entities.vk import vk_hashtags
from mwcampaign.core.entities.weibo import weibo_hashtags
from mwcampaign.core.entities.x import x_cashtags, x_hashtags, x_mentions, x_urls

__all__ = [
    "Facet",
    "Span",
    "bluesky_facets",
    "bluesky_hashtags",
    "hashtags",
    "mastodon_hashtags",
    "mastodon_mentions",
    "mastodon_urls",
    "safe_hashtags",
    "threads_hashtags",
    "vk_hashtags",
    "weibo_hashtags",
    "x_cashtags",
    "x_hashtags",
    "x_mentions",
    "x_urls",
]

_HASHTAGS: dict[str, Callable[[str], list[Span]]] = {
    "bluesky": bluesky_hashtags,
    "mastodon": mastodon_hashtags,
    "threads": threads_hashtags,
    "vk": vk_hashtags,
    "weibo": weibo_hashtags,
    "x": x_hashtags,
}


def hashtags(network: str) -> Callable[[str], list[Span]]:
    """Return what finds the live hashtags of a network; `safe_hashtags` where its rule is not known."""
    return _HASHTAGS.get(network, safe_hashtags)
