"""How long a text is, as each network counts. Adapters, checks and previews ask here; pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

import regex

from mwcampaign.core._emoji import EMOJI, JOINING
from mwcampaign.core._units import graphemes, utf8_bytes, utf16_units
from mwcampaign.core.entities._links import plain_links
from mwcampaign.core.entities.mastodon import mastodon_mentions, mastodon_urls
from mwcampaign.core.entities.x import url_places

__all__ = [
    "forbidden",
    "graphemes",
    "mastodon_length",
    "threads_length",
    "utf8_bytes",
    "utf16_units",
    "weibo_length",
    "weighted_length",
]

X_URL = 23
_MOST_DOMAIN = 253
"""A mention's server with a longer name is counted in full."""

_LIGHT = "\x00-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037"
# A run of a class is matched several times faster than its end is searched for: so runs of both kinds are matched.
_HEAVY = re.compile(f"[{_LIGHT}]++|([^{_LIGHT}]++)")
_PLAIN = re.compile("[\x00-\u02ff\u0375-\u037a\u0388-\u0482\u048a-\u058f\u2010-\u201f]*+")
"""Characters that are 1 on X and are no others after NFC."""
_FORBIDDEN = re.compile("[\ufffe\ufeff\uffff]")
_JOINING = re.compile(f"[{JOINING}]")
_SINGLE = "#*0-9\xa9\xae\u200d\u203c-\U0010ffff"
_NOT_SINGLE = re.compile(f"[^{_SINGLE}]++")
_LONG = re.compile(f"[^{_SINGLE}]++|([{_SINGLE}]{{2,}}+)|.", re.DOTALL)
"""Whatever may be an emoji of more than one character."""
_NO_EMOJI = re.compile(
    "[\x00-\xa8\xaa-\xad\xaf-\u203b\u2040-\u2048\u3000-\u302f\u3031-\u303c\u303e-\u3296\u3300-\ufe0e]*+"
)
_THREADS_EMOJI = regex.compile(
    r"[0-9#*]\ufe0f?\u20e3|[\p{ExtPict}\p{RI}\p{EMod}][\p{EMod}\ufe0e\ufe0f\u200d\u20e3\U000e0020-\U000e007f]*+"
)
_HALF_WIDTH = re.compile("[\x00-\x7f\uff61-\uffdc\uffe8-\uffee]")


def weighted_length(text: str) -> int:
    """Count as X does, in units of its config v3: after NFC a link is 23, an emoji 2, other characters 1 or 2."""
    plain = text.isascii() or _PLAIN.fullmatch(text) is not None
    if not plain:
        text = unicodedata.normalize("NFC", text)
    links = plain_links(text)
    if links is not None:
        # Nothing in such a link is heavy, and nothing beside it joins it.
        return (len(text) if plain else _weight(text)) - sum(end - start - X_URL for start, end in links)
    places = list(url_places(text))
    return X_URL * len(places) + sum(map(_weight, _between(text, places)))


def forbidden(text: str) -> bool:
    """Tell whether the text has a character that X refuses: U+FFFE, U+FEFF or U+FFFF."""
    return _FORBIDDEN.search(text) is not None


def mastodon_length(text: str, warning: str = "", url_length: int = 23) -> int:
    """Count as a Mastodon server does: graphemes of both, each link as `url_length`, @user@host as @user."""
    if "@" not in text and (links := plain_links(text) if "://" in text else []) is not None:
        return graphemes(warning + text) - sum(end - start - url_length for start, end in links)
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


def threads_length(text: str) -> int:
    """Count as Threads documents it: an emoji as its UTF-8 bytes, any other character 1, links in full.

    Live, texts over the limit in UTF-8 bytes were refused too (utf8_bytes). What may be an emoji is taken for one.
    """
    if text.isascii() or _NO_EMOJI.fullmatch(text):
        return len(text)
    signs = _NOT_SINGLE.sub(" ", text)
    return len(text) + sum(utf8_bytes(emoji) - len(emoji) for emoji in _THREADS_EMOJI.findall(signs))


def weibo_length(text: str) -> int:
    """Count as Weibo's usual counters do: full-width 1, half-width (ASCII, half-width forms) 0.5, rounded up.

    The server's own rule is not published, so links count in full and every other script counts as full-width.
    """
    half = len(text) if text.isascii() else len(_HALF_WIDTH.findall(text))
    return len(text) - half // 2


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
            for found in EMOJI.finditer(part) if _JOINING.search(part) else ():
                emoji = found[0]
                weight += 2 - len(emoji) - sum(map(len, _HEAVY.findall(emoji)))
    return weight
