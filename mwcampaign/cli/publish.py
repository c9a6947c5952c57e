"""`mwcampaign publish`: chosen posts, now."""

from __future__ import annotations

import getpass
import os
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from mwcampaign.cli._dry import tell as tell_requests
from mwcampaign.cli._events import observed
from mwcampaign.cli._options import (
    CampaignPath,
    Days,
    Institutions,
    Languages,
    LedgerFile,
    Networks,
    Posts,
    selection,
)  # fmt: skip
from mwcampaign.cli._output import note, say
from mwcampaign.cli._place import Place, place
from mwcampaign.cli._times import Times
from mwcampaign.cli._verdict import handed_over, hints, in_other_hands, told_when_ended_at_once, verdict
from mwcampaign.cli.plan import tell
from mwcampaign.core.delivery import DeliveryKey, State
from mwcampaign.core.plan import Plan

if TYPE_CHECKING:
    from mwcampaign.wire.connections import Connections
    from mwcampaign.wire.settings import Settings


def publish(
    path: CampaignPath,
    posts: Posts = None,
    days: Days = None,
    institutions: Institutions = None,
    networks: Networks = None,
    languages: Languages = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the exact requests; open no connection.")] = False,
    ledger: LedgerFile = None,
) -> None:
    """Plan, apply and deliver chosen posts of today now.

    What was delivered before is not sent again. Exit 7: something failed; 8: something may be public, unfound.
    """
    if not posts:
        raise typer.BadParameter("say which post, by its id", param_hint="--post")
    from mwcampaign.schedule.clock import SystemClock
    from mwcampaign.wire.connections import Connections
    from mwcampaign.wire.now import plan_now
    from mwcampaign.wire.plans import carry_out
    from mwcampaign.wire.project import open_project
    from mwcampaign.wire.settings import settings

    told = settings(ledger=ledger)
    project = open_project(path)
    where = project.ledger_path(told.ledger)
    clock = SystemClock()
    plan = plan_now(project, selection(posts, days, institutions, networks, languages), where, clock.now())
    connections = Connections(project.accounts, project.loaded.folder, os.environ)
    tell(plan, Times(project.campaign))
    if dry_run:
        from mwcampaign.wire.dry import request

        tell_requests(
            (step.delivery, request(step.delivery, connections.without_secrets(step.delivery.account), clock.now()))
            for step in plan.changes
        )
        return
    connections.require({step.delivery.account for step in plan.steps})
    if not plan.empty:
        carry_out(project, plan, where, clock.now(), getpass.getuser())
    _deliver(plan, place(path, ledger), connections, told)


def _deliver(plan: Plan, here: Place, connections: Connections, told: Settings) -> None:
    from mwcampaign.schedule.clock import SystemClock
    from mwcampaign.schedule.daemon import Stop, run_once
    from mwcampaign.schedule.presence import Presence
    from mwcampaign.schedule.tick import Runner
    from mwcampaign.wire.files import open_ledger, picture_store

    keys, where = [step.key for step in plan.steps], here.ledger
    clock, stop = SystemClock(), Stop()
    stop.on_signals()
    with open_ledger(where) as known:

        def counts() -> Counter[State]:
            return Counter(standing.state for key in keys if (standing := known.standing(DeliveryKey(key))))

        presence = Presence(where.parent / "runners")
        try:
            with observed(counts, clock, Times(here.path)) as observer:
                runner = Runner(known, connections, picture_store(where), clock, presence.name, workers=told.workers,
                                spacing=timedelta(seconds=told.spacing),
                                dead=presence.dead, only=keys, observer=observer)  # fmt: skip
                with told_when_ended_at_once(runner):
                    run_once(runner, known, clock, stop, keys)
                    runner.close()
        finally:
            presence.close()
            connections.close()
        for key in keys:
            standing = known.standing(DeliveryKey(key))
            if standing and standing.receipt:
                say(f"{standing.delivery.account} · {standing.delivery.post}: {standing.receipt.url}")
        if waiting := counts()[State.SCHEDULED] + counts()[State.RETRYING]:
            note(f"{waiting} still waiting; go on with: {here.command('run')}")
        in_other_hands(known, counts())
        verdict(counts(), handed_over(each for key in keys if (each := known.standing(DeliveryKey(key)))), hints(here))
