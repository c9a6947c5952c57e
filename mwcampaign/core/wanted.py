"""What is wanted of a campaign, delivery by delivery, and what there is to say of each. Made by core.wish; pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from mwcampaign.core.calendar import Window
from mwcampaign.core.campaign import Account, Institution, Theme
from mwcampaign.core.delivery import Delivery
from mwcampaign.core.findings import Level
from mwcampaign.core.message import Message
from mwcampaign.core.post import Post
from mwcampaign.core.render import RenderFault
from mwcampaign.core.wording import Choice


@dataclass(frozen=True, slots=True)
class Selection:
    """Which deliveries are meant; an empty set means all."""

    posts: frozenset[str] = frozenset()
    days: frozenset[str] = frozenset()
    institutions: frozenset[str] = frozenset()
    networks: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()

    @property
    def any(self) -> bool:
        """Return whether anything is chosen."""
        return self != Selection()


EVERYTHING = Selection()


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to say of one delivery: a code, what, what to do; `fault` tells where in the template."""

    code: str
    what: str
    hint: str = ""
    fault: RenderFault | None = None
    needle: str = ""
    """The piece of the text that it is about."""
    level: Level | None = None
    """Where it is not its rule's own."""


@dataclass(slots=True)
class Wanted:
    """One part of one post for one account. `delivery` and `message` are None when it could not be rendered."""

    post: Post
    part: int
    theme: Theme
    institution: Institution
    account: Account
    language: str
    choice: Choice | None
    window: Window
    short: bool = False
    """It is the short variant; without it the text would be too long."""
    without: tuple[str, ...] = ()
    """The parts of the text that were left out, so that it fits."""
    message: Message | None = None
    delivery: Delivery | None = None
    remarks: list[Remark] = field(default_factory=list)
