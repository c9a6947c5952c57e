"""How the HTTP libraries are set up: calls end, repeat nothing, and take a proxy only where one is for. Only adapters
use it.

By themselves requests and httpx wait for each byte anew, so an answer in drops never ends; and they ask the
environment's proxy even for a server on this machine, which no proxy can reach. An answer here is whole within the read
time-out, counted from the end of the request: connecting takes at most as long again, so a call takes less than twice
that. The libraries are imported when they are used.
"""

from __future__ import annotations

import io
import ipaddress
import os
import threading
from contextlib import suppress
from functools import cache
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import socket

    import httpx
    from requests import Session
    from requests.adapters import HTTPAdapter


def here(url: str) -> bool:
    """Return whether an address is this machine's own."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def settle(session: Session, server: str) -> None:
    """Let a session of requests read the environment once, for the server that is really asked: per call it costs a
    sixth of the time."""
    from requests.utils import get_environ_proxies

    session.trust_env = False
    session.proxies = {} if here(server) else dict(get_environ_proxies(server))
    session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True


class Countdown(io.RawIOBase):
    """Bytes of one answer from a socket, whose own time-out counts for all of them together."""

    def __init__(self, raw: io.RawIOBase, source: socket.socket) -> None:
        super().__init__()
        self._raw, self._source = raw, source
        self._patience = source.gettimeout()
        self._ends = None if self._patience is None else monotonic() + self._patience

    def readable(self) -> bool:
        """Say yes: http.client wraps it in a buffer."""
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        """Read what is there, or wait for it as long as is left."""
        if self._ends is not None:
            left = self._ends - monotonic()
            if left <= 0:
                raise TimeoutError("the answer took too long")
            self._source.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Let go, and leave the connection as it was found: the next request is sent over it."""
        if not self.closed:
            with suppress(OSError):  # it may be closed already
                self._source.settimeout(self._patience)
            self._raw.close()
        super().close()


@cache
def ending() -> type[HTTPAdapter]:
    """Return the kind of adapter for a session of requests whose answers end. It repeats nothing: a repeated POST is a
    second post."""
    from http.client import HTTPResponse

    from requests.adapters import HTTPAdapter
    from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
    from urllib3.connection import HTTPConnection, HTTPSConnection

    class Answer(HTTPResponse):
        def __init__(self, sock: socket.socket, *args: Any, **more: Any) -> None:
            super().__init__(sock, *args, **more)
            self.fp = io.BufferedReader(Countdown(self.fp.detach(), sock))

    class Plain(HTTPConnection):
        response_class = Answer

    class Secure(HTTPSConnection):
        response_class = Answer

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    pools = {"http": PlainPool, "https": SecurePool}

    class Ending(HTTPAdapter):
        """Reads every answer against one clock."""

        def init_poolmanager(self, *args: Any, **more: Any) -> None:
            super().init_poolmanager(*args, **more)
            self.poolmanager.pool_classes_by_scheme = pools

        def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
            manager = super().proxy_manager_for(proxy, **more)
            if not proxy.lower().startswith("socks"):  # those have connections of their own kind
                manager.pool_classes_by_scheme = pools
            return manager

    return Ending


def proxy_for(url: str) -> str | None:
    """Return the environment's proxy for an address; None where there is none, and for this machine itself."""
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(url)
    if here(url) or proxy_bypass(parts.netloc.rpartition("@")[2]):
        return None
    told = getproxies()
    proxy = told.get(parts.scheme) or told.get("all")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


@cache
def _countdown_stream() -> Any:
    import httpcore

    class Stream(httpcore.NetworkStream):
        """A connection that counts the time of each answer from its first read on."""

        def __init__(self, inner: httpcore.NetworkStream) -> None:
            self._inner = inner
            self._ends: float | None = None
            self.close, self.get_extra_info = inner.close, inner.get_extra_info  # type: ignore[method-assign]

        def write(self, buffer: bytes, timeout: float | None = None) -> None:
            self._ends = None
            self._inner.write(buffer, timeout)

        def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            if timeout is None:
                return self._inner.read(max_bytes)
            now = monotonic()
            self._ends = self._ends or now + timeout
            if self._ends <= now:
                raise httpcore.ReadTimeout("the answer took too long")
            return self._inner.read(max_bytes, self._ends - now)

        def start_tls(self, *args: Any, **more: Any) -> httpcore.NetworkStream:
            return Stream(self._inner.start_tls(*args, **more))

    class Backend(httpcore.NetworkBackend):
        """Connects as httpcore does by itself."""

        def __init__(self, inner: httpcore.NetworkBackend) -> None:
            self._inner = inner

        def connect_tcp(self, *args: Any, **more: Any) -> httpcore.NetworkStream:
            return Stream(self._inner.connect_tcp(*args, **more))

    return Backend


@cache
def ways() -> type[httpx.BaseTransport]:
    """Return the kind of transport for a client of httpx whose answers end, made with httpx.Limits."""
    import httpx

    class Ways(httpx.BaseTransport):
        """A transport for each proxy, and one for no proxy. Safe for threads."""

        def __init__(self, limits: httpx.Limits) -> None:
            self._limits = limits
            self._lock = threading.Lock()
            self._made: dict[str | None, httpx.HTTPTransport] = {}
            self._known: dict[tuple[str, str, int | None], httpx.HTTPTransport] = {}

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            server = (request.url.scheme, request.url.host, request.url.port)
            return (self._known.get(server) or self._way(server, str(request.url))).handle_request(request)

        def _way(self, server: tuple[str, str, int | None], url: str) -> httpx.HTTPTransport:
            with self._lock:
                proxy = proxy_for(url)
                if proxy not in self._made:
                    try:
                        made = httpx.HTTPTransport(limits=self._limits, proxy=proxy)
                    except (ImportError, ValueError):
                        raise httpx.ProxyError("the environment names a proxy of an unknown kind") from None
                    # There is no public way to it; should it move, this fails before anything is sent.
                    made._pool._network_backend = _countdown_stream()(made._pool._network_backend)
                    self._made[proxy] = made
                return self._known.setdefault(server, self._made[proxy])

        def close(self) -> None:
            for made in self._made.values():
                made.close()

    return Ways
