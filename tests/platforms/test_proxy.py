"""The proxy loses answers as it says, and nothing else."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from mwcampaign.testing.proxy import LOST_ANSWERS, Fault, FaultProxy

ANSWER = json.dumps({"id": "1", "text": "published"}).encode()


class Server(ThreadingHTTPServer):
    """Remembers what arrived, with the connection it came by."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.arrived: list[tuple[str, str, bytes]] = []
        self.connections: list[int] = []


class Handler(BaseHTTPRequestHandler):
    """Answers every POST with ANSWER, GET /chunked in chunks, and DELETE with nothing."""

    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""

    def do_POST(self) -> None:
        """Remember the body."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.arrived.append(("POST", self.path, body))
        self.server.connections.append(self.client_address[1])
        self.send_response(200)
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def do_GET(self) -> None:
        """Answer in chunks."""
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"5\r\nmuseu\r\n1\r\nm\r\n0\r\n\r\n")

    def do_DELETE(self) -> None:
        """Answer without a body."""
        self.send_response(204)
        self.end_headers()


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that is always well."""
    running = Server()
    thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield running
    running.shutdown()
    running.server_close()


@pytest.fixture
def proxy(server: Server) -> Iterator[FaultProxy]:
    """A proxy in front of it."""
    with FaultProxy(f"http://127.0.0.1:{server.server_address[1]}") as running:
        yield running


def connect(url: str, timeout: float = 5) -> http.client.HTTPConnection:
    """Open a client connection."""
    parts = urlsplit(url)
    assert parts.hostname and parts.port
    return http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)


def post(url: str, path: str = "/posts", timeout: float = 5) -> http.client.HTTPResponse:
    """Post a small body on a new connection."""
    client = connect(url, timeout)
    client.request("POST", path, body=b"a museum", headers={"Authorization": "Bearer c4n4ry"})
    return client.getresponse()


def test_passes_everything_on(proxy: FaultProxy, server: Server) -> None:
    """Without a rule a request arrives as it was sent, and the answer comes back as it was given."""
    answer = post(proxy.url, "/posts?page=2")
    assert (answer.status, answer.read()) == (200, ANSWER)
    assert server.arrived == [("POST", "/posts?page=2", b"a museum")]
    (seen,) = proxy.requests
    assert (seen.method, seen.path, seen.body, seen.fault) == ("POST", "/posts?page=2", b"a museum", None)
    assert seen.lower["authorization"] == "Bearer c4n4ry"


def test_keeps_connections_open(proxy: FaultProxy, server: Server) -> None:
    """Requests of one client connection share one connection to the server."""
    client = connect(proxy.url)
    for _ in range(3):
        client.request("POST", "/posts", body=b"again")
        assert client.getresponse().read() == ANSWER
    assert len(set(server.connections)) == 1


def test_understands_chunks_and_empty_answers(proxy: FaultProxy, server: Server) -> None:
    """Chunked bodies pass in both directions, and answers without a body end."""
    client = connect(proxy.url)
    client.request("GET", "/chunked")
    assert client.getresponse().read() == b"museum"
    client.request("DELETE", "/posts/1")
    answer = client.getresponse()
    assert (answer.status, answer.read()) == (204, b"")
    client.request("POST", "/posts", body=iter([b"in ", b"parts"]), encode_chunked=True)
    assert client.getresponse().read() == ANSWER
    assert server.arrived[-1][2] == b"in parts"


def test_many_clients_at_once(proxy: FaultProxy, server: Server) -> None:
    """Eight clients at once each get their own answer."""
    answers: list[bytes] = []
    threads = [threading.Thread(target=lambda: answers.append(post(proxy.url).read())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [ANSWER] * 8
    assert len(server.arrived) == 8


@pytest.mark.parametrize(
    ("fault", "status"),
    [(Fault.RATE_LIMIT, 429), (Fault.UNAUTHORIZED, 401), (Fault.BAD_REQUEST, 400), (Fault.SERVER_ERROR_BEFORE, 500)],
)
def test_a_clear_no_never_reaches_the_server(proxy: FaultProxy, server: Server, fault: Fault, status: int) -> None:
    """Refusals are given without asking the server, once, and repeat the caller's credential as careless servers do."""
    proxy.arm(fault)
    refused = post(proxy.url)
    assert refused.status == status
    assert b"c4n4ry" in refused.read()
    assert server.arrived == []
    assert post(proxy.url).status == 200


@pytest.mark.parametrize("fault", sorted(LOST_ANSWERS))
def test_a_lost_answer_reaches_the_server_first(proxy: FaultProxy, server: Server, fault: Fault) -> None:
    """The server acts, and the client is left without an answer it can use."""
    proxy.arm(fault)
    with pytest.raises((OSError, http.client.HTTPException, ValueError)):
        json.loads(_success(post(proxy.url, timeout=0.3)))
    assert [path for _, path, _ in server.arrived] == ["/posts"]


def _success(answer: http.client.HTTPResponse) -> bytes:
    if answer.status != 200:
        raise http.client.HTTPException(answer.status)
    return answer.read()


@pytest.mark.parametrize("fault", [Fault.DROP_BEFORE, Fault.RESET])
def test_a_connection_lost_on_the_way(proxy: FaultProxy, server: Server, fault: Fault) -> None:
    """A connection can break before anything was forwarded, even in the middle of a long request."""
    proxy.arm(fault, forward=False)
    client = connect(proxy.url)
    with pytest.raises((OSError, http.client.HTTPException)):
        client.request("POST", "/posts", body=b"x" * 10_000_000)
        client.getresponse()
    assert server.arrived == []


@pytest.mark.parametrize(
    ("style", "header"),
    [
        ("retry-after", "Retry-After"),
        ("x-ratelimit-reset", "X-RateLimit-Reset"),
        ("ratelimit-reset", "RateLimit-Reset"),
        ("x-rate-limit-reset", "x-rate-limit-reset"),
        (None, None),
    ],
)
def test_tells_the_wait_in_the_networks_way(proxy: FaultProxy, style: str | None, header: str | None) -> None:
    """Each network has its own header for when to come back; one may also say nothing."""
    proxy.arm(Fault.RATE_LIMIT, style=style)  # type: ignore[arg-type]
    answer = post(proxy.url)
    assert [name for name, _ in answer.getheaders() if name.lower().endswith(("reset", "after"))] == (
        [header] if header else []
    )


def test_meets_only_what_it_was_armed_for(proxy: FaultProxy) -> None:
    """A rule waits for its method and path, and counts."""
    proxy.arm(Fault.BAD_REQUEST, method="POST", path="/media", times=2, status=422)
    assert post(proxy.url).status == 200
    assert [post(proxy.url, "/api/media").status for _ in range(3)] == [422, 422, 200]
    proxy.arm(Fault.BAD_REQUEST)
    proxy.calm()
    assert post(proxy.url).status == 200


def test_refuses_connections(proxy: FaultProxy, server: Server) -> None:
    """Refusing closes the connections there are and refuses new ones, until the proxy listens again."""
    client = connect(proxy.url)
    client.request("POST", "/posts", body=b"first")
    client.getresponse().read()
    proxy.arm(Fault.REFUSE)
    assert client.sock is not None
    assert client.sock.recv(1) == b""
    for url in (proxy.url, proxy.refused_url):
        with pytest.raises(ConnectionRefusedError):
            post(url)
    proxy.listen()
    assert post(proxy.url).status == 200
    assert len(server.arrived) == 2


def test_leaves_nothing_behind(server: Server) -> None:
    """After the block nobody listens."""
    with FaultProxy(f"http://127.0.0.1:{server.server_address[1]}") as running:
        url = running.url
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", urlsplit(url).port or 0), timeout=1)
