"""Threads, over its Graph interface. Only the engine publishes.

A post is made as a container that nobody sees, and published by naming it; each container can be published once, so it
tells after a lost answer what became of it. `auto_publish_text` would take that away and is never sent. Pictures are
fetched by Threads from a public address.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from mwcampaign.core.campaign import Account
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.delivery import DeliveryKey, Envelope, Receipt
from mwcampaign.core.message import Message, canonical
from mwcampaign.core.ports import Handles, Identity, Metrics, Sessions
from mwcampaign.platforms._graph import Graph, NotThere, figure
from mwcampaign.platforms._graph_account import posts_left, token_told
from mwcampaign.platforms._graph_containers import Words
from mwcampaign.platforms._graph_posting import ContainerPosting

WORDS = Words(
    make="threads",
    publish="threads_publish",
    status="status",
    why="error_message",
    text="text",
    fields="id,text,timestamp,permalink,media_type,children",
    wait=timedelta(seconds=30),
    reply_fields="id,text,timestamp,permalink,media_type,children,replied_to",
)
RIGHT = "threads_content_publish"
MOST_LINKS = 5
FIGURES = {"views": "views", "likes": "likes", "replies": "replies", "reposts": "reposts", "quotes": "quotes"}


class Threads(ContainerPosting):
    """One account on Threads. See core.ports.Platform for what each method promises."""

    capabilities = Capabilities(
        network="threads",
        text_limit=500,
        unit="characters",
        heaviest=4,
        source="developers.facebook.com/docs/threads: posts, overview, troubleshooting, changelog",
        as_of="2026-11-21",
        pictures=20,
        picture_types=("image/jpeg", "image/png"),
        picture_bytes=8_000_000,
        alt_limit=1000,
        picture_ratio=(0.1, 10.0),
        public_pictures=True,
        # More may be written; the first alone is live.
        links=MOST_LINKS,
        threads=True,
        lookup="exact",
        # How long a container is not yet PUBLISHED after it is: UNKNOWN. The engine asks before and after this; and
        # what goes again is the same container, which can be published once.
        absence_after=600,
        # A container lives for 24 hours from when it was made, shortly before it was sealed.
        replay_window=23 * 3600,
        deletes=True,
        quotas=((250, 86_400),),
    )

    def __init__(self, account: Account, secrets: Mapping[str, str], sessions: Sessions) -> None:
        graph = Graph(account, secrets, "https://graph.threads.net", "Threads", "v1.0", self.timeout)
        super().__init__(account, secrets, graph, WORDS)

    def count(self, text: str) -> int:
        """Count as documented: an emoji as its UTF-8 bytes, anything else 1, addresses in full."""
        from mwcampaign.core.text import threads_length

        return threads_length(text)

    def check(self, message: Message) -> Iterator[tuple[str, str]]:
        """Yield that there are too many links, the same one twice being one; and what may be refused as too long."""
        from mwcampaign.core.entities import mastodon_urls
        from mwcampaign.core.text import utf8_bytes

        if (links := len({link.text for link in mastodon_urls(message.text)})) > MOST_LINKS:
            yield "MW320", f"threads takes {MOST_LINKS} different links in a post; here are {links}"
        limit, size = self.capabilities.text_limit, utf8_bytes(message.text)
        if self.count(message.text) <= limit < size:
            told = f"threads has refused texts of more than {limit} bytes, against its documentation"
            yield "MW321", f"{told}; here are {size}"

    def prepare(self, message: Message, handles: Handles, key: DeliveryKey, at: datetime) -> Envelope:
        """Fix which container is published, and by what its post is known."""
        told = {
            "text": message.text,
            "pictures": len(message.pictures),
            "reply_to": handles.parent.remote_id if handles.parent else None,
        }
        return Envelope(key, canonical(told | self._containers.named(handles.staged)))

    def whoami(self) -> Identity:
        """Return the account, once it is certain that it may publish, with the token's rights and end where Threads
        tells them: to testers of the application. How many posts are left, allowances tells then."""
        me = self._graph.get("sign in", "me", "id,username")
        name = self._graph.text(me, "username", "sign in")
        user = self._graph.text(me, "id", "sign in")
        rights, expires = token_told(self._graph, {}, RIGHT)
        self._graph.note(posts_left(self._graph, "me/threads_publishing_limit", RIGHT))
        return Identity(name, user, f"https://www.threads.com/@{name}", rights=rights, expires=expires)

    def stage(self, message: Message, handles: Handles) -> str:
        """Make the container of a text, a picture, or a carousel and its pictures; return its id when it is ready."""
        whole = {"text": message.text}
        if handles.parent:
            whole["reply_to_id"] = handles.parent.remote_id
        each = [
            {"media_type": "IMAGE", "image_url": url} | ({"alt_text": picture.alt} if picture.alt else {})
            for url, picture in zip(handles.pictures, message.pictures, strict=True)
        ]
        if not each:
            return self._containers.stage([], whole | {"media_type": "TEXT"})
        if len(each) == 1:
            return self._containers.stage([], whole | each[0])
        children = [one | {"is_carousel_item": "true"} for one in each]
        return self._containers.stage(children, whole | {"media_type": "CAROUSEL"})

    def metrics(self, receipt: Receipt) -> Metrics | None:
        """Return the figures of one post, where the token may see them (threads_manage_insights)."""
        try:
            told = self._graph.get("figures", f"{receipt.remote_id}/insights", "", metric=",".join(FIGURES))
        except NotThere:
            return Metrics()
        return Metrics(**{FIGURES[name]: value for name, value in _insights(told) if name in FIGURES})

    def _user(self) -> str:
        return self._graph.stated("user_id") or "me"

    def _profile(self) -> str:
        return (
            f"https://www.threads.com/@{self._account.handle}" if self._account.handle else "https://www.threads.com/"
        )


def _insights(told: Mapping[str, Any]) -> Iterator[tuple[str, int | None]]:
    data = told.get("data")
    for each in data if isinstance(data, list) else ():
        values = each.get("values") if isinstance(each, dict) else None
        if isinstance(values, list) and values and isinstance(values[0], dict):
            yield str(each.get("name")), figure(values[0].get("value"))
