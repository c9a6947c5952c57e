"""What a network can do and how much it takes, as data: adapters state it, checks and rehearsals compare with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

Unit = Literal["characters", "graphemes", "weighted", "utf16", "bytes"]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a network can do and how much it takes. Data, never code: limits are compared, not special-cased.

    `text_limit` counts `unit`; `bytes_limit` counts UTF-8 bytes; `picture_bytes` bytes, `picture_pixels` width
    times height; `alt_limit` characters. None means: the network states no such limit. Times are seconds.
    """

    network: str
    text_limit: int
    unit: Unit
    source: str
    """Where the numbers come from, and `as_of` the day they were read (ISO date)."""
    as_of: str
    heaviest: Literal[0, 1, 2, 4] = 0
    """How much a character counts at most, the text being NFC. 1: each. 2: one that takes three bytes or more in UTF-8,
    others 1. 4: its bytes. 0: not known, so that every text is counted."""
    link_counts: int = 0
    """What a link counts, where that may be more than its characters do; it has a dot inside or ://."""
    bytes_limit: int | None = None
    pictures: int = 0
    picture_types: tuple[str, ...] = ()
    picture_bytes: int | None = None
    picture_pixels: int | None = None
    alt_limit: int | None = None
    alt_texts: bool = True
    """The network keeps alt texts; where not, they are lost there."""
    pictures_needed: int = 0
    """A post without so many pictures is refused."""
    picture_ratio: tuple[float, float] | None = None
    """The least and the greatest width divided by height."""
    public_pictures: bool = False
    """The network fetches pictures from a public address, and takes no bytes."""
    live_tags: bool = True
    """A hashtag leads somewhere there; where not, none is asked for."""
    hashtags: int | None = None
    """With more hashtags than this a post is refused; `links` and `mentions` likewise."""
    links: int | None = None
    mentions: int | None = None
    handed_over: bool = False
    """There is no usable interface: a person posts it, and confirms it with its address."""
    threads: bool = False
    """A post can answer another one; where not, the parts of a thread would stand alone."""
    own_servers: bool = False
    """Each account lives on a server of its own, and has to name it."""
    languages: bool = False
    warnings: Literal["text", "label", "none"] = "none"
    visibilities: tuple[str, ...] = ("public",)
    lookup: Literal["exact", "recent", "none"] = "none"
    """exact: one post can be looked up by its address or among all own posts. recent: only a list that may lag."""
    absence_after: int | None = None
    """After this long since the request, a look-up that finds nothing proves that nothing is there; None: never."""
    replay_window: int = 0
    """For this long the identical envelope may be sent again without a second post; 0: never."""
    edits: bool = False
    deletes: bool = False
    quotas: tuple[tuple[int, int], ...] = ()
    """Documented ceilings on posts of one account, each as (posts, seconds)."""
    shared_quotas: tuple[tuple[int, int], ...] = ()
    """Documented ceilings on posts of all accounts of one application together, each as (posts, seconds)."""
    duplicates_refused: bool = False
    """The network refuses the same text again soon after (it does not say for how long)."""

    def at_most(self, text: str) -> int | None:
        """Return as much as the text counts, or more: mostly that shows that it fits. None: not known."""
        if not self.heaviest:
            return None
        size = len(text)
        most = size if text.isascii() else size + (len(text.encode()) - size) * self.heaviest // 4
        if not self.link_counts:
            return most
        inside = text.count(".") - text.count(". ") - text.count(".\n")
        return most + self.link_counts * max(inside, text.count("://"))

    def with_limits(self, limits: Mapping[str, int]) -> Capabilities:
        """Return these capabilities with an account's own numbers, as verified or as the campaign states them."""
        return replace(self, **limits)  # type: ignore[arg-type]

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Capabilities:
        """Read what to_json wrote, after a trip through JSON."""
        told = dict(data)
        for name in ("picture_types", "visibilities"):
            told[name] = tuple(told[name])
        if told["picture_ratio"] is not None:
            told["picture_ratio"] = tuple(told["picture_ratio"])
        for name in ("quotas", "shared_quotas"):
            told[name] = tuple((posts, seconds) for posts, seconds in told[name])
        return cls(**told)


ACCOUNT_LIMITS = ("text_limit", "pictures", "picture_bytes", "picture_pixels", "alt_limit")
"""The numbers that differ between instances and kinds of account, and that a campaign may state."""
