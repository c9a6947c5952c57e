"""The museum's page on the fake LinkedIn. For tests of the LinkedIn adapter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mwcampaign.core.campaign import Account
from mwcampaign.platforms.linkedin import LinkedIn
from mwcampaign.testing.platform_contract import PublicPost
from mwcampaign.testing.proxy import Fault, FaultProxy
from mwcampaign.testing.rig import KeptSessions
from tests.platforms.fake_linkedin import PAGE_URN, TOKEN, FakeLinkedIn

POST = {"method": "POST", "path": "^/rest/posts$"}
OPTIONS = {"organization": PAGE_URN.rpartition(":")[2]}


class Impatient(LinkedIn):
    """The adapter with a read time-out short enough for tests of silence."""

    timeout = 0.5


class LinkedInRig:
    """The page, seen through a proxy by the adapter and directly by the test."""

    module = "mwcampaign.platforms.linkedin"
    canary = (TOKEN,)

    def __init__(self, server: FakeLinkedIn, proxy: FaultProxy) -> None:
        self.server, self.proxy = server, proxy
        server.public = proxy.url
        self.platform = self.fresh()

    def posts(self) -> list[PublicPost]:
        """Return what is public."""
        return [PublicPost(post["text"], self._alts(post)) for post in self.server.posts]

    def fresh(self, kind: type[LinkedIn] = LinkedIn, token: str = TOKEN, **options: str) -> LinkedIn:
        """Construct another adapter, with other options or another token."""
        account = Account(
            id="museum@linkedin",
            institution="museum",
            network="linkedin",
            server=self.proxy.url,
            options=OPTIONS | options,
        )
        return kind(account, {"access_token": token}, KeptSessions())

    def faulty(self, fault: Fault) -> LinkedIn:
        """Arm the proxy for the next post."""
        platform = self.fresh(Impatient if fault is Fault.STALL else LinkedIn)
        # A success has no body: cut short, its head is cut.
        self.proxy.arm(Fault.DROP if fault is Fault.TRUNCATE else fault, **POST)
        return platform

    def allowing(self, remaining: int, seconds: int, *, shared: bool = False, refused: bool = False) -> LinkedIn:
        """Refuse the next post for a quota, where that is asked for; nothing else is ever told of quotas."""
        if refused:
            self.proxy.arm(Fault.RATE_LIMIT, **POST, wait=seconds)
        return self.fresh()

    def delete(self, remote_id: str) -> None:
        """Delete it on the page."""
        self.server.delete(remote_id)

    def edit(self, remote_id: str, text: str) -> bool:
        """Edit it on the page."""
        self.server.edit(remote_id, text)
        return True

    def repeat(self, remote_id: str) -> str:
        """Post it again when LinkedIn no longer minds: it does not say when that is."""
        (post,) = [each for each in self.server.posts if each["urn"] == remote_id]
        body = {name: value for name, value in post.items() if name not in {"urn", "made", "text", "edited"}}
        return self.server.add(body, post["text"])

    def _alts(self, post: dict[str, dict[str, dict[str, str]]]) -> tuple[str, ...]:
        content = post.get("content", {})
        images = content["multiImage"]["images"] if "multiImage" in content else list(content.values())
        return tuple(image["altText"] for image in images)  # type: ignore[index]


@contextmanager
def page() -> Iterator[LinkedInRig]:
    """Stand up a page without posts."""
    server = FakeLinkedIn()
    with FaultProxy(server.url) as proxy:
        rig = LinkedInRig(server, proxy)
        yield rig
        rig.platform.close()
    server.shutdown()
    server.server_close()
