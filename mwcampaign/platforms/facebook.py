"""Facebook Pages, over the Graph interface. Only the engine publishes.

A post is one visible request. Graph knows no key for it, and its lists of posts prove no absence: after a lost answer a
post can be found, and else a person looks. Photos are uploaded unpublished before, and attached by their ids.
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
from mwcampaign.core.ports import Allowance, Copy, Found, Handles, Identity, Inconclusive, Metrics, Sessions
from mwcampaign.errors import CredentialRejected
from mwcampaign.platforms._graph import PAGE, PAGES, Graph, NotThere, figure, plain
from mwcampaign.platforms._graph_account import APP_TOKEN, token_told

RIGHT = "pages_manage_posts"
FIELDS = "id,message,created_time,permalink_url,is_published,attachments{media_type,subattachments}"
FIGURES = "reactions.limit(0).summary(true),comments.limit(0).summary(true),shares"


class Facebook:
    """One Page. See core.ports.Platform for what each method promises."""

    secret_names: tuple[str, ...] = ("access_token",)
    option_names: tuple[str, ...] = ("page_id", "api_version")
    timeout: float = 28.0
    """Seconds from a request after which an answer that is not whole counts as lost; a whole call takes less than twice
    that, which is below the engine's deadline of a minute."""
    capabilities = Capabilities(
        network="facebook",
        # Said everywhere, and by none of Meta's pages; nor do they say what a character is: the narrower reading.
        text_limit=63_206,
        unit="utf16",
        heaviest=2,
        source="developers.facebook.com: pages-api/posts, graph-api/reference/page; the text's limit is not in them",
        as_of="2026-11-21",
        # No number is documented. More than ten in one post is nobody's practice.
        pictures=10,
        picture_types=("image/jpeg", "image/png", "image/gif", "image/bmp", "image/tiff"),
        # The stricter of two pages that differ.
        picture_bytes=4_000_000,
        lookup="recent",
        absence_after=None,
        replay_window=0,
        edits=True,
        deletes=True,
        duplicates_refused=True,
    )

    def __init__(self, account: Account, secrets: Mapping[str, str], sessions: Sessions) -> None:
        self.capabilities = type(self).capabilities.with_limits(account.limits)
        self._app = secrets.get(APP_TOKEN, "")
        self._graph = Graph(account, secrets, "https://graph.facebook.com", "Graph", "v26.0", self.timeout)

    def count(self, text: str) -> int:
        """Count UTF-16 units: Facebook does not say what it counts."""
        from mwcampaign.core.text import utf16_units

        return utf16_units(text)

    def check(self, message: Message) -> Iterable[tuple[str, str]]:
        """Yield nothing: capabilities say all that is known."""
        return ()

    def prepare(self, message: Message, handles: Handles, key: DeliveryKey, at: datetime) -> Envelope:
        """Fix the post's fields; Facebook lets nobody choose an address, so it is the delivery's key."""
        from mwcampaign.core.entities import mastodon_urls

        told: dict[str, Any] = {"message": message.text, "photos": list(handles.pictures)}
        if not handles.pictures and (links := mastodon_urls(message.text)):
            told["link"] = links[0].text
        return Envelope(key, canonical(told))

    def whoami(self) -> Identity:
        """Return the Page that the token stands for; with the secret app_token its rights and its end too.

        Raises CredentialRejected when it is another Page than stated, or when it may not publish.
        """
        me = self._graph.get("sign in", "me", "id,name,link")
        page = self._graph.text(me, "id", "sign in")
        if self._page() not in {"me", page}:
            raise CredentialRejected(f"sign in: the token stands for {page}, not for the Page {self._page()}")
        link = str(me.get("link") or f"https://www.facebook.com/{page}")
        asking = {"access_token": self._app}
        rights, expires = token_told(self._graph, asking, RIGHT) if self._app else ((), None)
        return Identity(str(me.get("name") or page), page, link, rights=rights, expires=expires)

    def resolve(self, message: Message) -> Mapping[str, str]:
        """Return nothing: a name in a text is no mention here."""
        return {}

    def upload(self, picture: Picture, content: bytes) -> str:
        """Upload a photo that nobody sees yet, with its alt text; return its id."""
        step = f"upload of {picture.name}"
        told = {"published": "false"} | ({"alt_text_custom": picture.alt} if picture.alt else {})
        files = {"source": (picture.name, content, picture.mime)}
        return self._graph.text(self._graph.post(step, f"{self._page()}/photos", told, files), "id", step)

    def stage(self, message: Message, handles: Handles) -> str:
        """Return nothing: that an unpublished post can be published later by its id is in none of Meta's pages."""
        return ""

    def publish(self, envelope: Envelope) -> Receipt:
        """Publish the post, with its photos attached, and read where it is in the same request."""
        told = json.loads(envelope.payload)
        form = {"message": told["message"], "fields": "id,permalink_url,created_time"}
        if "link" in told:
            form["link"] = told["link"]
        for number, photo in enumerate(told["photos"]):
            form[f"attached_media[{number}]"] = canonical({"media_fbid": photo})
        answer = self._graph.post("publish", f"{self._page()}/feed", form, visible=True)
        post = self._graph.text(answer, "id", "publish", visible=True)
        made = answer.get("created_time")
        when = self._graph.moment(answer, "created_time") if made else datetime.now(UTC)
        return Receipt(post, str(answer.get("permalink_url") or _address(post)), when)

    def allowances(self) -> tuple[Allowance, ...]:
        """Return that nothing is left while Graph blocks calls; it never tells how many posts there may be."""
        return self._graph.allowances()

    def find(self, envelope: Envelope, since: datetime) -> Found | Inconclusive:
        """Look through the Page's published posts. What is not there proves nothing."""
        told = json.loads(envelope.payload)
        found: Receipt | None = None
        for post in self._posts(since):
            if post is not None and _same(post, told):
                # The oldest that fits: newer ones would be somebody's repetition.
                found = self._receipt(post)
        if found is not None:
            return Found(found)
        return Inconclusive("not among the Page's published posts, which proves nothing", _address(self._page()))

    def copies(self, envelope: Envelope, receipt: Receipt, since: datetime) -> tuple[Copy, ...] | Inconclusive:
        """Ask for the receipt's own post by its id, and look for others among the published posts."""
        told = json.loads(envelope.payload)
        found: list[Copy] = []
        own = self._by_id(receipt.remote_id)
        if own is not None:
            found.append(Copy(self._receipt(own), _same(own, told)))
        for post in self._posts(since):
            if post is None:
                return Inconclusive(f"more than {PAGE * PAGES} posts since then", _address(self._page()))
            if post.get("id") != receipt.remote_id and _same(post, told):
                found.append(Copy(self._receipt(post), True))
        return tuple(found)

    def metrics(self, receipt: Receipt) -> Metrics | None:
        """Return reactions and comments, and shares where there are any: no share is not told as 0."""
        try:
            post = self._graph.get("figures", receipt.remote_id, FIGURES)
        except NotThere:
            return Metrics()
        return Metrics(
            likes=_total(post, "reactions", "summary", "total_count"),
            replies=_total(post, "comments", "summary", "total_count"),
            reposts=_total(post, "shares", "count"),
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._graph.close()

    def _page(self) -> str:
        # A Page's own token stands for the Page.
        return self._graph.stated("page_id") or "me"

    def _posts(self, since: datetime) -> Iterable[dict[str, Any] | None]:
        return self._graph.posts(f"{self._page()}/published_posts", FIELDS, "created_time", since)

    def _by_id(self, post: str) -> dict[str, Any] | None:
        try:
            return self._graph.get("look", post, FIELDS)
        except NotThere:
            return None

    def _receipt(self, post: Mapping[str, Any]) -> Receipt:
        remote_id = self._graph.text(post, "id", "look")
        address = str(post.get("permalink_url") or _address(remote_id))
        return Receipt(remote_id, address, self._graph.moment(post, "created_time"))


def _address(post: str) -> str:
    return f"https://www.facebook.com/{post}"


def _same(post: Mapping[str, Any], told: Mapping[str, Any]) -> bool:
    """Tell whether a public post reads as asked, with as many photos."""
    return (
        post.get("is_published", True) is not False
        and plain(str(post.get("message") or "")) == plain(told["message"])
        and _photos(post) == len(told["photos"])
    )


def _photos(post: Mapping[str, Any]) -> int:
    """Count a post's photos: several stand inside an album."""
    count = 0
    for each in _data(post.get("attachments")):
        inner = _data(each.get("subattachments"))
        count += len(inner) if inner else int(each.get("media_type") == "photo")
    return count


def _data(told: object) -> list[dict[str, Any]]:
    data = told.get("data") if isinstance(told, dict) else None
    return [each for each in data if isinstance(each, dict)] if isinstance(data, list) else []


def _total(told: object, *names: str) -> int | None:
    for name in names:
        told = told.get(name) if isinstance(told, dict) else None
    return figure(told)
