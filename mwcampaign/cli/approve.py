"""`mwcampaign approve`: a named person's yes to exact messages, one by one, in bulk, or by a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mwcampaign.cli._options import HERE, CampaignPathOrHere, Days, Institutions, Languages, LedgerFile, Networks, Posts
from mwcampaign.cli._output import note, say, write
from mwcampaign.cli._review import By, Everything, Keys, Reason, decide, pick, record, tell

Export = Annotated[Path | None, typer.Option("--export", help="Write what waits into a file to review, say in git.")]
Import = Annotated[Path | None, typer.Option("--import", help="Record the verdicts of such a file.")]


def approve(
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
    export_to: Export = None,
    import_from: Import = None,
    ledger: LedgerFile = None,
) -> None:
    """Say yes to exact messages, as a named person.

    Without a choice it shows what waits. A yes is bound to text, pictures and account: an edit voids it. Who had a
    machine make a text cannot approve it. With `policies: {approval: required}` nothing is sent without a yes.
    """
    from mwcampaign.wire.files import TWO_MINUTES, open_ledger, patiently
    from mwcampaign.wire.reviews import export, read

    here, only = pick(path, ledger, posts, days, institutions, networks, languages)
    with open_ledger(here.ledger, patiently(note, TWO_MINUTES)) as known:
        if import_from is not None:
            record(known, read(import_from, known, here.command("approve --export FILE")), here)
            return
        found = tell(known, only, keys, here)
        if export_to is not None:
            write(export_to, export(found, here.command("approve --import THIS-FILE")))
            note(f"{len(found)} messages written to {export_to}")
        elif everything or keys or only.any:
            # Whoever said yes first stays named in the ledger.
            decide(known, [each for each in found if not each.approved_by], here, yes=True, who=by, why=why)
        else:
            waiting = sum(standing.waits for standing in found)
            say(f"{waiting} wait for a yes; say it with --everything, or for some by --day, --institution, --key …")
