"""Mastodon, and servers that speak its API, through Mastodon.py. Only the engine publishes.

The delivery's key is sent as Idempotency-Key, but is never relied on alone: some servers ignore it, some know it one
request at a time, and Mastodon 4.6.0 to 4.6.5 answer a replay with 500 though the post is there. So a 500 is doubt,
and doubt is settled by reading the account's own posts.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from mwcampaign.core.campaign import Account
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.delivery import DeliveryKey, Envelope, Receipt
from mwcampaign.core.message import Message, Picture, canonical
from mwcampaign.core.ports import Absent, Allowance, Copy, Found, Handles, Identity, Inconclusive, Metrics, Sessions
from mwcampaign.errors import CredentialRejected, Deferred, PublishError, Rejected
from mwcampaign.platforms import _mastodon
from mwcampaign.platforms._outcome import clean, of_status, of_transport, unreadable, wait_told

if TYPE_CHECKING:
    from mastodon import Mastodon as Client

T = TypeVar("T")

PAGE = 40
PAGES = 5
SOURCES = 20
STILL_PROCESSING = timedelta(seconds=5)


class Mastodon:
    """One account on one server. See core.ports.Platform for what each method promises."""

    secret_names: tuple[str, ...] = ("access_token",)
    timeout: float = 30.0
    """Seconds without a byte after which an answer counts as lost."""
    capabilities = Capabilities(
        network="mastodon",
        text_limit=500,
        unit="graphemes",
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
        self.capabilities = type(self).capabilities.with_limits(account.limits)
        self._account = account
        self._token = secrets.get("access_token", "")
        self._making = threading.Lock()
        self._made: Client | None = None
        self._heard = _mastodon.Heard()
        self._me: Any = None
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
        told = {
            "status": message.text,
            # Documented as ISO 639, which knows no regions.
            "language": message.language.split("-")[0].lower(),
            "visibility": message.visibility,
            "spoiler_text": message.warning,
            "sensitive": bool(message.warning),
            "media_ids": list(handles.pictures),
            "in_reply_to_id": handles.parent.remote_id if handles.parent else None,
        }
        return Envelope(key, canonical(told))

    def whoami(self) -> Identity:
        """Return the account and its server's limits."""
        me = self._verified(again=True)
        limits: dict[str, int] = {}
        try:
            server = self._ask("server's limits", lambda client: client.instance_v2())
        except Rejected:
            server = {}  # a server that speaks the API, but not this part of it
        told = server.get("configuration") or {}
        for name, part, key in (
            ("text_limit", "statuses", "max_characters"),
            ("pictures", "statuses", "max_media_attachments"),
            ("alt_limit", "media_attachments", "description_limit"),
            ("picture_bytes", "media_attachments", "image_size_limit"),
            ("picture_pixels", "media_attachments", "image_matrix_limit"),
        ):
            value = (told.get(part) or {}).get(key)
            if isinstance(value, int) and value > 0:
                limits[name] = value
        software = f"mastodon {server['version']}" if server.get("version") else ""
        return Identity(str(me["acct"]), str(me["id"]), str(me.get("url") or ""), limits, software)

    def resolve(self, message: Message) -> Mapping[str, str]:
        """Return nothing: the server looks up mentions itself."""
        return {}

    def upload(self, picture: Picture, content: bytes) -> str:
        """Upload a picture and return its media id. Defers while the server is still at work on it."""
        step = f"upload of {picture.name}"
        known = (picture.digest, picture.alt)
        media_id = self._processing.pop(known, None)
        if media_id is None:
            media = self._ask(step, lambda client: _mastodon.upload(client, picture, content))
            media_id = _id(media, step)
            if media.get("url") is not None:
                return media_id
        if self._ready(step, media_id):
            return media_id
        # Remembered, so that the next try looks again instead of uploading again.
        self._processing[known] = media_id
        raise Deferred(f"{step}: the server is still processing it", STILL_PROCESSING)

    def publish(self, envelope: Envelope) -> Receipt:
        """Post the status, under the envelope's address as Idempotency-Key."""
        told = json.loads(envelope.payload)
        try:
            status = self._ask("publish", lambda client: _mastodon.post(client, told, envelope.address), visible=True)
        except CredentialRejected:
            raise
        except Rejected as refusal:
            wait = self._not_yet(told["media_ids"])
            if wait is None:
                raise
            raise Deferred(f"{refusal}; a picture is still being processed", wait) from None
        receipt = _mastodon.receipt(status)
        if receipt is None:
            raise unreadable("publish")
        return receipt

    def allowances(self) -> tuple[Allowance, ...]:
        """Return nothing yet."""
        return ()

    def find(self, envelope: Envelope, since: datetime) -> Found | Absent | Inconclusive:
        """Read the account's own posts since then, and compare pictures, reply and source text.

        Two deliveries of the same text in the same two minutes cannot be told apart.
        """
        told = json.loads(envelope.payload)
        unsure = ""
        sources = 0
        for status in self._posts(since):
            if status is None:
                return Inconclusive(f"more than {PAGE * PAGES} posts since then", self._profile())
            if _mastodon.unlike(status, told):
                continue
            if not _mastodon.alike(status, told):
                sources += 1
                if sources > SOURCES:
                    return Inconclusive(f"more than {SOURCES} posts that resemble it", self._profile())
                same = self._same_source(status, told)
                if same is None:
                    unsure = "the server shows no source to compare"
                if not same:
                    continue
            receipt = _mastodon.receipt(status)
            if receipt is None:
                raise unreadable("look", visible=False)
            return Found(receipt)
        return Inconclusive(unsure, self._profile()) if unsure else Absent()

    def copies(self, envelope: Envelope, receipt: Receipt, since: datetime) -> tuple[Copy, ...] | Inconclusive:
        """Return nothing yet."""
        return Inconclusive("not built")

    def metrics(self, receipt: Receipt) -> Metrics | None:
        """Return favourites, boosts, replies and quotes as this server has heard of them; views are not given."""
        status = self._ask("figures", lambda client: client.status(receipt.remote_id))
        told = {name: status.get(f"{name}_count") for name in ("favourites", "reblogs", "replies", "quotes")}
        given = {name: figure for name, figure in told.items() if isinstance(figure, int)}
        return Metrics(
            likes=given.get("favourites"),
            reposts=given.get("reblogs"),
            replies=given.get("replies"),
            quotes=given.get("quotes"),
        )

    def close(self) -> None:
        """Let go of the connections."""
        with self._making:
            if self._made is not None:
                self._made.session.close()
                self._made = None

    def _client(self) -> Client:
        with self._making:
            if self._made is None:
                if not self._token:
                    raise CredentialRejected("sign in: there is no access_token")
                if not self._account.server:
                    raise Rejected(f"sign in: account {self._account.id} names no server")
                self._made = _mastodon.client_for(self._account.server, self._token, self.timeout, self._heard)
            return self._made

    def _ask(self, step: str, call: Callable[[Client], T], *, visible: bool = False) -> T:
        """Make one call; an error becomes one of ours, with nothing of the client's error left in it."""
        client = self._client()
        from mastodon import MastodonError

        self._heard.status = None
        try:
            return call(client)
        except MastodonError as error:
            trouble = self._judged(step, error, visible)
        # Out of the handler: the client's errors quote bodies, and must not hang on to ours.
        raise trouble

    def _judged(self, step: str, error: Exception, visible: bool) -> PublishError:
        from mastodon import MastodonNetworkError

        if isinstance(error, MastodonNetworkError) or self._heard.status is None:
            return of_transport(step, error.__context__ or error, visible=visible)
        status, headers = self._heard.status, self._heard.headers
        # An unreadable answer, or unreadable headers about limits, after the server said yes.
        if 200 <= status < 300:
            return unreadable(step, visible=visible)
        said = clean(error.args[3] if len(error.args) > 3 else "", [self._token])
        return of_status(step, status, visible=visible, said=said, wait=wait_told(headers, datetime.now(UTC)))

    def _verified(self, *, again: bool = False) -> Any:
        if self._me is None or again:
            me = self._ask("who am I", lambda client: client.account_verify_credentials())
            _id(me, "who am I")
            self._me = me
        return self._me

    def _profile(self) -> str:
        return str(self._verified().get("url") or "")

    def _ready(self, step: str, media_id: str) -> bool:
        return self._ask(step, lambda client: client.media(media_id)).get("url") is not None

    def _not_yet(self, media_ids: list[str]) -> timedelta | None:
        """Return a wait when a refused post's pictures are not ready; asked, because refusals come in any language."""
        try:
            ready = all(self._ready("look at a picture", media_id) for media_id in media_ids)
        except Deferred as error:
            return error.retry_after or STILL_PROCESSING
        except Rejected:
            return None
        return None if ready else STILL_PROCESSING

    def _posts(self, since: datetime) -> Iterator[Any]:
        """Yield own posts since then, newest first; None at the end when there are too many to read."""
        me = str(self._verified()["id"])
        before: str | None = None
        for _ in range(PAGES):
            page = self._page(me, before)
            for status in page:
                if not isinstance(status.get("created_at"), datetime):
                    raise unreadable("look", visible=False)
                if status["created_at"] < since:
                    return
                yield status
            if not page:
                return
            before = str(page[-1]["id"])
        yield None

    def _page(self, me: str, before: str | None) -> Any:
        return self._ask(
            "look", lambda client: client.account_statuses(me, exclude_reblogs=True, max_id=before, limit=PAGE)
        )

    def _same_source(self, status: Any, told: Mapping[str, Any]) -> bool | None:
        """Return whether a post was written with exactly these words; None when its source cannot be read."""
        try:
            source = self._ask("look at a post's source", lambda client: client.status_source(status["id"]))
        except Rejected:
            return None
        return _mastodon.words(source.get("text")) == _mastodon.words(told["status"])


def _id(answer: Any, step: str) -> str:
    if not isinstance(answer, dict) or not answer.get("id"):
        raise unreadable(step, visible=False)
    return str(answer["id"])
