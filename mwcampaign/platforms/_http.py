"""A thin way to a network's interface over httpx, for networks without a well-kept client. Only adapters use it.

One request, one answer: no retries, no redirects, every answer read against one clock, and no address in any log,
because some networks put the token into it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from mwcampaign.errors import PublishError, Rejected
from mwcampaign.platforms._calls import ways
from mwcampaign.platforms._outcome import clean, of_status, of_transport, wait_told

if TYPE_CHECKING:
    import httpx

CONNECT = 10.0
"""Seconds for making a connection."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said: `data` is its JSON, None where it is none; the names of `headers` are in small letters."""

    status: int
    headers: Mapping[str, str]
    data: Any

    def wait(self) -> timedelta | None:
        """Return how long the server asks to wait, or None."""
        return wait_told(self.headers, datetime.now(UTC))


Judge = Callable[[str, Answer, bool], PublishError | None]
"""From a step, its answer and whether the step is visible, to the error it means; None: it went well."""


class Http:
    """One account's connections to one server. Constructing opens nothing; safe for threads.

    `secrets` are cut out of whatever is repeated from the server. `patience` counts seconds from a request until an
    answer that is not whole counts as lost. `judge` reads the network's own way to say no.
    """

    def __init__(self, server: str, secrets: Iterable[str], patience: float, judge: Judge | None = None) -> None:
        self._server, self._patience = server.rstrip("/"), patience
        self._secrets = tuple(each for each in secrets if each)
        self._judge = judge or self.by_status
        self._lock = threading.Lock()
        self._way: httpx.BaseTransport | None = None

    def call(
        self,
        step: str,
        verb: str,
        path: str,
        *,
        visible: bool = False,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **body: Any,
    ) -> Answer:
        """Send one request and return its answer. `body` is one of httpx's content, json, data and files.

        `path` may be a whole address, for a server other than the account's. Raises PublishError, and Ambiguous only
        for a `visible` step.
        """
        import httpx

        url = path if "://" in path else f"{self._server}/{path.lstrip('/')}"
        timeout = httpx.Timeout(self._patience, connect=min(CONNECT, self._patience))
        try:
            request = httpx.Request(
                verb, url, params=params, headers=headers, extensions={"timeout": timeout.as_dict()}, **body
            )
            # Straight to the transport: a client would log the address.
            response = self._open().handle_request(request)
            try:
                response.read()
            finally:
                response.close()
        except httpx.InvalidURL:
            raise Rejected(f"{step}: the server's address is not valid", reach="account") from None
        except httpx.HTTPError as error:
            # `from None`: the error holds the request, and with it the token.
            raise of_transport(step, error, visible=visible) from None
        told = {name.lower(): value for name, value in response.headers.items()}
        answer = Answer(response.status_code, told, _data(response.content))
        if trouble := self._judge(step, answer, visible):
            raise trouble
        return answer

    def by_status(self, step: str, answer: Answer, visible: bool) -> PublishError | None:
        """Judge by the status alone; what the server said is not repeated."""
        if 200 <= answer.status < 300:
            return None
        return of_status(step, answer.status, visible=visible, wait=answer.wait())

    def clean(self, said: object) -> str:
        """Return a server's reason as one short line without the secrets."""
        return clean(said, self._secrets)

    def close(self) -> None:
        """Let go of connections."""
        with self._lock:
            if self._way is not None:
                self._way.close()
            self._way = None

    def _open(self) -> httpx.BaseTransport:
        import httpx

        with self._lock:
            if self._way is None:
                self._way = ways()(httpx.Limits(max_connections=32, max_keepalive_connections=32))  # type: ignore[call-arg]
            return self._way


def _data(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
