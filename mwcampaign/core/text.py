"""How long a text is, as each network counts. Adapters, checks and previews ask here; pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from mwcampaign.core._emoji import EMOJI, JOINING
from mwcampaign.core._units import graphemes, utf8_bytes, utf16_units
from mwcampaign.core.entities.mastodon import mastodon_mentions, mastodon_urls
from mwcampaign.core.entities.x import url_places

__all__ = ["forbidden", "graphemes", "mastodon_length", "utf8_bytes", "utf16_units", "weighted_length"]

X_URL = 23
_MOST_DOMAIN = 253
"""A mention's server with a longer name is counted in full."""

_HEAVY = re.compile("[^\x00-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]+")
_FORBIDDEN = re.compile("[\ufffe\ufeff\uffff]")
_JOINING = re.compile(f"[{JOINING}]")
_LONG = re.compile("[#*0-9\xa9\xae\u200d\u203c-\U0010ffff]{2,}")
"""Whatever may be an emoji of more than one character."""


def weighted_length(text: str) -> int:
    """Count as X does, in units of its config v3: after NFC a link is 23, an emoji 2, other characters 1 or 2."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if "." not in text or not (links := list(url_places(text))):
        return _weight(text)
    return X_URL * len(links) + sum(map(_weight, _between(text, links)))


def forbidden(text: str) -> bool:
    """Tell whether the text has a character that X refuses: U+FFFE, U+FEFF or U+FFFF."""
    return _FORBIDDEN.search(text) is not None


def mastodon_length(text: str, warning: str = "", url_length: int = 23) -> int:
    """Count as a Mastodon server does: graphemes of both, each link as `url_length`, @user@host as @user."""
    taken: list[tuple[int, int, str]] = []
    if "://" in text:
        taken += [(link.start, link.end, "x" * url_length) for link in mastodon_urls(text)]
    if "@" in text:
        for mention in mastodon_mentions(text):
            user, _, host = mention.text.partition("@")
            if host and len(host) <= _MOST_DOMAIN:
                taken.append((mention.start, mention.end, f"@{user}"))
    taken.sort()
    # Text and replacement are counted as one, as the server does: what follows a link may join its last character.
    kept = _between(text, ((start, end) for start, end, _ in taken))
    pieces = [next(kept), *(part for (_, _, short), rest in zip(taken, kept, strict=True) for part in (short, rest))]
    return graphemes(warning + "".join(pieces))


def _between(text: str, places: Iterable[tuple[int, int]]) -> Iterator[str]:
    at = 0
    for start, end in places:
        yield text[at:start]
        at = end
    yield text[at:]


def _weight(text: str) -> int:
    """Weigh a text without links."""
    if text.isascii():
        return len(text)
    heavy = "".join(_HEAVY.findall(text))
    if not heavy:
        return len(text)
    weight = len(text) + len(heavy)
    if "\u200d" in text or _JOINING.search(heavy):
        for part in _LONG.findall(text):
            for found in EMOJI.finditer(part):
                emoji = found[0]
                weight += 2 - len(emoji) - sum(map(len, _HEAVY.findall(emoji)))
    return weight
