"""Weibo, through its interface for sharing: experimental, and narrow. Only the engine publishes.

A text has to hold an address of the application's own domain and no topic (#word#), and takes one picture, which goes
in the same request. There is no key against doubles, and the list of own posts may be cut: a post that is not found
proves nothing, and goes to a person. Texts with topics are for the network `manual`.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from mwcampaign.core.campaign import Account
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.delivery import DeliveryKey, Envelope, Receipt
from mwcampaign.core.message import Message, Picture, canonical
from mwcampaign.core.ports import Allowance, Copy, Found, Handles, Identity, Inconclusive, Metrics, Sessions
from mwcampaign.errors import CredentialRejected, Deferred, PublishError, Rejected
from mwcampaign.platforms import _weibo_posts as posts
from mwcampaign.platforms._http import Answer, Http
from mwcampaign.platforms._outcome import LastTold, unreadable

SERVER = "https://api.weibo.com"
SITE = "https://weibo.com"
PAGE = 100
PAGES = 3
KEPT = 4
"""So many pictures at most wait in memory for their post."""


class Weibo:
    """One account on Weibo. See core.ports.Platform for what each method promises."""

    secret_names: tuple[str, ...] = ("access_token",)
    option_names: tuple[str, ...] = ("domain", "ip")
    timeout: float = 28.0
    """Seconds from a request after which an answer that is not whole counts as lost; a whole call takes less than twice
    that."""
    capabilities = Capabilities(
        network="weibo",
        text_limit=140,
        unit="weighted",
        heaviest=1,
        source="open.weibo.com: 2/statuses/share, Error_code; counting as usual counters do, the server's is not told",
        as_of="2026-11-21",
        pictures=1,
        picture_types=("image/jpeg", "image/png", "image/gif"),
        picture_bytes=5_000_000,
        alt_texts=False,
        # By this interface: what stands between two hashes is refused.
        live_tags=False,
        lookup="recent",
        absence_after=None,
        replay_window=0,
        deletes=True,
        duplicates_refused=True,
    )

    def __init__(self, account: Account, secrets: Mapping[str, str], sessions: Sessions) -> None:
        self.capabilities = type(self).capabilities.with_limits(account.limits)
        self._account = account
        self._token = secrets.get("access_token", "")
        self._domain = account.options.get("domain", "").lower().removeprefix("www.")
        self._http = Http(account.server or SERVER, (self._token,), self.timeout, self._judge)
        self._lock = threading.Lock()
        self._pictures: OrderedDict[str, tuple[str, bytes, str]] = OrderedDict()
        self._uid = ""
        self._last = LastTold()

    def count(self, text: str) -> int:
        """Count full-width characters 1 and half-width ones a half, addresses in full."""
        from mwcampaign.core.text import weibo_length

        return weibo_length(text)

    def check(self, message: Message) -> Iterator[tuple[str, str]]:
        """Yield what the interface for sharing refuses besides length."""
        for name, what in (("domain", "the application's own domain"), ("ip", "the internet address posts come from")):
            if not self._account.options.get(name):
                yield "MW320", f"the account {self._account.id} does not state its option {name}: {what}"
        if self._domain and not any(self._is_own(host) for host in posts.links(message.text)):
            yield "MW320", f"weibo takes no text without an address on {self._domain}"
        if topic := posts.TOPIC.search(message.text):
            told = f"weibo takes no topic by this interface, and {topic[0]} is one"
            yield "MW320", f"{told}: leave out the second #, or hand the post over with the network manual"

    def prepare(self, message: Message, handles: Handles, key: DeliveryKey, at: datetime) -> Envelope:
        """Fix the request's text and its picture, which is told by its digest; Weibo lets nobody choose an address."""
        picture = handles.pictures[0] if handles.pictures else None
        return Envelope(key, canonical({"status": message.text, "picture": picture}))

    def whoami(self) -> Identity:
        """Return the account's number, for no name is told, with the token's rights and its end. How many calls are
        left, of which a post is one, allowances tells then."""
        form = {"access_token": self._signed()}
        told = posts.token(self._http.call("sign in", "POST", "/oauth2/get_token_info", data=form))
        uid = self._uid = told.uid or self._whoami()
        try:
            self._last.allowances = posts.left(self._ask("asking what is left", "/2/account/rate_limit_status.json"))
        except PublishError:
            self._last.allowances = ()
        handle = self._account.handle or uid
        return Identity(handle, uid, f"{SITE}/u/{uid}", rights=told.rights, expires=told.expires)

    def resolve(self, message: Message) -> Mapping[str, str]:
        """Return nothing: Weibo looks up mentions itself."""
        return {}

    def upload(self, picture: Picture, content: bytes) -> str:
        """Keep the picture at hand, and return its digest: Weibo takes it with the post alone, and no alt text."""
        with self._lock:
            self._pictures[picture.digest] = (picture.name, content, picture.mime)
            self._pictures.move_to_end(picture.digest)
            while len(self._pictures) > KEPT:
                self._pictures.popitem(last=False)
        return picture.digest

    def stage(self, message: Message, handles: Handles) -> str:
        """Return nothing: a post is one request."""
        return ""

    def publish(self, envelope: Envelope) -> Receipt:
        """Share the sealed text with its picture. Defers when the picture is no longer at hand: the next try has it."""
        self._last.allowances = ()
        told = json.loads(envelope.payload)
        body: dict[str, Any] = {"data": {"access_token": self._signed(), "status": told["status"]}}
        if ip := self._account.options.get("ip"):
            body["data"]["rip"] = ip
        if told["picture"]:
            with self._lock:
                picture = self._pictures.pop(told["picture"], None)
            if picture is None:
                raise Deferred("publish: the picture is not at hand any more; nothing was sent")
            body["files"] = {"pic": picture}
        answer = self._http.call("publish", "POST", "/2/statuses/share.json", visible=True, **body)
        try:
            return self._receipt(answer.data)
        except PublishError:
            raise unreadable("publish") from None

    def allowances(self) -> tuple[Allowance, ...]:
        """Return what whoami was told in this thread; a post's answer tells nothing of what is left."""
        return self._last.allowances

    def find(self, envelope: Envelope, since: datetime) -> Found | Inconclusive:
        """Look through the account's recent posts, as far as Weibo shows them to this application."""
        told = json.loads(envelope.payload)
        where = f"{SITE}/u/{self._whoami()}"
        try:
            for post in self._since(since):
                likeness = posts.reads(post, told)
                if likeness == "same":
                    return Found(self._receipt(post))
                if likeness == "short":
                    why = "a post that reads the same is there, but Weibo hides which address it has"
                    return Inconclusive(why, self._receipt(post).url)
        except CredentialRejected:
            raise
        except Rejected as refusal:
            return Inconclusive(str(refusal), where)
        return Inconclusive("not among the posts that Weibo shows, which may not be all", where)

    def copies(self, envelope: Envelope, receipt: Receipt, since: datetime) -> tuple[Copy, ...] | Inconclusive:
        """Ask for the receipt's own post by its id, and look for others among those that are shown. Which address is
        behind a short one is not compared."""
        told = json.loads(envelope.payload)
        found: list[Copy] = []
        if own := self._by_id(receipt.remote_id):
            found.append(Copy(self._receipt(own), posts.reads(own, told) != "other"))
        for post in self._since(since):
            other = self._receipt(post)
            if other.remote_id != receipt.remote_id and posts.reads(post, told) != "other":
                found.append(Copy(other, True))
        return tuple(found)

    def metrics(self, receipt: Receipt) -> Metrics | None:
        """Return reposts, comments and likes; views and quotes are not given."""
        post = self._by_id(receipt.remote_id) or {}
        given = {name: post.get(f"{name}_count") for name in ("attitudes", "reposts", "comments")}
        told = {name: figure for name, figure in given.items() if isinstance(figure, int)}
        return Metrics(likes=told.get("attitudes"), reposts=told.get("reposts"), replies=told.get("comments"))

    def close(self) -> None:
        """Let go of connections and pictures."""
        self._http.close()
        with self._lock:
            self._pictures.clear()

    def _is_own(self, host: str) -> bool:
        return host == self._domain or host.endswith(f".{self._domain}")

    def _signed(self) -> str:
        if not self._token:
            raise CredentialRejected("sign in: there is no access_token")
        return self._token

    def _ask(self, step: str, path: str, **params: str) -> Any:
        return self._http.call(step, "GET", path, params={"access_token": self._signed()} | params).data

    def _whoami(self) -> str:
        if not self._uid:
            told = self._ask("sign in", "/2/account/get_uid.json").get("uid")
            if not told:
                raise unreadable("sign in", visible=False)
            self._uid = str(told)
        return self._uid

    def _by_id(self, remote_id: str) -> Mapping[str, Any] | None:
        """Return a post, or None when Weibo says that there is no such."""
        try:
            post: Mapping[str, Any] = self._ask("look", "/2/statuses/show.json", id=remote_id)
        except _NotThere:
            return None
        return post

    def _since(self, since: datetime) -> Iterator[Mapping[str, Any]]:
        """Yield the account's posts since then that Weibo shows, newest first. Raises PublishError."""
        for page in range(1, PAGES + 1):
            told = self._ask("look", "/2/statuses/user_timeline.json", count=str(PAGE), page=str(page))
            shown = told.get("statuses") or []
            for post in shown:
                if posts.moment(post) < since:
                    return
                yield post
            if len(shown) < PAGE:
                return

    def _receipt(self, post: Any) -> Receipt:
        """Read the proof from a post. Raises PublishError when it is none."""
        told = post if isinstance(post, dict) else {}
        remote_id = str(told.get("idstr") or told.get("id") or "")
        user = told.get("user") or {}
        uid = str(user.get("idstr") or user.get("id") or self._uid)
        if not remote_id or not uid:
            raise unreadable("look", visible=False)
        return Receipt(remote_id, f"{SITE}/{uid}/{told.get('mid') or remote_id}", posts.moment(told))

    def _judge(self, step: str, answer: Answer, visible: bool) -> PublishError | None:
        number = posts.code(answer)
        if 200 <= answer.status < 300 and not number:
            return None if isinstance(answer.data, dict) else unreadable(step, visible=visible)
        words = self._http.clean(answer.data.get("error")) if isinstance(answer.data, dict) else ""
        trouble = posts.refusal(step, answer, words, visible=visible)
        return _NotThere(str(trouble)) if number in posts.GONE and not visible else trouble


class _NotThere(Rejected):
    """Weibo says that there is no such post."""
