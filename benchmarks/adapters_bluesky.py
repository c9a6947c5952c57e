"""What `Bluesky.publish` costs in CPU against a bare httpx client that posts the same body to the same server.

Both sides in one run, taken in turns; the server is a process of its own that answers every request alike and counts
connections. Nothing is asserted.
"""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from datetime import UTC, datetime

import httpx
from _loopback import compare_calls, loopback

from mwcampaign.core.campaign import Account
from mwcampaign.core.delivery import DeliveryKey
from mwcampaign.core.message import Message, canonical
from mwcampaign.core.ports import Handles
from mwcampaign.platforms.bluesky import Bluesky

HANDLE, DID = "museum.test", "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
TEXT = (
    "Today is about secrets. Which object would you take home for a day? #MuseumWeek #SecretsMW https://museum.example"
)


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


def main() -> None:
    """Print the ratio and the connections."""
    key, at = DeliveryKey("0" * 64), datetime.now(UTC)
    account = Account(institution="museum", network="bluesky", handle=HANDLE)
    envelope = Bluesky(account, {}, Session("")).prepare(Message(TEXT, "en"), Handles(), key, at)
    uri = envelope.address.replace(HANDLE, DID)
    told = json.dumps({"uri": uri, "cid": "bafyreifq5ouy2svamjyajkkeviovto24p3s3rjtb4wboavfjpff27nalhi"}).encode()
    with loopback(told) as server:
        session = Session(server.url)
        platform = Bluesky(account.model_copy(update={"server": server.url}), {}, session)
        client = httpx.Client(timeout=30)
        headers = {"Authorization": f"Bearer {session.token}", "Content-Type": "application/json"}
        body, address = envelope.payload.encode(), f"{server.url}/xrpc/com.atproto.repo.putRecord"

        def bare() -> str:
            answer = client.post(address, content=body, headers=headers)
            return str(answer.raise_for_status().json()["uri"])

        compare_calls("publish on Bluesky", server, lambda: platform.publish(envelope).remote_id, bare)
        platform.close()
        client.close()


if __name__ == "__main__":
    main()
