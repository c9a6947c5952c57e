"""Instagram, for professional accounts, over the Graph interface. Only the engine publishes.

A post is made as a container that nobody sees, and published by naming it; each container can be published once, so it
tells after a lost answer what became of it. Pictures are fetched by Instagram from a public address.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from mwcampaign.core.campaign import Account
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.delivery import DeliveryKey, Envelope, Receipt
from mwcampaign.core.message import Message, canonical
from mwcampaign.core.ports import Handles, Identity, Metrics, Sessions
from mwcampaign.platforms._graph import Graph, NotThere, figure
from mwcampaign.platforms._graph_account import APP_TOKEN, posts_left, token_told
from mwcampaign.platforms._graph_containers import Words
from mwcampaign.platforms._graph_posting import ContainerPosting

WORDS = Words(
    make="media",
    publish="media_publish",
    status="status_code",
    why="status",
    text="caption",
    fields="id,caption,timestamp,permalink,media_type,children{id}",
    wait=timedelta(minutes=1),
)
RIGHTS = ("instagram_business_content_publish", "instagram_content_publish")
"""What lets a token publish: of Instagram Login, and of Facebook Login."""


class Instagram(ContainerPosting):
    """One account on Instagram. See core.ports.Platform for what each method promises.

    `server` is https://graph.instagram.com (Instagram Login), or https://graph.facebook.com for tokens of Facebook
    Login, which need the option user_id, and may have the secret app_token.
    """

    capabilities = Capabilities(
        network="instagram",
        text_limit=2200,
        # Meta does not say what a character is: the narrower reading.
        unit="utf16",
        heaviest=2,
        source="developers.facebook.com/docs/instagram-platform: content-publishing, ig-user/media, media_publish",
        as_of="2026-11-21",
        pictures=10,
        picture_types=("image/jpeg",),
        picture_bytes=8_000_000,
        alt_limit=1000,
        pictures_needed=1,
        picture_ratio=(0.8, 1.91),
        public_pictures=True,
        hashtags=30,
        mentions=20,
        lookup="exact",
        # How long a container is not yet PUBLISHED after it is: UNKNOWN. The engine asks before and after this; and
        # what goes again is the same container, which can be published once.
        absence_after=600,
        # A container lives for 24 hours from when it was made, shortly before it was sealed.
        replay_window=23 * 3600,
        # The stricter of two pages that differ (the guide says 100).
        quotas=((50, 86_400),),
    )

    def __init__(self, account: Account, secrets: Mapping[str, str], sessions: Sessions) -> None:
        graph = Graph(account, secrets, "https://graph.instagram.com", "Graph", "v26.0", self.timeout)
        super().__init__(account, secrets, graph, WORDS)
        self._app = secrets.get(APP_TOKEN, "")
        self._asking = threading.Lock()
        self._me: Identity | None = None

    def count(self, text: str) -> int:
        """Count UTF-16 units: Instagram does not say what it counts."""
        from mwcampaign.core.text import utf16_units

        return utf16_units(text)

    def check(self, message: Message) -> Iterable[tuple[str, str]]:
        """Yield nothing: capabilities say it all."""
        return ()

    def prepare(self, message: Message, handles: Handles, key: DeliveryKey, at: datetime) -> Envelope:
        """Fix which container is published, and by what its post is known."""
        told = {"text": message.text, "pictures": len(message.pictures)}
        return Envelope(key, canonical(told | self._containers.named(handles.staged)))

    def whoami(self) -> Identity:
        """Return the account, once it is certain that it may publish; with the secret app_token its rights and end too.
        How many posts are left, allowances tells then."""
        me = self._who()
        if self._app:
            rights, expires = token_told(self._graph, {"access_token": self._app}, RIGHTS[1])
            me = replace(me, rights=rights, expires=expires)
        right = f"{RIGHTS[0]} (Instagram Login) or {RIGHTS[1]} (Facebook Login)"
        self._graph.note(posts_left(self._graph, f"{me.remote_id}/content_publishing_limit", right))
        return me

    def stage(self, message: Message, handles: Handles) -> str:
        """Make the container of one picture, or of a carousel and its pictures; return its id when it is ready."""
        each = [
            {"image_url": url} | ({"alt_text": picture.alt} if picture.alt else {})
            for url, picture in zip(handles.pictures, message.pictures, strict=True)
        ]
        if len(each) == 1:
            return self._containers.stage([], each[0] | {"caption": message.text})
        children = [one | {"is_carousel_item": "true"} for one in each]
        return self._containers.stage(children, {"media_type": "CAROUSEL", "caption": message.text})

    def metrics(self, receipt: Receipt) -> Metrics | None:
        """Return likes and comments; the rest needs a permission of its own."""
        try:
            media = self._graph.get("figures", receipt.remote_id, "like_count,comments_count")
        except NotThere:
            return Metrics()
        return Metrics(likes=figure(media.get("like_count")), replies=figure(media.get("comments_count")))

    def _who(self) -> Identity:
        stated = self._graph.stated("user_id")
        me = self._graph.get("sign in", stated or "me", "id,username" if stated else "user_id,username")
        name = self._graph.text(me, "username", "sign in")
        user = stated or self._graph.text(me, "user_id", "sign in")
        return Identity(name, user, f"https://www.instagram.com/{name}/")

    def _user(self) -> str:
        if stated := self._graph.stated("user_id"):
            return stated
        with self._asking:
            if self._me is None:
                self._me = self._who()
        return self._me.remote_id

    def _profile(self) -> str:
        name = self._account.handle or (self._me.handle if self._me else "")
        return f"https://www.instagram.com/{name}/" if name else "https://www.instagram.com/"
