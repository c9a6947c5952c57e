"""A Sender over apprise: e-mail, webhooks, and the chat and push services it speaks, each by one address.

Called by wire, with addresses whose secrets are already resolved. apprise is imported at the first use, never before.
"""

from __future__ import annotations

import logging
import re
from threading import local
from typing import TYPE_CHECKING

from mwcampaign.errors import ExitCode, MwcampaignError

if TYPE_CHECKING:
    from apprise import Apprise

PUBLIC = frozenset(
    "bluesky bsky mastodon mastodons misskey misskeys nostr reddit toot toots tweet twitter x".split()  # noqa: SIM905
)
"""Services by which a notice could be a public post: the engine alone posts."""
_TALKATIVE = ("urllib3.connectionpool", "urllib3.util.retry", "requests_oauthlib.oauth1_auth", "oauthlib")
"""Loggers of what apprise sends with: they name hosts, paths and headers."""


class NoticeAddressInvalid(MwcampaignError):
    """An address for notices cannot be used; says which one by its place, never what it reads."""

    exit_code = ExitCode.USAGE


class _Hush(logging.Filter):
    """Lets nothing pass while `muted.on` is set in the thread that logs."""

    def __init__(self) -> None:
        super().__init__()
        self.muted = local()

    def filter(self, record: logging.LogRecord) -> bool:
        return not getattr(self.muted, "on", False)


_hush = _Hush()


def _nothing(_record: logging.LogRecord) -> bool:
    return False


class AppriseSender:
    """Sends to one address. Shows its kind, such as mailtos, and nothing else of it, however it is printed.

    `place` counts the addresses in the settings from 1, for messages. Raises NoticeAddressInvalid where the address
    has no shape of one; `check` asks apprise itself, which costs its import.
    """

    def __init__(self, address: str, place: int = 1) -> None:
        self._place = place
        match = re.fullmatch(r"([A-Za-z0-9]{1,20})://\S.*", address.strip(), re.DOTALL)
        if match is None:
            raise self._invalid("it does not begin with a kind such as mailtos:// or jsons://")
        self.name = match[1].lower()
        if self.name in PUBLIC:
            raise self._invalid(f"{self.name}:// could make a public post of it")
        self._address = address.strip()
        self._service: Apprise | None = None

    def __repr__(self) -> str:
        return f"AppriseSender({self.name})"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("addresses for notices are not written down")

    def check(self) -> None:
        """Ask apprise whether it can use the address; opens no connection. Raises NoticeAddressInvalid."""
        self._load()

    def send(self, title: str, body: str) -> bool:
        """Send plain text; return whether the service took it. Raises NoticeAddressInvalid, and nothing else."""
        service = self._load()
        from apprise import NotifyFormat, NotifyType

        _hush.muted.on = True
        try:
            return bool(service.notify(body, title, NotifyType.WARNING, NotifyFormat.TEXT))
        except Exception:  # noqa: BLE001 - some hundred services, each with errors of its own that may quote the address
            return False
        finally:
            _hush.muted.on = False

    def _load(self) -> Apprise:
        if self._service is None:
            self._service = _service(self._address)
        if self._service is None:
            raise self._invalid("no service takes it as it is")
        return self._service

    def _invalid(self, why: str) -> NoticeAddressInvalid:
        return NoticeAddressInvalid(
            f"notify: address {self._place} cannot be used: {why}",
            hint="docs/notices.md has an example for e-mail, for a webhook and for ntfy",
        )


def _service(address: str) -> Apprise | None:
    """Return a client for the address, or None."""
    # Before its import, and for all threads: apprise logs addresses whole where it cannot read them, at ERROR, and
    # passwords at TRACE. A logger keeps a filter once, however often it is added.
    logging.getLogger("apprise").addFilter(_nothing)
    for name in _TALKATIVE:
        logging.getLogger(name).addFilter(_hush)
    _hush.muted.on = True
    try:
        from apprise import Apprise, AppriseAsset

        asset = AppriseAsset(
            # No limit of its own and no threads: those would outlive close and keep the process from ending.
            service_timeout=0,
            async_mode=False,
            storage_mode="memory",
            allow_templates=False,
            pgp_autogen=False,
            pem_autogen=False,
            app_id="mwcampaign",
            app_desc="mwcampaign",
            app_url="",
            image_url_mask=None,
            image_url_logo=None,
        )
        service = Apprise.instantiate(address, asset=asset)
        if service is None:
            return None
        return Apprise(service, asset=asset)
    finally:
        _hush.muted.on = False
