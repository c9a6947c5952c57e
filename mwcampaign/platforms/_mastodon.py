"""One account's way to its server: how Mastodon.py is set up, called, and its answers judged. Only adapters of networks
that speak Mastodon's API use it.

Mastodon.py by itself waits up to five minutes on a rate limit and repeats the call, waits five minutes for an answer,
takes a post with unreadable limits for a failure, follows redirects, asks for the server's version before an upload,
and turns every field of an answer into objects. None of it here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from mwcampaign.core.campaign import Account
from mwcampaign.core.message import Picture
from mwcampaign.core.ports import Allowance, Identity
from mwcampaign.errors import CredentialRejected, PublishError, Rejected
from mwcampaign.platforms._calls import ending, settle
from mwcampaign.platforms._outcome import LastTold, allowed, clean, of_status, of_transport, unreadable, wait_told

if TYPE_CHECKING:
    from mastodon import Mastodon as Client
    from requests import Response

T = TypeVar("T")

STATUSES = "/api/v1/statuses"
RECEIPT_FIELDS = ("id", "url", "uri", "created_at")
LIMIT = "x-ratelimit"
CONNECT = 10.0
"""Seconds to wait for a connection."""
LIMITS = (
    ("text_limit", "statuses", "max_characters"),
    ("pictures", "statuses", "max_media_attachments"),
    ("alt_limit", "media_attachments", "description_limit"),
    ("picture_bytes", "media_attachments", "image_size_limit"),
    ("picture_pixels", "media_attachments", "image_matrix_limit"),
)
"""An account's limits, and where a server tells them in its configuration."""
NEEDED = ("write:statuses", "write:media")
"""Rights without which a post, or its pictures, are refused; `write` holds both."""
AT_LEAST = "4.0.0"
"""What Mastodon.py is told the server is, so that it does not ask; older ones refuse what they do not know."""


class Heard(threading.local):
    """Status and headers of the last answer in this thread: Mastodon.py's errors do not always tell them."""

    status: int | None = None
    headers: Mapping[str, str] = {}


class Connection:
    """One account's client, made once. Constructing does nothing; safe for threads. `timeout` is seconds from a request
    to its whole answer."""

    def __init__(self, account: Account, token: str, timeout: float) -> None:
        self._account, self._token, self._timeout = account, token, timeout
        self._making = threading.Lock()
        self._made: Client | None = None
        self._heard = Heard()
        self._last = LastTold()
        self._me: Any = None

    def ask(self, step: str, call: Callable[[Client], T], *, visible: bool = False) -> T:
        """Make one call; an error becomes one of ours, with nothing of the client's error left in it."""
        if visible:
            self._last.allowances = ()
        client = self._client()
        from mastodon import MastodonError

        self._heard.status = None
        try:
            answer = call(client)
        except MastodonError as error:
            trouble = self._judged(step, error, visible)
        else:
            # Mastodon.py reads a redirect like a success: whatever comes with it is no answer to what was asked.
            if self._heard.status is not None and self._heard.status // 100 == 2:
                return answer
            trouble = self._refusal(step, "", visible)
        finally:
            if visible and self._heard.status is not None:
                told = allowed(self._heard.headers, LIMIT, datetime.now(UTC))
                self._last.allowances = (told,) if told else ()
        # Out of the handler: the client's errors quote bodies, and must not hang on to ours.
        raise trouble

    def ask_for(self, step: str, call: Callable[[Client], T]) -> T | None:
        """Make one call for something that may not be there; return None when the server says so."""
        try:
            return self.ask(step, call)
        except Rejected:
            if self._heard.status in (404, 410):
                return None
            raise

    def allowances(self) -> tuple[Allowance, ...]:
        """Return what the answer to this thread's last visible call told."""
        return self._last.allowances

    def verified(self, *, again: bool = False) -> Any:
        """Return our own account, as the server gives it."""
        if self._me is None or again:
            me = self.ask("who am I", lambda client: client.account_verify_credentials())
            if not isinstance(me, dict) or not me.get("id"):
                raise unreadable("who am I", visible=False)
            self._me = me
        return self._me

    def identity(self) -> Identity:
        """Return our own account, its server's limits and our application's rights, where the server tells them.

        Raises CredentialRejected when the rights do not let it post.
        """
        me = self.verified(again=True)
        rights = self._rights()
        try:
            server = self.ask("server's limits", lambda client: client.instance_v2())
        except Rejected:
            server = {}  # a server that speaks the API, but not this part of it
        told = server.get("configuration") or {}
        limits: dict[str, int] = {}
        for name, part, key in LIMITS:
            value = (told.get(part) or {}).get(key)
            if isinstance(value, int) and value > 0:
                limits[name] = value
        software = f"mastodon {server['version']}" if server.get("version") else ""
        return Identity(str(me["acct"]), str(me["id"]), str(me.get("url") or ""), limits, software, rights)

    def _rights(self) -> tuple[str, ...]:
        """Return what our application may do, as servers tell it from 4.3 on. A token may have been given less."""
        try:
            told = self.ask("rights", lambda client: client.app_verify_credentials())
        except PublishError:
            return ()
        scopes = told.get("scopes") if isinstance(told, dict) else None
        told = [str(each) for each in scopes] if isinstance(scopes, list) else []
        # Some servers write them as one text, of which Mastodon.py makes a list of letters.
        rights = tuple(told if any(len(each) > 1 for each in told) else "".join(told).split())
        if lacking := [each for each in NEEDED if rights and not {each, each.partition(":")[0]} & set(rights)]:
            what = " or ".join(lacking)
            raise CredentialRejected(f"sign in: the application has no right to {what}; make one that has, and log in")
        return rights

    def profile(self) -> str:
        """Return the address of our own account, for people."""
        return str(self.verified().get("url") or "")

    def close(self) -> None:
        """Let go of the connections."""
        with self._making:
            if self._made is not None:
                self._made.session.close()
                self._made = None

    def _client(self) -> Client:
        with self._making:
            if self._made is None:
                if not self._token:
                    raise CredentialRejected("sign in: there is no access_token")
                if not self._account.server:
                    raise Rejected(f"sign in: account {self._account.id} names no server", reach="account")
                self._made = client_for(self._account.server, self._token, self._timeout, self._heard)
            return self._made

    def _judged(self, step: str, error: Exception, visible: bool) -> PublishError:
        from mastodon import MastodonNetworkError

        status = self._heard.status
        if isinstance(error, MastodonNetworkError) or status is None:
            return of_transport(step, error.__context__ or error, visible=visible)
        if 200 <= status < 300:
            return unreadable(step, visible=visible)
        return self._refusal(step, error.args[3] if len(error.args) > 3 else "", visible)

    def _refusal(self, step: str, said: object, visible: bool) -> PublishError:
        status, headers = self._heard.status or 0, self._heard.headers
        if status // 100 == 3:
            said = "it points elsewhere; is the account's server the right one?"
        return of_status(
            step,
            status,
            visible=visible,
            said=clean(said, [self._token]),
            wait=wait_told(headers, datetime.now(UTC)),
            # The token lacks a right, or the account is suspended: no post of it will go.
            refused="account" if status == 403 else "post",
        )


def client_for(server: str, token: str, timeout: float, heard: Heard) -> Client:
    """Make a client that never waits, never asks first, goes nowhere else, and notes each answer in `heard`. Opens no
    connection."""
    from mastodon import Mastodon as Client
    from requests import Session

    class Straight(Session):
        """Follows no redirect: it would turn a post into a question, and take another server's word for evidence."""

        def get_redirect_target(self, resp: Response) -> str | None:
            return None

    def note(answer: Response, *args: object, **kwargs: object) -> None:
        heard.status, heard.headers = answer.status_code, dict(answer.headers)
        # Mastodon.py would throw a post away whose limits it cannot read.
        for name in [name for name in answer.headers if name.lower().startswith(LIMIT)]:
            del answer.headers[name]
        if answer.ok and answer.request.method == "POST" and (answer.request.path_url == STATUSES):
            _shorten(answer)

    session = Straight()
    # Pixelfed gives its reasons only to those who ask so.
    session.headers["Accept"] = "application/json"
    settle(session, server)
    for scheme in ("http://", "https://"):
        session.mount(scheme, ending()())
    session.hooks["response"].append(note)
    client = Client(
        api_base_url=server,
        ratelimit_method="throw",
        request_timeout=(min(CONNECT, timeout), timeout),  # type: ignore[arg-type] # handed to requests as it is
        mastodon_version=AT_LEAST,
        version_check_mode="created",
        session=session,
        user_agent="mwcampaign",
    )
    # Not given above: Mastodon.py would read the file of that name, if there is one.
    client.access_token = token
    return client


def _shorten(answer: Response) -> None:
    """Leave in a new post's answer what a receipt needs: turning the rest into objects takes most of the call."""
    whole = answer.json

    def short(**options: Any) -> Any:
        told = whole(**options)
        return {name: told.get(name) for name in RECEIPT_FIELDS} if isinstance(told, dict) else told

    answer.json = short  # type: ignore[method-assign]


def post(client: Client, told: Mapping[str, Any], key: str) -> Any:
    """Send a sealed payload, field by field as it is, under its idempotency key."""
    return client.status_post(
        told["status"],
        in_reply_to_id=told["in_reply_to_id"],
        media_ids=told["media_ids"] or None,
        sensitive=told["sensitive"],
        visibility=told["visibility"],
        spoiler_text=told["spoiler_text"] or None,
        language=told["language"],
        idempotency_key=key,
    )


def upload(client: Client, picture: Picture, content: bytes) -> Any:
    """Send a picture with its alt text."""
    return client.media_post(content, mime_type=picture.mime, description=picture.alt, file_name=picture.name)
