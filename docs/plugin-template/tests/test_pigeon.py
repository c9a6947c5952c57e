"""The Pigeon Post adapter keeps the promises of every mwcampaign adapter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from fake_pigeon import TOKEN, FakePigeon
from mwcampaign_pigeon import Pigeon

from mwcampaign.core.campaign import Account
from mwcampaign.core.ports import Inconclusive
from mwcampaign.errors import CredentialRejected
from mwcampaign.testing import samples
from mwcampaign.testing.platform_contract import PlatformContract, PublicPost
from mwcampaign.testing.proxy import Fault, FaultProxy
from mwcampaign.testing.rig import KeptSessions
from mwcampaign.testing.serving import serving

POST = {"method": "PUT", "path": "^/posts/"}


class Impatient(Pigeon):
    """The adapter with a read time-out short enough for tests of silence."""

    timeout = 0.5


class PigeonRig:
    """An account, seen through a proxy by the adapter and directly by the test."""

    module = "mwcampaign_pigeon"
    canary = (TOKEN,)

    def __init__(self, server: FakePigeon, proxy: FaultProxy) -> None:
        self.server, self.proxy = server, proxy
        self.platform = self.fresh()

    def posts(self) -> list[PublicPost]:
        """Return what is public."""
        alts = self.server.alts
        return [
            PublicPost(post["text"], tuple(alts[each] for each in post["pictures"]), post["reply_to"], post["language"])
            for post in self.server.posts.values()
        ]

    def fresh(self, kind: type[Pigeon] = Pigeon, token: str = TOKEN) -> Pigeon:
        """Construct another adapter for the same account."""
        account = Account(id="museum@pigeon", institution="museum", network="pigeon", server=self.proxy.url)
        return kind(account, {"token": token}, KeptSessions())

    def faulty(self, fault: Fault) -> Pigeon:
        """Arm the proxy for the next post."""
        platform = self.fresh(Impatient if fault is Fault.STALL else Pigeon)
        self.proxy.arm(fault, **POST)
        return platform

    def allowing(self, remaining: int, seconds: int, *, shared: bool = False, refused: bool = False) -> Pigeon:
        """Let the answer to the next post tell what is left."""
        until = datetime.now(UTC).timestamp() + seconds
        headers = {"X-RateLimit-Remaining": str(remaining), "X-RateLimit-Reset": f"{until:.0f}"}
        more: dict[str, Any] = {"status": 429} if refused else {"forward": True}
        self.proxy.answer(b"{}" if refused else None, headers=headers, **POST, **more)
        return self.fresh()

    def delete(self, remote_id: str) -> None:
        """Take a post down."""
        self.server.posts = {key: post for key, post in self.server.posts.items() if post["id"] != remote_id}

    def edit(self, remote_id: str, text: str) -> bool:
        """Give a post other words."""
        self._post(remote_id)["text"] = text
        return True

    def repeat(self, remote_id: str) -> str:
        """Post the same again."""
        told = {name: self._post(remote_id)[name] for name in ("text", "language", "pictures", "reply_to")}
        return str(self.server.add("by hand", told)["id"])

    def _post(self, remote_id: str) -> dict[str, Any]:
        (post,) = [each for each in self.server.posts.values() if each["id"] == remote_id]
        return post


@pytest.fixture
def dovecote() -> Iterator[PigeonRig]:
    """An account without posts on a server that is well, behind a proxy."""
    pigeon = FakePigeon()
    with serving(pigeon.answer) as pigeon.url, FaultProxy(pigeon.url) as proxy:
        rig = PigeonRig(pigeon, proxy)
        yield rig
        rig.platform.close()


class TestPigeonKeepsTheContract(PlatformContract):
    """The suite every adapter passes."""

    vectors = (("", 0), ("coo", 3), ("の", 1))

    @pytest.fixture
    def rig(self, dovecote: PigeonRig) -> PigeonRig:
        """The dovecote."""
        return dovecote

    def test_a_wrong_token(self, dovecote: PigeonRig) -> None:
        """What only this network does is a test of its own, beside the suite."""
        with pytest.raises(CredentialRejected):
            dovecote.fresh(token="wrong").whoami()

    def test_another_post_under_the_key(self, dovecote: PigeonRig) -> None:
        """A post that reads otherwise is not taken for ours; a person is told where it is."""
        envelope = self.ready(dovecote.platform, samples.message("Ours"))
        dovecote.edit(dovecote.platform.publish(envelope).remote_id, "Theirs")
        assert isinstance(dovecote.platform.find(envelope, datetime.now(UTC)), Inconclusive)
