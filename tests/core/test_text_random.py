"""A great many random texts: the counters against their slow forms, and against independent packages.

The texts are seeded: the same number gives the same texts. MWCAMPAIGN_RANDOM_TEXTS says how many (2,000 if it is not
set; 100,000 takes some minutes).
"""

from __future__ import annotations

import os
import random
import re
import unicodedata
from collections.abc import Iterator

import regex
import twitter_text
import unicode_segmentation_rs

from mwcampaign.core._emoji import EMOJI
from mwcampaign.core.entities.mastodon import mastodon_mentions, mastodon_urls
from mwcampaign.core.entities.x import url_places
from mwcampaign.core.text import forbidden, graphemes, mastodon_length, threads_length, weighted_length
from tests.core.test_text import WRONG_ELSEWHERE

COUNT = int(os.environ.get("MWCAMPAIGN_RANDOM_TEXTS", "2000"))

WORDS = re.split(
    " ",
    "museum night Museum’s “secrets” — … the of l’œuvre Écomusée été ÎLES e\u0301cole straße 1/3 2021 10.000 St. U.S. "
    "a.b README.md Kunsthaus.ch музей Тайны выставка; Μουσείο ωραίο μουσει\u0301ο متحف مُتْحَف מוזיאון 博物馆 "
    "ミュージアム がくげい ｶﾞ 한국 박물관 \u1112\u1161\u11ab संग्रहालय क्षेत्र พิพิธภัณฑ์ น้ำ ደብተር ქართული #MuseumWeek #FoodMW "
    "#музей #ミュージアム ＃タグ (#tag) #a#b # #1 @museum @museum@museum.example user@museum.example $ABC "
    "https://museum.example.org https://museum.example.org/a-b/c_d, https://louvre.fr. http://t.co/abc "
    "https://t.co/abc/d https://例え.jp https://x.museum/(a) www.museum.org museum.org/path?x=1 https://a.b "
    "https://user.museum:8080/ 🏛 🏛\ufe0f 👩‍🎨 👨‍👩‍👧‍👦 🇫🇷 🇫 🇫🇷🇩 🙋🏽 1\ufe0f\u20e3 ❤ ❤\ufe0f ☑\ufe0f © ©\ufe0f ® 🎉🎉 "
    "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f a\u200db \u200b \xad mu\xadseum \u200d "
    "\ufe0f \u20e3 \u0301 \u202a \u2066 \u0600 𝓜𝓾𝓼 Ｍuseum . , ! ? : / - _ ( ) « » \xa0: \xa0!",
)
SPACES = (" ", " ", " ", " ", "", "", "\n", "\xa0", "\u3000", "  ")


def texts(count: int, seed: int = 2014) -> Iterator[str]:
    """Yield random texts of up to forty words; one in eight is of random characters, none of them new."""
    chance = random.Random(seed)
    for number in range(count):
        if number % 8 == 7:
            points = [chance.choice((0x7F, 0x600, 0x3100, 0xFFFF, 0x1FAFF)) for _ in range(chance.randrange(40))]
            signs = (chr(chance.randrange(32, most)) for most in points)
            yield "".join(sign for sign in signs if unicodedata.category(sign) not in {"Cn", "Cs"})
        else:
            words = chance.randrange(1, 40)
            yield "".join(chance.choice(WORDS) + chance.choice(SPACES) for _ in range(words))


def clusters(text: str) -> int:
    """Count graphemes with the segmenter alone."""
    return len(unicode_segmentation_rs.graphemes(text, is_extended=True))


HEAVY = re.compile("[^\x00-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")


def slow_weight(text: str) -> int:
    """Weigh for X without any short cut."""
    text = unicodedata.normalize("NFC", text)
    weight = at = 0
    for start, end in [*url_places(text), (len(text), len(text))]:
        piece = text[at:start]
        rest = EMOJI.sub("", piece)
        weight += 2 * len(EMOJI.findall(piece)) + len(rest) + len(HEAVY.findall(rest)) + 23 * (end > start)
        at = end
    return weight


def slow_mastodon(text: str, warning: str, url_length: int) -> int:
    """Count for Mastodon without any short cut."""
    taken = [(link.start, link.end, "x" * url_length) for link in mastodon_urls(text)]
    for mention in mastodon_mentions(text):
        user, _, host = mention.text.partition("@")
        if host and len(host) <= 253:
            taken.append((mention.start, mention.end, f"@{user}"))
    for start, end, short in sorted(taken, reverse=True):
        text = text[:start] + short + text[end:]
    return clusters(warning + text)


def slow_threads(text: str) -> int:
    """Count for Threads one character after the other."""
    emoji = regex.compile(
        r"[0-9#*]\ufe0f?\u20e3|[\p{ExtPict}\p{RI}\p{EMod}][\p{EMod}\u200d\ufe0e\ufe0f\u20e3\U000e0020-\U000e007f]*"
    )
    length = at = 0
    while at < len(text):
        found = emoji.match(text, at)
        length += len(found[0].encode()) if found else 1
        at = found.end() if found else at + 1
    return length


def test_no_short_cut_changes_a_count() -> None:
    """Every counter says of any text what it says without its short cuts."""
    for number, text in enumerate(texts(COUNT)):
        warning, url_length = ("", 23) if number % 2 else ("Æ\u0600", 10)
        assert weighted_length(text) == slow_weight(text), ascii(text)
        assert graphemes(text) == clusters(text), ascii(text)
        assert mastodon_length(text, warning, url_length) == slow_mastodon(text, warning, url_length), ascii(text)
        assert threads_length(text) == slow_threads(text), ascii(text)


COPYRIGHT = re.compile("[©®]")
"""What the independent counter weighs 2, and X's own library 1, unless a variation selector follows."""


WRONG_HERE_TOO = re.compile("[\u0590-\u08ff\U000e0020-\U000e007f]\\S*?[A-Za-z0-9]\\.|[\U0001f1e6-\U0001f1ff]{3}|🇫🇫|🇩")
"""What that counter has wrong besides: a bare host glued to letters that run from right to left, which X's library
links (`test_x_library.py`). And pairs of regional letters that are no country, which X's table does not know and we
take for a flag."""


def test_x_weighs_as_an_independent_package() -> None:
    """X's weight and verdict are those of another implementation, wherever that one is known to be right."""
    compared = 0
    for whole in texts(COUNT, seed=280):
        text = COPYRIGHT.sub("", whole)
        if WRONG_ELSEWHERE.search(text) or WRONG_HERE_TOO.search(text):
            continue
        other = twitter_text.parse_tweet(text)
        assert weighted_length(text) == other.weightedLength, ascii(text)
        assert (0 < other.weightedLength <= 280 and not forbidden(text)) == other.valid, ascii(text)
        compared += 1
    assert compared > COUNT / 10


INDIC = "\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d"
"""The viramas that join letters to one grapheme since Unicode 15.1; later versions add those of other scripts."""


def newly_joined(text: str) -> bool:
    """Tell whether the two packages' versions of Unicode may differ."""
    return any(unicodedata.combining(sign) == 9 and sign not in INDIC for sign in text)


def test_graphemes_are_those_of_an_independent_package() -> None:
    """Graphemes are those of regex's own segmentation."""
    found = regex.compile(r"\X")
    compared = 0
    for text in texts(COUNT, seed=300):
        if not newly_joined(text):
            assert graphemes(text) == len(found.findall(text)), ascii(text)
            compared += 1
    assert compared > COUNT / 2
