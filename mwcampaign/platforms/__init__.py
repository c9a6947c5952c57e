"""The networks by name. Whoever needs an adapter asks `adapter`; nothing is imported before that.

A network of our own is one line here; third parties add an entry point in the group `mwcampaign.platforms`, which is
read only for names that are not here.
"""

from __future__ import annotations

import difflib
import importlib
import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol, cast

from mwcampaign.core.campaign import Account
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.ports import Platform, Sessions

NETWORKS: dict[str, str] = {
    "memory": "mwcampaign.platforms.memory:Memory",
    "mastodon": "mwcampaign.platforms.mastodon:Mastodon",
    "bluesky": "mwcampaign.platforms.bluesky:Bluesky",
    "x": "mwcampaign.platforms.x:X",
    "pixelfed": "mwcampaign.platforms.pixelfed:Pixelfed",
    "linkedin": "mwcampaign.platforms.linkedin:LinkedIn",
    "vk": "mwcampaign.platforms.vk:VK",
    "weibo": "mwcampaign.platforms.weibo:Weibo",
    "wechat": "mwcampaign.platforms.wechat:WeChat",
    "facebook": "mwcampaign.platforms.facebook:Facebook",
    "instagram": "mwcampaign.platforms.instagram:Instagram",
    "threads": "mwcampaign.platforms.threads:Threads",
    "telegram": "mwcampaign.platforms.telegram:Telegram",
    "webhook": "mwcampaign.platforms.webhook:Webhook",
    "email": "mwcampaign.platforms.email:Email",
    "manual": "mwcampaign.platforms.manual:Manual",
}
GROUP = "mwcampaign.platforms"


class Adapter(Protocol):
    """An adapter's class: what it can do is known without constructing it."""

    capabilities: Capabilities
    secret_names: tuple[str, ...]
    option_names: tuple[str, ...]
    """What an account of this network may state in `options`."""

    def __call__(self, account: Account, secrets: Mapping[str, str], sessions: Sessions) -> Platform:
        """Construct it for one account; opens no connection."""


class UnknownNetwork(ValueError):
    """No adapter has that name; says which names are near."""


def adapter(network: str) -> Adapter:
    """Return a network's adapter class, importing its module. Raises UnknownNetwork."""
    where = NETWORKS.get(network) or _elsewhere().get(network)
    if where is None:
        raise UnknownNetwork(_unknown(network))
    module, _, name = where.partition(":")
    return cast(Adapter, getattr(importlib.import_module(module), name))


def _elsewhere() -> dict[str, str]:
    return _installed(tuple(sys.path))


# Every package's description is opened and read: once, not for each name that a campaign gets wrong.
@lru_cache(maxsize=1)
def _installed(path: tuple[str, ...]) -> dict[str, str]:
    from importlib.metadata import entry_points

    return {point.name: point.value for point in entry_points(group=GROUP)}


def _unknown(network: str) -> str:
    names = sorted(NETWORKS | _elsewhere())
    near = difflib.get_close_matches(network.lower(), names, n=1)
    ask = f"; did you mean {near[0]!r}?" if near else "."
    return f"there is no network {network!r}{ask} The networks are: {', '.join(names)}"
