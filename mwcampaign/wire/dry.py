"""The real path cut short: the exact requests, without a claim, a connection or a row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mwcampaign.core.delivery import WAITING, Delivery, Envelope, Receipt
from mwcampaign.core.ledger import Ledger
from mwcampaign.core.message import Message, canonical
from mwcampaign.core.ports import Handles, Platform
from mwcampaign.wire.connections import Connections


def due_requests(ledger: Ledger, connections: Connections, now: datetime) -> Iterator[tuple[Delivery, Envelope]]:
    """Yield what a run would send now, each with its request; uploads and replies stand as placeholders."""
    for standing in ledger.standings(None, WAITING):
        delivery = standing.delivery
        earliest = max(delivery.due, standing.not_before or delivery.due)
        if earliest <= now < delivery.closes:
            yield delivery, request(delivery, connections.without_secrets(delivery.account), now)


def request(delivery: Delivery, platform: Platform, now: datetime) -> Envelope:
    """Return the request of one delivery as prepare makes it, with placeholders for what a network would answer."""
    message = Message.from_json(delivery.message)
    before = Receipt("(the part before)", "", now, "(its revision)") if delivery.after else None
    pictures = tuple(canonical({"uploaded when sent": picture.name}) for picture in message.pictures)
    handles = Handles(pictures, {}, before, before, "(made when sent)", delivery.due)
    return platform.prepare(message, handles, delivery.key, now)
