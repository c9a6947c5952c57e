"""An account on a network in memory, and its rig. For tests of adapters and of the contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from mwcampaign.core.campaign import Account
from mwcampaign.core.delivery import Envelope
from mwcampaign.errors import Ambiguous, CredentialRejected, Deferred, PublishError, Rejected
from mwcampaign.platforms.memory import Memory, MemoryNetwork, MemoryPost, Moment
from mwcampaign.testing.platform_contract import PublicPost
from mwcampaign.testing.proxy import Fault
from mwcampaign.testing.rig import KeptSessions

ACCOUNT = Account(id="louvre@memory", institution="louvre", network="memory")
BEFORE: Mapping[Fault, PublishError] = {
    Fault.REFUSE: Deferred("refused", reach="network"),
    Fault.RATE_LIMIT: Deferred("too many", timedelta(seconds=60), reach="account"),
    Fault.UNAUTHORIZED: CredentialRejected("who are you"),
    Fault.BAD_REQUEST: Rejected("no"),
    Fault.SERVER_ERROR_BEFORE: Ambiguous("500"),
    Fault.DROP_BEFORE: Ambiguous("closed"),
}


@dataclass
class MemoryRig:
    """A world in memory; faults are raised by its hook, as there is no connection to break."""

    world: MemoryNetwork = field(default_factory=MemoryNetwork)
    kind: type[Memory] = Memory
    module: str = "mwcampaign.platforms.memory"
    canary: tuple[str, ...] = ("c4n4ry-never-shown",)

    def __post_init__(self) -> None:
        self.platform = self.fresh()

    def fresh(self, **options: Any) -> Memory:
        """Construct another adapter of the same world."""
        return self.kind(ACCOUNT, {"token": self.canary[0]}, KeptSessions(), world=self.world, **options)

    def posts(self) -> list[PublicPost]:
        """Return what the world holds."""
        return [
            PublicPost(post.text, post.alts, post.reply_to, post.language, post.warning, post.visibility)
            for post in self.world.posts(ACCOUNT.id)
        ]

    def faulty(self, fault: Fault) -> Memory:
        """Return an adapter whose next publish meets the fault."""
        left = [fault]

        def misbehave(moment: Moment, envelope: Envelope) -> None:
            if left and moment == ("before" if left[0] in BEFORE else "after"):
                raise BEFORE.get(left.pop(), Ambiguous("the answer was lost"))

        return self.fresh(faults=misbehave)

    def allowing(self, remaining: int, seconds: int, *, shared: bool = False, refused: bool = False) -> Memory:
        """Return an adapter whose quota leaves so many after its next post, or is used up by a post of just now."""
        quotas = ((1 if refused else remaining + 1, seconds),)
        able = self.kind.capabilities
        limited = replace(able, shared_quotas=quotas) if shared else replace(able, quotas=quotas)
        platform = self.fresh(imitates=limited)
        if refused:
            now = datetime.now(UTC)
            self.world.add(MemoryPost("", ACCOUNT.id, "by hand", "Before", "en", (), "", "public", None, now))
        return platform

    def delete(self, remote_id: str) -> None:
        """Take it out of the world."""
        self.world.remove(remote_id)

    def edit(self, remote_id: str, text: str) -> bool:
        """Change it in the world."""
        self.world.alter(remote_id, text)
        return True

    def repeat(self, remote_id: str) -> str:
        """Add it to the world again."""
        (post,) = [each for each in self.world.posts() if each.remote_id == remote_id]
        return self.world.add(replace(post, address="by hand")).remote_id
