"""Notice what pure code must not do: open a connection, look at a clock, draw a random number. Test code may use it."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any
from unittest import mock

IMPURE = frozenset(
    {"time", "time_ns", "monotonic", "perf_counter", "now", "utcnow", "today", "urandom", "random", "getrandbits"}
)
"""Built-in functions by whose names clocks and chance are asked."""


class Reached(AssertionError):
    """Code that must stay offline reached for the network."""


@contextmanager
def no_network() -> Iterator[None]:
    """Let every new connection and name look-up of this process fail with Reached, in all threads."""

    def refuse(*_: object, **__: object) -> None:
        raise Reached("a connection was opened where none may be")

    with (
        mock.patch.object(socket.socket, "connect", refuse),
        mock.patch.object(socket.socket, "connect_ex", refuse),
        mock.patch.object(socket.socket, "send", refuse),
        mock.patch.object(socket.socket, "sendall", refuse),
        mock.patch.object(socket, "getaddrinfo", refuse),
    ):
        yield


@contextmanager
def impurities() -> Iterator[list[str]]:
    """Collect the names of clocks and sources of chance that this thread asks within the block."""
    asked: list[str] = []

    def look(frame: FrameType, event: str, function: Any) -> None:
        if event == "c_call" and getattr(function, "__name__", "") in IMPURE:
            asked.append(f"{function.__qualname__} in {frame.f_code.co_filename}:{frame.f_lineno}")

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        yield asked
    finally:
        sys.setprofile(before)
