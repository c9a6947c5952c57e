"""What `X.publish` costs in CPU against bare requests with OAuth 1.0a signing: the same body, the same server.

Both sides in one run, taken in turns. Nothing is asserted.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

import requests
from _loopback import compare_calls, loopback
from requests_oauthlib import OAuth1

from mwcampaign.core.campaign import Account
from mwcampaign.core.delivery import DeliveryKey
from mwcampaign.core.message import Message
from mwcampaign.core.ports import Handles
from mwcampaign.platforms.x import X

TEXT = "Today is about secrets. Which object would you take home for a day? #MuseumWeek #SecretsMW"
KEYS = dict.fromkeys(X.secret_names, "0123456789abcdef0123456789abcdef")


class NoSessions:
    """Keeps nothing."""

    def load(self, account: str) -> str | None:
        """Return None."""

    def save(self, account: str, session: str) -> None:
        """Keep nothing."""


def main() -> None:
    """Print the ratio and the connections."""
    told = json.dumps({"data": {"id": "1445880548472328192", "text": TEXT}}).encode()
    with loopback(told) as server:
        account = Account(institution="museum", network="x", handle="museum", server=server.url)
        platform = X(account, KEYS, NoSessions())
        envelope = platform.prepare(Message(TEXT, "en"), Handles(), DeliveryKey("0" * 64), datetime.now(UTC))
        session = requests.Session()
        signer = OAuth1(*KEYS.values(), decoding=None)
        headers = {"Content-Type": "application/json"}

        def bare() -> str:
            answer = session.post(
                f"{server.url}/2/tweets", data=envelope.payload.encode(), headers=headers, auth=signer, timeout=(10, 30)
            )
            answer.raise_for_status()
            return str(answer.json()["data"]["id"])

        compare_calls("publish on X", server, lambda: platform.publish(envelope).remote_id, bare)
        platform.close()
        session.close()


if __name__ == "__main__":
    main()
