"""What LinkedIn's Posts API takes and gives: bodies, posts of a page, refusals. Only the LinkedIn adapter uses it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from mwcampaign.core.delivery import Receipt
from mwcampaign.core.message import Message
from mwcampaign.core.ports import Metrics
from mwcampaign.errors import Deferred, PublishError, Rejected
from mwcampaign.platforms._http import Answer
from mwcampaign.platforms._linkedin_text import little, visible
from mwcampaign.platforms._outcome import of_status, unreadable

PAGE = 10
"""Posts asked for at once, as in LinkedIn's documentation; what it takes at most is not told there."""
PAGES = 20
NEXT_TRY = timedelta(minutes=15)
"""The wait after a 429: LinkedIn tells none. Quotas start anew at midnight UTC, but not every 429 is about those."""
STILL_PROCESSING = timedelta(seconds=5)
DUPLICATE = "DUPLICATE_POST"
MOST_ALONE = 1
"""A post with more pictures has them in another field."""

_URN = re.compile(r"urn:li:(?:share|ugcPost):\d+")
_WAITING = frozenset({"MEDIA_ASSET_WAITING_UPLOAD", "MEDIA_ASSET_PROCESSING"})

Ask = Callable[[str, str, str, dict[str, str]], Answer]
"""From a step, a verb, a path with its query, and more headers, to the answer."""


def body(author: str, message: Message, images: tuple[str, ...]) -> dict[str, Any]:
    """Return the body of POST /rest/posts."""
    told: dict[str, Any] = {
        "author": author,
        "commentary": little(message.text),
        "visibility": "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }
    pictures = [{"id": urn, "altText": each.alt} for urn, each in zip(images, message.pictures, strict=True)]
    if len(pictures) > MOST_ALONE:
        told["content"] = {"multiImage": {"images": pictures}}
    elif pictures:
        told["content"] = {"media": pictures[0]}
    return told


def same(post: Mapping[str, Any], told: Mapping[str, Any]) -> bool:
    """Tell whether a post is what was asked for: it reads the same and has the very pictures that were uploaded."""
    return _reads(post) == _reads(told) and _images(post) == _images(told)


def alike(post: Mapping[str, Any], told: Mapping[str, Any]) -> bool:
    """Tell whether a post reads the same and has as many pictures: others' uploads have other names."""
    return _reads(post) == _reads(told) and len(_images(post)) == len(_images(told))


def receipt(post: Mapping[str, Any]) -> Receipt:
    """Return the proof that a post's record is."""
    urn = post.get("id")
    if not isinstance(urn, str):
        raise unreadable("look", visible=False)
    return Receipt(urn, address(urn), moment(post))


def address(urn: str) -> str:
    """Return where people see a post."""
    return f"https://www.linkedin.com/feed/update/{urn}/"


def moment(post: Mapping[str, Any]) -> datetime:
    """Return when a post was made."""
    millis = post.get("createdAt") or post.get("publishedAt")
    if not isinstance(millis, int):
        raise unreadable("look", visible=False)
    return datetime.fromtimestamp(millis / 1000, UTC)


def named(answer: Answer) -> str:
    """Return the URN that a refusal for a duplicate names, "" where it names none."""
    found = _URN.search(str(answer.data))
    return found[0] if found else ""


def codes(answer: Answer) -> set[str]:
    """Return what LinkedIn calls a refusal: the code of the answer and those of its input errors."""
    told = answer.data if isinstance(answer.data, dict) else {}
    details = told.get("errorDetails")
    errors = details.get("inputErrors") if isinstance(details, dict) else None
    each = [one.get("code") for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    return {code for code in (told.get("code"), *each) if isinstance(code, str)}


def refusal(step: str, answer: Answer, words: str, *, visible: bool) -> PublishError:
    """Judge an answer that is no success; `words` are the server's, made clean."""
    told = f"{step}: the server answered {answer.status}" + (f": {words}" if words else "")
    match answer.status:
        case 422 if codes(answer) & _WAITING:
            return Deferred(told, STILL_PROCESSING)
        case 409:
            # Two requests met; LinkedIn asks to send it once more, and refuses what would be a second post.
            return Deferred(told)
        case 426:
            return Rejected(f"{told}; state a version that is in use in the option api_version", reach="account")
        case 429:
            return Deferred(told, answer.wait() or NEXT_TRY, reach="account")
        case 403:
            return Rejected(f"{told}; the page's role, the scopes or the product is missing", reach="account")
        case _:
            return of_status(step, answer.status, visible=visible, said=words)


class Posts:
    """The posts of one page, as the Posts API shows them to those who may read (r_organization_social)."""

    def __init__(self, author: Callable[[], str], ask: Ask) -> None:
        self._author, self._ask = author, ask

    def by_urn(self, urn: str) -> dict[str, Any] | None:
        """Return a post of this page, or None when it is not there."""
        answer = self._ask("look", "GET", f"/rest/posts/{quote(urn, safe='')}", {})
        if answer.status == 404:
            return None
        if not isinstance(answer.data, dict):
            raise unreadable("look", visible=False)
        return answer.data if _there(answer.data) and answer.data.get("author") == self._author() else None

    def figures(self, urn: str) -> Metrics:
        """Return the figures of a post; LinkedIn gives none for a post that nobody has seen or that is gone."""
        kind = "ugcPosts" if ":ugcPost:" in urn else "shares"
        author, post = quote(self._author(), safe=""), quote(urn, safe="")
        asked = f"q=organizationalEntity&organizationalEntity={author}&{kind}=List({post})"
        told = _elements(self._ask("figures", "GET", f"/rest/organizationalEntityShareStatistics?{asked}", {}))
        total = told[0].get("totalShareStatistics") if told else None
        names = ("likeCount", "shareCount", "commentCount", "impressionCount")
        given = [total.get(name) if isinstance(total, dict) else None for name in names]
        likes, reposts, replies, views = (each if isinstance(each, int) else None for each in given)
        return Metrics(likes=likes, reposts=reposts, replies=replies, views=views)

    def since(self, since: datetime, limit: int = PAGES) -> Iterator[dict[str, Any] | None]:
        """Yield the page's posts made since then, newest first, and None when there are more than are looked at."""
        author = quote(self._author(), safe="")
        for page in range(limit):
            where = f"/rest/posts?author={author}&q=author&start={page * PAGE}&count={PAGE}&sortBy=CREATED"
            posts = _elements(self._ask("look", "GET", where, {"X-RestLi-Method": "FINDER"}))
            for post in posts:
                if moment(post) < since:
                    return
                if _there(post):
                    yield post
            if not posts:
                return
        yield None


def _elements(answer: Answer) -> list[dict[str, Any]]:
    posts = answer.data.get("elements") if isinstance(answer.data, dict) else None
    if not isinstance(posts, list) or not all(isinstance(post, dict) for post in posts):
        raise unreadable("look", visible=False)
    return posts


def _there(post: Mapping[str, Any]) -> bool:
    # PUBLISHED and, after a change, PUBLISHED_EDITED; neither drafts nor what is still in work.
    return str(post.get("lifecycleState", "")).startswith("PUBLISHED")


def _reads(post: Mapping[str, Any]) -> str:
    return visible(str(post.get("commentary") or "")).strip()


def _images(post: Mapping[str, Any]) -> list[str]:
    content = post.get("content")
    if not isinstance(content, dict):
        return []
    many = content.get("multiImage")
    each = many.get("images") if isinstance(many, dict) else [content.get("media")]
    pictures = [one for one in each if isinstance(one, dict)] if isinstance(each, list) else []
    return [str(one.get("id")) for one in pictures]
