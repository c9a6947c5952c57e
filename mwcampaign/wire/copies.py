"""Which pictures go with deliveries: the museum's own files, or smaller copies of them. Used inside wire."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mwcampaign.core.delivery import Delivery
from mwcampaign.core.message import Message
from mwcampaign.core.wanted import Selection
from mwcampaign.wire.project import Project


class Shown:
    """The pictures that deliveries show, each told once, however many deliveries there are."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._told: set[str] = set()
        self._last = ""
        """The message looked at last: an institution's accounts mostly get the same."""

    def new(self, delivery: Delivery) -> Iterator[str]:
        """Yield the digests of its pictures that were not told yet; `project.fitter` has the content of each then,
        unless it is not made any more as it was."""
        if not self._project.campaign.media or delivery.message == self._last or '"pictures":[]' in delivery.message:
            return
        self._last = delivery.message
        shown = {picture.digest for picture in Message.from_json(delivery.message).pictures} - self._told
        if shown - self._project.fitter.kinds().keys():
            # A copy, made by another process or in another run: its own message is made again, and the copy with it.
            only = Selection(
                posts=frozenset({delivery.post}),
                institutions=frozenset({delivery.institution}),
                accounts=frozenset({delivery.account}),
            )
            for _ in self._project.wish(only):
                pass
        self._told |= shown
        yield from sorted(shown)


def pictures_of(project: Project, deliveries: Iterable[Delivery]) -> Iterator[str]:
    """Yield the digest of each picture that deliveries show, once; `project.fitter` has its content, as in Shown."""
    shown = Shown(project)
    for delivery in deliveries:
        yield from shown.new(delivery)
