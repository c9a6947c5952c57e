"""`mwcampaign run`: publish what is due, once or for as long as it takes."""

from __future__ import annotations

import os
import signal
from datetime import timedelta
from pathlib import Path
from threading import Event as Flag
from typing import Annotated

import typer

from mwcampaign.cli._events import counts_of, observed
from mwcampaign.cli._options import HERE, CampaignPathOrHere, LedgerFile
from mwcampaign.cli._output import note
from mwcampaign.cli._place import place
from mwcampaign.cli._times import Times
from mwcampaign.cli._verdict import told_when_ended_at_once, verdict_of_run
from mwcampaign.errors import CredentialMissing, ExitCode


def run(
    path: CampaignPathOrHere = HERE,
    once: Annotated[bool, typer.Option("--once", help="Do what is due now, and end: for cron and CI.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the exact requests; open no connection.")] = False,
    skip_missing: Annotated[
        bool, typer.Option("--skip-missing", help="Leave out accounts whose secrets are missing; post for the others.")
    ] = False,
    workers: Annotated[int | None, typer.Option(help="How many accounts may post at once, 1 to 32.")] = None,
    ledger: LedgerFile = None,
) -> None:
    """Publish each delivery when it is due, exactly once.

    Works from the ledger alone: what was applied is what is sent. SIGTERM and ^C let what is in hand finish.
    With --once, exit 7: something failed or was missed; 8: something may be public and could not be found yet,
    or is in the hands of another run; 4: else, when --skip-missing left something out.
    """
    from mwcampaign.wire.connections import Connections
    from mwcampaign.wire.files import open_ledger, patiently, picture_store
    from mwcampaign.wire.login_renew import Upkeep
    from mwcampaign.wire.settings import settings
    from mwcampaign.wire.tell import telling

    told = settings(ledger=ledger, workers=workers)
    here = place(path, ledger).with_ledger()
    folder, where = here.folder, here.ledger
    if dry_run:
        _dry_run(where, folder)
        return
    from mwcampaign.schedule.clock import SystemClock
    from mwcampaign.schedule.daemon import Stop, run_daemon, run_once
    from mwcampaign.schedule.presence import Presence
    from mwcampaign.schedule.tick import Runner

    clock, stop, wake = SystemClock(), Stop(), Flag()
    stop.on_signals()
    # A service waits as long as it takes; who calls once a minute is better told to come again.
    with open_ledger(where, None if once else patiently(note)) as known:
        connections = Connections(known.accounts, folder, os.environ, known.serial)
        upkeep = Upkeep(known, folder, clock, note, connections.reread)
        upkeep.round()
        lacking = connections.missing(known.open_accounts()) if skip_missing else []
        for sentence in lacking:
            note(f"left out, and missed when its time is over: {sentence}")
        if not skip_missing:
            connections.require(known.open_accounts(), "; or post for the others alone: run --skip-missing")
        presence = Presence(where.parent / "runners")
        try:
            with (
                observed(counts_of(known), clock, Times(path)) as shown,
                telling(known, told.notify, folder, os.environ, clock, shown, note) as observer,
            ):
                runner = Runner(
                    known, connections, picture_store(where), clock, presence.name, workers=told.workers,
                    spacing=timedelta(seconds=told.spacing), dead=presence.dead, observer=observer, on_done=wake.set,
                )  # fmt: skip
                with told_when_ended_at_once(runner):
                    if once:
                        run_once(runner, known, clock, stop)
                        runner.close()
                    else:
                        run_daemon(runner, clock, stop, wake, upkeep.round)
        finally:
            presence.close()
            connections.close()
        if stop.signal_number:
            note("stopped; what is left is in the ledger and goes on with the next run")
            raise typer.Exit(int(ExitCode.INTERRUPTED if stop.signal_number == signal.SIGINT else ExitCode.DONE))
        if once:
            verdict_of_run(known, here)
            if lacking:
                raise CredentialMissing("some accounts were left out", hint="set what is missing, and run this again")


def _dry_run(where: Path, folder: Path) -> None:
    from mwcampaign.cli._dry import tell
    from mwcampaign.schedule.clock import SystemClock
    from mwcampaign.wire.connections import Connections
    from mwcampaign.wire.dry import due_requests
    from mwcampaign.wire.files import read_ledger

    with read_ledger(where) as known:
        assert known is not None
        connections = Connections(known.accounts, folder, os.environ)
        tell(due_requests(known, connections, SystemClock().now()))
        for sentence in connections.missing(known.open_accounts()):
            note(f"a real run would stop here: {sentence}")
