"""Prints what a dry run found: the exact requests, up to the line that would send them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable

from mwcampaign.cli._output import note, say, say_json_line
from mwcampaign.core.delivery import Delivery, Envelope


def tell(requests: Iterable[tuple[Delivery, Envelope]]) -> None:
    """Print each request; a pipe gets one line of JSON for each."""
    number = 0
    for number, (delivery, envelope) in enumerate(requests, 1):  # noqa: B007 - counted below
        payload = json.loads(envelope.payload)
        if not sys.stdout.isatty():
            say_json_line({"event": "would send", "key": delivery.key, "account": delivery.account,
                           "post": delivery.post, "address": envelope.address, "request": payload})  # fmt: skip
            continue
        say(
            f"would send {delivery.account} · {delivery.post} to {delivery.network}, at {envelope.address}",
            style="bold",
        )
        say(json.dumps(payload, ensure_ascii=False, indent=2))
    note(f"dry run: {number} would be sent now; no connection was opened and nothing was written")
