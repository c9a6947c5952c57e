"""Notices, put together: addresses from the settings, incidents in the ledger, and a run's events."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from mwcampaign.core.campaign import Account
from mwcampaign.core.delivery import Delivery, State
from mwcampaign.core.pacing import place
from mwcampaign.core.ports import Clock
from mwcampaign.errors import MwcampaignError
from mwcampaign.ledger.sqlite import SqliteLedger
from mwcampaign.load.secrets import resolve_reference
from mwcampaign.schedule.tick import Observer

LEAVE = 15.0
"""Seconds that the end of a run waits for notices still on their way."""


@contextmanager
def telling(
    ledger: SqliteLedger,
    references: tuple[str, ...],
    folder: Path,
    environ: Mapping[str, str],
    clock: Clock,
    observer: Observer,
    remark: Callable[[str], None],
) -> Iterator[Observer]:
    """Yield an observer that also tells people of trouble; `observer` itself where nobody is to be told.

    An address that cannot be used is refused now, not in the trouble. Raises CredentialMissing or NoticeAddressInvalid.
    """
    if not references:
        yield observer
        return
    from mwcampaign.notice.apprise_sender import AppriseSender
    from mwcampaign.notice.incident import Kind
    from mwcampaign.notice.notices import Notices
    from mwcampaign.wire.incidents import LedgerIncidents

    senders = [
        AppriseSender(resolve_reference(reference, "notify", folder, environ), number)
        for number, reference in enumerate(references, 1)
    ]
    for sender in senders:
        sender.check()

    @cache
    def server(account: str) -> str:
        told = ledger.accounts().get(account)
        return Account.model_validate_json(told).server.rstrip("/") if told else ""

    def place_of(delivery: Delivery) -> str:
        try:
            return place(delivery.network, server(delivery.account))
        except MwcampaignError:
            # It is asked while a post is being delivered: a name that is too wide harms nobody.
            return delivery.network

    notices = Notices(LedgerIncidents(ledger), senders, clock, remark, place_of=place_of)

    def hear(what: str, delivery: Delivery | None, state: State | None, why: str) -> None:
        observer(what, delivery, state, why)
        if what == "paused":
            notices.trouble(Kind.PAUSED, network=why.partition(":")[0])
        else:
            notices.hear(what, delivery, state, why)

    try:
        yield hear
    except MwcampaignError:
        notices.trouble(Kind.STOPPED)
        raise
    finally:
        notices.close(LEAVE)
