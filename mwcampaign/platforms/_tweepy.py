"""What the X adapter needs of tweepy and requests: calls that are signed, and that go to X and nowhere else."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from mwcampaign.platforms._calls import ending, settle
from mwcampaign.platforms._x_answers import Answer

if TYPE_CHECKING:
    from requests import PreparedRequest, Response

HOST = "https://api.x.com"
CONNECT = 10.0
"""Seconds to wait for a connection."""


class Caller:
    """Signed calls to X (OAuth 1.0a), over one tweepy client made once.

    Its own `request` is not used: it knows no time-out, writes bodies into the log, takes no bytes as they are, and
    fails on errors that are lists. `server` is where requests go, "" for X itself; signatures stay made for X.
    `timeout` is seconds from a request to its whole answer.
    """

    def __init__(self, server: str, secrets: Mapping[str, str], timeout: float) -> None:
        import tweepy

        # At level DEBUG these two write keys and signed headers into the log.
        for name in ("oauthlib", "requests_oauthlib"):
            logging.getLogger(name).setLevel(logging.INFO)

        class Elsewhere(ending()):  # type: ignore[misc] # mypy knows no bases that are made when needed
            """Sends to the server told."""

            def send(self, request: PreparedRequest, *args: Any, **more: Any) -> Response:
                if server and request.url:
                    there, asked = urlsplit(server), urlsplit(request.url)
                    request.url = urlunsplit((there.scheme, there.netloc, asked.path, asked.query, ""))
                answer: Response = super().send(request, *args, **more)
                return answer

        names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
        keys = [secrets.get(name, "") for name in names]
        client = tweepy.Client(None, *keys)
        self._session = client.session
        settle(self._session, server or HOST)
        self._session.mount(f"{HOST}/", Elsewhere())
        self._session.headers["User-Agent"] = client.user_agent
        self._signer = tweepy.OAuth1UserHandler(*keys).apply_auth()
        self._timeout = timeout

    def call(self, method: str, path: str, **more: Any) -> Answer:
        """Make one call. Without a whole answer: OSError (all of requests' errors are) or urllib3's HTTPError."""
        answer = self._session.request(
            method,
            HOST + path,
            auth=self._signer,
            timeout=(min(CONNECT, self._timeout), self._timeout),
            # Whoever answers for X with another address gets no post and gives no receipt.
            allow_redirects=False,
            **more,
        )
        return Answer(answer.status_code, answer.headers, answer.content)

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()
