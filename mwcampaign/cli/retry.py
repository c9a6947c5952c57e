"""`mwcampaign retry`: a person's second chance for what failed, was missed or was cancelled."""

from __future__ import annotations

from datetime import UTC, datetime

from mwcampaign.cli._one import CampaignOption, SeveralKeys, Why, decision, told_with_the_parts_behind
from mwcampaign.cli._options import HERE, LedgerFile
from mwcampaign.core.delivery import Event


def retry(keys: SeveralKeys, why: Why = "", path: CampaignOption = HERE, ledger: LedgerFile = None) -> None:
    """Let posts go again that failed, were missed or were cancelled.

    As it is, while its window is open: after a renewed token, say. A text that was refused is mended in the campaign
    and applied instead. Your name and reason go into the history.
    """
    for key in keys:
        with decision(path, ledger, key) as (known, standing, who), told_with_the_parts_behind(known, standing):
            now = datetime.now(UTC)
            known.decide(standing.delivery.key, Event.RETRY, now, who, why or "(no reason given)")
