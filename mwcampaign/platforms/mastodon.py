"""Mastodon, and servers that speak its API, through Mastodon.py. Only the engine publishes.

The delivery's key is sent as Idempotency-Key, but is never relied on alone: some servers ignore it, some know it one
request at a time, and Mastodon 4.6.0 to 4.6.5 answer a replay with 500 though the post is there. So a 500 is doubt,
and doubt is settled by reading the account's own posts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from mwcampaign.core.campaign import Account
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.delivery import DeliveryKey, Envelope, Receipt
from mwcampaign.core.message import Message, Picture, canonical
from mwcampaign.core.ports import Handles, Sessions
from mwcampaign.errors import CredentialRejected, Deferred, Rejected
from mwcampaign.platforms import _mastodon, _mastodon_posts
from mwcampaign.platforms._mastodon_account import FediverseAccount, body, id_of

STILL_PROCESSING = timedelta(seconds=5)


class Mastodon(FediverseAccount):
    """One account on one server. See core.ports.Platform for what each method promises."""

    capabilities = Capabilities(
        network="mastodon",
        own_servers=True,
        text_limit=500,
        unit="graphemes",
        heaviest=1,
        link_counts=23,
        source="docs.joinmastodon.org: entities/Instance, methods/statuses, api/rate-limits; server defaults up to 4.5",
        as_of="2026-11-21",
        pictures=4,
        picture_types=tuple(f"image/{kind}" for kind in ("jpeg", "png", "gif", "webp", "avif", "heic", "heif")),
        picture_bytes=16 * 1024 * 1024,
        picture_pixels=33_177_600,
        alt_limit=1500,
        threads=True,
        languages=True,
        warnings="text",
        visibilities=("public", "unlisted", "private"),
        lookup="exact",
        # Own posts are read from the database without lag; after our own time-out (30 s) a server may still be at
        # work on the request for as long again, and no server lets a request run longer.
        absence_after=60,
        # Keys are kept for an hour from the first success; five minutes are for clocks and slow answers.
        replay_window=3300,
        edits=True,
        deletes=True,
        quotas=((300, 3 * 3600),),
    )

    def __init__(self, account: Account, secrets: Mapping[str, str], sessions: Sessions) -> None:
        connection = _mastodon.Connection(account, secrets.get("access_token", ""), self.timeout)
        super().__init__(account, connection, _mastodon_posts.Posts(connection))
        self._processing: dict[tuple[str, str], str] = {}

    def count(self, text: str) -> int:
        """Count grapheme clusters, an address as 23 and a mention without its server."""
        from mwcampaign.core.text import mastodon_length

        return mastodon_length(text)

    def check(self, message: Message) -> Iterable[tuple[str, str]]:
        """Yield nothing: capabilities say it all."""
        return ()

    def prepare(self, message: Message, handles: Handles, key: DeliveryKey, at: datetime) -> Envelope:
        """Fix the request's parameters, by the names of Mastodon's documentation."""
        return Envelope(key, canonical(body(message, handles)))

    def upload(self, picture: Picture, content: bytes) -> str:
        """Upload a picture and return its media id. Defers while the server is still at work on it."""
        step = f"upload of {picture.name}"
        known = (picture.digest, picture.alt)
        media_id = self._processing.pop(known, None)
        if media_id is None:
            media = self._connection.ask(step, lambda client: _mastodon.upload(client, picture, content))
            media_id = id_of(media, step)
            if media.get("url") is not None:
                return media_id
        if self._ready(step, media_id):
            return media_id
        # Remembered, so that the next try looks again instead of uploading again.
        self._processing[known] = media_id
        raise Deferred(f"{step}: the server is still processing it", STILL_PROCESSING)

    def publish(self, envelope: Envelope) -> Receipt:
        """Post the status, under the envelope's address as Idempotency-Key. Defers while a picture is not ready."""
        try:
            return super().publish(envelope)
        except CredentialRejected:
            raise
        except Rejected as refusal:
            delay = self._not_yet(json.loads(envelope.payload)["media_ids"])
            if delay is None:
                raise
            raise Deferred(
                f"{refusal}; a picture is still being processed", delay.retry_after, reach=delay.reach
            ) from None

    def _ready(self, step: str, media_id: str) -> bool:
        return self._connection.ask(step, lambda client: client.media(media_id)).get("url") is not None

    def _not_yet(self, media_ids: list[str]) -> Deferred | None:
        """Return a delay when a refused post's pictures are not ready; asked, because refusals come in any language."""
        wait = Deferred("not ready", STILL_PROCESSING)
        try:
            return None if all(self._ready("look at a picture", media_id) for media_id in media_ids) else wait
        except Deferred as error:
            return Deferred(str(error), error.retry_after or STILL_PROCESSING, reach=error.reach)
        except Rejected:
            return None
