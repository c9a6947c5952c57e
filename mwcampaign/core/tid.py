"""Timestamp identifiers, the record keys of Bluesky's network: made and recognised. Pure; the Bluesky adapter uses it.

A TID is a 64-bit number in 13 characters that sort as the number does: a zero bit, 53 bits of microseconds since
1970, 10 bits that tell apart what happens in the same microsecond.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CLOCKS = 1 << 10
"""How many TIDs one microsecond has room for."""
_SHAPE = re.compile(f"[{ALPHABET[:16]}][{ALPHABET}]{{12}}")


def tid(at: datetime, clock: int) -> str:
    """Return the TID of an aware instant; `clock` (0 to 1023) tells apart. Raises ValueError outside 1970 to 2255."""
    micros = (at - EPOCH) // timedelta(microseconds=1)
    if not 0 <= micros < 1 << 53:
        raise ValueError(f"{at.isoformat()} has no TID")
    if not 0 <= clock < CLOCKS:
        raise ValueError(f"a TID's clock goes from 0 to {CLOCKS - 1}")
    number = micros * CLOCKS + clock
    return "".join(ALPHABET[number >> shift & 31] for shift in range(60, -5, -5))


def is_tid(told: str) -> bool:
    """Say whether a text is a TID."""
    return _SHAPE.fullmatch(told) is not None
