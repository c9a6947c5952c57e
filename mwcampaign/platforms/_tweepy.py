"""What the X adapter needs of tweepy and requests: a client with time-outs, signing, and texts as X gives them back."""

from __future__ import annotations

import html
import logging
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from mwcampaign.core.entities import x_urls

if TYPE_CHECKING:
    from requests import PreparedRequest, Response
    from tweepy import Client

HOST = "https://api.x.com"
CONNECT = 10.0
"""Seconds to wait for a connection."""


def client_for(server: str, secrets: Mapping[str, str], timeout: float) -> tuple[Client, Any]:
    """Return a tweepy client whose calls end, and the signer of its requests (OAuth 1.0a), both made once.

    `server` is where requests go, "" for X itself; signatures stay made for X. `timeout` is seconds without a byte.
    """
    import tweepy
    from requests.adapters import HTTPAdapter

    # At level DEBUG these two write keys and signed headers into the log.
    for name in ("oauthlib", "requests_oauthlib"):
        logging.getLogger(name).setLevel(logging.INFO)

    class Ending(HTTPAdapter):
        """Sends with a time-out (tweepy has none) and to the server told."""

        def send(self, request: PreparedRequest, *args: Any, **more: Any) -> Response:
            if server and request.url:
                there, asked = urlsplit(server), urlsplit(request.url)
                request.url = urlunsplit((there.scheme, there.netloc, asked.path, asked.query, ""))
            more["timeout"] = (CONNECT, timeout)
            return super().send(request, *args, **more)

    names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
    keys = {name: secrets.get(name, "") for name in names}
    client = tweepy.Client(**keys)
    # No retries here: a repeated POST is a second post.
    client.session.mount(HOST, Ending(max_retries=0))
    client.session.headers["User-Agent"] = client.user_agent
    return client, tweepy.OAuth1UserHandler(*keys.values()).apply_auth()


def same_text(sent: str, post: Mapping[str, Any]) -> bool:
    """Return whether a post of the timeline is the text we sent: X escapes & < >, puts its own short addresses in
    place of ours, and adds one for pictures."""
    text = str(post.get("text", ""))
    links = []
    for link in (post.get("entities") or {}).get("urls") or ():
        short, full = str(link.get("url", "")), str(link.get("expanded_url", ""))
        if link.get("media_key") or "/photo/" in full or "/video/" in full:
            text = text.replace(short, "")
        else:
            text = text.replace(short, "\0", 1)
            links.append(_bare(full))
    ours, mine, last = [], [], 0
    for span in x_urls(sent):
        mine.append(_bare(span.text))
        ours.append(sent[last : span.start])
        last = span.end
    skeleton = "\0".join([*ours, sent[last:]])
    return mine == links and _plain(skeleton) == _plain(html.unescape(text))


def _bare(address: str) -> str:
    return address.partition("://")[2].rstrip("/").lower() if "://" in address else address.rstrip("/").lower()


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()
