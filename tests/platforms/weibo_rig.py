"""The museum's account on the fake Weibo, and its rig. For tests of the Weibo adapter."""

from __future__ import annotations

from typing import Any

from mwcampaign.core.campaign import Account
from mwcampaign.platforms.weibo import Weibo
from mwcampaign.testing.platform_contract import PublicPost
from mwcampaign.testing.proxy import Fault, FaultProxy
from mwcampaign.testing.rig import KeptSessions
from tests.platforms.fake_weibo import DOMAIN, IP, TOKEN, FakeWeibo, error

SHARE: dict[str, Any] = {"method": "POST", "path": "^/2/statuses/share.json$"}
LINK = f" https://{DOMAIN}/week"
"""What every text without an address gets: Weibo takes none without."""


class Impatient(Weibo):
    """The adapter with a read time-out short enough for tests of silence."""

    timeout = 0.5


class WeiboRig:
    """The account, seen through a proxy by the adapter and directly by the test."""

    module = "mwcampaign.platforms.weibo"
    canary = (TOKEN,)

    def __init__(self, server: FakeWeibo, proxy: FaultProxy) -> None:
        self.server, self.proxy = server, proxy
        self.platform = self.fresh()

    def posts(self) -> list[PublicPost]:
        """Return what is public, without the address that texts got; Weibo keeps no alt texts."""
        return [PublicPost(each["text"].removesuffix(LINK)) for each in self.server.statuses]

    def fresh(self, kind: type[Weibo] = Weibo, token: str = TOKEN, options: dict[str, str] | None = None) -> Weibo:
        """Construct another adapter."""
        told = {"domain": DOMAIN, "ip": IP} if options is None else options
        account = Account(id="museum@weibo", institution="museum", network="weibo", server=self.proxy.url, options=told)
        return kind(account, {"access_token": token}, KeptSessions())

    def faulty(self, fault: Fault) -> Weibo:
        """Arm the proxy for the next post."""
        platform = self.fresh(Impatient if fault is Fault.STALL else Weibo)
        platform.whoami()
        self.proxy.arm(fault, **SHARE)
        return platform

    def allowing(self, remaining: int, seconds: int, *, shared: bool = False, refused: bool = False) -> Weibo:
        """Let Weibo say that the account has asked too often, if so: it tells nothing else."""
        if refused:
            self.server.refusal = ("/2/statuses/share.json", error(403, 10023, "User requests out of rate limit!"))
        return self.fresh()

    def delete(self, remote_id: str) -> None:
        """Delete it on Weibo."""
        self.server.statuses = [each for each in self.server.statuses if str(each["id"]) != remote_id]

    def edit(self, remote_id: str, text: str) -> bool:
        """Do nothing: the interface knows no editing."""
        return False

    def repeat(self, remote_id: str) -> str:
        """Post the same again, past the refusal of repetitions."""
        (status,) = [each for each in self.server.statuses if str(each["id"]) == remote_id]
        return str(self.server.add(status["text"], status["picture"])["id"])
