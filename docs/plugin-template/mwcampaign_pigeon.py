"""Pigeon Post for mwcampaign: one account on a network that is only pretended. mwcampaign finds it by its entry point.

Posts are put under keys that we choose, and can be read back by them: nothing is ever posted twice, and a look-up
proves what is there and what is not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from mwcampaign.core.campaign import Account
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.delivery import DeliveryKey, Envelope, Receipt
from mwcampaign.core.message import Message, Picture, canonical
from mwcampaign.core.ports import Absent, Allowance, Copy, Found, Handles, Identity, Inconclusive, Metrics, Sessions
from mwcampaign.errors import CredentialRejected, PublishError
from mwcampaign.platforms._http import Answer, Http
from mwcampaign.platforms._outcome import LastTold, allowed, unreadable

SERVER = "https://pigeon.example"
LOOK = "look"


class Pigeon:
    """One account. See mwcampaign.core.ports.Platform for what each method promises."""

    secret_names: tuple[str, ...] = ("token",)
    option_names: tuple[str, ...] = ()
    timeout: float = 28.0
    """Seconds from a request after which an answer that is not whole counts as lost."""
    capabilities = Capabilities(
        network="pigeon",
        text_limit=140,
        unit="characters",
        source="the handbook of Pigeon Post, in this package's README",
        as_of="2026-11-21",
        pictures=2,
        picture_types=("image/png", "image/jpeg"),
        alt_limit=500,
        threads=True,
        languages=True,
        lookup="exact",
        # Twice as long as we wait for an answer: a request that has not arrived by then never will.
        absence_after=60,
        replay_window=3600,
        edits=True,
        deletes=True,
    )

    def __init__(self, account: Account, secrets: Mapping[str, str], sessions: Sessions) -> None:
        self.capabilities = type(self).capabilities.with_limits(account.limits)
        self._token = secrets.get("token", "")
        self._http = Http(account.server or SERVER, (self._token,), self.timeout, self._judge)
        self._last = LastTold()

    def count(self, text: str) -> int:
        """Count characters."""
        return len(text)

    def check(self, message: Message) -> Iterable[tuple[str, str]]:
        """Yield nothing: capabilities say it all."""
        return ()

    def prepare(self, message: Message, handles: Handles, key: DeliveryKey, at: datetime) -> Envelope:
        """Fix the request; its key is the address."""
        told = {
            "text": message.text,
            "language": message.language,
            "pictures": list(handles.pictures),
            "reply_to": handles.parent.remote_id if handles.parent else None,
        }
        return Envelope(key, canonical(told))

    def whoami(self) -> Identity:
        """Ask whose token it is."""
        me = self._told("sign in", "GET", "/me")
        return Identity(_text(me, "name", "sign in"), _text(me, "id", "sign in"), _text(me, "url", "sign in"))

    def resolve(self, message: Message) -> Mapping[str, str]:
        """Return nothing: there are no mentions."""
        return {}

    def upload(self, picture: Picture, content: bytes) -> str:
        """Upload a picture with its alt text; return its id."""
        step = f"upload of {picture.name}"
        return _text(self._told(step, "POST", "/pictures", params={"alt": picture.alt}, content=content), "id", step)

    def stage(self, message: Message, handles: Handles) -> str:
        """Return nothing: a post is one request."""
        return ""

    def publish(self, envelope: Envelope) -> Receipt:
        """Put exactly the sealed bytes under the post's key."""
        # What the last answer said is over, whatever comes of this one.
        self._last.allowances = ()
        body = envelope.payload.encode()
        post = self._told("publish", "PUT", f"/posts/{envelope.address}", visible=True, content=body)
        return _receipt(post, visible=True)

    def allowances(self) -> tuple[Allowance, ...]:
        """Return what is left of the account's posts."""
        return self._last.allowances

    def find(self, envelope: Envelope, since: datetime) -> Found | Absent | Inconclusive:
        """Ask for the post by its key."""
        answer = self._call(LOOK, "GET", f"/posts/{envelope.address}")
        if answer.status == 404:
            return Absent()
        post = _object(answer, LOOK)
        if _alike(post, json.loads(envelope.payload)):
            return Found(_receipt(post))
        return Inconclusive("another post is under this key", str(post.get("url") or ""))

    def copies(self, envelope: Envelope, receipt: Receipt, since: datetime) -> tuple[Copy, ...] | Inconclusive:
        """Read all posts of the account: the list is whole."""
        told, found = json.loads(envelope.payload), []
        listed = self._told("audit", "GET", "/posts").get("posts")
        if not isinstance(listed, list):
            raise unreadable("audit", visible=False)
        for post in listed:
            made, same = _receipt(post), _alike(post, told)
            if made.remote_id == receipt.remote_id or (same and made.posted_at >= since):
                found.append(Copy(made, same))
        return tuple(found)

    def metrics(self, receipt: Receipt) -> Metrics | None:
        """Return None: pigeons do not count."""
        return None

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()

    def _call(self, step: str, verb: str, path: str, *, visible: bool = False, **more: Any) -> Answer:
        if not self._token:
            raise CredentialRejected("sign in: there is no token")
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        return self._http.call(step, verb, path, visible=visible, headers=headers, **more)

    def _told(self, step: str, verb: str, path: str, *, visible: bool = False, **more: Any) -> dict[str, Any]:
        return _object(self._call(step, verb, path, visible=visible, **more), step, visible=visible)

    def _judge(self, step: str, answer: Answer, visible: bool) -> PublishError | None:
        if visible:
            left = allowed(answer.headers, "x-ratelimit", datetime.now(UTC))
            self._last.allowances = (left,) if left else ()
        if step == LOOK and answer.status == 404:
            return None
        return self._http.by_status(step, answer, visible)


def _object(answer: Answer, step: str, *, visible: bool = False) -> dict[str, Any]:
    if not isinstance(answer.data, dict):
        raise unreadable(step, visible=visible)
    return answer.data


def _text(told: Mapping[str, Any], name: str, step: str, *, visible: bool = False) -> str:
    if not isinstance(value := told.get(name), str) or not value:
        raise unreadable(step, visible=visible)
    return value


def _receipt(post: Mapping[str, Any], *, visible: bool = False) -> Receipt:
    try:
        at = datetime.fromisoformat(_text(post, "at", LOOK, visible=visible)).astimezone(UTC)
    except ValueError:
        raise unreadable(LOOK, visible=visible) from None
    return Receipt(_text(post, "id", LOOK, visible=visible), _text(post, "url", LOOK, visible=visible), at)


def _alike(post: Mapping[str, Any], told: Mapping[str, Any]) -> bool:
    return all(post.get(name) == told[name] for name in ("text", "pictures", "reply_to"))
