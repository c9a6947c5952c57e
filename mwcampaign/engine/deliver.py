"""Send one claimed delivery: upload, prepare, seal, publish, settle. The only caller of publish.

Before the seal nothing of a delivery can be public, so every trouble there means: later, or never. After the seal
every trouble that is not a clear no means doubt, and doubt is never sent again: engine.reconcile looks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from mwcampaign.core.delivery import Envelope, Event, ForbiddenMove, Receipt, State, Withheld
from mwcampaign.core.ledger import Claim, Ledger
from mwcampaign.core.message import Message
from mwcampaign.core.pacing import Rest
from mwcampaign.core.ports import Allowance, Clock, Handles, Pictures, Platform
from mwcampaign.errors import Ambiguous, Deferred, LedgerUnavailable, PublishError, Reach, Rejected

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
DEADLINE = timedelta(seconds=60)
"""No call to a network takes longer."""


def unheard(trouble: PublishError) -> None:
    """Tell nobody."""


def deliver(
    claim: Claim,
    ledger: Ledger,
    platform: Platform,
    pictures: Pictures,
    clock: Clock,
    hear: Callable[[PublishError], None] = unheard,
) -> State:
    """Try to send a claimed delivery once; return the state it is in now. `hear` is told of a trouble once it is kept.

    Raises LedgerUnavailable when the ledger cannot be written: what was not sealed is not sent, and what was sent
    without being settled becomes `unknown` when its lease is over.
    """
    sealed = False
    receipt: Receipt | None = None
    not_before: datetime | None = None
    trouble: PublishError | None = None
    try:
        keep_quotas(claim, ledger, platform, clock.now())
        envelope = ready(claim, platform, pictures, clock.now())
        ledger.seal(claim.attempt.id, envelope, clock.now())
        sealed = True
        if clock.now() > claim.attempt.lease_until - DEADLINE:
            # We slept (a closed lid, SIGSTOP): others may soon look, find nothing and send. So we must not.
            raise Deferred("the lease is nearly over; nothing was sent")  # noqa: TRY301 - settled like any deferral
        # Nothing may stand between the seal and this line, and nothing after it may undo it.
        receipt = platform.publish(envelope)
        event, why = Event.ACCEPT, ""
    except Deferred as error:
        event, why = (Event.DEFER if sealed else Event.ABANDON), str(error)
        trouble, not_before = error, clock.now() + (error.retry_after or backoff(claim.attempt.number))
    except Rejected as error:
        event, why, trouble = Event.REJECT, str(error), error
    except Withheld as error:
        event, why = Event.ABANDON, str(error)
    except (LedgerUnavailable, ForbiddenMove):
        # The disk or the lease is gone: nothing was sent by us, and nothing more may be written by us.
        raise
    except Exception as error:  # noqa: BLE001 - the one broad net: a bug proves nothing about the network
        event = Event.DOUBT if sealed else Event.ABANDON
        trouble = error if isinstance(error, Ambiguous) else None
        why = str(error) if trouble else f"{type(error).__name__} in the adapter"
        not_before = None if sealed else clock.now() + backoff(claim.attempt.number)
    # Half an emoji in somebody's words must not keep the outcome out of the ledger.
    why = why.encode("utf-8", "replace").decode()
    rests = rests_after(trouble, why, not_before, left(platform) if sealed else (), clock.now())
    state = ledger.settle(claim.attempt.id, event, clock.now(), why, receipt, not_before, rests)
    if trouble is not None:
        hear(trouble)
    return state


def keep_quotas(claim: Claim, ledger: Ledger, platform: Platform, now: datetime) -> None:
    """Defer when the account, or the application it shares, has posted as much as its network allows."""
    network, account = claim.delivery.network, claim.delivery.account
    able = platform.capabilities
    kinds: tuple[tuple[Reach, str | None, tuple[tuple[int, int], ...]], ...] = (
        ("account", account, able.quotas),
        ("application", None, able.shared_quotas),
    )
    for reach, whose, quotas in kinds:
        for posts, seconds in quotas:
            if until := ledger.room(now, network, whose, posts, seconds):
                told = f"{posts} posts in {seconds} s are all there may be for one {reach}"
                raise Deferred(told, until - now, reach=reach)


def rests_after(
    trouble: PublishError | None,
    why: str,
    not_before: datetime | None,
    allowances: tuple[Allowance, ...],
    now: datetime,
) -> list[Rest]:
    """Return who else has to wait after an attempt: by its trouble's reach, and by what the network said is left."""
    rests = []
    if trouble is not None and trouble.reach == "network":
        rests.append(Rest("network", why))
    elif isinstance(trouble, Deferred) and trouble.reach != "post":
        rests.append(Rest(trouble.reach, why, not_before))
    for allowed in allowances:
        if allowed.remaining <= 0 and allowed.until > now:
            told = "the network allows no more posts for now"
            rests.append(Rest("application" if allowed.shared else "account", told, allowed.until))
    return rests


def left(platform: Platform) -> tuple[Allowance, ...]:
    """Return what the network said it still allows; an adapter that cannot tell costs nobody a receipt."""
    try:
        return platform.allowances()
    except Exception:  # noqa: BLE001 - the post may be public: its receipt comes first
        return ()


def ready(claim: Claim, platform: Platform, pictures: Pictures, now: datetime) -> Envelope:
    """Return the exact request: the one sealed before while the network still knows it as the same, else a new one."""
    window = timedelta(seconds=platform.capabilities.replay_window)
    if claim.sealed is not None and claim.sealed_at is not None and now - claim.sealed_at < window:
        return claim.sealed
    message = Message.from_json(claim.delivery.message)
    try:
        contents = [pictures.get(picture.digest) for picture in message.pictures]
    except LedgerUnavailable as error:
        # One lost picture is this delivery's trouble, not the whole week's.
        raise Rejected(f"{error.what}; apply the campaign again, then retry this") from error
    uploads = [platform.upload(picture, content) for picture, content in zip(message.pictures, contents, strict=True)]
    names, due = platform.resolve(message), claim.delivery.due
    handles = Handles(tuple(uploads), names, claim.parent, claim.root, due=due)
    handles = replace(handles, staged=platform.stage(message, handles))
    return platform.prepare(message, handles, claim.delivery.key, now)


def backoff(attempt: int) -> timedelta:
    """Return the wait after an attempt that the network gave no time for: 30 s doubled each time, at most 15 min."""
    return min(FIRST_WAIT * (1 << min(attempt - 1, 10)), LONGEST_WAIT)
