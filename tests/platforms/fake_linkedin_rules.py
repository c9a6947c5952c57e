"""What LinkedIn's documentation says a request must look like: fields, values, little text. For the fake alone."""

from __future__ import annotations

import re
from typing import Any

TOKEN = "canary-linkedin-token"
VERSIONS = frozenset({"202607", "202608", "202609"})
"""Those in use; each lives about a year."""
MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8")
RESERVED = frozenset("\\|{}@[]()<>#*_~")

_IMAGE = {"id": re.compile(r"urn:li:image:\w+"), "altText": re.compile(r".{0,4086}", re.DOTALL)}
CREATE: dict[str, Any] = {
    "author": re.compile(r"urn:li:organization:\d+"),
    "commentary": str,
    "visibility": re.compile("PUBLIC|CONNECTIONS|LOGGED_IN"),
    "distribution": {
        "feedDistribution": re.compile("MAIN_FEED|NONE"),
        "targetEntities": [str, 0, 100],
        "thirdPartyDistributionChannels": [str, 0, 100],
    },
    "lifecycleState": re.compile("PUBLISHED|DRAFT"),
    "isReshareDisabledByAuthor": bool,
    "content": {"media": _IMAGE | {"title": str}, "multiImage": {"images": [_IMAGE, 2, 20]}},
}
NEEDED = frozenset({"author", "commentary", "visibility", "distribution", "lifecycleState"})
INITIALIZE: dict[str, Any] = {"initializeUploadRequest": {"owner": re.compile(r"urn:li:organization:\d+")}}


def read_little(told: str) -> str:
    """Return what little text reads like, hashtags with their sign and mentions by name. From the first reserved
    character on that is neither escaped nor part of an element it is cut off without a word, as was seen."""
    text, at = "", 0
    while at < len(told):
        if (element := _element(told, at)) is not None:
            shown, at = element
            text += shown
        elif told[at] in RESERVED:
            return text
        else:
            text += told[at]
            at += 1
    return text


def live(told: str) -> list[str]:
    """Return the hashtags of a little text, without their sign."""
    tags, at = [], 0
    while at < len(told):
        element = _element(told, at)
        if element is not None and told[at] in "{#":
            tags.append(element[0][1:])
        at = element[1] if element is not None else at + 1
    return tags


def template(told: str) -> str:
    """Return little text as it is given back: each hashtag as a template."""
    parts, at = [], 0
    while at < len(told):
        element = _element(told, at)
        if element is not None and told[at] == "#":
            parts.append(rf"{{hashtag|\#|{element[0][1:]}}}")
        else:
            parts.append(told[at : element[1]] if element is not None else told[at])
        at = element[1] if element is not None else at + 1
    return "".join(parts)


def _element(told: str, at: int) -> tuple[str, int] | None:
    """Return what the element at a place shows and where it ends, None where there is none."""
    if told[at] == "\\" and at + 1 < len(told):
        return (told[at + 1], at + 2) if told[at + 1] in RESERVED else None
    if told.startswith("{hashtag|", at):
        sign, value = at + len("{hashtag|"), 0
        sign += told[sign] == "\\"
        value = sign + 2
        if told[sign] not in "#＃" or told[sign + 1] != "|":
            return None
        tag, end = _until(told, value, "}")
        return (told[sign] + tag, end) if tag and end else None
    if told.startswith("@[", at):
        name, end = _until(told, at + 2, "]")
        urn = re.compile(r"\(urn:li:(?:organization|person):\w+\)").match(told, end) if end else None
        return (name, urn.end()) if urn else None
    if told[at] == "#" and (word := re.compile(r"[^\W_]\w*").match(told, at + 1)):
        return told[at : word.end()], word.end()
    return None


def _until(told: str, at: int, stop: str) -> tuple[str, int]:
    """Return the plain text up to a sign and the place behind it; nothing and 0 where it is not plain to the end."""
    text = ""
    while at < len(told) and told[at] != stop:
        if told[at] == "\\" and told[at + 1 : at + 2] in RESERVED:
            at += 1
        elif told[at] in RESERVED:
            return "", 0
        text += told[at]
        at += 1
    return (text, at + 1) if at < len(told) else ("", 0)
