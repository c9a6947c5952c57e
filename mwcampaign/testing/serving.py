"""A network on this machine, for the tests of an adapter: an HTTP server around one function. For test code.

The function is the network as its documentation says it behaves; what is lost on the way is proxy.FaultProxy's part.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: its path without the query, and the names of its headers in small letters."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes


@contextmanager
def serving(answer: Callable[[Asked], tuple[int, object]]) -> Iterator[str]:
    """Serve on loopback until the block ends, one request at a time; yield the address.

    `answer` returns the status and what is sent as JSON.
    """
    one_at_a_time = Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *_: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            """Answer a request, whatever its method."""
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            with one_at_a_time:
                status, told = answer(Asked(self.command, parts.path, parse_qs(parts.query), headers, body))
            data = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
