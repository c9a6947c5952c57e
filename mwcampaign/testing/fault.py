"""The ways in which a request or its answer goes wrong, and how a proxy is told. Test code may use it."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

ResetStyle = Literal["retry-after", "x-ratelimit-reset", "ratelimit-reset", "x-rate-limit-reset"]
"""How a network says when to come back: seconds; ISO time (Mastodon); epoch seconds (Bluesky); epoch seconds (X)."""


class Fault(StrEnum):
    """What can happen to a request. The first six forward nothing; the lost answers forward first."""

    REFUSE = "nobody listens"
    RATE_LIMIT = "429"
    UNAUTHORIZED = "401"
    BAD_REQUEST = "400"
    SERVER_ERROR_BEFORE = "500, nothing done"
    DROP_BEFORE = "closed without an answer, nothing done"
    DROP = "done, then closed without an answer"
    STALL = "done, then silence"
    TRUNCATE = "done, then half an answer"
    SERVER_ERROR_AFTER = "done, then 500"
    HTML = "done, then a page of HTML with 200"
    RUBBISH = "done, then 200 with bytes that are no JSON"
    RESET = "done, then the connection is reset"


LOST_ANSWERS = frozenset(
    {Fault.DROP, Fault.STALL, Fault.TRUNCATE, Fault.SERVER_ERROR_AFTER, Fault.HTML, Fault.RUBBISH, Fault.RESET}
)
"""The server acted, and the client cannot know."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One request that reached the proxy, and the fault it met."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    fault: Fault | None = None

    @property
    def lower(self) -> dict[str, str]:
        """Return the headers with names in small letters."""
        return {name.lower(): value for name, value in self.headers.items()}


@dataclass(slots=True)
class Rule:
    """What `FaultProxy.arm` or `FaultProxy.answer` was told; `left` counts down. Without a fault, `body` or
    the server's own answer is given, with `headers` added."""

    fault: Fault | None
    method: re.Pattern[str]
    path: re.Pattern[str]
    left: int
    forward: bool
    status: int
    wait: int
    style: ResetStyle | None
    body: bytes | None
    echo: bool
    headers: Mapping[str, str]


@dataclass(slots=True)
class World:
    """What a proxy's threads share: rules not yet met, requests seen, connections open."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    rules: list[Rule] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    open: set[socket.socket] = field(default_factory=set)
    accepted: int = 0
    over: threading.Event = field(default_factory=threading.Event)
