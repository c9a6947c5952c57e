"""X through tweepy, with its own calls for pictures: tweepy knows no v2 upload. Only the engine publishes.

X has no idempotency key, and its timeline lags by nobody knows how much: an answer that is lost can be found in it, but
never proven absent. So nothing is ever sent again here on a guess.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from mwcampaign.core.campaign import Account
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.delivery import DeliveryKey, Envelope, Receipt
from mwcampaign.core.message import Message, Picture, canonical
from mwcampaign.core.ports import Allowance, Copy, Found, Handles, Identity, Inconclusive, Metrics, Sessions
from mwcampaign.errors import CredentialRejected, PublishError, Rejected
from mwcampaign.platforms._outcome import clean, of_status, of_transport, unreadable, wait_told
from mwcampaign.platforms._tweepy import Answer, Caller
from mwcampaign.platforms._x_posts import FIGURES, LOOK, figure, replied_to, same_text

PAGE = 100
PAGES = 5
JSON = {"Content-Type": "application/json"}


class X:
    """One account on X. See core.ports.Platform for what each method promises."""

    secret_names: tuple[str, ...] = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
    timeout: float = 28.0
    """Seconds without a byte after which an answer counts as lost; a whole call takes less than twice that, which is
    below the engine's deadline of a minute."""
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
        self._made: Caller | None = None
        self._me: dict[str, str] | None = None
        self._vocabulary = 0
        """Which of X's two vocabularies was understood last: an index into LOOK and FIGURES."""

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

    def allowances(self) -> tuple[Allowance, ...]:
        """Return nothing yet."""
        return ()

    def find(self, envelope: Envelope, since: datetime) -> Found | Inconclusive:
        """Look through the account's recent posts. What is not there proves nothing."""
        told = json.loads(envelope.payload)
        reply = (told.get("reply") or {}).get("in_reply_to_tweet_id")
        found: Receipt | None = None
        for post in self._recent(since):
            if replied_to(post) == reply and same_text(told["text"], post):
                # The oldest that fits: newer ones would be somebody's repetition.
                found = Receipt(_text(post, "id", "look"), self._address(post["id"]), _moment(post))
        if found is not None:
            return Found(found)
        where = f"https://x.com/{self._whoami()['username']}"
        return Inconclusive("not among the account's recent posts, which may lag", where)

    def copies(self, envelope: Envelope, receipt: Receipt, since: datetime) -> tuple[Copy, ...] | Inconclusive:
        """Return nothing yet."""
        return Inconclusive("not built")

    def metrics(self, receipt: Receipt) -> Metrics | None:
        """Return X's public figures."""
        posts, _ = self._posts("figures", "/2/tweets", {"ids": receipt.remote_id}, FIGURES, "public_metrics")
        if not posts:
            return Metrics()
        return Metrics(
            likes=figure(posts[0], "like_count"),
            reposts=figure(posts[0], "repost_count", "retweet_count"),
            replies=figure(posts[0], "reply_count"),
            quotes=figure(posts[0], "quote_count"),
            views=figure(posts[0], "impression_count"),
        )

    def close(self) -> None:
        """Let go of the connections."""
        with self._making:
            if self._made is not None:
                self._made.close()
                self._made = None

    def _recent(self, since: datetime) -> Iterator[dict[str, Any]]:
        asked = {
            "max_results": str(PAGE),
            "start_time": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        for _ in range(PAGES):
            path = f"/2/users/{self._whoami()['id']}/tweets"
            posts, following = self._posts("look", path, asked, LOOK, "created_at")
            yield from posts
            if not following:
                return
            asked["pagination_token"] = following

    def _posts(
        self, step: str, path: str, asked: Mapping[str, str], ways: Sequence[Mapping[str, str]], wanted: str
    ) -> tuple[list[dict[str, Any]], str]:
        """Read posts that have the field `wanted`, in either vocabulary; return them and the next page's token."""
        refusal: Rejected | None = None
        for way in (self._vocabulary, 1 - self._vocabulary):
            try:
                answer = self._call(step, "GET", path, params={**asked, **ways[way]})
            except CredentialRejected:
                raise
            except Rejected as error:
                refusal = refusal or error
                continue
            posts = _data(answer, step, many=True)
            if all(isinstance(post, dict) and wanted in post for post in posts):
                self._vocabulary = way
                return posts, str((_json(answer, step).get("meta") or {}).get("next_token") or "")
        raise refusal or unreadable(step, visible=False)

    def _whoami(self) -> dict[str, str]:
        if self._me is None:
            data = _data(self._call("sign in", "GET", "/2/users/me"), "sign in")
            self._me = {name: _text(data, name, "sign in") for name in ("id", "username")}
        return self._me

    def _address(self, post: str) -> str:
        name = self._account.handle or (self._me or {}).get("username")
        return f"https://x.com/{name}/status/{post}" if name else f"https://x.com/i/web/status/{post}"

    def _caller(self) -> Caller:
        with self._making:
            if self._made is None:
                if missing := [name for name in self.secret_names if not self._secrets.get(name)]:
                    raise CredentialRejected(f"sign in: there is no {', '.join(missing)}")
                self._made = Caller(self._account.server, self._secrets, self.timeout)
            return self._made

    def _call(self, step: str, method: str, path: str, *, visible: bool = False, **more: Any) -> Answer:
        """Make one signed call; whatever is no success becomes one of our errors, with nothing of the request in it."""
        caller = self._caller()
        from urllib3.exceptions import HTTPError

        try:
            answer = caller.call(method, path, **more)
        except (OSError, HTTPError) as error:
            raise of_transport(step, error, visible=visible) from None
        if answer.status // 100 != 2:
            raise self._refusal(step, answer, visible)
        return answer

    def _refusal(self, step: str, answer: Answer, visible: bool) -> PublishError:
        said = clean(_said(answer), self._secrets.values())
        if answer.status == 402:
            return Rejected(f"{step}: X wants to be paid first (402{': ' + said if said else ''})")
        wait = wait_told(answer.headers, datetime.now(UTC)) or timedelta(minutes=15)
        return of_status(step, answer.status, visible=visible, said=said, wait=wait)


def _said(answer: Answer) -> str:
    try:
        told = answer.data
    except ValueError:
        return ""
    return str(told.get("detail") or told.get("title") or "")


def _json(answer: Answer, step: str, *, visible: bool = False) -> dict[str, Any]:
    try:
        return answer.data
    except ValueError:
        raise unreadable(step, visible=visible) from None


def _data(answer: Answer, step: str, *, visible: bool = False, many: bool = False) -> Any:
    data = _json(answer, step, visible=visible).get("data", [] if many else None)
    if not isinstance(data, list if many else dict):
        raise unreadable(step, visible=visible)
    return data


def _text(data: Mapping[str, Any], name: str, step: str, *, visible: bool = False) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise unreadable(step, visible=visible)
    return value


def _moment(post: Mapping[str, Any]) -> datetime:
    try:
        return datetime.fromisoformat(str(post.get("created_at"))).astimezone(UTC)
    except ValueError:
        raise unreadable("look", visible=False) from None


def _date(answer: Answer) -> datetime:
    """Return when the answer was written, by X's clock, else by ours."""
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(answer.headers.get("Date", "")).astimezone(UTC)
    except ValueError:
        return datetime.now(UTC)
