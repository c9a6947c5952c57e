"""What Mastodon and Pixelfed do alike, word for word, because they speak the same interface. Their two adapters build
on it; what differs stands with them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mwcampaign.core.campaign import Account
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.delivery import Envelope, Receipt
from mwcampaign.core.message import Message
from mwcampaign.core.ports import Absent, Allowance, Copy, Found, Handles, Identity, Inconclusive, Metrics
from mwcampaign.platforms import _mastodon, _mastodon_posts
from mwcampaign.platforms._outcome import unreadable


class FediverseAccount:
    """One account on one server, reached by a `connection`; its own posts are looked for among `posts`."""

    secret_names: tuple[str, ...] = ("access_token",)
    option_names: tuple[str, ...] = ()
    timeout: float = 30.0
    """Seconds from a request after which an answer that is not whole counts as lost; a whole call takes less than twice
    that."""
    capabilities: Capabilities

    def __init__(self, account: Account, connection: _mastodon.Connection, posts: _mastodon_posts.Posts) -> None:
        self.capabilities = type(self).capabilities.with_limits(account.limits)
        self._connection, self._posts = connection, posts

    def whoami(self) -> Identity:
        """Return the account, its server's limits, and the rights of its application where the server tells them.

        Raises CredentialRejected when these do not let it post.
        """
        return self._connection.identity()

    def resolve(self, message: Message) -> Mapping[str, str]:
        """Return nothing: the server looks up mentions itself."""
        return {}

    def stage(self, message: Message, handles: Handles) -> str:
        """Return nothing: a post is one request."""
        return ""

    def publish(self, envelope: Envelope) -> Receipt:
        """Post the status, under the envelope's address as Idempotency-Key."""
        told = json.loads(envelope.payload)
        status = self._connection.ask(
            "publish", lambda client: _mastodon.post(client, told, envelope.address), visible=True
        )
        receipt = _mastodon_posts.receipt(status)
        if receipt is None:
            raise unreadable("publish")
        return receipt

    def allowances(self) -> tuple[Allowance, ...]:
        """Return what is left to the account, where its server tells it: of its limits it tells the nearest."""
        return self._connection.allowances()

    def copies(self, envelope: Envelope, receipt: Receipt, since: datetime) -> tuple[Copy, ...] | Inconclusive:
        """Ask for the post by its id, and read the account's own posts since then for others that read the same."""
        return self._posts.copies(json.loads(envelope.payload), receipt, since)

    def find(self, envelope: Envelope, since: datetime) -> Found | Absent | Inconclusive:
        """Read the account's own posts since then, and compare pictures, reply and words.

        Two deliveries of the same text in the same two minutes cannot be told apart. An equal post of the day before
        proves nothing, neither way: this machine's clock may have been ahead when it sealed.
        """
        return self._posts.find(json.loads(envelope.payload), since)

    def metrics(self, receipt: Receipt) -> Metrics | None:
        """Return favourites, boosts, replies, and quotes where they are counted, as this server has heard of them;
        views are not given."""
        return self._posts.figures(receipt)

    def close(self) -> None:
        """Let go of the connections."""
        self._connection.close()


def body(message: Message, handles: Handles) -> dict[str, Any]:
    """Return a status's parameters, by the names of Mastodon's documentation."""
    return {
        "status": message.text,
        # Documented as ISO 639, which knows no regions.
        "language": message.language.split("-")[0].lower(),
        "visibility": message.visibility,
        "spoiler_text": message.warning,
        "sensitive": bool(message.warning),
        "media_ids": list(handles.pictures),
        "in_reply_to_id": handles.parent.remote_id if handles.parent else None,
    }


def id_of(answer: Any, step: str) -> str:
    """Return the id of an uploaded picture. Raises PublishError."""
    if not isinstance(answer, dict) or not answer.get("id"):
        raise unreadable(step, visible=False)
    return str(answer["id"])
