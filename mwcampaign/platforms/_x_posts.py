"""Posts as X gives them back: how to ask for them, and whether one of them is ours. Only the X adapter uses this.

X speaks two vocabularies: its OpenAPI description 2.167 says post, its documentation and tweepy say tweet. Which one
an account's server understands shows in its answers; both are read.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

LOOK: tuple[Mapping[str, str], ...] = (
    {"post.fields": "created_at,entities,note_post", "expansions": "referenced_posts"},
    {"tweet.fields": "created_at,entities,note_tweet,referenced_tweets"},
)
"""What to ask a timeline for, in each vocabulary."""
FIGURES: tuple[Mapping[str, str], ...] = ({"post.fields": "public_metrics"}, {"tweet.fields": "public_metrics"})


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
