"""What the engine asks of the outside world: Platform, Pictures, Clock, and the records they exchange.

Adapters are written against this file alone; `mwcampaign.testing` holds the suite that judges them. The Ledger, which
the engine asks too, has a file of its own: core.ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.delivery import DeliveryKey, Envelope, Receipt
from mwcampaign.core.message import Message, Picture


@dataclass(frozen=True, slots=True)
class Handles:
    """What the network gave for the invisible steps before a post, in the order of the message.

    `pictures` are the upload's answers, opaque to all but their adapter; `names` maps mentions to the
    network's own ids; `parent` and `root` are the receipts of a thread's part before and first part; `staged` is
    what Platform.stage gave; `due` (aware, UTC) is when the post was to go out.
    """

    pictures: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    parent: Receipt | None = None
    root: Receipt | None = None
    staged: str = ""
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a network says we are. `limits` uses the names in ACCOUNT_LIMITS; absent means not told.

    `rights` are what the credentials may do, in the network's words; `expires` (aware) is when they end by themselves.
    """

    handle: str
    remote_id: str
    url: str
    limits: Mapping[str, int] = field(default_factory=dict)
    software: str = ""
    rights: tuple[str, ...] = ()
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Metrics:
    """Figures as the network gives them; None is 'not given', never 0."""

    likes: int | None = None
    reposts: int | None = None
    replies: int | None = None
    quotes: int | None = None
    views: int | None = None


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a network said it still allows: `remaining` posts until `until` (aware), when it starts anew.

    `shared` is true when all accounts of one application draw on it, and not this account alone.
    """

    remaining: int
    until: datetime
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """The post is there."""

    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Absent:
    """The post is proven not to be there."""


@dataclass(frozen=True, slots=True)
class Inconclusive:
    """Looking could not decide; `where` tells a person where to look."""

    why: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Copy:
    """A public post that may be a sealed request's: `same` says whether it reads exactly as the request asked."""

    receipt: Receipt
    same: bool


class Sessions(Protocol):
    """Where an adapter keeps a login between runs, so that it logs in once."""

    def load(self, account: str) -> str | None:
        """Return what was saved for the account, or None."""

    def save(self, account: str, session: str) -> None:
        """Keep it, readable by the owner alone."""


class Platform(Protocol):
    """One account on one network. Constructing opens no connection; no method retries, sleeps or logs bodies.

    Built as `Class(account, secrets, sessions)`: a core.campaign.Account, its secrets by name, a Sessions.
    Class attributes `capabilities`, `secret_names` and `option_names` are readable without constructing.
    """

    @property
    def capabilities(self) -> Capabilities:
        """What this account can do: the network's defaults with the account's own limits."""

    def count(self, text: str) -> int:
        """Count as the network counts, in capabilities.unit. Pure."""

    def check(self, message: Message) -> Iterable[tuple[str, str]]:
        """Yield (code, text) for what capabilities cannot say. Pure."""

    def prepare(self, message: Message, handles: Handles, key: DeliveryKey, at: datetime) -> Envelope:
        """Fix the exact request. Pure: equal arguments give equal envelopes."""

    def whoami(self) -> Identity:
        """Ask the network who we are. A read."""

    def resolve(self, message: Message) -> Mapping[str, str]:
        """Ask for the ids behind the names in the text; a name that is nobody is left out. A read."""

    def upload(self, picture: Picture, content: bytes) -> str:
        """Upload a picture with its alt text; invisible, may be repeated. Raises PublishError."""

    def stage(self, message: Message, handles: Handles) -> str:
        """Make what some networks want before the post: a container, a draft; return its id, "" where none is needed.

        Invisible, and may be repeated: what was made and not used is forgotten by the network. Raises PublishError.
        """

    def publish(self, envelope: Envelope) -> Receipt:
        """Publish. THE side effect. Raises Deferred, Rejected or Ambiguous; anything else means doubt too."""

    def allowances(self) -> tuple[Allowance, ...]:
        """Return what the answer to this thread's last publish said about how much more may be posted; () where it
        said nothing. Opens no connection."""

    def find(self, envelope: Envelope, since: datetime) -> Found | Absent | Inconclusive:
        """Look whether the sealed request became a post at or after `since`. A read; raises PublishError if
        the network could not be asked."""

    def copies(self, envelope: Envelope, receipt: Receipt, since: datetime) -> tuple[Copy, ...] | Inconclusive:
        """Return what is public of a delivered request: the receipt's own post while it is there, same or altered,
        and every other post of the account since then that reads the same. A read, for audits; raises PublishError."""

    def metrics(self, receipt: Receipt) -> Metrics | None:
        """Return the network's figures, or None where it gives none. A read."""

    def close(self) -> None:
        """Let go of connections."""


class Pictures(Protocol):
    """The pictures of applied plans, kept by content so that a changed file cannot change a reviewed post."""

    def put(self, content: bytes) -> str:
        """Keep the bytes; return their sha256 in hex."""

    def get(self, digest: str) -> bytes:
        """Return exactly the bytes put in. Raises LedgerUnavailable when they are not there unchanged."""


class Clock(Protocol):
    """The only source of time for engine and schedule."""

    def now(self) -> datetime:
        """Return the present instant, aware, UTC."""
