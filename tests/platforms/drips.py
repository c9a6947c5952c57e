"""A server whose answer comes in drops. For tests of adapters."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def dripping(first: bytes, slowly: bytes, last: bytes, pace: float = 0.05) -> Iterator[str]:
    """Serve one answer to every request: its first part at once, then one byte after the other, `pace` seconds apart,
    then the last part at once. It is a whole answer for whoever waits."""
    over = threading.Event()

    class Drip(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            try:
                while line := self.rfile.readline():
                    length = 0
                    while line.strip():
                        name, _, value = line.partition(b":")
                        length = int(value) if name.lower() == b"content-length" else length
                        line = self.rfile.readline()
                    self.rfile.read(length)
                    self.wfile.write(first)
                    for byte in slowly:
                        if over.wait(pace):
                            return
                        self.wfile.write(bytes([byte]))
                    self.wfile.write(last)
            except OSError:
                return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Drip) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            over.set()
            server.shutdown()
