"""Webhooks: a signed request to a receiver of the museum's own, by Standard Webhooks 1.0.0. Only the engine publishes.

What the receiver makes of it is its own matter: a web page, a message, a row in a table. The delivery's key is the
webhook-id, so a receiver that remembers ids recognises a repetition. It cannot be asked what it has done.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

from mwcampaign.core.campaign import Account
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.delivery import DeliveryKey, Envelope, Receipt
from mwcampaign.core.message import Message, Picture, canonical
from mwcampaign.core.ports import Allowance, Copy, Handles, Identity, Inconclusive, Metrics, Sessions
from mwcampaign.errors import CredentialRejected, Deferred, PublishError, Rejected
from mwcampaign.platforms._http import Answer, Http
from mwcampaign.platforms._outcome import of_status, unreadable

TYPE = "mwcampaign.post"
KEY_BYTES = range(24, 65)
LONGEST_MEMORY = 86_400
CANNOT_LOOK = "a webhook's receiver cannot be asked: a person has to look"


class Webhook:
    """One receiver. See core.ports.Platform for what each method promises."""

    secret_names: tuple[str, ...] = ("path", "signing_secret")
    option_names: tuple[str, ...] = ("replay_window", "plain_http")
    timeout: float = 28.0
    """Seconds from a request after which an answer that is not whole counts as lost; a whole call takes less than twice
    that."""
    capabilities = Capabilities(
        network="webhook",
        text_limit=10_000,
        unit="characters",
        heaviest=1,
        source="Standard Webhooks 1.0.0 sets no limits: these are our own, and a campaign may state its receiver's",
        as_of="2026-11-21",
        live_tags=False,
        pictures=4,
        picture_types=("image/jpeg", "image/png", "image/gif", "image/webp"),
        picture_bytes=2_000_000,
        threads=True,
        languages=True,
        warnings="text",
    )

    def __init__(self, account: Account, secrets: Mapping[str, str], sessions: Sessions) -> None:
        told = account.options.get("replay_window", "0")
        self._memory = int(told) if re.fullmatch("[0-9]{1,5}", told) and int(told) <= LONGEST_MEMORY else None
        limits = {**account.limits, "replay_window": self._memory or 0}
        self.capabilities = type(self).capabilities.with_limits(limits)
        self._account = account
        self._plain_http = account.options.get("plain_http", "no")
        self._secrets = dict(secrets)
        # Nothing that a receiver says is repeated, so there is nothing to cut out.
        self._http = Http(account.server, (), self.timeout, self._judge)

    def count(self, text: str) -> int:
        """Count characters."""
        return len(text)

    def check(self, message: Message) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with the account."""
        if fault := self._fault():
            yield "MW320", f"webhook: {fault}"
        if self._memory is None:
            yield "MW320", f"webhook's option replay_window counts seconds, up to {LONGEST_MEMORY}"

    def prepare(self, message: Message, handles: Handles, key: DeliveryKey, at: datetime) -> Envelope:
        """Fix the body, pictures and all; the delivery's key is the webhook-id."""
        pictures = [
            {
                "alt": each.alt,
                "content": content,
                "height": each.height,
                "mime": each.mime,
                "name": each.name,
                "sha256": each.digest,
                "width": each.width,
            }
            for each, content in zip(message.pictures, handles.pictures, strict=True)
        ]
        told = {
            "account": self._account.id,
            "due": _instant(handles.due) if handles.due else None,
            "key": key,
            "language": message.language,
            "pictures": pictures,
            "reply_to": handles.parent.remote_id if handles.parent else None,
            "text": message.text,
            "warning": message.warning,
        }
        return Envelope(key, canonical({"type": TYPE, "timestamp": _instant(at), "data": told}))

    def whoami(self) -> Identity:
        """Return what the account says of itself, once its keys can be used: a receiver has no request that only asks.

        Opens no connection, so it proves nothing of the receiver.
        """
        self._ready("sign in")
        host = urlsplit(self._account.server).netloc
        return Identity(self._account.handle or host, host, self._home())

    def resolve(self, message: Message) -> Mapping[str, str]:
        """Return nothing: names are the receiver's matter."""
        return {}

    def upload(self, picture: Picture, content: bytes) -> str:
        """Return the picture in base64, as it goes with the post. Opens no connection."""
        return base64.b64encode(content).decode()

    def stage(self, message: Message, handles: Handles) -> str:
        """Return nothing: a post is one request."""
        return ""

    def publish(self, envelope: Envelope) -> Receipt:
        """Send exactly the sealed bytes, signed now: webhook-timestamp is that of this try."""
        step, body = "publish", envelope.payload.encode()
        keys = self._ready(_named(step))
        now = str(int(datetime.now(UTC).timestamp()))
        signed = f"{envelope.address}.{now}.".encode() + body
        signatures = (base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in keys)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": envelope.address,
            "webhook-timestamp": now,
            "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
            "Idempotency-Key": envelope.address,
        }
        answer = self._http.call(
            _named(step), "POST", self._secrets["path"], visible=True, headers=headers, content=body
        )
        told = answer.data if isinstance(answer.data, dict) else {}
        remote_id, url = told.get("id"), told.get("url")
        return Receipt(
            str(remote_id) if type(remote_id) in {str, int} and str(remote_id).strip() else envelope.address,
            url if isinstance(url, str) and re.fullmatch(r"https?://[^\s/]\S*", url) else self._home(),
            datetime.now(UTC),
        )

    def allowances(self) -> tuple[Allowance, ...]:
        """Return nothing: the specification has no word for what is left."""
        return ()

    def find(self, envelope: Envelope, since: datetime) -> Inconclusive:
        """Say that nobody but a person can look."""
        return Inconclusive(CANNOT_LOOK, f"{self._home()} for {envelope.address}")

    def copies(self, envelope: Envelope, receipt: Receipt, since: datetime) -> Inconclusive | tuple[Copy, ...]:
        """Say that nobody but a person can look."""
        return Inconclusive(CANNOT_LOOK, receipt.url)

    def metrics(self, receipt: Receipt) -> Metrics | None:
        """Return None: a receiver tells no figures."""
        return None

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def _home(self) -> str:
        """Return the receiver's address without the path, which may be a secret."""
        return f"{self._account.server.rstrip('/')}/"

    def _fault(self) -> str:
        """Return what keeps anything from being sent there, "" for nothing."""
        if not self._account.server:
            return "the account needs a server, such as https://hooks.example.org"
        if self._plain_http not in {"yes", "no"}:
            return "the option plain_http is yes or no"
        if self._account.server.startswith("http:") and self._plain_http != "yes":
            return "the server's address is not https; with the option plain_http: 'yes' everybody on the way may read"
        return ""

    def _ready(self, step: str) -> list[bytes]:
        """Return the keys to sign with, the newest first, or refuse."""
        if fault := self._fault():
            raise Rejected(f"{step}: {fault}", reach="account")
        if missing := [name for name in self.secret_names if not self._secrets.get(name)]:
            raise CredentialRejected(f"{step}: there is no {', '.join(missing)}")
        if not re.fullmatch(r"/(?!.*://)[^\s#?]*", self._secrets["path"]):
            # A secret in the query string would stand in the logs of every server on the way.
            raise CredentialRejected(f"{step}: the path starts with / and has neither spaces nor ? nor #")
        return [_key(step, each) for each in self._secrets["signing_secret"].split()]

    def _judge(self, step: str, answer: Answer, visible: bool) -> PublishError | None:
        if 200 <= answer.status < 300:
            # By the specification any 2xx is a yes. But a page of HTML is a portal's or an error's, and what calls
            # itself JSON and is none was cut short or damaged.
            kind = answer.headers.get("content-type", "").lower()
            empty = answer.status == 204 or answer.headers.get("content-length") == "0"
            damaged = "html" in kind or ("json" in kind and answer.data is None and not empty)
            return unreadable(step, visible=visible) if damaged else None
        if answer.status == 425:
            return Deferred(f"{step}: the server answered 425", answer.wait(), reach="account")
        if answer.status == 410:
            return Rejected(f"{step}: the server answered 410: the receiver has closed for good", reach="account")
        refused_all = answer.status in {403, 404, 405}
        return of_status(step, answer.status, visible=visible, wait=answer.wait(),
                         refused="account" if refused_all else "post")  # fmt: skip


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _named(step: str) -> str:
    return f"{step} (Standard Webhooks 1.0.0)"


def _key(step: str, told: str) -> bytes:
    """Read a signing secret: whsec_ and 24 to 64 bytes in base64."""
    try:
        key = base64.b64decode(told.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not told.startswith("whsec_") or len(key) not in KEY_BYTES:
        raise CredentialRejected(f"{step}: the signing_secret is whsec_ and 24 to 64 bytes in base64") from None
    return key
