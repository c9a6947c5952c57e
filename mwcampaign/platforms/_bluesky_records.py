"""What a post's record holds on Bluesky: made from a message, compared with others, turned into a receipt.

Only the Bluesky adapter uses this; nothing here asks anybody.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mwcampaign.core.delivery import Envelope, Receipt
from mwcampaign.core.entities import bluesky_facets
from mwcampaign.core.message import Message, Picture
from mwcampaign.core.ports import Handles
from mwcampaign.core.tid import is_tid
from mwcampaign.errors import Rejected
from mwcampaign.platforms._outcome import unreadable

APP = "https://bsky.app"
LOOK = "looking for the post"
POST = "app.bsky.feed.post"
LABELS = ("sexual", "nudity", "porn", "graphic-media")
"""What a post may say of itself; the network has no free text for it."""
STRONGEST = "graphic-media"
LINK = "app.bsky.richtext.facet#link"


def record(message: Message, handles: Handles, at: datetime) -> dict[str, Any]:
    record: dict[str, Any] = {
        "$type": POST,
        "text": message.text,
        "createdAt": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "langs": [message.language],
    }
    if facets := _facets(message.text, handles.names):
        record["facets"] = facets
    if message.pictures:
        images = [_image(*both) for both in zip(message.pictures, handles.pictures, strict=True)]
        record["embed"] = {"$type": "app.bsky.embed.images", "images": images}
    if handles.parent is not None:
        root = handles.root or handles.parent
        record["reply"] = {"root": _reference(root), "parent": _reference(handles.parent)}
    if message.warning:
        # A warning is never dropped. `check` objects to words; should they come here, the strongest cover goes on.
        value = message.warning if message.warning in LABELS else STRONGEST
        record["labels"] = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": value}]}
    return record


def _facets(text: str, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return what is clickable, with places in UTF-8 bytes; a mention only of a name that is somebody."""
    facets = []
    for facet in bluesky_facets(text):
        match facet.kind:
            case "link":
                feature = {"$type": LINK, "uri": facet.value}
            case "tag":
                feature = {"$type": "app.bsky.richtext.facet#tag", "tag": facet.value}
            case _ if did := names.get(facet.value):
                feature = {"$type": "app.bsky.richtext.facet#mention", "did": did}
            case _:
                continue
        facets.append({"index": {"byteStart": facet.byte_start, "byteEnd": facet.byte_end}, "features": [feature]})
    return facets


def _image(picture: Picture, blob: str) -> dict[str, Any]:
    image: dict[str, Any] = {"image": json.loads(blob), "alt": picture.alt}
    if picture.width > 0 and picture.height > 0:
        image["aspectRatio"] = {"width": picture.width, "height": picture.height}
    return image


def _reference(receipt: Receipt) -> dict[str, str]:
    return {"uri": receipt.remote_id, "cid": receipt.revision}


def alike(value: object, sealed: Mapping[str, Any]) -> bool:
    """Return whether a record reads as the sealed one: the same words and links, as many pictures, the same reply.

    Times, languages and the exact bytes of pictures differ when somebody posts the same by hand.
    """
    if not isinstance(value, dict):
        return False
    return (
        _reading(value) == _reading(sealed)
        and _pictures(value) == _pictures(sealed)
        and _parent(value) == _parent(sealed)
    )


def _reading(value: Mapping[str, Any]) -> str:
    """Return a record's words with every link in full: apps shorten what they show of it."""
    text = str(value.get("text", "")).encode("utf-8", "replace")
    links = list[tuple[int, int, str]]()
    for facet in _several(value.get("facets")):
        place = _one(facet.get("index"))
        start, end = place.get("byteStart"), place.get("byteEnd")
        for feature in _several(facet.get("features")):
            if feature.get("$type") == LINK and isinstance(start, int) and isinstance(end, int):
                links.append((start, end, str(feature.get("uri"))))
    for start, end, uri in sorted(links, reverse=True):
        text = text[:start] + uri.encode("utf-8", "replace") + text[end:]
    return " ".join(text.decode("utf-8", "replace").split())


def _pictures(value: Mapping[str, Any]) -> int:
    return len(_several(_one(value.get("embed")).get("images")))


def _parent(value: Mapping[str, Any]) -> object:
    return _one(_one(value.get("reply")).get("parent")).get("uri")


def _one(told: object) -> Mapping[str, Any]:
    return told if isinstance(told, dict) else {}


def _several(told: object) -> list[Mapping[str, Any]]:
    return [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []


def parts(uri: str) -> tuple[str, str, str]:
    """Split an at:// address of a post into repository, collection and key. Raises Rejected when it is none."""
    match = re.fullmatch(r"at://([^/]+)/([^/]+)/([^/]+)", uri)
    if match is None or not is_tid(match[3]):
        raise Rejected(f"{uri} is not the address of a post")
    return match[1], match[2], match[3]


def receipt_of(envelope: Envelope, answer: Mapping[str, Any]) -> Receipt | None:
    """Make the receipt from an answer with uri and cid; None when they are not there or of another key."""
    uri, cid = answer.get("uri"), answer.get("cid")
    if not isinstance(uri, str) or not isinstance(cid, str) or not cid:
        return None
    try:
        (repo, *where), (_, *wanted) = parts(uri), parts(envelope.address)
    except Rejected:
        return None
    if where != wanted:
        return None
    posted = datetime.fromisoformat(json.loads(envelope.payload)["record"]["createdAt"])
    return Receipt(uri, f"{APP}/profile/{repo}/post/{where[1]}", posted, cid)


def proof(answer: Mapping[str, Any], since: datetime) -> Receipt:
    """Make the receipt of any record that was looked for; `since` is its time when it tells none that can be read.

    Raises Deferred when it is no post.
    """
    uri, cid, value = answer.get("uri"), answer.get("cid"), answer.get("value")
    where = re.fullmatch(f"at://([^/]+)/{POST}/([^/]+)", str(uri))
    if where is None or not isinstance(cid, str) or not isinstance(value, dict):
        raise unreadable(LOOK, visible=False)
    try:
        posted = datetime.fromisoformat(str(value.get("createdAt")))
    except ValueError:
        posted = since
    aware = posted if posted.tzinfo else posted.replace(tzinfo=UTC)
    return Receipt(str(uri), f"{APP}/profile/{where[1]}/post/{where[2]}", aware, cid)
