"""X through tweepy, with its own calls for pictures: tweepy knows no v2 upload. Only the engine publishes.

X has no idempotency key, and its timeline lags by nobody knows how much: an answer that is lost can be found in it, but
never proven absent. So nothing is ever sent again here on a guess.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from mwcampaign.core.campaign import Account
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.delivery import DeliveryKey, Envelope, Receipt
from mwcampaign.core.message import Message, Picture, canonical
from mwcampaign.core.ports import Found, Handles, Identity, Inconclusive, Metrics, Sessions
from mwcampaign.errors import CredentialRejected, PublishError, Rejected
from mwcampaign.platforms._outcome import clean, of_status, of_transport, unreadable, wait_told
from mwcampaign.platforms._tweepy import HOST, client_for, same_text

if TYPE_CHECKING:
    from requests import Response
    from tweepy import Client

PAGE = 100
PAGES = 5
FIELDS = ("post.fields", "tweet.fields")
"""X's OpenAPI description 2.167 uses the first name, its documentation and tweepy the second: both are tried."""
JSON = {"Content-Type": "application/json"}


class X:
    """One account on X. See core.ports.Platform for what each method promises."""

    secret_names: tuple[str, ...] = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
    timeout: float = 30.0
    """Seconds without a byte after which an answer counts as lost."""
    capabilities = Capabilities(
        network="x",
        text_limit=280,
        unit="weighted",
        source="docs.x.com: posts, media, rate limits; OpenAPI 2.167; twitter-text config v3",
        as_of="2026-11-21",
        pictures=4,
        picture_types=("image/jpeg", "image/png", "image/webp"),
        picture_bytes=5_000_000,
        alt_limit=1000,
        threads=True,
        lookup="recent",
        absence_after=None,
        replay_window=0,
        deletes=True,
        # The stricter of two pages that differ.
        quotas=((100, 900), (300, 3 * 3600)),
        duplicates_refused=True,
    )

    def __init__(self, account: Account, secrets: Mapping[str, str], sessions: Sessions) -> None:
        self.capabilities = type(self).capabilities.with_limits(account.limits)
        self._account = account
        self._secrets = dict(secrets)
        self._making = threading.Lock()
        self._made: tuple[Client, Any] | None = None
        self._me: dict[str, str] | None = None

    def count(self, text: str) -> int:
        """Count X's weights: an address 23, an emoji 2, most letters of Chinese, Japanese and Korean 2."""
        from mwcampaign.core.text import weighted_length

        return weighted_length(text)

    def check(self, message: Message) -> Iterator[tuple[str, str]]:
        """Yield what X refuses besides length: a second cashtag, and three characters."""
        from mwcampaign.core.entities import x_cashtags
        from mwcampaign.core.text import forbidden

        if len(x_cashtags(message.text)) > 1:
            yield "MW320", "x takes one cashtag ($NAME) in a post"
        if forbidden(message.text):
            yield "MW320", "x takes none of the characters U+FEFF, U+FFFE, U+FFFF"

    def prepare(self, message: Message, handles: Handles, key: DeliveryKey, at: datetime) -> Envelope:
        """Fix the body of POST /2/tweets; X lets nobody choose an address, so it is the delivery's key."""
        told: dict[str, Any] = {"text": message.text}
        if handles.pictures:
            told["media"] = {"media_ids": list(handles.pictures)}
        if handles.parent:
            told["reply"] = {"in_reply_to_tweet_id": handles.parent.remote_id}
        return Envelope(key, canonical(told))

    def whoami(self) -> Identity:
        """Return the account; X tells no limits of its own."""
        me = self._whoami()
        return Identity(me["username"], me["id"], f"https://x.com/{me['username']}")

    def resolve(self, message: Message) -> Mapping[str, str]:
        """Return nothing: X looks up mentions itself."""
        return {}

    def upload(self, picture: Picture, content: bytes) -> str:
        """Upload a picture, then its alt text; return its media id, good for a day."""
        step = f"upload of {picture.name}"
        files = {"media": (picture.name, content, picture.mime)}
        answer = self._call(step, "POST", "/2/media/upload", files=files, data={"media_category": "tweet_image"})
        media = _text(_data(answer, step), "id", step)
        if picture.alt:
            body = canonical({"id": media, "metadata": {"alt_text": {"text": picture.alt}}})
            self._call(f"alt text of {picture.name}", "POST", "/2/media/metadata", data=body.encode(), headers=JSON)
        return media

    def publish(self, envelope: Envelope) -> Receipt:
        """Post exactly the sealed bytes.

        A 403 for duplicate text is a refusal: this request published nothing. The engine never publishes while an
        earlier request is in doubt, so the text that X knows is another post's, and a person should look.
        """
        answer = self._call("publish", "POST", "/2/tweets", visible=True, data=envelope.payload.encode(), headers=JSON)
        post = _text(_data(answer, "publish", visible=True), "id", "publish", visible=True)
        return Receipt(post, self._address(post), _date(answer))

    def find(self, envelope: Envelope, since: datetime) -> Found | Inconclusive:
        """Look through the account's recent posts. What is not there proves nothing."""
        told = json.loads(envelope.payload)
        reply = (told.get("reply") or {}).get("in_reply_to_tweet_id")
        found: Receipt | None = None
        for post in self._recent(since):
            answered = next(
                (each["id"] for each in post.get("referenced_tweets") or () if each["type"] == "replied_to"), None
            )
            if answered == reply and same_text(told["text"], post):
                found = Receipt(
                    post["id"], self._address(post["id"]), datetime.fromisoformat(post.get("created_at", ""))
                )
        if found is not None:
            return Found(found)
        where = f"https://x.com/{self._whoami()['username']}"
        return Inconclusive("not among the account's recent posts, which may lag", where)

    def metrics(self, receipt: Receipt) -> Metrics | None:
        """Return X's public figures."""
        asked = {"ids": receipt.remote_id}
        data, _ = self._posts("figures", "/2/tweets", asked, "public_metrics")
        told = data[0].get("public_metrics", {}) if data else {}
        return Metrics(
            likes=told.get("like_count"),
            reposts=told.get("retweet_count"),
            replies=told.get("reply_count"),
            quotes=told.get("quote_count"),
            views=told.get("impression_count"),
        )

    def close(self) -> None:
        """Let go of the connections."""
        with self._making:
            if self._made is not None:
                self._made[0].session.close()
                self._made = None

    def _recent(self, since: datetime) -> Iterator[dict[str, Any]]:
        asked = {
            "max_results": str(PAGE),
            "start_time": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        for _ in range(PAGES):
            path = f"/2/users/{self._whoami()['id']}/tweets"
            posts, following = self._posts("look", path, asked, "created_at,entities,referenced_tweets")
            yield from posts
            if not following:
                return
            asked["pagination_token"] = following

    def _posts(self, step: str, path: str, asked: dict[str, str], fields: str) -> tuple[list[dict[str, Any]], str]:
        """Read posts with some fields; return them and the next page's token."""
        wanted = fields.partition(",")[0]
        for number, name in enumerate(FIELDS, 1):
            try:
                answer = self._call(step, "GET", path, params={**asked, name: fields})
            except CredentialRejected:
                raise
            except Rejected:
                if number == len(FIELDS):
                    raise
                continue
            posts = _data(answer, step, many=True)
            if all(wanted in post for post in posts):
                break
        return posts, str(_json(answer, step).get("meta", {}).get("next_token", ""))

    def _whoami(self) -> dict[str, str]:
        if self._me is None:
            data = _data(self._call("sign in", "GET", "/2/users/me"), "sign in")
            self._me = {name: _text(data, name, "sign in") for name in ("id", "username")}
        return self._me

    def _address(self, post: str) -> str:
        name = self._account.handle or (self._me or {}).get("username")
        return f"https://x.com/{name}/status/{post}" if name else f"https://x.com/i/web/status/{post}"

    def _client(self) -> tuple[Client, Any]:
        with self._making:
            if self._made is None:
                if missing := [name for name in self.secret_names if not self._secrets.get(name)]:
                    raise CredentialRejected(f"sign in: there is no {', '.join(missing)}")
                self._made = client_for(self._account.server, self._secrets, self.timeout)
            return self._made

    def _call(self, step: str, method: str, path: str, *, visible: bool = False, **more: Any) -> Response:
        """Make one signed call; whatever is no success becomes one of our errors, with nothing of the request in it."""
        client, signer = self._client()
        from requests import RequestException

        try:
            # A redirect would turn a POST into a GET of who knows what.
            answer: Response = client.session.request(method, HOST + path, auth=signer, allow_redirects=False, **more)
        except RequestException as error:
            raise of_transport(step, error, visible=visible) from None
        if answer.status_code // 100 != 2:
            raise self._refusal(step, answer, visible) from None
        return answer

    def _refusal(self, step: str, answer: Response, visible: bool) -> PublishError:
        said = clean(_said(answer), self._secrets.values())
        status = answer.status_code
        if status == 402:
            return Rejected(f"{step}: X wants to be paid first (402{': ' + said if said else ''})")
        wait = wait_told(answer.headers, datetime.now(UTC)) or timedelta(minutes=15)
        return of_status(step, status, visible=visible, said=said, wait=wait)


def _said(answer: Response) -> str:
    try:
        told = answer.json()
    except ValueError:
        return ""
    return str(told.get("detail") or told.get("title") or "") if isinstance(told, dict) else ""


def _json(answer: Response, step: str, *, visible: bool = False) -> dict[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        raise unreadable(step, visible=visible) from None
    if not isinstance(told, dict):
        raise unreadable(step, visible=visible)
    return told


def _data(answer: Response, step: str, *, visible: bool = False, many: bool = False) -> Any:
    data = _json(answer, step, visible=visible).get("data", [] if many else None)
    if not isinstance(data, list if many else dict):
        raise unreadable(step, visible=visible)
    return data


def _text(data: Mapping[str, Any], name: str, step: str, *, visible: bool = False) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise unreadable(step, visible=visible)
    return value


def _date(answer: Response) -> datetime:
    """Return when the answer was written, by X's clock, else by ours."""
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(answer.headers.get("Date", "")).astimezone(UTC)
    except ValueError:
        return datetime.now(UTC)
