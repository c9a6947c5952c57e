"""What `Bluesky.publish` costs in CPU against a bare httpx client that posts the same body to the same server.

Both sides in one run, taken in turns; the server is a process of its own that answers every request alike and counts
connections. Nothing is asserted.
"""

from __future__ import annotations

import asyncio
import gc
import json
import multiprocessing
import statistics
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.connection import Connection

import httpx

from mwcampaign.core.campaign import Account
from mwcampaign.core.delivery import DeliveryKey
from mwcampaign.core.message import Message, canonical
from mwcampaign.core.ports import Handles
from mwcampaign.platforms.bluesky import Bluesky

HANDLE, DID = "museum.test", "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
ROUNDS, CALLS = 15, 200
TEXT = (
    "Today is about secrets. Which object would you take home for a day? #MuseumWeek #SecretsMW https://museum.example"
)


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


class Session:
    """A session that is good for two hours."""

    def __init__(self, server: str) -> None:
        ends = urlsafe_b64encode(json.dumps({"exp": int(time.time()) + 7200}).encode()).rstrip(b"=").decode()
        self.token = f"e30.{ends}.e30"
        parts = (HANDLE, DID, self.token, self.token, server)
        self.kept = canonical({"server": server, "handle": HANDLE, "session": ":::".join(parts)})

    def load(self, account: str) -> str:
        """Return it."""
        return self.kept

    def save(self, account: str, session: str) -> None:
        """Keep nothing."""


def cpu(call: Callable[[], object]) -> float:
    """Return the CPU seconds that one of many calls costs this process."""
    gc.collect()
    began = time.process_time()
    for _ in range(CALLS):
        call()
    return (time.process_time() - began) / CALLS


def main() -> None:
    """Print the ratio and the connections."""
    key, at = DeliveryKey("0" * 64), datetime.now(UTC)
    account = Account(institution="museum", network="bluesky", handle=HANDLE)
    envelope = Bluesky(account, {}, Session("")).prepare(Message(TEXT, "en"), Handles(), key, at)
    uri = envelope.address.replace(HANDLE, DID)
    context = multiprocessing.get_context("fork")
    pipe, theirs = context.Pipe()
    told = json.dumps({"uri": uri, "cid": "bafyreifq5ouy2svamjyajkkeviovto24p3s3rjtb4wboavfjpff27nalhi"}).encode()
    server = context.Process(target=serve, args=(theirs, told), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{pipe.recv()}"
    session = Session(url)
    platform = Bluesky(account.model_copy(update={"server": url}), {}, session)
    client = httpx.Client(timeout=30)
    headers = {"Authorization": f"Bearer {session.token}", "Content-Type": "application/json"}
    body, address = envelope.payload.encode(), f"{url}/xrpc/com.atproto.repo.putRecord"

    def ours() -> str:
        return platform.publish(envelope).remote_id

    def bare() -> str:
        answer = client.post(address, content=body, headers=headers)
        return str(answer.raise_for_status().json()["uri"])

    assert ours() == bare() == uri
    times = [(cpu(ours), cpu(bare)) for _ in range(ROUNDS)]
    middle = [statistics.median(side) * 1e6 for side in zip(*times, strict=True)]
    ratio = statistics.median(a / b for a, b in times)
    print(
        f"publish on Bluesky: {middle[0]:.0f} µs CPU against {middle[1]:.0f} µs, ratio {ratio:.2f} (goal at most 1.25)"
    )
    pipe.send("?")
    print(f"connections: {pipe.recv()} for {2 * (ROUNDS * CALLS + 1)} calls by two clients (goal: 2)")
    platform.close()
    client.close()
    server.terminate()
    server.join()


if __name__ == "__main__":
    main()
