"""How people come by an account's secrets, network by network, as data: what to do on the network's pages, what to ask
for, and how a code becomes a token. Nobody is asked here: the command line asks, and wire.login keeps the answers.

A network without a way of its own here (a third party's) has one that asks for each secret by its name.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, cast

from mwcampaign.errors import Rejected
from mwcampaign.platforms import Adapter

FAMILIES: dict[str, str] = {
    **dict.fromkeys(("bluesky", "telegram", "x", "email", "webhook", "wechat", "weibo"), "_login_pasted"),
    **dict.fromkeys(("mastodon", "pixelfed"), "_login_fediverse"),
    **dict.fromkeys(("facebook", "instagram", "threads"), "_login_meta"),
    **dict.fromkeys(("linkedin", "vk"), "_login_oauth"),
}
"""The module with a network's ways, in its WAYS."""

Answers = Mapping[str, str]
"""What a person answered, by the names of the questions; secrets are among it."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One question. `into` says what the answer is: a secret or an option of the account, its server or handle, or
    something needed in this step only. What is `hidden` is not shown while it is typed."""

    name: str
    words: str
    into: Literal["secret", "option", "server", "handle", "step"] = "secret"
    hidden: bool = True
    default: str = ""
    optional: bool = False
    made: Callable[[], str] | None = None
    """Makes the answer where a person gives none: for secrets that are ours to choose."""


@dataclass(frozen=True, slots=True)
class Consent:
    """The page on which a person says yes, and what the exchange of the code needs again."""

    address: str
    kept: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Granted:
    """What the network gave. `label` tells several apart, such as the Pages of one person; `expires` is aware.

    `renewal` is what a renewal needs besides the token, secret too; {} where there is nothing or no renewal.
    """

    secrets: Mapping[str, str] = field(repr=False)
    label: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    expires: datetime | None = None
    rights: tuple[str, ...] = ()
    renewal: Mapping[str, str] = field(default_factory=dict, repr=False)


Consenting = Callable[[Answers, str, str], Consent]
"""From the answers, the address to come back to and a state that nobody can guess. Raises PublishError."""
Granting = Callable[[Answers, Consent, Mapping[str, str], datetime], tuple[Granted, ...]]
"""From the answers, the consent, what came back with the person, and now. Raises PublishError."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to an account's secrets. Without `consent` they are what was answered.

    With it, a person says yes on a page and comes back to `redirect`, which may be this machine ({port} is the port
    that is listened on); where the network shows a code instead, or the person comes back elsewhere, it is pasted.
    """

    name: str
    title: str
    steps: tuple[str, ...]
    asks: tuple[Ask, ...]
    consent: Consenting | None = None
    grant: Granting | None = None
    redirect: str = ""


LOOPBACK = "http://127.0.0.1:{port}/"


def ways(network: str, adapter: Adapter) -> tuple[Way, ...]:
    """Return a network's ways, the one to begin with first; () where the network needs no secret."""
    family = FAMILIES.get(network)
    if family is not None and adapter.__module__ == f"mwcampaign.platforms.{network}":
        told = importlib.import_module(f"mwcampaign.platforms.{family}").WAYS
        return cast(tuple[Way, ...], told[network])
    if not adapter.secret_names:
        return ()
    asks = tuple(Ask(name, name.replace("_", " ")) for name in adapter.secret_names)
    return (Way("paste", "paste its secrets", ("Find them as the network's own pages say.",), asks),)


def came_back(told: str, state: str) -> dict[str, str]:
    """Return what a person brought back: the query of a pasted address, or a bare code. Raises Rejected.

    An address must carry our state; a bare code was read from the screen by the person, and carries none.
    """
    from urllib.parse import parse_qsl, urlsplit

    told = told.strip()
    if "://" not in told:
        if not told or any(character.isspace() for character in told):
            raise Rejected("that is no code")
        return {"code": told}
    query = dict(parse_qsl(urlsplit(told).query))
    if query.get("state") != state:
        raise Rejected("that address is not from this login: begin again")
    if "code" not in query:
        said = query.get("error", "")
        raise Rejected("the network gave no code" + (f": {said[:60]}" if said.replace("_", "").isalnum() else ""))
    return query
