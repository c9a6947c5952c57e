"""Wish against ledger: make a plan, and carry exactly that plan out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

from mwcampaign.core.delivery import Delivery
from mwcampaign.core.message import Message
from mwcampaign.core.plan import EVENTS, Plan, make_plan
from mwcampaign.errors import PlanRefused
from mwcampaign.wire.files import open_ledger, picture_store, read_ledger
from mwcampaign.wire.project import Project, sound


def make(project: Project, ledger: Path, now: datetime) -> Plan:
    """Compare a whole campaign with its ledger, which is only read. Raises CampaignInvalid."""
    wishes = [wanted.delivery for wanted in sound(project) if wanted.delivery is not None]
    return compare(project, wishes, ledger, now, lambda _: True)


def compare(
    project: Project, wishes: Iterable[Delivery], ledger: Path, now: datetime, scope: Callable[[Delivery], bool]
) -> Plan:
    """Compare wishes with what the ledger holds in their scope. The ledger is only read, never made."""
    edition = project.campaign.edition.id
    with read_ledger(ledger) as known:
        facts = [fact for fact in known.planned(edition) if scope(fact.delivery)] if known else []
        return make_plan(
            wishes,
            facts,
            now,
            edition=edition,
            campaign_digest=project.loaded.digest,
            ledger_serial=known.serial() if known else 0,
            accounts=project.accounts(),
            known_accounts=known.accounts() if known else {},
            approval=project.campaign.policies.approval,
            approval_before=known.approval(edition) if known else "",
        )


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
    digests = {picture.digest for step in plan.changes for picture in Message.from_json(step.delivery.message).pictures}
    by_digest = {file.digest: file for file in project.loaded.pictures.values()}
    with open_ledger(ledger) as known:
        for digest in sorted(digests):
            if store.put(by_digest[digest].path.read_bytes()) != digest:
                raise PlanRefused(f"{by_digest[digest].path}: the picture changed while it was being applied")
        wishes = (
            (EVENTS.get(step.action), step.delivery, step.before if step.action in EVENTS else None)
            for step in plan.changes
        )
        policies = {plan.edition: plan.approval}
        return known.apply(plan.ledger_serial, wishes, plan.accounts, now, who, approvals=policies, spread=spread)
