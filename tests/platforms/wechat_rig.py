"""The museum's Official Account on the fake WeChat, and its rig. For tests of the WeChat adapter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from mwcampaign.core.campaign import Account
from mwcampaign.core.delivery import Envelope, Receipt
from mwcampaign.core.message import Message
from mwcampaign.core.ports import Platform
from mwcampaign.errors import Ambiguous
from mwcampaign.platforms.wechat import WeChat
from mwcampaign.testing import samples
from mwcampaign.testing.platform_contract import PublicPost
from mwcampaign.testing.proxy import Fault, FaultProxy
from mwcampaign.testing.rig import KeptSessions, Sending
from tests.platforms.fake_wechat import APPID, SECRET, FakeWeChat, no, read

SUBMIT: dict[str, Any] = {"method": "POST", "path": "^/cgi-bin/freepublish/submit"}
TITLE = {"title": "MuseumWeek"}


class Impatient(WeChat):
    """The adapter with a read time-out short enough for tests of silence."""

    timeout = 0.5


class WeChatRig:
    """The account, seen through a proxy by the adapter and directly by the test. Its sessions are kept together, as
    they are in files."""

    module = "mwcampaign.platforms.wechat"

    def __init__(self, server: FakeWeChat, proxy: FaultProxy) -> None:
        self.server, self.proxy = server, proxy
        self.sessions = KeptSessions()
        self.platform = self.fresh()

    @property
    def canary(self) -> tuple[str, ...]:
        """The secret, and the token of the moment."""
        return (SECRET, *([self.server.token] if self.server.token else []))

    def posts(self) -> list[PublicPost]:
        """Return what is public."""
        told = [read(each["content"]) for each in self.server.articles if not each["is_deleted"]]
        return [PublicPost(text, alts) for text, alts in told]

    def fresh(self, kind: type[WeChat] = WeChat, options: dict[str, str] | None = None, **secrets: str) -> WeChat:
        """Construct another adapter, whose articles have a title of their own unless told otherwise."""
        told = TITLE if options is None else options
        account = Account(
            id="museum@wechat", institution="museum", network="wechat", server=self.proxy.url, options=told
        )
        return kind(account, {"appid": APPID, "secret": SECRET} | secrets, self.sessions)

    def faulty(self, fault: Fault) -> WeChat:
        """Arm the proxy for the next submission."""
        platform = self.fresh(Impatient if fault is Fault.STALL else WeChat)
        platform.whoami()
        self.proxy.arm(fault, **SUBMIT)
        return platform

    def allowing(self, remaining: int, seconds: int, *, shared: bool = False, refused: bool = False) -> WeChat:
        """Let WeChat say that the day's quota is used up, if so: it tells nothing else."""
        if refused:
            self.server.refusal = ("/cgi-bin/freepublish/submit", no(45009, "reach max api daily quota limit"))
        return self.fresh()

    def delete(self, remote_id: str) -> None:
        """Delete it on WeChat's site."""
        for each in self.server.articles:
            if each["id"] == remote_id:
                each["is_deleted"] = True

    def edit(self, remote_id: str, text: str) -> bool:
        """Do nothing: a published article cannot be changed by the interface."""
        return False

    def repeat(self, remote_id: str) -> str:
        """Publish the same again on WeChat's site."""
        (article,) = [each for each in self.server.articles if each["id"] == remote_id]
        self.server.articles.append(article | {"id": self.server.next_id("article-")})
        return str(self.server.articles[-1]["id"])


class Covered(Sending):
    """Sending on a network where an article needs a cover: a message without a picture gets one."""

    def ready(
        self,
        platform: Platform,
        message: Message,
        name: str = "post",
        parent: Receipt | None = None,
        root: Receipt | None = None,
        at: datetime | None = None,
    ) -> Envelope:
        """Add a picture where there is none, and go on."""
        pictures = message.pictures or samples.message(pictures=1).pictures
        return super().ready(platform, replace(message, pictures=pictures), name, parent, root, at)

    def lost(self, rig: WeChatRig, text: str = "Lost") -> tuple[Platform, Envelope]:
        """Submit an article, and lose the answer."""
        envelope = self.ready(rig.platform, samples.message(text))
        platform = rig.faulty(Fault.DROP)
        with pytest.raises(Ambiguous):
            platform.publish(envelope)
        return platform, envelope


@pytest.fixture
def wechat_rig() -> Iterator[WeChatRig]:
    """An account without articles, behind a proxy."""
    server = FakeWeChat()
    with FaultProxy(server.url) as proxy:
        rig = WeChatRig(server, proxy)
        yield rig
        rig.platform.close()
    server.shutdown()
    server.server_close()
