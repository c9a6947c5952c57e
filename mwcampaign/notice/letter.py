"""The words of a notice: what happened, where, how often, what to do. Ours alone, by kind; nothing a network said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mwcampaign.notice.incident import Incident, Kind, Scope

MOST = 10
"""So many incidents are told one by one; of the rest, their number."""
SHOWN = 12
"""So many characters of a key are enough to find its delivery."""

_ORDER = (Kind.STOPPED, Kind.UNKNOWN, Kind.HANDED_OVER, Kind.CREDENTIALS, Kind.FAILED, Kind.MISSED, Kind.PAUSED)
_HEADLINE = {
    Kind.FAILED: ("1 post failed", "{count} posts failed"),
    Kind.MISSED: ("1 post was missed", "{count} posts were missed"),
    Kind.UNKNOWN: ("1 post may or may not be public", "{count} posts may or may not be public"),
    Kind.HANDED_OVER: ("1 post is to be posted by hand", "{count} posts are to be posted by hand"),
    Kind.CREDENTIALS: ("the password or token was refused", "passwords or tokens were refused for {count} posts"),
    Kind.PAUSED: ("the network takes no posts at present", "the network takes no posts at present"),
    Kind.STOPPED: ("the run has stopped", "the run has stopped"),
}
_WHAT_NOW = {
    Kind.FAILED: "Refused for good: not public, and not tried again by itself. Mend the post and apply again, or: "
    "mwcampaign retry KEY",
    Kind.MISSED: "Its time passed before it could go out. It is not public and will not be sent late by itself.",
    Kind.UNKNOWN: "The network's answer was lost. It is never sent again unseen; the run looks for it by itself, at "
    "least once an hour. If you can see it, or see that it is not there, say so: mwcampaign resolve KEY",
    Kind.HANDED_OVER: "No program may post there. Take words and pictures, post them, and say where they are: "
    "mwcampaign resolve KEY --url ADDRESS",
    Kind.CREDENTIALS: "Renew what the account logs in with; until then nothing goes out there. Then: "
    "mwcampaign retry KEY",
    Kind.PAUSED: "What is due there waits. It is tried again by itself, for as long as its time has not passed.",
    Kind.STOPPED: "Nothing goes out until it runs again. What was not sent is still in the ledger. Once the trouble "
    "is mended: mwcampaign run",
}
# The shape of ids in a campaign's files. What has another shape is not shown: nobody knows what it is.
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}")
_PLACE = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]{0,99})(?: (https?://[A-Za-z0-9.:-]{1,253})/?)?")
_KEY = re.compile(r"[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice as it is sent: plain text."""

    title: str
    body: str


def letter(incidents: Sequence[Incident], unheard: int = 0) -> Letter:
    """Write one notice of these incidents, gravest first; `unheard` events came too fast to be looked at."""
    ordered = sorted(incidents, key=lambda one: (_ORDER.index(one.kind), one.scope.what != "network", -one.count))
    told = [_paragraph(one) for one in ordered[:MOST]]
    if left := len(ordered) - len(told):
        told.append(f"And {left} more of such troubles.")
    if unheard:
        told.append(f"So much happened at once that {unheard} events were not looked at; the overview has them all.")
    if len(ordered) == 1:
        title = f"mwcampaign: {_headline(ordered[0])}"
    else:
        title = f"mwcampaign: {len(ordered)} troubles" if ordered else "mwcampaign: a great deal happened at once"
    look = ["To look, in the campaign's folder:", "  mwcampaign status"]
    look += [f"  mwcampaign show {key}" for key in dict.fromkeys(filter(None, map(_key, ordered[:MOST])))]
    again = "You are told of each trouble once, and again only if it comes back after things went well."
    return Letter(title, "\n\n".join([*told, "\n".join(look), again]) + "\n")


def _headline(incident: Incident) -> str:
    one, several = _HEADLINE[incident.kind]
    words = one if incident.count == 1 else several.format(count=incident.count)
    where = _where(incident.scope)
    return f"{where}: {words}" if where else words


def _paragraph(incident: Incident) -> str:
    key = _key(incident)
    advice = _WHAT_NOW[incident.kind]
    # Of several deliveries the command needs each one's key.
    return f"{_headline(incident)}.\n{advice.replace('KEY', key) if key and incident.count == 1 else advice}"


def _where(scope: Scope) -> str:
    if scope.what == "run":
        return ""
    if scope.what == "account":
        return scope.name if _ID.fullmatch(scope.name) else "an account"
    match = _PLACE.fullmatch(scope.name)
    return " at ".join(filter(None, match.groups())) if match else "a network"


def _key(incident: Incident) -> str:
    return incident.key[:SHOWN] if _KEY.fullmatch(incident.key) else ""
