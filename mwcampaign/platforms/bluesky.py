"""Bluesky: posts are records in the account's own repository, under keys that we choose.

That makes publishing exact. The key is fixed when the request is prepared and `swapRecord: null` goes with it, so
the server makes the record, or finds the very same one there and does nothing, or refuses. The registry names this
module; nobody else imports it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
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
from mwcampaign.errors import Ambiguous, CredentialRejected, PublishError, Rejected
from mwcampaign.platforms._atproto import JSON, Connection
from mwcampaign.platforms._bluesky_records import APP, LABELS, LOOK, POST, alike, parts, proof, receipt_of, record
from mwcampaign.platforms._outcome import unreadable

DEFAULT_SERVER = "https://bsky.social"
LIST, LISTS = 100, 5
"""So many records are listed at once, so many times at most."""

CAPABILITIES = Capabilities(
    network="bluesky",
    text_limit=300,
    unit="graphemes",
    heaviest=1,
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
    # 5000 points an hour and 35,000 a day, of which a new record takes three. Nothing is counted by application: the
    # 3000 requests in five minutes are those of one address.
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
    option_names: tuple[str, ...] = ()
    patience: float = 30.0
    """Seconds from a request after which an answer that is not whole counts as lost."""
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
            "record": record(message, handles, at),
            # Nothing may be there yet: another record under this key is refused, never overwritten.
            "swapRecord": None,
        }
        return Envelope(f"at://{self._handle}/{POST}/{rkey}", canonical(body))

    def whoami(self) -> Identity:
        """Ask the account's server whose session this is; its scope is what the password may do.

        Raises CredentialRejected when the account is not active.
        """
        step = "asking who we are"
        answer = self._connection.call(step, "GET", "com.atproto.server.getSession")
        did, handle = answer.get("did"), answer.get("handle")
        if not isinstance(did, str) or not isinstance(handle, str):
            raise unreadable(step, visible=False)
        if answer.get("active") is False:
            state = str(answer.get("status") or "no reason is told")[:40]
            raise CredentialRejected(f"{step}: the account is not active ({state}); look at it in the app")
        return Identity(handle, did, f"{APP}/profile/{did}", rights=self._connection.rights())

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

    def stage(self, message: Message, handles: Handles) -> str:
        """Return nothing: a post is one request."""
        return ""

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
        if (made := receipt_of(envelope, answer)) is None:
            raise unreadable("publishing")
        return made

    def _already_there(self, envelope: Envelope) -> Receipt:
        """Decide what a refusal means that says: there is something under this key."""
        try:
            answer = self.find(envelope, datetime.now(UTC))
        except PublishError as error:
            told = f"publishing: something is under this key, and looking failed: {error}"
            raise Ambiguous(told, reach=error.reach) from None
        match answer:
            case Found(receipt):
                # Some servers refuse even the identical record: it came with an earlier try.
                return receipt
            case Inconclusive(why):
                raise Rejected(f"publishing: {why}")
            case Absent():
                told = "publishing: the server says that something is under this key, and that nothing is"
                raise Ambiguous(told, reach="post")

    def allowances(self) -> tuple[Allowance, ...]:
        """Return what is left of the account's points for writing, where the server speaks of those: mostly it tells of
        the requests of one address, which are fewer."""
        return self._connection.allowances()

    def find(self, envelope: Envelope, since: datetime) -> Found | Absent | Inconclusive:
        """Read the record under the envelope's key from the account's own server, which is never behind."""
        repo, _, rkey = parts(envelope.address)
        answer = self._record(repo, rkey)
        if answer is None:
            return Absent()
        if (made := receipt_of(envelope, answer)) is None:
            raise unreadable(LOOK, visible=False)
        if answer.get("value") != json.loads(envelope.payload)["record"]:
            return Inconclusive("another record is under this post's key", made.url)
        return Found(made)

    def copies(self, envelope: Envelope, receipt: Receipt, since: datetime) -> tuple[Copy, ...] | Inconclusive:
        """Read the receipt's record, and list the account's others, from its own server, which is never behind.

        The receipt's post is the same when its record equals the sealed one; another when it reads the same.
        """
        sealed = json.loads(envelope.payload)["record"]
        repo, _, rkey = parts(envelope.address)
        mine = receipt.remote_id.rpartition("/")[2]
        found: list[Copy] = []
        if (own := self._record(repo, mine)) is not None:
            value = own.get("value")
            found.append(Copy(proof(own, since), value == sealed if mine == rkey else alike(value, sealed)))
        for each in self._records(repo, since):
            if each is None:
                return Inconclusive(f"more than {LIST * LISTS} posts since then", f"{APP}/profile/{repo}")
            other = proof(each, since)
            if not other.remote_id.endswith(f"/{mine}") and alike(each.get("value"), sealed):
                found.append(Copy(other, True))
        return tuple(found)

    def _record(self, repo: str, rkey: str) -> dict[str, Any] | None:
        """Return the record under a key with its address and revision, or None when there is none."""
        answer = self._connection.call(
            LOOK,
            "GET",
            "com.atproto.repo.getRecord",
            expected=("RecordNotFound",),
            params={"repo": repo, "collection": POST, "rkey": rkey},
        )
        return None if answer.get("error") == "RecordNotFound" else answer

    def _records(self, repo: str, since: datetime) -> Iterator[dict[str, Any] | None]:
        """Yield the account's records whose keys are of since then, newest first; None at the end when there are too
        many to read."""
        asked = {"repo": repo, "collection": POST, "limit": str(LIST)}
        oldest = tid(since, 0)
        for _ in range(LISTS):
            answer = self._connection.call(LOOK, "GET", "com.atproto.repo.listRecords", params=asked)
            records = answer.get("records")
            if not isinstance(records, list) or not all(isinstance(each, dict) for each in records):
                raise unreadable(LOOK, visible=False)
            for each in records:
                key = str(each.get("uri")).rpartition("/")[2]
                if is_tid(key) and key < oldest:
                    return
                # A key that tells no time was chosen by somebody else's program: its record's own time counts.
                if is_tid(key) or proof(each, since).posted_at >= since:
                    yield each
            if not records or not isinstance(cursor := answer.get("cursor"), str):
                return
            asked["cursor"] = cursor
        yield None

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
