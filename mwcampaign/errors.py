"""The error tree and the exit codes: read this first.

Two families. `MwcampaignError` is for people: it ends a command with a message and an exit code, never
with a traceback. `PublishError` is for the engine: adapters raise it, and it becomes a state in the ledger.
Anybody may import this module; it imports nothing of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import IntEnum
from typing import Literal


class ExitCode(IntEnum):
    """What a shell sees. 2 belongs to typer (wrong usage), 130 to ^C."""

    DONE = 0
    BUG = 1
    USAGE = 2
    CAMPAIGN_INVALID = 3
    CREDENTIAL_MISSING = 4
    LEDGER_UNAVAILABLE = 5
    PLAN_REFUSED = 6
    DELIVERY_FAILED = 7
    OUTCOME_UNKNOWN = 8
    CHANGES = 10
    INTERRUPTED = 130


class MwcampaignError(Exception):
    """Something a person can mend: says where, what, and what to do."""

    exit_code = ExitCode.BUG

    def __init__(self, what: str, *, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


class CampaignInvalid(MwcampaignError):
    """The campaign's files have faults; `findings` holds every one of them (core.findings.Finding)."""

    exit_code = ExitCode.CAMPAIGN_INVALID

    def __init__(self, what: str, findings: Sequence[object] = (), *, hint: str = "") -> None:
        super().__init__(what, hint=hint)
        self.findings = tuple(findings)


class CredentialMissing(MwcampaignError):
    """A secret that an account refers to is not there; names the reference, never a value."""

    exit_code = ExitCode.CREDENTIAL_MISSING


class LedgerUnavailable(MwcampaignError):
    """The ledger is lost, locked, corrupt, of a newer version, or its disk is full. Nothing was sent after that."""

    exit_code = ExitCode.LEDGER_UNAVAILABLE


class PlanRefused(MwcampaignError):
    """The plan is stale or unsafe; nothing was written."""

    exit_code = ExitCode.PLAN_REFUSED


class DeliveryFailed(MwcampaignError):
    """At least one delivery ended failed or missed."""

    exit_code = ExitCode.DELIVERY_FAILED


class OutcomeUnknown(MwcampaignError):
    """At least one delivery may have gone out and could not be found; wins over DeliveryFailed."""

    exit_code = ExitCode.OUTCOME_UNKNOWN


Reach = Literal["post", "account", "application", "network"]
"""How far a trouble reaches: this post, all posts of the account, all accounts that share the application, everybody
on that server."""


class PublishError(Exception):
    """How a call to a network ended badly. Messages carry the step and the status, never a secret or a body.

    `reach` says whom else it concerns: the engine lets those wait who would only meet the same trouble.
    """

    def __init__(self, why: str, *, reach: Reach = "post") -> None:
        super().__init__(why)
        self.reach: Reach = reach


class Deferred(PublishError):
    """Certainly not published; may work later. `retry_after` is the wait the network asked for, if it did."""

    def __init__(self, why: str, retry_after: timedelta | None = None, *, reach: Reach = "post") -> None:
        super().__init__(why, reach=reach)
        self.retry_after = retry_after


class Rejected(PublishError):
    """Certainly not published, and will not be as it is."""


class CredentialRejected(Rejected):
    """Certainly not published: the network does not accept this account's credentials."""

    def __init__(self, why: str, *, reach: Reach = "account") -> None:
        super().__init__(why, reach=reach)


class Ambiguous(PublishError):
    """May be published: the answer was lost, late or not understood."""

    def __init__(self, why: str, *, reach: Reach = "network") -> None:
        super().__init__(why, reach=reach)
