"""How the proxy handles one connection: read, forward, answer, or let it go wrong. Only `proxy` uses it."""

from __future__ import annotations

import http.client
import json
import select
import socket
import socketserver
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

from mwcampaign.testing.fault import Fault, ResetStyle, Rule, Seen, World

HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "content-length"})
LONGEST_STALL = 30.0


@dataclass(slots=True)
class Answer:
    """An answer to pass on, without hop-by-hop headers."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    reason: str = ""


class Server(socketserver.ThreadingTCPServer):
    """Listens for one proxy, with a thread for each connection."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    world: World
    upstream: str

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent: clients that hang up are what this proxy is for."""


class Handler(BaseHTTPRequestHandler):
    """One client connection, with its own connection upstream."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def setup(self) -> None:
        """Remember the connection, so that hanging up can close it."""
        super().setup()
        self._up: http.client.HTTPConnection | None = None
        with self.server.world.lock:
            self.server.world.open.add(self.connection)
            self.server.world.accepted += 1

    def finish(self) -> None:
        """Forget the connection and let go of the one upstream."""
        with self.server.world.lock:
            self.server.world.open.discard(self.connection)
        if self._up is not None:
            self._up.close()
        try:
            super().finish()
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""

    def _handle(self) -> None:
        rule = self._rule()
        # A reset that forwards nothing comes in the middle of the request.
        body = b"" if rule and rule.fault is Fault.RESET and not rule.forward else self._read_body()
        with self.server.world.lock:
            self.server.world.seen.append(
                Seen(self.command, self.path, dict(self.headers.items()), body, rule.fault if rule else None)
            )
        if rule is None:
            self._send(self._forward(body))
            return
        answer = self._forward(body) if rule.forward else None
        self._meet(rule, answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = _handle

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _rule(self) -> Rule | None:
        world = self.server.world
        with world.lock:
            for rule in world.rules:
                if rule.left and rule.method.fullmatch(self.command) and rule.path.search(self.path):
                    rule.left -= 1
                    return rule
        return None

    def _forward(self, body: bytes) -> Answer:
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        headers["Content-Length"] = str(len(body))
        connection = self._upstream()
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        told = [(name, value) for name, value in answer.getheaders() if name.lower() not in HOP_BY_HOP]
        return Answer(answer.status, told, answer.read(), answer.reason)

    def _upstream(self) -> http.client.HTTPConnection:
        # A connection that became readable while idle was closed by the server: sending on it would lose a request.
        if self._up is not None and self._up.sock is not None and select.select([self._up.sock], [], [], 0)[0]:
            self._up.close()
        if self._up is None:
            parts = urlsplit(self.server.upstream)
            assert parts.hostname is not None
            self._up = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=60)
        return self._up

    def _send(self, answer: Answer, body: bytes | None = None) -> None:
        self.send_response_only(answer.status, answer.reason or None)
        for name, value in answer.headers:
            self.send_header(name, value)
        if not (answer.status in (204, 304) or answer.status < 200):
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body if body is None else body)
        self.wfile.flush()

    def _meet(self, rule: Rule, answer: Answer | None) -> None:
        match rule.fault:
            case None:
                self._send(_scripted(rule, answer))
            case Fault.DROP | Fault.DROP_BEFORE:
                self._hang_up()
            case Fault.RESET:
                # Lingering for no time turns the close into a reset.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
                self.connection.close()
            case Fault.STALL:
                self._wait_for_client()
                self._hang_up()
            case Fault.TRUNCATE:
                whole = answer or Answer(200, [("Content-Type", "application/json")], b'{"id": "1", "uri": "1"}')
                self._send(whole, whole.body[: len(whole.body) // 2])
                self._hang_up()
            case Fault.HTML:
                page = b"<!DOCTYPE html><html><body><h1>We will be back soon</h1></body></html>"
                self._send(Answer(200, [("Content-Type", "text/html; charset=utf-8")], page))
            case Fault.RUBBISH:
                self._send(Answer(200, [("Content-Type", "application/json")], b"\x00\xff{not json"))
            case _:
                self._send(self._refusal(rule))

    def _refusal(self, rule: Rule) -> Answer:
        headers = [("Content-Type", "application/json")]
        if rule.fault is Fault.RATE_LIMIT and rule.style is not None:
            headers += _reset_headers(rule.style, rule.wait)
        said = f"Refused {self.headers.get('Authorization', '')}" if rule.echo else "Refused"
        told = {"error": said, "message": said}
        return Answer(rule.status, headers, json.dumps(told).encode() if rule.body is None else rule.body)

    def _hang_up(self) -> None:
        self.close_connection = True
        shut(self.connection)

    def _wait_for_client(self) -> None:
        """Say nothing until the client closes the connection, the proxy ends, or half a minute is over."""
        waited = 0.0
        while waited < LONGEST_STALL and not self.server.world.over.is_set():
            if select.select([self.connection], [], [], 0.05)[0]:
                return
            waited += 0.05


def _scripted(rule: Rule, answer: Answer | None) -> Answer:
    headers = list(rule.headers.items())
    if rule.body is None and answer is not None:
        kept = [
            (name, value)
            for name, value in answer.headers
            if name.lower() not in {each.lower() for each in rule.headers}
        ]
        return Answer(answer.status, kept + headers, answer.body, answer.reason)
    return Answer(rule.status, [("Content-Type", "application/json"), *headers], rule.body or b"")


def _reset_headers(style: ResetStyle, wait: int) -> list[tuple[str, str]]:
    when = datetime.now(UTC) + timedelta(seconds=wait)
    epoch = str(int(when.timestamp()))
    match style:
        case "retry-after":
            return [("Retry-After", str(wait))]
        case "x-ratelimit-reset":
            reset = when.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            return [("X-RateLimit-Limit", "300"), ("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", reset)]
        case "ratelimit-reset":
            return [("RateLimit-Limit", "5000"), ("RateLimit-Remaining", "0"), ("RateLimit-Reset", epoch)]
        case "x-rate-limit-reset":
            return [("x-rate-limit-limit", "100"), ("x-rate-limit-remaining", "0"), ("x-rate-limit-reset", epoch)]


def shut(connection: socket.socket) -> None:
    """Close both ways of a connection at once, for whoever uses it."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is closed already
