"""X through tweepy, with its own calls for pictures: tweepy knows no v2 upload. Only the engine publishes.

X has no idempotency key, and its timeline lags by nobody knows how much: an answer that is lost can be found in it, but
never proven absent. So nothing is ever sent again here on a guess.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from mwcampaign.core.campaign import Account
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.delivery import DeliveryKey, Envelope, Receipt
from mwcampaign.core.message import Message, Picture, canonical
from mwcampaign.core.ports import Allowance, Copy, Found, Handles, Identity, Inconclusive, Metrics, Sessions
from mwcampaign.errors import CredentialRejected
from mwcampaign.platforms._outcome import LastTold, clean, of_transport
from mwcampaign.platforms._tweepy import Caller
from mwcampaign.platforms._x_answers import Answer, data, refusal, text
from mwcampaign.platforms._x_posts import FIGURES, PAGE, PAGES, Posts, figure, moment, same, versions

JSON = {"Content-Type": "application/json"}
ONLY_READ = "these keys may only read; set the app to Read and write, then make its access token anew, and log in"


class X:
    """One account on X. See core.ports.Platform for what each method promises."""

    secret_names: tuple[str, ...] = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
    option_names: tuple[str, ...] = ()
    timeout: float = 28.0
    """Seconds from a request after which an answer that is not whole counts as lost; a whole call takes less than twice
    that, which is below the engine's deadline of a minute."""
    capabilities = Capabilities(
        network="x",
        text_limit=280,
        unit="weighted",
        heaviest=2,
        link_counts=23,
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
        shared_quotas=((10_000, 86_400),),
        duplicates_refused=True,
    )

    def __init__(self, account: Account, secrets: Mapping[str, str], sessions: Sessions) -> None:
        self.capabilities = type(self).capabilities.with_limits(account.limits)
        self._account = account
        self._secrets = dict(secrets)
        self._making = threading.Lock()
        self._made: Caller | None = None
        self._me: dict[str, str] | None = None
        self._posts = Posts(self._call)
        self._last = LastTold()

    def count(self, text: str) -> int:
        """Count X's weights: an address 23, an emoji 2, most letters of Chinese, Japanese and Korean 2."""
        from mwcampaign.core.text import weighted_length

        return weighted_length(text)

    def check(self, message: Message) -> Iterator[tuple[str, str]]:
        """Yield what X refuses besides length: a second cashtag, and three characters."""
        if message.text.count("$") > 1:
            from mwcampaign.core.entities import x_cashtags

            if len(x_cashtags(message.text)) > 1:
                yield "MW320", "x takes one cashtag ($NAME) in a post"
        if not message.text.isascii():
            from mwcampaign.core.text import forbidden

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
        """Return the account, and what its keys may do where X tells that; X tells no limits of its own.

        Raises CredentialRejected when the keys may only read.
        """
        me = self._whoami()
        if (level := me["level"]) == "read":
            raise CredentialRejected(f"sign in: {ONLY_READ}")
        return Identity(me["username"], me["id"], self._profile(), rights=(level,) if level else ())

    def resolve(self, message: Message) -> Mapping[str, str]:
        """Return nothing: X looks up mentions itself."""
        return {}

    def upload(self, picture: Picture, content: bytes) -> str:
        """Upload a picture, then its alt text; return its media id, good for a day."""
        step = f"upload of {picture.name}"
        files = {"media": (picture.name, content, picture.mime)}
        answer = self._call(step, "POST", "/2/media/upload", files=files, data={"media_category": "tweet_image"})
        media = text(data(answer, step), "id", step)
        if picture.alt:
            body = canonical({"id": media, "metadata": {"alt_text": {"text": picture.alt}}})
            self._call(f"alt text of {picture.name}", "POST", "/2/media/metadata", data=body.encode(), headers=JSON)
        return media

    def stage(self, message: Message, handles: Handles) -> str:
        """Return nothing: a post is one request."""
        return ""

    def publish(self, envelope: Envelope) -> Receipt:
        """Post exactly the sealed bytes.

        A 403 for duplicate text is a refusal: this request published nothing. The engine never publishes while an
        earlier request is in doubt, so the text that X knows is another post's, and a person should look.
        """
        self._last.allowances = ()
        answer = self._call("publish", "POST", "/2/tweets", visible=True, data=envelope.payload.encode(), headers=JSON)
        post = text(data(answer, "publish", visible=True), "id", "publish", visible=True)
        return Receipt(post, self._address(post), answer.date)

    def allowances(self) -> tuple[Allowance, ...]:
        """Return X's limits of the account for a quarter of an hour and for a day, and the application's for a day."""
        return self._last.allowances

    def find(self, envelope: Envelope, since: datetime) -> Found | Inconclusive:
        """Look through the account's recent posts. What is not there proves nothing."""
        told = json.loads(envelope.payload)
        found: Receipt | None = None
        for post in self._posts.since(self._whoami()["id"], since):
            if post is not None and same(post, told):
                # The oldest that fits: newer ones would be somebody's repetition.
                found = self._receipt(post)
        if found is not None:
            return Found(found)
        return Inconclusive("not among the account's recent posts, which may lag", self._profile())

    def copies(self, envelope: Envelope, receipt: Receipt, since: datetime) -> tuple[Copy, ...] | Inconclusive:
        """Ask for the receipt's own post by its id, which is exact, and look for others among the recent posts, which
        may lag: a repetition of just now may not be there yet."""
        told, me = json.loads(envelope.payload), self._whoami()["id"]
        found: list[Copy] = []
        mine = {receipt.remote_id}
        if (post := self._newest(receipt.remote_id)) is not None:
            mine.update(versions(post))
            found.append(Copy(self._receipt(post), same(post, told)))
        for other in self._posts.since(me, since):
            if other is None:
                return Inconclusive(f"more than {PAGE * PAGES} posts since then", self._profile())
            if mine.isdisjoint(versions(other)) and same(other, told):
                found.append(Copy(self._receipt(other), True))
        return tuple(found)

    def metrics(self, receipt: Receipt) -> Metrics | None:
        """Return X's public figures."""
        post = self._posts.by_id("figures", receipt.remote_id, FIGURES, "public_metrics")
        if post is None:
            return Metrics()
        return Metrics(
            likes=figure(post, "like_count"),
            reposts=figure(post, "repost_count", "retweet_count"),
            replies=figure(post, "reply_count"),
            quotes=figure(post, "quote_count"),
            views=figure(post, "impression_count"),
        )

    def close(self) -> None:
        """Let go of the connections."""
        with self._making:
            if self._made is not None:
                self._made.close()
                self._made = None

    def _newest(self, remote_id: str) -> dict[str, Any] | None:
        """Return the newest version of a post, or None when it is not there."""
        post = self._posts.by_id("look", remote_id)
        newest = versions(post)[-1] if post is not None else remote_id
        return post if newest == remote_id else self._posts.by_id("look", newest)

    def _whoami(self) -> dict[str, str]:
        if self._me is None:
            answer = self._call("sign in", "GET", "/2/users/me")
            told = data(answer, "sign in")
            # Of the old interface's answers; whether the new one sends it always is not told.
            level = str(answer.headers.get("x-access-level") or "")
            self._me = {"level": level} | {name: text(told, name, "sign in") for name in ("id", "username")}
        return self._me

    def _profile(self) -> str:
        return f"https://x.com/{self._whoami()['username']}"

    def _address(self, post: str) -> str:
        name = self._account.handle or (self._me or {}).get("username")
        return f"https://x.com/{name}/status/{post}" if name else f"https://x.com/i/web/status/{post}"

    def _receipt(self, post: Mapping[str, Any]) -> Receipt:
        remote_id = text(post, "id", "look")
        return Receipt(remote_id, self._address(remote_id), moment(post))

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
        now = datetime.now(UTC)
        if visible:
            self._last.allowances = answer.allowances(now)
        if answer.status // 100 != 2:
            _, words = answer.problem
            raise refusal(step, answer, clean(words, self._secrets.values()), now, visible=visible)
        return answer
