"""`mwcampaign retry`: a person's second chance for what failed or was missed."""

from __future__ import annotations

from datetime import UTC, datetime

from mwcampaign.cli._one import CampaignOption, Key, Why, decision
from mwcampaign.cli._options import HERE, LedgerFile
from mwcampaign.cli._output import say
from mwcampaign.core.delivery import Event


def retry(key: Key, why: Why = "", path: CampaignOption = HERE, ledger: LedgerFile = None) -> None:
    """Let a post that failed or was missed go again.

    As it is, while its window is open: after a renewed token, say. A text that was refused is mended in the campaign
    and applied instead. Your name and reason go into the history.
    """
    with decision(path, ledger, key) as (known, standing, who):
        state = known.decide(standing.delivery.key, Event.RETRY, datetime.now(UTC), who, why or "asked by a person")
    say(f"{standing.delivery.account} {standing.delivery.post}: {state}")
