"""The museum's account on the fake Instagram, and pictures it takes. For tests of the adapters that use containers."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from typing import Any

from PIL import Image

from mwcampaign.core.campaign import Account
from mwcampaign.core.delivery import Envelope, Receipt, delivery_key
from mwcampaign.core.message import Message, Picture
from mwcampaign.core.ports import Handles, Platform
from mwcampaign.platforms.instagram import Instagram
from mwcampaign.testing import samples
from mwcampaign.testing.platform_contract import PublicPost
from mwcampaign.testing.proxy import Fault, FaultProxy
from mwcampaign.testing.rig import KeptSessions, Sending
from tests.platforms.fake_graph import TOKEN, PublicFolder
from tests.platforms.fake_graph_containers import USER, FakeContainers
from tests.platforms.fake_instagram import FakeInstagram

POST = {"method": "POST", "path": "/media_publish$"}


@cache
def jpeg(number: int = 0, width: int = 320, height: int = 240) -> tuple[Picture, bytes]:
    """Make a JPEG with the alt text of the sample picture of that number, and its bytes."""
    made = BytesIO()
    colour = ((number * 67) % 256, (number * 131 + 40) % 256, (number * 29 + 90) % 256)
    Image.new("RGB", (width, height), colour).save(made, "JPEG")
    content = made.getvalue()
    digest, alt = hashlib.sha256(content).hexdigest(), samples.picture(number)[0].alt
    return Picture(digest, f"room-{number + 1}.jpg", "image/jpeg", len(content), width, height, alt), content


def illustrated(message: Message) -> Message:
    """Return a message with JPEGs for its pictures, and with one where it has none: Instagram takes nothing else."""
    return replace(message, pictures=tuple(jpeg(number)[0] for number in range(max(1, len(message.pictures)))))


class SendingPictures(Sending):
    """Sends every message with at least one picture, all of them JPEG."""

    def ready(
        self,
        platform: Platform,
        message: Message,
        name: str = "post",
        parent: Receipt | None = None,
        root: Receipt | None = None,
        at: datetime | None = None,
    ) -> Envelope:
        """Upload, stage and prepare, as engine.deliver does."""
        message = illustrated(message)
        uploads = tuple(platform.upload(*jpeg(number)) for number in range(len(message.pictures)))
        handles = Handles(uploads, platform.resolve(message), parent, root)
        handles = replace(handles, staged=platform.stage(message, handles))
        return platform.prepare(message, handles, delivery_key("mw", name, "museum", 0), at or datetime.now(UTC))


class ContainerRig:
    """An account seen through a proxy by the adapter and directly by the test; its pictures lie in a public folder."""

    module = ""
    network = ""
    canary = (TOKEN,)
    kind: Any
    visible: dict[str, Any]

    def __init__(self, server: FakeContainers, proxy: FaultProxy, folder: PublicFolder) -> None:
        self.server, self.proxy, self.folder = server, proxy, folder
        for number in range(20):
            for picture, content in (jpeg(number), samples.picture(number)):
                folder.put(picture.digest + (".jpg" if picture.mime == "image/jpeg" else ".png"), content)
        self.platform = self.fresh()

    def posts(self) -> list[PublicPost]:
        """Return what is public."""
        return [
            PublicPost(text=post["text"], alts=post["alts"], reply_to=post["reply_to"]) for post in self.server.posts
        ]

    def fresh(self, patience: float | None = None, token: str = TOKEN, **options: str) -> Any:
        """Construct another adapter, with other patience, options or another token."""
        account = Account(
            id=f"museum@{self.network}",
            institution="museum",
            network=self.network,
            server=self.proxy.url,
            options={"public_base_url": self.folder.url} | options,
        )
        kind = type("Impatient", (self.kind,), {"timeout": patience}) if patience else self.kind
        return kind(account, {"access_token": token}, KeptSessions())

    def faulty(self, fault: Fault) -> Any:
        """Arm the proxy for the next post."""
        platform = self.fresh(0.5 if fault is Fault.STALL else None)
        self.proxy.arm(fault, **self.visible)
        return platform

    def allowing(self, remaining: int, seconds: int, *, shared: bool = False, refused: bool = False) -> Any:
        """Let Graph block calls for so long when nothing remains: a publish's answer tells nothing else."""
        self.server.blocked = 0 if remaining and not refused else seconds // 60
        return self.fresh()

    def delete(self, remote_id: str) -> None:
        """Delete it as a person does."""
        self.server.posts = [post for post in self.server.posts if post["id"] != remote_id]

    def edit(self, remote_id: str, text: str) -> bool:
        """Say that nobody can by the interface."""
        return False

    def repeat(self, remote_id: str) -> str:
        """Post it again as a person does."""
        (post,) = [each for each in self.server.posts if each["id"] == remote_id]
        self.server.posts.append(post | {"id": self.server.next_id()})
        return str(self.server.posts[-1]["id"])


class InstagramRig(ContainerRig):
    """The museum on Instagram."""

    module = "mwcampaign.platforms.instagram"
    network = "instagram"
    kind = Instagram
    visible = POST
    server: FakeInstagram

    def place(self, path: str) -> tuple[str, str] | None:
        """Say which of Meta's objects a path is about; containers, and `me` of Instagram Login, are not described."""
        first, _, edge = path.partition("/")
        if first == USER:
            return "IGUser", edge
        return None if first in {"me", "debug_token", *self.server.containers} else ("IGMedia", edge)
