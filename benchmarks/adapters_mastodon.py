"""What `Mastodon.publish` costs in CPU against bare requests that post the same form to the same server.

Both sides in one run, taken in turns. Nothing is asserted.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

import requests
from _loopback import compare_calls, loopback

from mwcampaign.core.campaign import Account
from mwcampaign.core.delivery import DeliveryKey
from mwcampaign.core.message import Message
from mwcampaign.core.ports import Handles
from mwcampaign.platforms.mastodon import Mastodon

TEXT = "Today is about secrets. Which object would you take home for a day? #MuseumWeek #SecretsMW"
TOKEN = "0123456789abcdef"


class NoSessions:
    """Keeps nothing."""

    def load(self, account: str) -> str | None:
        """Return None."""

    def save(self, account: str, session: str) -> None:
        """Keep nothing."""


def main() -> None:
    """Print the ratio and the connections."""
    status = {"id": "113", "url": "https://museum.example/@museum/113", "created_at": datetime.now(UTC).isoformat()}
    shown = {"content": f"<p>{TEXT}</p>", "account": {"id": "1", "acct": "museum"}, "media_attachments": []}
    with loopback(json.dumps(status | shown).encode()) as server:
        account = Account(id="m", institution="museum", network="mastodon", server=server.url)
        platform = Mastodon(account, {"access_token": TOKEN}, NoSessions())
        envelope = platform.prepare(Message(TEXT, "en"), Handles(), DeliveryKey("0" * 64), datetime.now(UTC))
        session = requests.Session()
        headers = {"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": envelope.address}
        form = {"status": TEXT, "visibility": "public", "language": "en", "sensitive": "0"}

        def bare() -> str:
            answer = session.post(f"{server.url}/api/v1/statuses", data=form, headers=headers, timeout=(10, 30))
            answer.raise_for_status()
            return str(answer.json()["id"])

        compare_calls("publish on Mastodon", server, lambda: platform.publish(envelope).remote_id, bare)
        platform.close()
        session.close()


if __name__ == "__main__":
    main()
