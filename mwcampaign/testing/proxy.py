"""A proxy that loses answers on demand, to stand between an adapter and a server, real or fake.

Tests of adapters may use it. It forwards every request and every answer unchanged until a rule says otherwise;
the fakes behind it therefore need no faults of their own. Standard library only, loopback only.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Mapping
from types import TracebackType

from mwcampaign.testing._relay import Handler, Server, shut
from mwcampaign.testing.fault import LOST_ANSWERS, Fault, ResetStyle, Rule, Seen, World

__all__ = ["LOST_ANSWERS", "Fault", "FaultProxy", "ResetStyle", "Seen"]


class FaultProxy:
    """Forward to `upstream` (an http address) from `url`; `arm` says which request meets which fault.

    A context manager. Safe for concurrent requests; each client connection has its own connection upstream.
    """

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream.rstrip("/")
        self._world = World()
        self._server = self._listening(0)
        self._port: int = self._server.server_address[1]
        self._nobody = socket.socket()
        # Bound but not listening: connecting here is refused for as long as the proxy lives.
        self._nobody.bind(("127.0.0.1", 0))

    @property
    def url(self) -> str:
        """Return the address to give to the adapter."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def refused_url(self) -> str:
        """Return an address where nobody listens."""
        return f"http://127.0.0.1:{self._nobody.getsockname()[1]}"

    @property
    def requests(self) -> list[Seen]:
        """Return every request so far, oldest first."""
        with self._world.lock:
            return list(self._world.seen)

    @property
    def connections(self) -> int:
        """Return how many connections were made to the proxy so far."""
        return self._world.accepted

    def arm(
        self,
        fault: Fault,
        *,
        method: str = ".*",
        path: str = ".*",
        times: int = 1,
        forward: bool | None = None,
        status: int | None = None,
        wait: int = 60,
        style: ResetStyle | None = "retry-after",
        body: bytes | None = None,
        echo: bool = True,
    ) -> None:
        """Let the next `times` requests meet the fault; `method` must match whole, `path` anywhere (regexes).

        `forward` overrides whether the server gets the request first, `status` the code of an error answer;
        `wait` seconds are announced in `style` with a 429, or not at all with None. Error answers carry `body`, or
        JSON that by default repeats the request's Authorization header, as careless servers do. REFUSE takes
        effect at once: all connections close and nobody listens until `listen`.
        """
        if fault is Fault.REFUSE:
            self.hang_up()
            return
        codes = {Fault.RATE_LIMIT: 429, Fault.UNAUTHORIZED: 401, Fault.BAD_REQUEST: 400}
        rule = Rule(
            fault=fault,
            method=re.compile(method),
            path=re.compile(path),
            left=times,
            forward=fault in LOST_ANSWERS if forward is None else forward,
            status=codes.get(fault, 500) if status is None else status,
            wait=wait,
            style=style,
            body=body,
            echo=echo,
            headers={},
        )
        self._add(rule)

    def answer(
        self,
        body: bytes | None,
        *,
        status: int = 200,
        method: str = ".*",
        path: str = ".*",
        times: int = 1,
        forward: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Let the next `times` requests get this answer, as JSON, without or after forwarding them.

        With `forward` and a body of None the server's own answer is given, with `headers` added to it.
        """
        rule = Rule(
            fault=None,
            method=re.compile(method),
            path=re.compile(path),
            left=times,
            forward=forward,
            status=status,
            wait=0,
            style=None,
            body=body,
            echo=False,
            headers=headers or {},
        )
        self._add(rule)

    def _add(self, rule: Rule) -> None:
        with self._world.lock:
            self._world.rules.append(rule)

    def calm(self) -> None:
        """Forget every rule that has not been met."""
        with self._world.lock:
            self._world.rules.clear()

    def hang_up(self) -> None:
        """Close all connections and stop listening: who connects now is refused."""
        self._server.shutdown()
        self._server.server_close()
        with self._world.lock:
            for connection in self._world.open:
                shut(connection)

    def listen(self) -> None:
        """Listen again, at the same address."""
        self._server = self._listening(self._port)

    def _listening(self, port: int) -> Server:
        server = Server(("127.0.0.1", port), Handler)
        server.world, server.upstream = self._world, self.upstream
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return server

    def __enter__(self) -> FaultProxy:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._world.over.set()
        self.hang_up()
        self._nobody.close()
