"""VKontakte: posts on a community's wall, over _http. Only the engine publishes.

Every request carries a `guid` that is made of the delivery's key: for about an hour VK makes no second post for it.
What it answers to a repetition is not described, and no list of posts is described as complete at once: so a lost
answer can be found, but never proven absent. Every call is a POST: a long text in an address is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from mwcampaign.core.campaign import Account
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.delivery import DeliveryKey, Envelope, Receipt
from mwcampaign.core.message import Message, Picture, canonical
from mwcampaign.core.ports import Allowance, Copy, Found, Handles, Identity, Inconclusive, Metrics, Sessions
from mwcampaign.errors import CredentialRejected, PublishError, Rejected
from mwcampaign.platforms import _vk_answers as answers
from mwcampaign.platforms._http import Answer, Http
from mwcampaign.platforms._outcome import unreadable

SERVER = "https://api.vk.ru"
VERSION = "5.199"
PAGE = 100
PAGES = 5
MOST_SIDES = 14_000
"""Width and height together, in pixels."""
KEPT = 600.0
"""Seconds for which a photo that was uploaded, and not sent with a post yet, need not be uploaded again: ten photos are
more calls than VK takes in a second, and each try gets a little further."""


class VK:
    """One community's wall. See core.ports.Platform for what each method promises."""

    secret_names: tuple[str, ...] = ("access_token",)
    option_names: tuple[str, ...] = ("group_id", "api_version")
    """`group_id`: the community's number, without a minus. `api_version`: such as 5.199."""
    timeout: float = 28.0
    """Seconds from a request after which an answer that is not whole counts as lost."""
    capabilities = Capabilities(
        network="vk",
        # UNKNOWN: 15,895 and 16,384 are told by others. An account's limits may state it.
        text_limit=15_895,
        # UNKNOWN too; UTF-16 units are never fewer than characters.
        unit="utf16",
        heaviest=2,
        source="dev.vk.com: wall.post, api-requests; vk-api-schema 5.199; text and photo sizes from third parties",
        as_of="2026-11-21",
        pictures=10,
        picture_types=("image/jpeg", "image/png", "image/gif"),
        picture_bytes=50_000_000,
        picture_ratio=(1 / 20, 20.0),
        # A caption under the photo, that everybody sees: VK has no alternative text.
        alt_limit=2048,
        lookup="recent",
        absence_after=None,
        # VK says about an hour; a quarter of it is for clocks, slow answers and "about".
        replay_window=2700,
        edits=True,
        deletes=True,
        quotas=((50, 86_400),),
    )

    def __init__(self, account: Account, secrets: Mapping[str, str], sessions: Sessions) -> None:
        self.capabilities = type(self).capabilities.with_limits(account.limits)
        self._account = account
        self._token = secrets.get("access_token", "")
        self._version = account.options.get("api_version", VERSION)
        self._kept: dict[tuple[str, str], tuple[str, float]] = {}
        self._http = Http(account.server or SERVER, (self._token,), self.timeout, self._judge)

    def count(self, text: str) -> int:
        """Count UTF-16 units."""
        from mwcampaign.core.text import utf16_units

        return utf16_units(text)

    def check(self, message: Message) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with the account's options, and photos whose sides are too long together."""
        if not re.fullmatch("[0-9]+", self._account.options.get("group_id", "")):
            yield "MW320", "vk needs the option group_id: the number of the community, without a minus"
        if not re.fullmatch(r"[0-9]+\.[0-9]+", self._version):
            yield "MW320", f"vk's option api_version is a number such as {VERSION}"
        for picture in message.pictures:
            if picture.width + picture.height > MOST_SIDES:
                sides = f"{picture.width:,} by {picture.height:,} pixels"
                yield "MW320", f"{picture.name} is {sides}; vk takes {MOST_SIDES:,} for both together"

    def prepare(self, message: Message, handles: Handles, key: DeliveryKey, at: datetime) -> Envelope:
        """Fix the parameters of wall.post. Never publish_date: this project keeps the time itself."""
        told: dict[str, Any] = {"owner_id": -int(self._group()), "from_group": 1, "message": message.text, "guid": key}
        if handles.pictures:
            told["attachments"] = ",".join(handles.pictures)
        return Envelope(key, canonical(told))

    def whoami(self) -> Identity:
        """Ask whose token it is, what it may do, and what that person is in the community, as far as VK tells.

        Returns the community. Raises CredentialRejected when the token or the person may not post there.
        """
        told = self._ask("sign in", "users.get")
        answers.number(told[0] if isinstance(told, list) and told else None, "id", self._named("sign in"))
        group = self._group()
        rights = answers.rights(self._told("rights", "account.getAppPermissions"), self._named("rights"))
        asked = {"group_id": group, "fields": "is_admin,admin_level"}
        name = answers.community(self._told("role", "groups.getById", asked), self._named("role"))
        return Identity(self._account.handle or name or f"club{group}", f"-{group}", self._wall(), rights=rights)

    def resolve(self, message: Message) -> Mapping[str, str]:
        """Return nothing: VK looks up mentions itself."""
        return {}

    def upload(self, picture: Picture, content: bytes) -> str:
        """Upload a photo for the wall and return its name, photo{owner}_{id}; its alternative text becomes its caption,
        because VK has nothing nearer."""
        step, group, known = f"upload of {picture.name}", self._group(), (picture.digest, picture.alt)
        name, until = self._kept.get(known, ("", 0.0))
        if monotonic() < until:
            return name
        place = self._ask(step, "photos.getWallUploadServer", {"group_id": group})
        where = place.get("upload_url") if isinstance(place, dict) else None
        if not isinstance(where, str):
            raise unreadable(self._named(step), visible=False)
        # No token goes there: the address itself is the permission.
        sent = {"photo": (picture.name, content, picture.mime)}
        kept = self._http.call(self._named(step), "POST", where, files=sent).data
        if not isinstance(kept, dict) or not {"server", "photo", "hash"} <= kept.keys():
            raise unreadable(self._named(step), visible=False)
        if kept["photo"] in ("", "[]"):
            raise Rejected(f"{self._named(step)}: the server takes no such photo")
        told = {name: str(kept[name]) for name in ("server", "photo", "hash")}
        saved = self._ask(step, "photos.saveWallPhoto", told | {"group_id": group, "caption": picture.alt})
        name = answers.photo(saved, self._named(step))
        self._kept[known] = (name, monotonic() + KEPT)
        return name

    def stage(self, message: Message, handles: Handles) -> str:
        """Return nothing: a post is one request."""
        return ""

    def publish(self, envelope: Envelope) -> Receipt:
        """Post exactly the sealed parameters. The same ones again within the replay window make no second post."""
        for known, (name, _) in list(self._kept.items()):
            if name in envelope.payload:
                self._kept.pop(known, None)
        told = {name: str(value) for name, value in json.loads(envelope.payload).items()}
        made = self._ask("publish", "wall.post", told, visible=True)
        post = str(answers.number(made, "post_id", self._named("publish"), visible=True))
        return Receipt(post, answers.address(self._group(), post), datetime.now(UTC))

    def allowances(self) -> tuple[Allowance, ...]:
        """Return nothing: VK tells of limits only when they are reached."""
        return ()

    def find(self, envelope: Envelope, since: datetime) -> Found | Inconclusive:
        """Look through the wall for the same words with as many photos. What is not there proves nothing."""
        told = json.loads(envelope.payload)
        found: dict[str, Any] | None = None
        for post in self._since(since):
            if post is not None and answers.same(post, told):
                # The oldest that fits: newer ones would be somebody's repetition.
                found = post
        if found is not None:
            return Found(answers.receipt(found, self._group()))
        return Inconclusive("not on the community's wall, which may lag", self._wall())

    def copies(self, envelope: Envelope, receipt: Receipt, since: datetime) -> tuple[Copy, ...] | Inconclusive:
        """Ask for the receipt's own post by its id, which is exact, and look for others on the wall, which may lag: a
        repetition of just now may not be there yet. A changed caption is not noticed."""
        told = json.loads(envelope.payload)
        found: list[Copy] = []
        if (own := self._by_id("look", receipt.remote_id)) is not None:
            found.append(Copy(answers.receipt(own, self._group()), answers.same(own, told)))
        for other in self._since(since):
            if other is None:
                return Inconclusive(f"more than {PAGE * PAGES} posts since then", self._wall())
            if str(other.get("id")) != receipt.remote_id and answers.same(other, told):
                found.append(Copy(answers.receipt(other, self._group()), True))
        return tuple(found)

    def metrics(self, receipt: Receipt) -> Metrics | None:
        """Return VK's public figures."""
        return answers.figures(self._by_id("figures", receipt.remote_id) or {})

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def _group(self) -> str:
        group = self._account.options.get("group_id", "")
        if not re.fullmatch("[0-9]+", group):
            raise Rejected("the account has no option group_id", reach="account")
        return group

    def _wall(self) -> str:
        return f"https://vk.com/club{self._account.options.get('group_id', '')}"

    def _by_id(self, step: str, post: str) -> dict[str, Any] | None:
        told = self._ask(step, "wall.getById", {"posts": f"-{self._group()}_{post}"})
        found = [one for one in answers.items(told, step) if str(one.get("id")) == post and not one.get("is_deleted")]
        return found[0] if found else None

    def _since(self, since: datetime) -> Iterator[dict[str, Any] | None]:
        """Yield the community's own posts since then, and None when there are more than are looked at."""
        asked = {"owner_id": f"-{self._group()}", "filter": "owner", "count": str(PAGE)}
        for page in range(PAGES):
            posts = answers.items(self._ask("look", "wall.get", asked | {"offset": str(page * PAGE)}), "look")
            for post in posts:
                if answers.moment(post) >= since:
                    yield post
                elif not post.get("is_pinned"):
                    # Newest first, but for the pinned post, which comes before all others.
                    return
            if not posts:
                return
        yield None

    def _named(self, step: str) -> str:
        return f"{step} (VK {self._version})"

    def _ask(self, step: str, method: str, told: Mapping[str, str] | None = None, *, visible: bool = False) -> Any:
        """Call a method and return its response."""
        if not self._token:
            raise CredentialRejected("sign in: there is no access_token")
        answer = self._http.call(
            self._named(step),
            "POST",
            f"/method/{method}",
            visible=visible,
            # Not in the body: VK's errors repeat that.
            headers={"Authorization": f"Bearer {self._token}"},
            data={**(told or {}), "v": self._version},
        )
        return answers.response(self._named(step), answer, visible=visible)

    def _told(self, step: str, method: str, told: Mapping[str, str] | None = None) -> Any:
        """Call a method that may not be for this token: None then."""
        try:
            return self._ask(step, method, told)
        except Rejected:
            return None

    def _judge(self, step: str, answer: Answer, visible: bool) -> PublishError | None:
        return self._http.by_status(step, answer, visible) or answers.trouble(
            step, answer, self._http.clean, visible=visible
        )
