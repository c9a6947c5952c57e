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

from mwcampaign.core.entities import x_urls

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
    text, links = str(shown.get("text", "")), []
    for link in (shown.get("entities") or {}).get("urls") or ():
        short, full = str(link.get("url", "")), str(link.get("expanded_url", ""))
        if link.get("media_key") or _own_picture(full, str(post.get("id"))):
            text = text.replace(short, "")
        else:
            text = text.replace(short, "\0", 1)
            links.append(_bare(full))
    between, ours, last = [], [], 0
    for span in x_urls(sent):
        ours.append(_bare(span.text))
        between.append(sent[last : span.start])
        last = span.end
    skeleton = "\0".join([*between, sent[last:]])
    return ours == links and _plain(skeleton) == _plain(html.unescape(text))


def _own_picture(address: str, post: str) -> bool:
    return (
        re.fullmatch(rf"https?://(x|twitter)\.com/\w+/status/{re.escape(post)}/(photo|video)/\d+", address) is not None
    )


def _bare(address: str) -> str:
    return address.partition("://")[2].rstrip("/").lower() if "://" in address else address.rstrip("/").lower()


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()
