"""Small campaigns and deliveries that tests of several rooms share."""

from __future__ import annotations

import os
import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from typing import Any

import certifi
import pytest
from hypothesis import settings

from mwcampaign.core.delivery import Delivery, DeliveryKey, delivery_key
from mwcampaign.core.message import Message
from mwcampaign.core.post import Campaign

# The same examples in every run; look for new ones with HYPOTHESIS_PROFILE=search.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

# Each client of httpx reads all authorities that sign certificates, which takes longer than most tests. No server here
# has a certificate of any of them, so one is enough, for commands in processes of their own too.
AUTHORITIES = tempfile.NamedTemporaryFile("w", suffix=".pem")  # noqa: SIM115 - until the tests end
AUTHORITIES.write(ssl.DER_cert_to_PEM_cert(ssl.create_default_context(cafile=certifi.where()).get_ca_certs(True)[0]))
AUTHORITIES.flush()
os.environ["SSL_CERT_FILE"] = AUTHORITIES.name

DUE = datetime(2026, 6, 8, 8, tzinfo=UTC)


def make_delivery(
    post: str = "story",
    account: str = "louvre@memory",
    part: int = 0,
    text: str = "Hello #MuseumWeek",
    due: datetime = DUE,
    closes: datetime | None = None,
    after: DeliveryKey | None = None,
    theme: str = "monday",
) -> Delivery:
    """Return a delivery of edition `mw`; due Monday 8 June 2026 08:00 UTC, open for 12 hours unless told otherwise."""
    return Delivery(
        key=delivery_key("mw", f"{post}:{theme}", account, part),
        edition="mw",
        post=post,
        part=part,
        institution=account.partition("@")[0],
        account=account,
        network=account.rsplit("@", maxsplit=1)[-1],
        theme=theme,
        due=due,
        closes=closes or due + timedelta(hours=12),
        message=Message(text, "en").to_json(),
        after=after,
    )


def make_campaign(**changes: Any) -> Campaign:
    """Return a campaign of two days, two museums in Paris and Tokyo, and their accounts on `memory`."""
    told: dict[str, Any] = {
        "edition": {
            "id": "mw",
            "title": "MuseumWeek",
            "main_tag": "#MuseumWeek",
            "main_tags": {"ja": "#ミュージアムウィーク"},
            "days": [
                {
                    "id": "monday",
                    "date": "2026-06-08",
                    "about": {"en": "secrets", "fr": "les secrets"},
                    "tags": {"en": "#SecretsMW", "fr": "#SecretsFR", "it": None},
                },
                {"id": "tuesday", "date": "2026-06-09", "about": {"en": "people"}, "tags": {"en": "#PeopleMW"}},
            ],
        },
        "institutions": [
            {"id": "louvre", "name": "Musée du Louvre", "names": {"en": "The Louvre"}, "country": "FR",
             "timezone": "Europe/Paris", "languages": ["fr-FR", "en"]},
            {"id": "tnm", "name": "東京国立博物館", "country": "JP", "timezone": "Asia/Tokyo", "languages": ["ja"]},
        ],
        "accounts": [{"institution": "louvre", "network": "memory"}, {"institution": "tnm", "network": "memory"}],
        "posts": [{"id": "story", "day": "monday", "text": {"en": "Hi {{ institution.name }} {{ tags }}",
                                                            "fr": "Bonjour {{ institution.name }} {{ tags }}"}}],
    }  # fmt: skip
    return Campaign.model_validate(told | changes)


@pytest.fixture
def campaign() -> Campaign:
    """The small campaign."""
    return make_campaign()
