"""LinkedIn for pages of organisations: Posts API and Images API, over _http. Only the engine publishes.

LinkedIn knows no idempotency key, but it refuses the same content again and names the post that has it. That refusal is
no receipt: the post may be another delivery's, or gone. So a post that is named and really there is doubt, and doubt is
settled by reading the page's own posts; that list lags by nobody knows how much, so it never proves absence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from time import monotonic
from typing import Any
from urllib.parse import quote, urlsplit

from mwcampaign.core.campaign import Account
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.delivery import DeliveryKey, Envelope, Receipt
from mwcampaign.core.message import Message, Picture, canonical
from mwcampaign.core.ports import Allowance, Copy, Found, Handles, Identity, Inconclusive, Metrics, Sessions
from mwcampaign.errors import Ambiguous, CredentialRejected, Deferred, PublishError, Rejected
from mwcampaign.platforms import _linkedin_posts as posts
from mwcampaign.platforms._http import Answer, Http
from mwcampaign.platforms._linkedin_text import little
from mwcampaign.platforms._linkedin_token import inspected
from mwcampaign.platforms._outcome import unreadable

SERVER = "https://api.linkedin.com"
OF_LINKEDIN = re.compile(r"(.+\.)?(linkedin|licdn)\.com")
"""Hosts that may see the token: LinkedIn names the address for a picture's bytes itself."""
VERSION = "202608"
JSON = {"Content-Type": "application/json"}
KEPT = 600.0
"""Seconds for which a picture that was uploaded, and not sent with a post yet, need not be uploaded again."""


class LinkedIn:
    """One organisation's page. See core.ports.Platform for what each method promises."""

    secret_names: tuple[str, ...] = ("access_token",)
    option_names: tuple[str, ...] = ("organization", "api_version", "escapes_count")
    """`organization`: the page's number. `api_version`: YYYYMM, lives about a year. `escapes_count`: "no" when somebody
    has found out that markup does not count towards the limit."""
    timeout: float = 28.0
    """Seconds from a request after which an answer that is not whole counts as lost."""
    capabilities = Capabilities(
        network="linkedin",
        text_limit=3000,
        # Characters, says LinkedIn, and not which. UTF-16 units are never fewer.
        unit="utf16",
        source="learn.microsoft.com: LinkedIn Posts API, Images API, MultiImage API, little text; help page for 3000",
        as_of="2026-11-21",
        pictures=20,
        picture_types=("image/jpeg", "image/png", "image/gif"),
        # Fewer than 36,152,320.
        picture_pixels=36_152_319,
        alt_limit=4086,
        lookup="recent",
        absence_after=None,
        replay_window=0,
        edits=True,
        deletes=True,
        duplicates_refused=True,
    )

    def __init__(self, account: Account, secrets: Mapping[str, str], sessions: Sessions) -> None:
        self.capabilities = type(self).capabilities.with_limits(account.limits)
        self._account = account
        self._token = secrets.get("access_token", "")
        self._version = account.options.get("api_version", VERSION)
        self._server = (account.server or SERVER).rstrip("/")
        client = {"client_id": secrets.get("client_id", ""), "client_secret": secrets.get("client_secret", "")}
        self._client = {**client, "token": self._token} if all((*client.values(), self._token)) else {}
        self._http = Http(self._server, secrets.values(), self.timeout, self._judge)
        self._posts = posts.Posts(self._author, self._read)
        self._kept: dict[tuple[str, str], tuple[str, float]] = {}

    def count(self, text: str) -> int:
        """Count UTF-16 units of the text as it is sent, or as it reads where escapes_count is "no"."""
        from mwcampaign.core.text import utf16_units

        return utf16_units(text if self._account.options.get("escapes_count") == "no" else little(text))

    def check(self, message: Message) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with the account's options."""
        options = self._account.options
        if not re.fullmatch("[0-9]+", options.get("organization", "")):
            yield "MW320", "linkedin needs the option organization: the number of the page"
        if not re.fullmatch("[0-9]{6}", self._version):
            yield "MW320", f"linkedin's option api_version is a year and a month, such as {VERSION}"
        if options.get("escapes_count", "yes") not in {"yes", "no"}:
            yield "MW320", "linkedin's option escapes_count is yes or no"

    def prepare(self, message: Message, handles: Handles, key: DeliveryKey, at: datetime) -> Envelope:
        """Fix the body of POST /rest/posts; LinkedIn lets nobody choose an address, so it is the delivery's key."""
        return Envelope(key, canonical(posts.body(self._author(), message, handles.pictures)))

    def whoami(self) -> Identity:
        """Read the page's posts: whoever may do that has the token, the scope and the role a look-up needs.

        With the secrets client_id and client_secret LinkedIn is asked for the token's scopes and its end too. Raises
        CredentialRejected when the token may not post.
        """
        rights, expires = inspected(self._http, self._account.server, self._client) if self._client else ((), None)
        for _ in self._posts.since(datetime.now(UTC), limit=1):
            break
        number = self._account.options["organization"]
        handle = self._account.handle or number
        return Identity(handle, self._author(), self._page(), rights=rights, expires=expires)

    def resolve(self, message: Message) -> Mapping[str, str]:
        """Return nothing: a mention needs the other page's number and exact name, so @name stays plain text."""
        return {}

    def upload(self, picture: Picture, content: bytes) -> str:
        """Upload a picture and return its URN. `stage` asks whether it can be used; the alt text goes with the post."""
        step, known = f"upload of {picture.name}", (picture.digest, picture.alt)
        urn, until = self._kept.get(known, ("", 0.0))
        if monotonic() < until:
            return urn
        told = canonical({"initializeUploadRequest": {"owner": self._author()}}).encode()
        answer = self._call(step, "POST", "/rest/images?action=initializeUpload", JSON, content=told)
        value = answer.data.get("value") if isinstance(answer.data, dict) else None
        if not isinstance(value, dict) or not all(isinstance(value.get(name), str) for name in ("image", "uploadUrl")):
            raise unreadable(self._named(step), visible=False)
        urn, where = str(value["image"]), str(value["uploadUrl"])
        self._put(step, where, picture, content)
        self._kept[known] = (urn, monotonic() + KEPT)
        return urn

    def stage(self, message: Message, handles: Handles) -> str:
        """Make nothing, but defer while LinkedIn is still at work on a picture: a post would be refused."""
        for picture, urn in zip(message.pictures, handles.pictures, strict=True):
            if not self._ready(f"look at {picture.name}", urn):
                told = f"{self._named(f'look at {picture.name}')}: the server is still processing it"
                raise Deferred(told, posts.STILL_PROCESSING)
        return ""

    def publish(self, envelope: Envelope) -> Receipt:
        """Post exactly the sealed bytes.

        A refusal for duplicate content is doubt when the post that it names is there and reads the same: it may be an
        earlier request of this delivery, which find will tell, or somebody else's, which a person must.
        """
        for known, (urn, _) in list(self._kept.items()):
            if urn in envelope.payload:
                self._kept.pop(known, None)
        step = "publish"
        try:
            answer = self._call(step, "POST", "/rest/posts", JSON, visible=True, content=envelope.payload.encode())
        except _Duplicate as refused:
            raise self._doubled(refused, json.loads(envelope.payload)) from None
        urn = answer.headers.get("x-restli-id", "")
        if not urn:
            raise unreadable(self._named(step))
        return Receipt(urn, posts.address(urn), datetime.now(UTC))

    def allowances(self) -> tuple[Allowance, ...]:
        """Return nothing: LinkedIn shows its quotas in the developer portal alone."""
        return ()

    def find(self, envelope: Envelope, since: datetime) -> Found | Inconclusive:
        """Look through the page's recent posts for the same words with the very pictures. What is not there proves
        nothing."""
        told = json.loads(envelope.payload)
        found: dict[str, Any] | None = None
        for post in self._posts.since(since):
            if post is not None and posts.same(post, told):
                # The oldest that fits: newer ones would be somebody's repetition.
                found = post
        if found is not None:
            return Found(posts.receipt(found))
        return Inconclusive("not among the page's recent posts, which may lag", self._page())

    def copies(self, envelope: Envelope, receipt: Receipt, since: datetime) -> tuple[Copy, ...] | Inconclusive:
        """Ask for the receipt's own post by its URN, which is exact, and look for others among the recent posts, which
        may lag: a repetition of just now may not be there yet. A changed alt text is not noticed."""
        told = json.loads(envelope.payload)
        found: list[Copy] = []
        if (own := self._posts.by_urn(receipt.remote_id)) is not None:
            found.append(Copy(posts.receipt(own), posts.same(own, told)))
        for other in self._posts.since(since):
            if other is None:
                return Inconclusive(f"more than {posts.PAGE * posts.PAGES} posts since then", self._page())
            if other.get("id") != receipt.remote_id and posts.alike(other, told):
                found.append(Copy(posts.receipt(other), True))
        return tuple(found)

    def metrics(self, receipt: Receipt) -> Metrics | None:
        """Return LinkedIn's figures; they need a right more than publishing does, rw_organization_admin."""
        return self._posts.figures(receipt.remote_id)

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def _author(self) -> str:
        number = self._account.options.get("organization", "")
        if not re.fullmatch("[0-9]+", number):
            raise Rejected("the account has no option organization", reach="account")
        return f"urn:li:organization:{number}"

    def _page(self) -> str:
        return f"https://www.linkedin.com/company/{self._account.options.get('organization', '')}/"

    def _put(self, step: str, where: str, picture: Picture, content: bytes) -> None:
        # The address is the server's word: the token goes to LinkedIn alone.
        at, ours = urlsplit(where), urlsplit(self._server)
        trusted = at.netloc == ours.netloc or (at.scheme == "https" and OF_LINKEDIN.fullmatch(at.hostname or ""))
        headers = {"Content-Type": picture.mime} | (self._signed() if trusted else {})
        self._http.call(self._named(step), "PUT", where, headers=headers, content=content)

    def _ready(self, step: str, urn: str) -> bool:
        """Tell whether a picture can be used; where nobody may ask, the post will tell."""
        try:
            answer = self._call(step, "GET", f"/rest/images/{quote(urn, safe='')}")
        except CredentialRejected:
            raise
        except Rejected:
            return True
        status = answer.data.get("status") if isinstance(answer.data, dict) else None
        if status == "PROCESSING_FAILED":
            raise Rejected(f"{self._named(step)}: the server cannot read this picture")
        return status == "AVAILABLE"

    def _doubled(self, refused: _Duplicate, told: Mapping[str, Any]) -> PublishError:
        """Say what a refusal for duplicate content means, after a look at the post that it names."""
        if not refused.urn:
            return refused
        try:
            post = self._posts.by_urn(refused.urn)
        except Rejected:
            return refused
        if post is None:
            # Such a refusal was seen for one or two days after a post was deleted.
            return Rejected(f"{refused}; that post is gone: change a word, or try again in two days")
        where = posts.address(refused.urn)
        if not posts.alike(post, told):
            return Rejected(f"{refused}; that post reads otherwise: {where}")
        return Ambiguous(f"{refused}; that post is there: {where}", reach="post")

    def _named(self, step: str) -> str:
        return f"{step} (LinkedIn {self._version})"

    def _signed(self) -> dict[str, str]:
        if not self._token:
            raise CredentialRejected("sign in: there is no access_token")
        return {
            "Authorization": f"Bearer {self._token}",
            "LinkedIn-Version": self._version,
            "X-Restli-Protocol-Version": "2.0.0",
        }

    def _read(self, step: str, verb: str, path: str, headers: dict[str, str]) -> Answer:
        return self._call(step, verb, path, headers)

    def _call(
        self, step: str, verb: str, path: str, headers: Mapping[str, str] | None = None, *, visible: bool = False,
        **body: Any,
    ) -> Answer:  # fmt: skip
        return self._http.call(
            self._named(step), verb, path, visible=visible, headers=self._signed() | dict(headers or {}), **body
        )

    def _judge(self, step: str, answer: Answer, visible: bool) -> PublishError | None:
        if 200 <= answer.status < 300 or (answer.status == 404 and step == self._named("look")):
            return None
        told = answer.data if isinstance(answer.data, dict) else {}
        words = self._http.clean(": ".join(str(told[name]) for name in ("code", "message") if told.get(name)))
        if answer.status == 422 and posts.DUPLICATE in posts.codes(answer):
            return _Duplicate(f"{step}: the server has this content already: {words}", posts.named(answer))
        return posts.refusal(step, answer, words, visible=visible)


class _Duplicate(Rejected):
    """A refusal for duplicate content; `urn` is the post that has it, "" where it names none."""

    def __init__(self, why: str, urn: str) -> None:
        super().__init__(why)
        self.urn = urn
