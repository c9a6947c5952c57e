"""Pixelfed, through Mastodon.py: it speaks Mastodon's API, with rules of its own. Only the engine publishes.

A post needs a picture. Pixelfed remembers an Idempotency-Key for an hour and answers a second request under it with
400, even when the first came to nothing: so that is doubt, to be looked up, and every sealed request has its own key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from mwcampaign.core.campaign import Account
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.delivery import DeliveryKey, Envelope
from mwcampaign.core.message import Message, Picture, canonical
from mwcampaign.core.ports import Handles, Sessions
from mwcampaign.errors import Ambiguous, CredentialRejected, PublishError
from mwcampaign.platforms import _mastodon, _mastodon_posts
from mwcampaign.platforms._mastodon_account import FediverseAccount, body, id_of

if TYPE_CHECKING:
    from mastodon import Mastodon as Client

T = TypeVar("T")

LONGEST_WARNING = 140
TAG = re.compile(r"<\S")
"""What Pixelfed takes for the beginning of an HTML tag, and throws away with all that follows."""


class Pixelfed(FediverseAccount):
    """One account on one server. See core.ports.Platform for what each method promises."""

    capabilities = Capabilities(
        network="pixelfed",
        own_servers=True,
        text_limit=500,
        unit="characters",
        heaviest=1,
        source="pixelfed/pixelfed, server defaults of config/pixelfed.php and the API's validation",
        as_of="2026-11-21",
        pictures=4,
        picture_types=("image/jpeg", "image/png", "image/gif"),
        picture_bytes=15_000 * 1024,
        alt_limit=1000,
        pictures_needed=1,
        warnings="text",
        visibilities=("public", "unlisted", "private"),
        lookup="exact",
        # Own posts are read from the database without lag; after our own time-out a server may still be at work.
        absence_after=120,
        # A key is known for an hour and its repeat refused, also where nothing came of it: that is doubt, and no
        # second post. Five minutes are for clocks and slow answers.
        replay_window=3300,
        edits=True,
        deletes=True,
        quotas=((1000, 86_400),),
    )

    def __init__(self, account: Account, secrets: Mapping[str, str], sessions: Sessions) -> None:
        connection = _Connection(account, secrets.get("access_token", ""), self.timeout)
        super().__init__(account, connection, _Posts(connection))

    def count(self, text: str) -> int:
        """Count characters (code points): the server's own rule, links in full."""
        return len(text)

    def check(self, message: Message) -> Iterator[tuple[str, str]]:
        """Yield what Pixelfed would refuse or quietly cut."""
        if len(message.warning) > LONGEST_WARNING:
            yield "MW320", f"pixelfed takes a content warning of {LONGEST_WARNING} characters"
        if TAG.search(message.text):
            yield "MW320", "pixelfed cuts off whatever follows a < without a space behind it"

    def prepare(self, message: Message, handles: Handles, key: DeliveryKey, at: datetime) -> Envelope:
        """Fix the request's parameters, by the names of Mastodon's documentation.

        The address, sent as Idempotency-Key, is new with each sealed request.
        """
        return Envelope(f"{key}-{at.astimezone(UTC):%Y%m%dT%H%M%S%f}", canonical(body(message, handles)))

    def upload(self, picture: Picture, content: bytes) -> str:
        """Upload a picture and return its media id: a post may name it at once."""
        step = f"upload of {picture.name}"
        media = self._connection.ask(step, lambda client: _mastodon.upload(client, picture, content))
        return id_of(media, step)


class _Connection(_mastodon.Connection):
    """A way to a server that says some things under statuses of its own."""

    def ask(self, step: str, call: Callable[[Client], T], *, visible: bool = False) -> T:
        """Make one call, and read two refusals by their words."""
        try:
            return super().ask(step, call, visible=visible)
        except PublishError as error:
            said = str(error).casefold()
            if "unauthenticated" in said:
                # Told before anything is looked at; some versions give it the status 500.
                raise CredentialRejected(str(error)) from None
            if visible and "duplicate idempotency key" in said:
                # This very request reached the server before, and nobody says what came of it.
                raise Ambiguous(f"{error} An earlier try got there", reach="post") from None
            raise


class _Posts(_mastodon_posts.Posts):
    """Own posts on a server that shows no source: a post has our uploads, or shows the same words, or is another."""

    def same_source(self, status: Any, told: Mapping[str, Any]) -> bool | None:
        """Return None for our uploads whose words differ in links and mentions alone: a server may shorten those."""
        shown, sent = (
            _mastodon_posts.words(_mastodon_posts.LINK_OR_MENTION.sub(" ", each))
            for each in (_mastodon_posts.plain(status.get("content")), told["status"])
        )
        pictures = [str(each.get("id")) for each in status.get("media_attachments") or ()]
        return None if shown == sent and pictures == told["media_ids"] else False
