"""Bluesky: posts are records in the account's own repository, under keys that we choose.

That makes publishing exact. The key is fixed when the request is prepared and `swapRecord: null` goes with it, so
the server makes the record, or finds the very same one there and does nothing, or refuses. The registry names this
module; nobody else imports it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from mwcampaign.core.campaign import Account
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.delivery import DeliveryKey, Envelope, Receipt
from mwcampaign.core.entities import bluesky_facets
from mwcampaign.core.message import Message, Picture, canonical
from mwcampaign.core.ports import Absent, Allowance, Copy, Found, Handles, Identity, Inconclusive, Metrics, Sessions
from mwcampaign.core.text import graphemes
from mwcampaign.core.tid import CLOCKS, is_tid, tid
from mwcampaign.errors import Ambiguous, PublishError, Rejected
from mwcampaign.platforms._atproto import JSON, Connection
from mwcampaign.platforms._outcome import unreadable

POST = "app.bsky.feed.post"
LABELS = ("sexual", "nudity", "porn", "graphic-media")
"""What a post may say of itself; the network has no free text for it."""
STRONGEST = "graphic-media"
DEFAULT_SERVER = "https://bsky.social"
PAGES = "https://bsky.app"

CAPABILITIES = Capabilities(
    network="bluesky",
    text_limit=300,
    unit="graphemes",
    bytes_limit=3000,
    pictures=4,
    picture_types=("image/jpeg", "image/png", "image/webp", "image/gif"),
    picture_bytes=2_000_000,
    # The lexicon sets no maximum. The app lets people write 2000 characters but shows more: nothing is refused or cut.
    alt_limit=None,
    threads=True,
    languages=True,
    warnings="label",
    visibilities=("public",),
    lookup="exact",
    # Look-ups read the repository itself. Two minutes cover signing in and a request that is still on its way.
    absence_after=60,
    # The identical request does nothing for ever; but pictures that no post uses yet are kept for about an hour.
    replay_window=3000,
    edits=False,
    deletes=True,
    # 5000 points an hour and 35,000 a day, of which a new record takes three.
    quotas=((1666, 3600), (11_666, 86_400)),
    source="bluesky-social/atproto d6296a1 (lexicons/app/bsky, packages/pds), docs.bsky.app rate limits",
    as_of="2026-08-20",
)


class Bluesky:
    """One account on Bluesky, or on any server of its network; see core.ports.Platform.

    Takes the secret `app_password`; `account.handle` is the handle or DID, `account.server` the address to sign in
    at. The envelope's address is the post's at:// address with that handle, its payload the whole request body.
    """

    capabilities: Capabilities = CAPABILITIES
    secret_names: ClassVar[tuple[str, ...]] = ("app_password",)
    patience: float = 30.0
    """The longest silence, in seconds, before an answer counts as lost."""
    appview: str = "https://public.api.bsky.app"
    """Who counts likes: public, asked without the account's session."""

    def __init__(self, account: Account, secrets: Mapping[str, str], sessions: Sessions) -> None:
        self.capabilities = CAPABILITIES.with_limits(account.limits)
        self._handle = account.handle.removeprefix("@")
        self._connection = Connection(
            account.server or DEFAULT_SERVER,
            self._handle,
            secrets.get("app_password", ""),
            account.id,
            sessions,
            self.patience,
        )

    def count(self, text: str) -> int:
        """Count grapheme clusters; addresses and mentions count as written."""
        return graphemes(text)

    def check(self, message: Message) -> Iterable[tuple[str, str]]:
        """Object to a warning that is none of the network's labels."""
        if message.warning and message.warning not in LABELS:
            yield (
                "MW317",
                f"bluesky has labels, not warnings in words: {message.warning!r} is none of {', '.join(LABELS)}",
            )

    def prepare(self, message: Message, handles: Handles, key: DeliveryKey, at: datetime) -> Envelope:
        """Fix the record and its key, which is `at` in microseconds and ten bits of the delivery's key."""
        rkey = tid(at, int.from_bytes(hashlib.sha256(key.encode()).digest()[:2]) % CLOCKS)
        body = {
            # The handle, not the DID, which is not known offline: the server takes either, for this account only.
            "repo": self._handle,
            "collection": POST,
            "rkey": rkey,
            "record": _record(message, handles, at),
            # Nothing may be there yet: another record under this key is refused, never overwritten.
            "swapRecord": None,
        }
        return Envelope(f"at://{self._handle}/{POST}/{rkey}", canonical(body))

    def whoami(self) -> Identity:
        """Ask the account's server whose session this is."""
        step = "asking who we are"
        answer = self._connection.call(step, "GET", "com.atproto.server.getSession")
        did, handle = answer.get("did"), answer.get("handle")
        if not isinstance(did, str) or not isinstance(handle, str):
            raise unreadable(step, visible=False)
        return Identity(handle, did, f"{PAGES}/profile/{did}")

    def resolve(self, message: Message) -> Mapping[str, str]:
        """Ask for the DIDs of the handles mentioned; who has none stays plain text. No mention, no request."""
        found: dict[str, str] = {}
        for handle in dict.fromkeys(facet.value for facet in bluesky_facets(message.text) if facet.kind == "mention"):
            answer = self._connection.call(
                f"resolving @{handle}",
                "GET",
                "com.atproto.identity.resolveHandle",
                expected=("HandleNotFound", "InvalidRequest"),
                params={"handle": handle},
            )
            if isinstance(did := answer.get("did"), str):
                found[handle] = did
        return found

    def upload(self, picture: Picture, content: bytes) -> str:
        """Upload the bytes; return the network's blob as canonical JSON. The alt text goes with the record."""
        step = f"uploading {picture.name}"
        answer = self._connection.call(
            step, "POST", "com.atproto.repo.uploadBlob", content=content, headers={"Content-Type": picture.mime}
        )
        if not isinstance(answer.get("blob"), dict):
            raise unreadable(step, visible=False)
        return canonical(answer["blob"])

    def publish(self, envelope: Envelope) -> Receipt:
        """Put the record under its key. Sending the same envelope again changes nothing and gives the same receipt."""
        answer = self._connection.call(
            "publishing",
            "POST",
            "com.atproto.repo.putRecord",
            visible=True,
            expected=("InvalidSwap",),
            content=envelope.payload.encode(),
            headers=JSON,
        )
        if answer.get("error") == "InvalidSwap":
            return self._already_there(envelope)
        receipt = _receipt(envelope, answer)
        if receipt is None:
            raise unreadable("publishing")
        return receipt

    def _already_there(self, envelope: Envelope) -> Receipt:
        """Decide what a refusal means that says: there is something under this key."""
        try:
            answer = self.find(envelope, datetime.now(UTC))
        except PublishError as error:
            raise Ambiguous(f"publishing: something is under this key, and looking failed: {error}") from None
        match answer:
            case Found(receipt):
                # Some servers refuse even the identical record: it came with an earlier try.
                return receipt
            case Inconclusive(why):
                raise Rejected(f"publishing: {why}")
            case Absent():
                raise Ambiguous("publishing: the server says that something is under this key, and that nothing is")

    def allowances(self) -> tuple[Allowance, ...]:
        """Return nothing yet."""
        return ()

    def find(self, envelope: Envelope, since: datetime) -> Found | Absent | Inconclusive:
        """Read the record under the envelope's key from the account's own server, which is never behind."""
        step = "looking for the post"
        repo, collection, rkey = _parts(envelope.address)
        answer = self._connection.call(
            step,
            "GET",
            "com.atproto.repo.getRecord",
            expected=("RecordNotFound",),
            params={"repo": repo, "collection": collection, "rkey": rkey},
        )
        if answer.get("error") == "RecordNotFound":
            return Absent()
        receipt = _receipt(envelope, answer)
        if receipt is None:
            raise unreadable(step, visible=False)
        if answer.get("value") != json.loads(envelope.payload)["record"]:
            return Inconclusive("another record is under this post's key", receipt.url)
        return Found(receipt)

    def copies(self, envelope: Envelope, receipt: Receipt, since: datetime) -> tuple[Copy, ...] | Inconclusive:
        """Return nothing yet."""
        return Inconclusive("not built")

    def metrics(self, receipt: Receipt) -> Metrics | None:
        """Ask the public AppView; None when it cannot be asked or does not know the post (yet)."""
        try:
            answer = self._connection.ask_stranger(
                "asking for figures", f"{self.appview}/xrpc/app.bsky.feed.getPosts", {"uris": receipt.remote_id}
            )
        except PublishError:
            return None
        posts = answer.get("posts")
        if not isinstance(posts, list) or not posts or not isinstance(posts[0], dict):
            return None
        names = {"likes": "likeCount", "reposts": "repostCount", "replies": "replyCount", "quotes": "quoteCount"}
        told = {ours: posts[0].get(theirs) for ours, theirs in names.items()}
        return Metrics(**{name: value for name, value in told.items() if isinstance(value, int)})

    def close(self) -> None:
        """Let go of connections; the session stays kept for the next process."""
        self._connection.close()


def _record(message: Message, handles: Handles, at: datetime) -> dict[str, Any]:
    record: dict[str, Any] = {
        "$type": POST,
        "text": message.text,
        "createdAt": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "langs": [message.language],
    }
    if facets := _facets(message.text, handles.names):
        record["facets"] = facets
    if message.pictures:
        images = [_image(*both) for both in zip(message.pictures, handles.pictures, strict=True)]
        record["embed"] = {"$type": "app.bsky.embed.images", "images": images}
    if handles.parent is not None:
        root = handles.root or handles.parent
        record["reply"] = {"root": _reference(root), "parent": _reference(handles.parent)}
    if message.warning:
        # A warning is never dropped. `check` objects to words; should they come here, the strongest cover goes on.
        value = message.warning if message.warning in LABELS else STRONGEST
        record["labels"] = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": value}]}
    return record


def _facets(text: str, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return what is clickable, with places in UTF-8 bytes; a mention only of a name that is somebody."""
    facets = []
    for facet in bluesky_facets(text):
        match facet.kind:
            case "link":
                feature = {"$type": "app.bsky.richtext.facet#link", "uri": facet.value}
            case "tag":
                feature = {"$type": "app.bsky.richtext.facet#tag", "tag": facet.value}
            case _ if did := names.get(facet.value):
                feature = {"$type": "app.bsky.richtext.facet#mention", "did": did}
            case _:
                continue
        facets.append({"index": {"byteStart": facet.byte_start, "byteEnd": facet.byte_end}, "features": [feature]})
    return facets


def _image(picture: Picture, blob: str) -> dict[str, Any]:
    image: dict[str, Any] = {"image": json.loads(blob), "alt": picture.alt}
    if picture.width > 0 and picture.height > 0:
        image["aspectRatio"] = {"width": picture.width, "height": picture.height}
    return image


def _reference(receipt: Receipt) -> dict[str, str]:
    return {"uri": receipt.remote_id, "cid": receipt.revision}


def _parts(uri: str) -> tuple[str, str, str]:
    """Split an at:// address of a post into repository, collection and key. Raises Rejected when it is none."""
    match = re.fullmatch(r"at://([^/]+)/([^/]+)/([^/]+)", uri)
    if match is None or not is_tid(match[3]):
        raise Rejected(f"{uri} is not the address of a post")
    return match[1], match[2], match[3]


def _receipt(envelope: Envelope, answer: Mapping[str, Any]) -> Receipt | None:
    """Make the receipt from an answer with uri and cid; None when they are not there or of another key."""
    uri, cid = answer.get("uri"), answer.get("cid")
    if not isinstance(uri, str) or not isinstance(cid, str) or not cid:
        return None
    try:
        (repo, *where), (_, *wanted) = _parts(uri), _parts(envelope.address)
    except Rejected:
        return None
    if where != wanted:
        return None
    posted = datetime.fromisoformat(json.loads(envelope.payload)["record"]["createdAt"])
    return Receipt(uri, f"{PAGES}/profile/{repo}/post/{where[1]}", posted, cid)
