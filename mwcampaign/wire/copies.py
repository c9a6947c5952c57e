"""Which pictures go with deliveries: the museum's own files, or smaller copies of them. Used inside wire."""

from __future__ import annotations

from collections.abc import Iterable

from mwcampaign.core.delivery import Delivery
from mwcampaign.core.message import Message
from mwcampaign.core.wanted import Selection
from mwcampaign.wire.project import Project


def pictures_of(project: Project, deliveries: Iterable[Delivery]) -> set[str]:
    """Return the digests of all pictures that deliveries show; `project.fitter` has the content of each afterwards,
    unless it is not made any more as it was."""
    if not project.campaign.media:
        return set()
    seen: set[str] = set()
    told: set[str] = set()
    for delivery in deliveries:
        if '"pictures":[]' in delivery.message or delivery.message in seen:
            continue
        seen.add(delivery.message)
        shown = {picture.digest for picture in Message.from_json(delivery.message).pictures}
        if shown - told - project.fitter.kinds().keys():
            # A copy, made by another process or in another run: its own message is made again, and the copy with it.
            only = Selection(
                posts=frozenset({delivery.post}),
                institutions=frozenset({delivery.institution}),
                accounts=frozenset({delivery.account}),
            )
            for _ in project.wish(only):
                pass
        told |= shown
    return told
