"""How Mastodon.py is set up, called and read. Only the mastodon adapter uses it.

Mastodon.py by itself waits up to five minutes on a rate limit and repeats the call, waits five minutes for an answer,
asks for the server's version before an upload, and turns every field of an answer into objects. None of it here.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from mwcampaign.core.delivery import Receipt
from mwcampaign.core.message import Picture

if TYPE_CHECKING:
    from mastodon import Mastodon as Client
    from requests import Response

STATUSES = "/api/v1/statuses"
RECEIPT_FIELDS = ("id", "url", "uri", "created_at")
LINK_OR_MENTION = re.compile(r"\S*(?:://|@)\S*")
WORD = re.compile(r"[^\W\d_]{4,}")
CONNECT = 10.0
"""Seconds to wait for a connection."""
AT_LEAST = "4.0.0"
"""What Mastodon.py is told the server is, so that it does not ask; older ones refuse what they do not know."""


class Heard(threading.local):
    """Status and headers of the last answer in this thread: Mastodon.py's errors do not always tell them."""

    status: int | None = None
    headers: Mapping[str, str] = {}


def client_for(server: str, token: str, timeout: float, heard: Heard) -> Client:
    """Make a client that never waits, never asks first, and notes each answer in `heard`. Opens no connection."""
    from mastodon import Mastodon as Client
    from requests import Session

    def note(answer: Response, *args: object, **kwargs: object) -> None:
        heard.status, heard.headers = answer.status_code, answer.headers
        if answer.ok and answer.request.method == "POST" and (answer.request.path_url == STATUSES):
            _shorten(answer)

    session = Session()
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


def receipt(status: Any) -> Receipt | None:
    """Read the proof from a post, or return None when it is not one."""
    if not isinstance(status, dict):
        return None
    remote_id, url, created = status.get("id"), status.get("url") or status.get("uri"), status.get("created_at")
    if not (remote_id and url and isinstance(created, datetime) and created.tzinfo):
        return None
    return Receipt(str(remote_id), str(url), created)


def unlike(status: Any, told: Mapping[str, Any]) -> bool:
    """Return whether a post is certainly not the one asked for: another reply, warning or number of pictures, or a
    word is missing. Servers turn text into HTML in their own ways, but none changes the letters of a word."""
    reply_to = status.get("in_reply_to_id")
    shown = _folded(plain(status.get("content")))
    return (
        (None if reply_to is None else str(reply_to)) != told["in_reply_to_id"]
        or len(status.get("media_attachments") or ()) != len(told["media_ids"])
        or words(status.get("spoiler_text")) != words(told["spoiler_text"])
        or any(word not in shown for word in WORD.findall(_folded(LINK_OR_MENTION.sub(" ", told["status"]))))
    )


def alike(status: Any, told: Mapping[str, Any]) -> bool:
    """Return whether a post that is not unlike is certainly the one: it has our uploads, or reads the same."""
    pictures = {str(each["id"]) for each in status.get("media_attachments") or ()}
    return bool(pictures and pictures == set(told["media_ids"])) or plain(status.get("content")) == words(
        told["status"]
    )


def plain(content: object) -> str:
    """Return the words of a post's HTML, with links in full and mentions as the reader sees them."""
    reader = _Plain()
    reader.feed(str(content or ""))
    reader.close()
    return words("".join(reader.parts))


def words(text: object) -> str:
    """Return a text with every run of white space made one space: servers trim and wrap."""
    return " ".join(str(text or "").split())


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


class _Plain(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("br", "p"):
            self.parts.append("\n")
