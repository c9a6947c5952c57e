"""Posts as X gives them back: asked for, and compared with what was sent. Only the X adapter uses this.

X speaks two vocabularies: its OpenAPI description 2.167 says post, its documentation and tweepy say tweet. Which one
an account's server understands shows in its answers; both are read.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from mwcampaign.errors import CredentialRejected, Rejected
from mwcampaign.platforms._outcome import unreadable
from mwcampaign.platforms._x_answers import Answer, data, whole

PAGE = 100
PAGES = 5
LOOK: tuple[Mapping[str, str], ...] = (
    {"post.fields": "created_at,entities,note_post", "expansions": "referenced_posts"},
    {"tweet.fields": "created_at,entities,note_tweet,referenced_tweets"},
)
"""What to ask a timeline for, in each vocabulary."""
FIGURES: tuple[Mapping[str, str], ...] = ({"post.fields": "public_metrics"}, {"tweet.fields": "public_metrics"})


class Posts:
    """Reads posts through a function that makes signed calls, in whichever vocabulary is understood."""

    def __init__(self, call: Callable[..., Answer]) -> None:
        self._call = call
        self._vocabulary = 0
        """Which of X's two vocabularies was understood last: an index into LOOK and FIGURES."""

    def by_id(
        self, step: str, post: str, ways: Sequence[Mapping[str, str]] = LOOK, wanted: str = "created_at"
    ) -> dict[str, Any] | None:
        """Return a post with its field `wanted`, or None when X says that it is not there. Raises PublishError."""
        told = self._read(step, "/2/tweets", {"ids": post}, ways, wanted)
        for found in told.get("data", ()):
            return dict(found)
        if not any(_not_found(error) for error in told.get("errors") or ()):
            raise unreadable(step, visible=False)
        return None

    def since(self, user: str, instant: datetime) -> Iterator[dict[str, Any] | None]:
        """Yield an account's posts since then, newest first; None at the end when there are too many to read. The
        newest may be missing: nobody says how far the list lags. Raises PublishError."""
        asked = {"max_results": str(PAGE), "start_time": instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
        for _ in range(PAGES):
            told = self._read("look", f"/2/users/{user}/tweets", asked, LOOK, "created_at")
            yield from told.get("data", ())
            following = (told.get("meta") or {}).get("next_token")
            if not following:
                return
            asked["pagination_token"] = str(following)
        yield None

    def _read(
        self, step: str, path: str, asked: Mapping[str, str], ways: Sequence[Mapping[str, str]], wanted: str
    ) -> dict[str, Any]:
        """Read posts that have the field `wanted`, in either vocabulary; return the answer with them."""
        refusal: Rejected | None = None
        for way in (self._vocabulary, 1 - self._vocabulary):
            try:
                answer = self._call(step, "GET", path, params={**asked, **ways[way]})
            except CredentialRejected:
                raise
            except Rejected as error:
                refusal = refusal or error
                continue
            posts = data(answer, step, many=True)
            if all(isinstance(post, dict) and wanted in post for post in posts):
                self._vocabulary = way
                return whole(answer, step)
        raise refusal or unreadable(step, visible=False)


def _not_found(error: object) -> bool:
    return isinstance(error, dict) and str(error.get("type")).endswith("/resource-not-found")


def moment(post: Mapping[str, Any]) -> datetime:
    """Return when a post was made. Raises PublishError."""
    try:
        return datetime.fromisoformat(str(post.get("created_at"))).astimezone(UTC)
    except ValueError:
        raise unreadable("look", visible=False) from None


def versions(post: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the ids of all versions of a post, the newest last: every edit has an id of its own."""
    told = post.get("edit_history_post_ids") or post.get("edit_history_tweet_ids") or (post.get("id"),)
    return tuple(str(each) for each in told)


def same(post: Mapping[str, Any], told: Mapping[str, Any]) -> bool:
    """Return whether a post reads as the request `told` asked: the words, and what it answers."""
    reply = (told.get("reply") or {}).get("in_reply_to_tweet_id")
    return replied_to(post) == reply and same_text(told["text"], post)


def replied_to(post: Mapping[str, Any]) -> str | None:
    """Return the id of the post that this one answers, or None."""
    for each in post.get("referenced_posts") or post.get("referenced_tweets") or ():
        if each.get("type") == "replied_to":
            return str(each.get("id"))
    return None


def figure(post: Mapping[str, Any], *names: str) -> int | None:
    """Return a public figure under any of its names, None where it is not given."""
    told = post.get("public_metrics") or {}
    return next((told[name] for name in names if isinstance(told.get(name), int)), None)


def same_text(sent: str, post: Mapping[str, Any]) -> bool:
    """Return whether a post of the timeline is the text we sent.

    X escapes & < >, puts its own short addresses in place of ours, adds one for the post's pictures, and cuts a text
    of more than 280, which is whole in the note.
    """
    note = post.get("note_post") or post.get("note_tweet")
    shown = note if isinstance(note, Mapping) and note.get("text") else post
    text, short = str(shown.get("text", "")), dict[str, str]()
    for link in (shown.get("entities") or {}).get("urls") or ():
        full = str(link.get("expanded_url", ""))
        if link.get("media_key") or _own_picture(full, str(post.get("id"))):
            text = text.replace(str(link.get("url")), "")
        else:
            short[str(link.get("url"))] = full
    # What is a link is X's to say: its answer is tried on our text, without our own idea of links.
    places = "|".join(re.escape(each) for each in sorted(short, key=len, reverse=True))
    pieces = re.split(f"({places})", text.strip()) if places else [text.strip()]
    pattern = "".join(
        _address(short[each]) if each in short else re.escape(_composed(html.unescape(each))) for each in pieces
    )
    return re.fullmatch(pattern, _composed(sent.strip())) is not None


def _own_picture(address: str, post: str) -> bool:
    own = rf"https?://(x|twitter)\.com/\w+/status/{re.escape(post)}/(photo|video)/\d+"
    return re.fullmatch(own, address) is not None


def _address(full: str) -> str:
    """Return a pattern for an address as people write it: with or without scheme and last slash."""
    bare = full.removeprefix("http://").removeprefix("https://").rstrip("/")
    return f"(?i:(?:https?://)?{re.escape(_composed(bare))})/?"


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)
