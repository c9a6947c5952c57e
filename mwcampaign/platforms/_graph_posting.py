"""What Instagram and Threads do alike, word for word: pictures from a public address, posts made of containers. Their
two adapters build on it; what differs stands with them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from mwcampaign.core.campaign import Account
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.delivery import Envelope, Receipt
from mwcampaign.core.message import Message, Picture
from mwcampaign.core.ports import Absent, Allowance, Copy, Found, Inconclusive
from mwcampaign.platforms import _public_pictures
from mwcampaign.platforms._graph import Graph
from mwcampaign.platforms._graph_containers import Containers, Words


class ContainerPosting:
    """One account whose posts are containers first. A network's adapter adds what it counts, checks and is asked."""

    secret_names: tuple[str, ...] = ("access_token",)
    option_names: tuple[str, ...] = ("user_id", "api_version", *_public_pictures.OPTIONS)
    timeout: float = 18.0
    """Seconds from a request after which an answer that is not whole counts as lost. Publishing is two calls, each less
    than ten seconds longer than that: below the engine's deadline of a minute."""
    capabilities: Capabilities

    def __init__(self, account: Account, secrets: Mapping[str, str], graph: Graph, words: Words) -> None:
        self.capabilities = type(self).capabilities.with_limits(account.limits)
        self._account, self._graph = account, graph
        self._pictures = _public_pictures.PublicPictures(account, secrets, self.timeout)
        self._containers = Containers(graph, words, self._user, self._profile)

    def resolve(self, message: Message) -> Mapping[str, str]:
        """Return nothing: the network looks up mentions itself."""
        return {}

    def upload(self, picture: Picture, content: bytes) -> str:
        """Return the picture's public address, once it serves exactly these bytes."""
        return self._pictures.ready(picture, content)

    def publish(self, envelope: Envelope) -> Receipt:
        """Publish the container, then ask for its post's address."""
        return self._containers.publish(json.loads(envelope.payload))

    def allowances(self) -> tuple[Allowance, ...]:
        """Return that nothing is left while the network blocks calls, as a publish was answered; how many posts are
        left, only after whoami."""
        return self._graph.allowances()

    def find(self, envelope: Envelope, since: datetime) -> Found | Absent | Inconclusive:
        """Ask the container whether it was published; its post is the one with that text since then."""
        return self._containers.find(json.loads(envelope.payload), since)

    def copies(self, envelope: Envelope, receipt: Receipt, since: datetime) -> tuple[Copy, ...] | Inconclusive:
        """Ask for the post by its id, and read the account's newest posts for others that read the same."""
        return self._containers.copies(json.loads(envelope.payload), receipt, since)

    def close(self) -> None:
        """Let go of the connections."""
        self._graph.close()

    def _user(self) -> str:
        """Return the account's id, or what the network takes for it."""
        raise NotImplementedError

    def _profile(self) -> str:
        """Return where a person looks."""
        raise NotImplementedError
