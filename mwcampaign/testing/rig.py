"""What an adapter is judged on: an account, a server, and a way to look that is not the adapter. For test code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from mwcampaign.core.delivery import Envelope, Receipt, delivery_key
from mwcampaign.core.message import Message
from mwcampaign.core.ports import Handles, Platform
from mwcampaign.testing import samples
from mwcampaign.testing.proxy import Fault


@dataclass(frozen=True, slots=True)
class PublicPost:
    """A post as the public meets it; `reply_to` is the remote id of the post it answers."""

    text: str
    alts: tuple[str, ...] = ()
    reply_to: str | None = None
    language: str | None = None
    warning: str = ""
    visibility: str = "public"


class KeptSessions:
    """Sessions in memory: what an adapter saved, by account."""

    def __init__(self) -> None:
        self.saved: dict[str, str] = {}

    def load(self, account: str) -> str | None:
        """Return what was saved, or None."""
        return self.saved.get(account)

    def save(self, account: str, session: str) -> None:
        """Keep it."""
        self.saved[account] = session


class Rig(Protocol):
    """An account on a server, an adapter for it, and a way to look that is not the adapter."""

    @property
    def platform(self) -> Platform:
        """The adapter, ready to work."""

    @property
    def module(self) -> str:
        """The adapter's module, such as mwcampaign.platforms.mastodon."""

    @property
    def canary(self) -> Sequence[str]:
        """The secrets in use: they must appear nowhere."""

    def posts(self) -> list[PublicPost]:
        """Return what the account has posted since the rig was made, oldest first, asked of the server itself."""

    def fresh(self) -> Platform:
        """Construct another adapter object for the same account."""

    def faulty(self, fault: Fault) -> Platform:
        """Return another adapter object for the same account, whose publish request meets the fault once.

        Signing in and uploads work, and so does everything after the fault; REFUSE means that the connection
        itself is refused, and may stay so. The read time-out is short, so that STALL ends soon. RATE_LIMIT announces
        a wait of 60 seconds, in the network's way.
        """

    def allowing(self, remaining: int, seconds: int, *, shared: bool = False, refused: bool = False) -> Platform:
        """Return another adapter object for the same account, signed in, whose next publish is answered with what is
        left: so many posts, for so many seconds.

        With `shared` it is left to all accounts of the application together: asked only of networks that have
        shared_quotas. With `refused` the publish is refused for it (429) and nothing is public.
        """

    def delete(self, remote_id: str) -> None:
        """Delete a public post as a person does, without the adapter."""

    def edit(self, remote_id: str, text: str) -> bool:
        """Give a public post other words as a person does, without the adapter; return False where nobody can."""

    def repeat(self, remote_id: str) -> str:
        """Post the same again as a person does, without the adapter; return the new post's remote id."""


class Sending:
    """What the promises need in order to send: messages become envelopes and receipts as the engine makes them."""

    def ready(
        self,
        platform: Platform,
        message: Message,
        name: str = "post",
        parent: Receipt | None = None,
        root: Receipt | None = None,
        at: datetime | None = None,
    ) -> Envelope:
        """Upload, resolve and prepare, as engine.deliver does."""
        contents = {made.digest: content for made, content in map(samples.picture, range(8))}
        uploads = tuple(platform.upload(each, contents[each.digest]) for each in message.pictures)
        handles = Handles(uploads, platform.resolve(message), parent, root)
        handles = replace(handles, staged=platform.stage(message, handles))
        return platform.prepare(message, handles, delivery_key("mw", name, "museum", 0), at or datetime.now(UTC))
