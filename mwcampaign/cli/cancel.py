"""`mwcampaign cancel`: a person takes posts out, whatever the campaign says."""

from __future__ import annotations

from datetime import UTC, datetime

from mwcampaign.cli._one import CampaignOption, SeveralKeys, Why, decision, told_with_the_parts_behind
from mwcampaign.cli._options import HERE, LedgerFile
from mwcampaign.core.delivery import Event


def cancel(keys: SeveralKeys, why: Why = "", path: CampaignOption = HERE, ledger: LedgerFile = None) -> None:
    """Take posts out that are not public, with the parts of a thread behind them.

    Later plans keep them out; `mwcampaign retry` takes it back. Your name and reason go into the history. What may be
    public is resolved first.
    """
    for key in keys:
        with decision(path, ledger, key) as (known, standing, who), told_with_the_parts_behind(known, standing):
            now = datetime.now(UTC)
            known.decide(standing.delivery.key, Event.CANCEL, now, who, why or "(no reason given)")
