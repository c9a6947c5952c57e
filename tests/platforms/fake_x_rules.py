"""What X's documentation says a request must look like: signatures, fields, values. For the fake X alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

HOST = "https://api.x.com"
KEYS = {
    "consumer_key": "canary-consumer-key",
    "consumer_secret": "canary-consumer-secret",
    "access_token": "canary-access-token",
    "access_token_secret": "canary-access-token-secret",
}
ID = re.compile(r"[0-9]{1,19}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")
SKEW = 300
"""Seconds that a request's time may be off."""

CREATE: dict[str, Any] = {
    "text": str, "made_with_ai": bool, "paid_partnership": bool, "nullcast": bool, "share_with_followers": bool,
    "for_super_followers_only": bool, "card_uri": str, "direct_message_deep_link": str, "community_id": ID,
    "quote_tweet_id": ID, "geo": {"place_id": str}, "edit_options": {"previous_post_id": ID},
    "reply": {"in_reply_to_tweet_id": ID, "exclude_reply_user_ids": [ID, 0, 100]},
    "reply_settings": re.compile("following|mentionedUsers|subscribers|verified"),
    "media": {"media_ids": [ID, 1, 4], "tagged_user_ids": [ID, 0, 10]},
    "poll": {"options": [str, 2, 4], "duration_minutes": int},
}  # fmt: skip
METADATA: dict[str, Any] = {"id": ID, "metadata": {"alt_text": {"text": re.compile(r".{0,1000}", re.DOTALL)}}}

WORDS: dict[str, dict[str, Any]] = {
    # X's OpenAPI description 2.167.
    "post": {
        "fields": "post.fields",
        "known": {"attachments", "conversation_id", "created_at", "entities", "id", "lang", "note_post",
                  "public_metrics", "reply_settings", "source", "text"},
        "expansions": {"attachments.media_keys", "author_id", "in_reply_to_user_id", "referenced_posts"},
        "references": "referenced_posts", "note": "note_post", "history": "edit_history_post_ids", "reposts": "repost",
    },
    # X's documentation in prose, and tweepy.
    "tweet": {
        "fields": "tweet.fields",
        "known": {"attachments", "author_id", "conversation_id", "created_at", "entities", "id", "lang", "note_tweet",
                  "public_metrics", "referenced_tweets", "reply_settings", "source", "text"},
        "expansions": {"attachments.media_keys", "author_id", "referenced_tweets.id"},
        "references": "referenced_tweets", "note": "note_tweet", "history": "edit_history_tweet_ids",
        "reposts": "retweet",
    },
}  # fmt: skip
"""The two vocabularies: names of parameters and fields."""


def objections(told: Any, shape: Any, where: str = "body") -> list[str]:
    """Return what does not fit: unknown fields, wrong kinds, values that are not allowed."""
    match shape:
        case dict():
            if not isinstance(told, dict):
                return [f"{where} is no object"]
            unknown = [f"{where}.{name} is not known" for name in told.keys() - shape.keys()]
            return unknown + [
                fault for name in told.keys() & shape.keys() for fault in objections(told[name], shape[name], name)
            ]
        case [each, least, most]:
            if not isinstance(told, list) or not least <= len(told) <= most:
                return [f"{where} has {least} to {most} parts"]
            return [fault for one in told for fault in objections(one, each, where)]
        case re.Pattern():
            return [] if isinstance(told, str) and shape.fullmatch(told) else [f"{where} is not as it must be"]
    return [] if type(told) is shape else [f"{where} is of the wrong kind"]


def signature_fault(method: str, path: str, header: str, nonces: set[str]) -> str:
    """Return what is wrong with an OAuth 1.0a header (RFC 5849, HMAC-SHA1), "" if nothing: reckoned here, by nobody's
    library, for the address that X has."""
    if not header.startswith("OAuth "):
        return "no OAuth header"
    told = {name: unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', header)}
    signature = told.pop("oauth_signature", "")
    if (told.get("oauth_consumer_key"), told.get("oauth_token")) != (KEYS["consumer_key"], KEYS["access_token"]):
        return "unknown keys"
    if told.get("oauth_version", "1.0") != "1.0" or told.get("oauth_signature_method") != "HMAC-SHA1":
        return "unknown method"
    if abs(int(told["oauth_timestamp"]) - time.time()) > SKEW or told["oauth_nonce"] in nonces:
        return "old or used"
    nonces.add(told["oauth_nonce"])
    asked = urlsplit(path)
    pairs = [*told.items(), *parse_qsl(asked.query, keep_blank_values=True)]
    # The bodies X takes, JSON and multipart, are no part of the signature.
    sorted_ = "&".join(f"{name}={value}" for name, value in sorted((_escaped(a), _escaped(b)) for a, b in pairs))
    base = "&".join(map(_escaped, (method, HOST + asked.path, sorted_)))
    key = f"{_escaped(KEYS['consumer_secret'])}&{_escaped(KEYS['access_token_secret'])}"
    right = base64.b64encode(hmac.digest(key.encode(), base.encode(), hashlib.sha1)).decode()
    return "" if hmac.compare_digest(right, signature) else "wrong signature"


def _escaped(told: str) -> str:
    return quote(told, safe="~")
