"""Would the network take this message? Judged offline, from capabilities, in the rendered text."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from mwcampaign.core._units import utf8_bytes
from mwcampaign.core.campaign import Account
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.entities import hashtags, mastodon_mentions
from mwcampaign.core.message import Message, Picture
from mwcampaign.core.ports import Platform

_SEEN = regex.compile(r"[^\p{C}\p{Z}]")
"""A sign that people see."""
Objection = tuple[str, str, str]
"""A code of core.rules, what is wrong, and what to do about it."""


def objections(message: Message, platform: Platform) -> Iterator[Objection]:
    """Yield everything the network would object to."""
    able = platform.capabilities
    if not message.pictures and not _SEEN.search(message.text):
        yield "MW311", "the text is empty", "write a text, or leave this network out"
    for what in excess(message, platform):
        yield "MW310", what, _shorter(able)
    if len(message.pictures) > able.pictures:
        yield (
            "MW312",
            f"{len(message.pictures)} pictures; {able.network} takes {able.pictures}",
            f"add a variant for {able.network} with fewer pictures",
        )
    for picture in message.pictures:
        yield from _picture(picture, able)
    if message.visibility not in able.visibilities:
        yield (
            "MW316",
            f"{able.network} has no visibility {message.visibility!r}",
            f"it has {', '.join(able.visibilities)}; make the post public, or leave {able.network} out",
        )
    if message.warning and able.warnings == "none":
        yield (
            "MW317",
            f"{able.network} has no content warning for a post",
            f"leave {able.network} out of this post's networks",
        )
    if message.pictures and not able.alt_texts:
        yield "MW322", f"{able.network} has no alt texts", "let the text say what the picture shows"
    if able.hashtags is not None or able.mentions is not None:
        yield from _entities(message.text, able)
    for code, what in platform.check(message):
        yield code, what, _shorter(able) if code == "MW310" else ""


def _shorter(able: Capabilities) -> str:
    return f"shorten it, or add a variant for {able.network}; fit: says what may be left out"


def homeless(able: Capabilities, account: Account, part: int, parts: int) -> Iterator[Objection]:
    """Yield what is in the way whatever the words: no server to post to, no post that a part (from 0) could answer."""
    if able.own_servers and not account.server:
        hint = "add its address: server: https://…"
        yield "MW215", f"the account names no server, and on {able.network} each has its own", hint
    if part > 0 and not able.threads:
        what = f"{able.network} has no threads: {parts} parts would be {parts} separate posts"
        yield "MW324", what, f"name the other networks in this post, and write one without a thread for {able.network}"


def too_long(message: Message, platform: Platform) -> bool:
    """Return whether the text is longer than the network takes."""
    ours = any(True for _ in excess(message, platform))
    return ours or any(code == "MW310" for code, _ in platform.check(message))


def length(message: Message, platform: Platform) -> int:
    """Return how long the network takes a message to be: with its content warning where that counts."""
    return platform.count(_counted(message, platform.capabilities))


def _counted(message: Message, able: Capabilities) -> str:
    return message.text + message.warning if message.warning and able.warnings == "text" else message.text


def excess(message: Message, platform: Platform) -> Iterator[str]:
    """Yield how a text is longer than the network takes."""
    able = platform.capabilities
    most = able.at_most(_counted(message, able))
    # To count is dear, and most texts are far from any limit.
    if (most is None or most > able.text_limit) and (counted := length(message, platform)) > able.text_limit:
        yield f"text is {counted} of {able.text_limit} {able.unit} on {able.network}"
    size = utf8_bytes(message.text) if able.bytes_limit is not None else 0
    if able.bytes_limit is not None and size > able.bytes_limit:
        yield f"text is {size} of {able.bytes_limit} bytes on {able.network}"


def _entities(text: str, able: Capabilities) -> Iterator[Objection]:
    if able.hashtags is not None and (number := len(hashtags(able.network)(text))) > able.hashtags:
        yield "MW323", f"{number} hashtags; {able.network} takes {able.hashtags}", "leave some out"
    if able.mentions is not None and (number := len(mastodon_mentions(text))) > able.mentions:
        yield "MW323", f"{number} mentions; {able.network} takes {able.mentions}", "leave some out"


def _kinds(able: Capabilities) -> str:
    return " or ".join(kind.rpartition("/")[2].upper() for kind in able.picture_types[:2])


def _picture(picture: Picture, able: Capabilities) -> Iterator[Objection]:
    if picture.mime not in able.picture_types:
        yield (
            "MW314",
            f"{picture.name} is {picture.mime}; {able.network} takes {', '.join(able.picture_types) or 'no pictures'}",
            f"save it as {_kinds(able)}" if able.picture_types else "leave the picture out",
        )
    if able.picture_bytes is not None and picture.size > able.picture_bytes:
        yield (
            "MW313",
            f"{picture.name} has {picture.size:,} bytes; {able.network} takes {able.picture_bytes:,}",
            "save a smaller copy",
        )
    pixels = picture.width * picture.height
    if able.picture_pixels is not None and pixels > able.picture_pixels:
        yield (
            "MW313",
            f"{picture.name} has {pixels:,} pixels; {able.network} takes {able.picture_pixels:,}",
            "save a smaller copy",
        )
    if not picture.alt:
        yield "MW213", f"{picture.name} has no alt text in this language", "add it to the picture's record"
    elif able.alt_limit is not None and len(picture.alt) > able.alt_limit:
        yield (
            "MW315",
            f"alt text of {picture.name} is {len(picture.alt):,} of {able.alt_limit:,} characters on {able.network}",
            "shorten it",
        )
