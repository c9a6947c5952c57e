"""What a person posts: for networks, accounts and posts that no interface takes. Only the engine hands over.

Nothing is sent from here. When a delivery is due its words and pictures are sealed and handed over, and it stays
`unknown`, with a reason that begins "handed over", until a person confirms it with its address: nothing automatic ever
calls it delivered, failed or absent, and nothing hands it over twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import get_args

from mwcampaign.core.campaign import Account
from mwcampaign.core.capabilities import Capabilities, Unit
from mwcampaign.core.delivery import HANDED_OVER, DeliveryKey, Envelope, Receipt
from mwcampaign.core.message import Message, Picture, canonical
from mwcampaign.core.ports import Allowance, Handles, Identity, Inconclusive, Metrics, Sessions
from mwcampaign.errors import Ambiguous

SHOWN = 12
"""So many characters of a key are enough to find its delivery."""


@dataclass(frozen=True, slots=True)
class Wall:
    """What a network takes from a person's hand, as far as it is known."""

    text_limit: int
    unit: Unit
    pictures: int
    pictures_needed: int = 0


WALLS: Mapping[str, Wall] = {
    "bluesky": Wall(300, "graphemes", 4),
    "facebook": Wall(63_206, "characters", 10),
    "instagram": Wall(2200, "characters", 10, 1),
    "linkedin": Wall(3000, "characters", 20),
    "mastodon": Wall(500, "graphemes", 4),
    "pixelfed": Wall(500, "characters", 4, 1),
    "telegram": Wall(4096, "utf16", 10),
    "threads": Wall(500, "bytes", 20),
    "wechat": Wall(20_000, "characters", 20),
    "weibo": Wall(140, "weighted", 9),
    "x": Wall(280, "weighted", 4),
}
"""By the option `network`, in small letters; an account's own limits win. Any other network's text limit has to be
stated by the account."""


class Manual:
    """One account that a person posts to. See core.ports.Platform for what each method promises."""

    secret_names: tuple[str, ...] = ()
    option_names: tuple[str, ...] = ("network", "page", "unit")
    capabilities = Capabilities(
        network="manual",
        text_limit=500,
        unit="characters",
        source="mwcampaign.platforms.manual.WALLS: the networks' own pages; an account's limits win",
        as_of="2026-11-21",
        pictures=10,
        picture_types=("image/jpeg", "image/png", "image/gif", "image/webp"),
        handed_over=True,
        # Nobody can be asked, nothing proves absence, and nothing is handed over a second time by itself.
        lookup="none",
        absence_after=None,
        replay_window=0,
    )

    def __init__(self, account: Account, secrets: Mapping[str, str], sessions: Sessions) -> None:
        self._account = account
        self._name = account.options.get("network", "")
        self._wall = WALLS.get(self._name.casefold())
        able, wall, unit = type(self).capabilities, self._wall, account.options.get("unit", "")
        if wall is not None:
            able = replace(able, text_limit=wall.text_limit, unit=wall.unit, pictures=wall.pictures,
                           pictures_needed=wall.pictures_needed)  # fmt: skip
        if unit in get_args(Unit):
            able = replace(able, unit=unit)  # type: ignore[arg-type] # just looked up
        self.capabilities = able.with_limits(account.limits)

    def count(self, text: str) -> int:
        """Count in the account's unit; `weighted` is Weibo's where that is the network, else X's."""
        from mwcampaign.core.text import graphemes, utf8_bytes, utf16_units, weibo_length, weighted_length

        match self.capabilities.unit:
            case "characters":
                return len(text)
            case "graphemes":
                return graphemes(text)
            case "utf16":
                return utf16_units(text)
            case "bytes":
                return utf8_bytes(text)
            case "weighted":
                return weibo_length(text) if self._name.casefold() == "weibo" else weighted_length(text)

    def check(self, message: Message) -> Iterator[tuple[str, str]]:
        """Yield what the account does not say and a person would miss."""
        who, unit = f"the account {self._account.id}", self._account.options.get("unit", "")
        if not self._name:
            yield "MW320", f"{who} does not say which network it stands for: options: {{network: NAME}}"
        elif self._wall is None and "text_limit" not in self._account.limits:
            told = f"how long a post on {self._name} may be is not known here: limits: {{text_limit: NUMBER}}"
            yield "MW320", f"{told} for {who}"
        if unit and unit not in get_args(Unit):
            yield "MW320", f"{who} counts in {unit!r}; the units are {', '.join(get_args(Unit))}"

    def prepare(self, message: Message, handles: Handles, key: DeliveryKey, at: datetime) -> Envelope:
        """Fix what is handed over: the words, and each picture with its alt text and the sha256 of its bytes."""
        told = {
            "network": self._name,
            "page": self._page(),
            "text": message.text,
            "language": message.language,
            "pictures": [{"name": each.name, "alt": each.alt, "sha256": each.digest} for each in message.pictures],
        }
        return Envelope(key, canonical(told))

    def whoami(self) -> Identity:
        """Return the account as the campaign describes it: nobody is asked."""
        return Identity(self._account.handle or self._account.id, self._account.id, self._page())

    def resolve(self, message: Message) -> Mapping[str, str]:
        """Return nothing: names have no ids here."""
        return {}

    def upload(self, picture: Picture, content: bytes) -> str:
        """Return the picture's digest: it stays where applied pictures are kept."""
        return picture.digest

    def stage(self, message: Message, handles: Handles) -> str:
        """Return nothing."""
        return ""

    def publish(self, envelope: Envelope) -> Receipt:
        """Send nothing, and hand over: always raises Ambiguous, for what a person does with it is not ours to know."""
        # Only this post: whoever else is due on this network is handed over just the same.
        raise Ambiguous(self._handed_over(envelope), reach="post")

    def allowances(self) -> tuple[Allowance, ...]:
        """Return nothing: nobody counts."""
        return ()

    def find(self, envelope: Envelope, since: datetime) -> Inconclusive:
        """Return what a person has to do, and where."""
        return Inconclusive(self._handed_over(envelope), self._page())

    def copies(self, envelope: Envelope, receipt: Receipt, since: datetime) -> Inconclusive:
        """Return where a person can look."""
        return Inconclusive("a person posted it, and only a person can look", receipt.url)

    def metrics(self, receipt: Receipt) -> Metrics | None:
        """Return None: nobody can be asked."""
        return None

    def close(self) -> None:
        """Do nothing: there is no connection."""

    def _page(self) -> str:
        return self._account.options.get("page", "")

    def _handed_over(self, envelope: Envelope) -> str:
        key = envelope.address[:SHOWN]
        return (
            f"{HANDED_OVER}post it by hand on {self._name or 'the network'} (mwcampaign show {key} has words, pictures "
            f"and time), then confirm it: mwcampaign resolve {key} --url ADDRESS"
        )
