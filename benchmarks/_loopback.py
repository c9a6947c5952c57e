"""A server in a process of its own that answers every request alike and counts connections, and what calls cost."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

ROUNDS, CALLS = 15, 200


class Server(asyncio.Protocol):
    """Reads a request by its length and answers always the same."""

    connections = 0
    answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it."""
        assert isinstance(transport, asyncio.Transport)
        type(self).connections += 1
        self.transport, self.read = transport, b""

    def data_received(self, data: bytes) -> None:
        """Answer when the whole request is there."""
        self.read += data
        head, found, body = self.read.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
        if found and len(body) >= length:
            self.read = b""
            self.transport.write(type(self).answer)


def serve(pipe: Connection, body: bytes) -> None:
    """Serve until killed; tell the port first, then the number of connections whenever asked."""
    Server.answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
        len(body),
        body,
    )

    async def run() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Server, "127.0.0.1", 0)
        loop.add_reader(pipe.fileno(), lambda: (pipe.recv(), pipe.send(Server.connections)))
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


class Loopback:
    """The running server."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self.url = f"http://127.0.0.1:{pipe.recv()}"

    def connections(self) -> int:
        """Return how many connections were made so far."""
        self._pipe.send("?")
        return int(self._pipe.recv())


@contextmanager
def loopback(answer: bytes) -> Iterator[Loopback]:
    """Serve one JSON answer to everybody."""
    context = multiprocessing.get_context("fork")
    pipe, theirs = context.Pipe()
    server = context.Process(target=serve, args=(theirs, answer), daemon=True)
    server.start()
    yield Loopback(pipe)
    server.terminate()
    server.join()


def cpu(call: Callable[[], object]) -> float:
    """Return the CPU seconds that one of many calls costs this process."""
    gc.collect()
    began = time.process_time()
    for _ in range(CALLS):
        call()
    return (time.process_time() - began) / CALLS


def compare_calls(name: str, server: Loopback, ours: Callable[[], object], bare: Callable[[], object]) -> None:
    """Print the CPU of a call of both sides, taken in turns, their ratio, and the connections made."""
    assert ours() == bare()
    times = [(cpu(ours), cpu(bare)) for _ in range(ROUNDS)]
    middle = [statistics.median(side) * 1e6 for side in zip(*times, strict=True)]
    ratio = statistics.median(a / b for a, b in times)
    print(f"{name}: {middle[0]:.0f} µs CPU against {middle[1]:.0f} µs, ratio {ratio:.2f} (goal at most 1.25)")
    print(f"connections: {server.connections()} for {2 * (ROUNDS * CALLS + 1)} calls by two clients (goal: 2)")
