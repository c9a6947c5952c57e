"""`mwcampaign hold`: a named person's no, until somebody approves."""

from __future__ import annotations

import typer

from mwcampaign.cli._options import HERE, CampaignPathOrHere, Days, Institutions, Languages, LedgerFile, Networks, Posts
from mwcampaign.cli._output import note
from mwcampaign.cli._review import By, Everything, Keys, Reason, decide, pick, tell


def hold(
    path: CampaignPathOrHere = HERE,
    keys: Keys = None,
    posts: Posts = None,
    days: Days = None,
    institutions: Institutions = None,
    networks: Networks = None,
    languages: Languages = None,
    everything: Everything = False,
    by: By = None,
    why: Reason = "",
    ledger: LedgerFile = None,
) -> None:
    """Say no to messages that are not sent yet: they wait until somebody approves them.

    Under every policy, and also after an edit: a no stands until there is a yes.
    """
    from mwcampaign.wire.files import TWO_MINUTES, open_ledger, patiently

    here, only = pick(path, ledger, posts, days, institutions, networks, languages)
    if not (everything or keys or only.any):
        raise typer.BadParameter("choose what to hold: --key, --post, --day, --institution, --network or --everything")
    with open_ledger(here.ledger, patiently(note, TWO_MINUTES)) as known:
        decide(known, tell(known, only, keys, here), here, yes=False, who=by, why=why)
