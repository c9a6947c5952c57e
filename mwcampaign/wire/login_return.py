"""Waits on this machine, and on it alone, until the browser comes back from a network's page. The cli calls it.

Only a request that carries this login's state counts; every other one is answered and forgotten.
"""

from __future__ import annotations

import hmac
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

from mwcampaign.errors import MwcampaignError, Rejected
from mwcampaign.platforms._login import came_back

THANKS = "<!doctype html><title>mwcampaign</title><p>Thank you. You can close this page, and go back to your terminal."
AGAIN = "<!doctype html><title>mwcampaign</title><p>The network gave no code. Your terminal tells more."
STRANGE = "<!doctype html><title>mwcampaign</title><p>This is not the page that is waited for."


class Return(HTTPServer):
    """Listens for one person's return. `heard` is what came back with them, once they are here."""

    def __init__(self, port: int, state: str) -> None:
        self.state = state
        self.heard: dict[str, str] | None = None
        self.refused: Rejected | None = None
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except OSError as error:
            hint = "state another with --port, and at the network too; or use --paste"
            raise MwcampaignError(f"port {port} of this machine cannot be used: {error.strerror}", hint=hint) from None
        self.timeout = 0

    def take(self) -> dict[str, str] | None:
        """Answer the request that is there; return what came back, None while nobody has. Raises Rejected when the
        network sent the person back without a code."""
        self.handle_request()
        if self.refused is not None:
            raise self.refused
        return self.heard

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: whoever hung up is not waited for, and a traceback could show an address."""


class _Handler(BaseHTTPRequestHandler):
    server: Return
    timeout = 5.0

    def do_GET(self) -> None:
        """Answer with a page, and remember what came back if it is ours."""
        query = parse_qs(urlsplit(self.path).query)
        state = query.get("state", [""])[0]
        if not hmac.compare_digest(state.encode(), self.server.state.encode()):
            self._page(400, STRANGE)
            return
        try:
            self.server.heard = came_back(f"http://127.0.0.1{self.path}", self.server.state)
        except Rejected as no:
            self.server.refused = no
            self._page(400, AGAIN)
            return
        self._page(200, THANKS)

    def _page(self, status: int, page: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, *_: object) -> None:
        """Log nothing: the address holds the code."""
