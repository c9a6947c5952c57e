"""Wish against ledger: make a plan, save and read it, and carry exactly that plan out. However long it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from mwcampaign.core.delivery import Delivery
from mwcampaign.core.plan import EVENTS, Comparison, Plan, Step, in_time
from mwcampaign.errors import PlanRefused
from mwcampaign.ledger.sqlite import SqliteLedger
from mwcampaign.load.derive import NoCopy
from mwcampaign.wire.copies import pictures_of
from mwcampaign.wire.files import open_ledger, picture_store, read_ledger
from mwcampaign.wire.project import Project, invalid, judge, sound
from mwcampaign.wire.spool import Pairs, Spool, in_order

CHUNK = 1000
"""Wishes compared with the ledger at a time."""


def make(project: Project, ledger: Path, now: datetime, hear: Callable[[int], None] = lambda _: None) -> Plan:
    """Compare a whole campaign with its ledger, which is only read. `hear` is told of each message on the way. Raises
    CampaignInvalid."""
    if project.loaded.campaign is None:
        raise invalid(project.path, judge(project, hear))
    return compare(project, sound(project, hear), ledger, now)


def compare(project: Project, wishes: Iterable[Delivery], ledger: Path, now: datetime, *, only: bool = False) -> Plan:
    """Compare wishes with what the ledger holds, or with `only` to what it holds of these very wishes. The ledger is
    only read, never made."""
    edition = project.campaign.edition.id
    with read_ledger(ledger) as known:
        comparison = Comparison(now)
        steps = Spool(_steps(comparison, iter(wishes), known, edition, only=only))
        if comparison.moved():
            steps = Spool(comparison.settled(steps))
        return Plan(
            edition,
            project.loaded.digest,
            known.serial() if known else 0,
            in_order(steps, in_time),
            Pairs(_described(project, known)),
            project.campaign.policies.approval,
            known.approval(edition) if known else "",
        )


def _steps(
    comparison: Comparison, wishes: Iterator[Delivery], known: SqliteLedger | None, edition: str, *, only: bool
) -> Iterator[Step]:
    there = known if known and next(known.planned(edition), None) else None
    while chunk := list(islice(wishes, CHUNK)):
        keys = [wish.key for wish in chunk]
        facts = {fact.delivery.key: fact for fact in there.planned(edition, keys)} if there else {}
        yield from comparison.compare(chunk, facts)
    if there and not only:
        yield from comparison.gone(there.planned(edition, but=comparison.seen))


def _described(project: Project, known: SqliteLedger | None) -> Iterator[tuple[str, str]]:
    """Yield the accounts of which the ledger knows nothing, or something else."""
    rest = project.described()
    while chunk := dict(islice(rest, CHUNK)):
        there = known.accounts(chunk.keys()) if known else {}
        yield from ((name, told) for name, told in chunk.items() if there.get(name) != told)


def carry_out(
    project: Project, plan: Plan, ledger: Path, now: datetime, who: str, spread: timedelta = timedelta()
) -> int:
    """Apply a plan: keep its pictures, then one transaction. Raises PlanRefused when it is stale.

    Accounts that are due together are spread over so much time.
    """
    if plan.campaign_digest != project.loaded.digest:
        raise PlanRefused(
            "the plan is stale: the campaign's files changed since it was made",
            hint=f"make it again with: mwcampaign plan {project.path} --out FILE, and review it",
        )
    store = picture_store(ledger)
    with open_ledger(ledger) as known:
        for digest in sorted(pictures_of(project, (step.delivery for step in plan.changes))):
            try:
                store.put(project.fitter.content(digest))
            except (NoCopy, OSError) as error:
                hint = f"make it again with: mwcampaign plan {project.path} --out FILE, and review it"
                raise PlanRefused(f"a picture changed since the plan was made: {error}", hint=hint) from error
        wishes = (
            (EVENTS.get(step.action), step.delivery, step.before if step.action in EVENTS else None)
            for step in plan.changes
        )
        policies = {plan.edition: plan.approval}
        return known.apply(plan.ledger_serial, wishes, plan.accounts, now, who, approvals=policies, spread=spread)
