"""Posts as a Mastodon server gives them back: asked for, and compared with what was sent.

Only adapters of networks that speak Mastodon's API use this.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Any

from mwcampaign.core.delivery import Receipt
from mwcampaign.core.ports import Absent, Copy, Found, Inconclusive, Metrics
from mwcampaign.errors import Rejected
from mwcampaign.platforms._mastodon import Connection
from mwcampaign.platforms._outcome import unreadable

PAGE = 40
PAGES = 5
SOURCES = 20
NO_SOURCE = "the server shows no source to compare"
LINK_OR_MENTION = re.compile(r"\S*(?:://|@)\S*")
NONE = timedelta()
EARLIER = timedelta(days=1)
"""How far before the seal a look still heeds equal posts."""
WORD = re.compile(r"[^\W\d_]{4,}|\d+")


class Posts:
    """Reads the account's own posts from the database of its server, which does not lag. All raise PublishError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, told: Mapping[str, Any], since: datetime) -> Found | Absent | Inconclusive:
        """Look for the post that the request `told` made. An equal one from the day before proves nothing, neither
        way."""
        unsure = ""
        for each in self.like(told, since, EARLIER):
            if isinstance(each, Receipt) and each.posted_at >= since:
                return Found(each)
            unsure = f"an equal post is there, from before: {each.url}" if isinstance(each, Receipt) else each
        return Inconclusive(unsure, self._connection.profile()) if unsure else Absent()

    def copies(self, told: Mapping[str, Any], receipt: Receipt, since: datetime) -> tuple[Copy, ...] | Inconclusive:
        """Ask for the receipt's post by its id, and read the own posts since then for others that read the same."""
        found: list[Copy] = []
        if (own := self.by_id(receipt.remote_id)) is not None:
            same = self.unaltered(own, told)
            if same is None:
                return Inconclusive(NO_SOURCE, receipt.url)
            found.append(Copy(proof(own), same))
        for each in self.like(told, since):
            if isinstance(each, str):
                return Inconclusive(each, self._connection.profile())
            if each.remote_id != receipt.remote_id:
                found.append(Copy(each, True))
        return tuple(found)

    def figures(self, receipt: Receipt) -> Metrics:
        """Return what the server has heard of; what it does not give is None."""
        status = self._connection.ask("figures", lambda client: client.status(receipt.remote_id))
        told = {name: status.get(f"{name}_count") for name in ("favourites", "reblogs", "replies", "quotes")}
        given = {name: figure for name, figure in told.items() if isinstance(figure, int)}
        return Metrics(
            likes=given.get("favourites"),
            reposts=given.get("reblogs"),
            replies=given.get("replies"),
            quotes=given.get("quotes"),
        )

    def by_id(self, remote_id: str) -> Any:
        """Return a post, or None when it is not there."""
        return self._connection.ask_for("look", lambda client: client.status(remote_id))

    def like(self, told: Mapping[str, Any], since: datetime, earlier: timedelta = NONE) -> Iterator[Receipt | str]:
        """Yield own posts since then that read as the request `told` asked, newest first; and why the look cannot
        decide, for what could not be compared. Goes on to so much `earlier`, as far as few pages tell."""
        sources = 0
        reached = False
        for status in self._since(since - earlier):
            reached = reached or (status is not None and status["created_at"] < since)
            if status is None:
                if not reached:
                    yield f"more than {PAGE * PAGES} posts since then"
                return
            if unlike(status, told):
                continue
            if not alike(status, told):
                sources += 1
                if sources > SOURCES and reached:
                    return
                if sources > SOURCES:
                    yield f"more than {SOURCES} posts that resemble it"
                    return
                same = self.same_source(status, told)
                if same is None and not reached:
                    yield NO_SOURCE
                if not same:
                    continue
            yield proof(status)

    def unaltered(self, status: Any, told: Mapping[str, Any]) -> bool | None:
        """Return whether a post reads exactly as the request asked; None when its source cannot be read."""
        pictures = [str(each.get("id")) for each in status.get("media_attachments") or ()]
        # Other servers name pictures otherwise: there the number counts, and that nobody edited it.
        if unlike(status, told) or (pictures != told["media_ids"] and status.get("edited_at")):
            return False
        return plain(status.get("content")) == words(told["status"]) or self.same_source(status, told)

    def _since(self, since: datetime) -> Iterator[Any]:
        """Yield own posts since then, newest first; None at the end when there are too many to read."""
        me = str(self._connection.verified()["id"])
        before: str | None = None
        for _ in range(PAGES):
            page = self._page(me, before)
            for status in page:
                if not isinstance(status.get("created_at"), datetime):
                    raise unreadable("look", visible=False)
                if status["created_at"] < since:
                    return
                yield status
            if not page:
                return
            before = str(page[-1]["id"])
        yield None

    def _page(self, me: str, before: str | None) -> Any:
        return self._connection.ask(
            "look", lambda client: client.account_statuses(me, exclude_reblogs=True, max_id=before, limit=PAGE)
        )

    def same_source(self, status: Any, told: Mapping[str, Any]) -> bool | None:
        """Return whether a post was written with exactly these words; None when its source cannot be read."""
        try:
            source = self._connection.ask("look at a post's source", lambda client: client.status_source(status["id"]))
        except Rejected:
            return None
        return words(source.get("text")) == words(told["status"])


def receipt(status: Any) -> Receipt | None:
    """Read the proof from a post, or return None when it is not one."""
    if not isinstance(status, dict):
        return None
    remote_id, url, created = status.get("id"), status.get("url") or status.get("uri"), status.get("created_at")
    if not (remote_id and url and isinstance(created, datetime) and created.tzinfo):
        return None
    return Receipt(str(remote_id), str(url), created)


def proof(status: Any) -> Receipt:
    """Read the proof from a post that was looked for. Raises Deferred when it is none."""
    found = receipt(status)
    if found is None:
        raise unreadable("look", visible=False)
    return found


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
