"""What the X adapter needs of tweepy and requests: calls that are signed, that end, and go nowhere else."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    from requests import PreparedRequest, Response

HOST = "https://api.x.com"
CONNECT = 10.0
"""Seconds to wait for a connection."""
BLOCK = 65536


class TooSlow(OSError):
    """The answer comes in drops: it would take longer than a call may."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer of the server."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def data(self) -> dict[str, Any]:
        """Return the body as a JSON object. Raises ValueError when it is none."""
        told = json.loads(self.body)
        if not isinstance(told, dict):
            raise ValueError("the answer is no JSON object")  # noqa: TRY004 - the same trouble as no JSON
        return told


class Caller:
    """Signed calls to X (OAuth 1.0a), over one tweepy client made once.

    Its own `request` is not used: it knows no time-out, writes bodies into the log, takes no bytes as they are, and
    fails on errors that are lists. `server` is where requests go, "" for X itself; signatures stay made for X.
    `timeout` is seconds without a byte.
    """

    def __init__(self, server: str, secrets: Mapping[str, str], timeout: float) -> None:
        import tweepy
        from requests.adapters import HTTPAdapter
        from requests.utils import get_environ_proxies

        # At level DEBUG these two write keys and signed headers into the log.
        for name in ("oauthlib", "requests_oauthlib"):
            logging.getLogger(name).setLevel(logging.INFO)

        class Elsewhere(HTTPAdapter):
            """Sends to the server told."""

            def send(self, request: PreparedRequest, *args: Any, **more: Any) -> Response:
                if server and request.url:
                    there, asked = urlsplit(server), urlsplit(request.url)
                    request.url = urlunsplit((there.scheme, there.netloc, asked.path, asked.query, ""))
                return super().send(request, *args, **more)

        names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
        keys = [secrets.get(name, "") for name in names]
        client = tweepy.Client(None, *keys)
        self._session = client.session
        # The environment is read once, for the server that is really asked: per call it costs a sixth of the time.
        self._session.trust_env = False
        self._session.proxies = dict(get_environ_proxies(server or HOST))
        self._session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
        # No retries: a repeated POST is a second post.
        self._session.mount(f"{HOST}/", Elsewhere(max_retries=0))
        self._session.headers["User-Agent"] = client.user_agent
        self._signer = tweepy.OAuth1UserHandler(*keys).apply_auth()
        self._timeout = timeout

    def call(self, method: str, path: str, **more: Any) -> Answer:
        """Make one call. Without a whole answer: OSError (all of requests' errors are) or urllib3's HTTPError."""
        began = monotonic()
        answer = self._session.request(
            method,
            HOST + path,
            auth=self._signer,
            timeout=(min(CONNECT, self._timeout), self._timeout),
            stream=True,
            # Whoever answers for X with another address gets no post and gives no receipt.
            allow_redirects=False,
            **more,
        )
        body = bytearray()
        # One wait of at most `timeout` more, so that all of it stays below twice that.
        while block := answer.raw.read1(BLOCK, decode_content=True):
            body += block
            if monotonic() - began > self._timeout:
                answer.close()
                raise TooSlow("the answer took too long")
        return Answer(answer.status_code, answer.headers, bytes(body))

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()
