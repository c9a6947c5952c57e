"""Wish against ledger: make a plan, save and read it, and carry exactly that plan out. However long it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from pathlib import Path

from mwcampaign.core.delivery import Delivery, State
from mwcampaign.core.message import Message
from mwcampaign.core.plan import CHANGES, EVENTS, Comparison, Plan, Step, Sums, in_time
from mwcampaign.errors import PlanRefused
from mwcampaign.ledger.sqlite import SqliteLedger
from mwcampaign.load.derive import NoCopy
from mwcampaign.wire.copies import Shown, pictures_of
from mwcampaign.wire.files import open_ledger, picture_store, read_ledger
from mwcampaign.wire.hints import command
from mwcampaign.wire.judging import judge, sound
from mwcampaign.wire.project import Project, invalid
from mwcampaign.wire.spool import Pairs, Spool, in_order
from mwcampaign.wire.walk import MANY

STILL = frozenset(State) - {State.DELIVERED, State.CANCELLED}
"""States out of which a delivery may still be sent, some by a person's word alone."""
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
        comparison, sums = Comparison(now), Sums()
        steps = Spool(sums.hear(_steps(comparison, iter(wishes), known, edition, only=only)))
        if comparison.moved():
            sums = Sums()
            steps = Spool(sums.hear(comparison.settled(steps)))
        return Plan(
            edition,
            project.loaded.digest,
            known.serial() if known else 0,
            in_order(steps, in_time),
            Pairs(_described(project, known)),
            project.campaign.policies.approval,
            known.approval(edition) if known else "",
            sums,
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
        what = "the plan is stale: the campaign's files changed since it was made"
        raise PlanRefused(what, hint=_again(project))
    with open_ledger(ledger) as known:
        keeping = _Keeping(project, ledger)
        for step in plan.changes:
            keeping.keep(step.delivery)
        wishes = (
            (EVENTS.get(step.action), step.delivery, step.before if step.action in EVENTS else None)
            for step in plan.changes
        )
        policies = {plan.edition: plan.approval}
        return known.apply(plan.ledger_serial, wishes, plan.accounts, now, who, approvals=policies, spread=spread)


def make_and_carry_out(
    project: Project,
    ledger: Path,
    as_of: datetime,
    who: str,
    spread: timedelta = timedelta(),
    hear: Callable[[int], None] = lambda _: None,
    *,
    whole: bool = True,
    many: int = MANY,
) -> Plan:
    """Make a plan as of some time and carry it out. Raises CampaignInvalid and PlanRefused, with nothing done.
    Without `whole` the plan that is returned has the first of very many steps only, and its sums.

    The first plan of a large edition is carried out while it is made: there is nothing to compare it with.
    """
    campaign = project.loaded.campaign
    if campaign is None or len(campaign.institutions) < many or _known(ledger, campaign.edition.id):
        plan = make(project, ledger, as_of, hear)
        if not plan.empty:
            carry_out(project, plan, ledger, datetime.now(UTC), who, spread)
        return plan
    comparison, sums, steps, accounts = Comparison(as_of), Sums(), Spool[Step](), Pairs()
    with open_ledger(ledger) as known:
        serial, keeping = known.serial(), _Keeping(project, ledger)
        plan = Plan(
            campaign.edition.id,
            project.loaded.digest,
            serial,
            steps,
            accounts,
            campaign.policies.approval,
            summed=sums,
        )

        def wishes() -> Iterator[tuple[None, Delivery, None]]:
            walked = steps.through(sums.hear(comparison.compare(sound(project, hear), {})), whole=whole)
            first = list(islice(walked, 1))
            # Now that the other processes are at work.
            accounts.fill(_described(project, known))
            for step in chain(first, walked):
                if step.action in CHANGES:
                    keeping.keep(step.delivery)
                    yield None, step.delivery, None

        # Faults end the walk with an error, and with it the transaction.
        policies = {plan.edition: plan.approval}
        known.apply(serial, wishes(), plan.accounts, datetime.now(UTC), who, approvals=policies, spread=spread)
        return plan


def _known(ledger: Path, edition: str) -> bool:
    with read_ledger(ledger) as known:
        return known is not None and next(known.planned(edition), None) is not None


def _again(project: Project) -> str:
    return f"make it again with: {command('plan', project.path)} --out FILE, and review it"


class _Keeping:
    """Keeps the pictures of deliveries beside the ledger."""

    def __init__(self, project: Project, ledger: Path) -> None:
        self._project, self._shown, self._store = project, Shown(project), picture_store(ledger)

    def keep(self, delivery: Delivery) -> None:
        """Keep what was not kept yet. Raises PlanRefused."""
        for digest in self._shown.new(delivery):
            try:
                self._store.put(self._project.fitter.content(digest))
            except (NoCopy, OSError) as error:
                what = f"a picture changed since the plan was made: {error}"
                raise PlanRefused(what, hint=_again(self._project)) from error


def restore_pictures(project: Project, ledger: Path, now: datetime) -> tuple[int, list[str]]:
    """Put back pictures that are no longer beside the ledger and that deliveries show which may still be sent.

    Return how many there were of which the campaign still has exactly the same, and a sentence for each other one.
    """
    if not project.campaign.media:
        return 0, []
    store, edition = picture_store(ledger), project.campaign.edition.id
    gone: dict[str, str] = {}
    with read_ledger(ledger) as known:
        missing = {digest for digest in known.pictures(edition, now) if not store.has(digest)} if known else set()
        if known is None or not missing:
            return 0, []
        for standing in known.standings(edition, STILL):
            delivery = standing.delivery
            shown = {each.digest: each.name for each in Message.from_json(delivery.message).pictures}
            if delivery.closes > now and (wanted := missing & shown.keys() - gone.keys()):
                # So that the fitter knows the copies made for it.
                _ = list(pictures_of(project, [delivery]))
                gone |= {digest: f"{shown[digest]} of {delivery.account} {delivery.post}" for digest in wanted}
    for digest in list(gone):
        with suppress(NoCopy, OSError):
            store.put(project.fitter.content(digest))
            del gone[digest]
    return len(missing) - len(gone), [
        f"{told} is lost, and the campaign does not have it any more as it was planned" for told in gone.values()
    ]
