"""What a reader takes a word for, whatever it is made of: for core.tagging, which finds tags that only look right."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff]"
)
"""Soft hyphen, zero-width and direction marks, variation selectors."""
SEPARATOR = re.compile("[-_.'\u2019\u02bc\u2010-\u2013\u00b7\u30fb \u00a0]")
"""What people put between the words of a tag."""

# Capitals and small letters that look like a Latin one; a letter whose capital looks like another one stands twice.
_LIKE = str.maketrans(
    "\u0430\u0432\u0435\u0455\u0456\u0458\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445\u0501\u051b\u051d"
    "\u0410\u0412\u0415\u0405\u0406\u0408\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0500\u051a\u051c"
    "\u03b1\u03b5\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7\u03c9"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u0131\u0261",
    "abesijkmhopctyxdqwabesijkmhopctyxdqwaeikvoptuxwabezhikmnoptyxig",
)


@lru_cache(maxsize=4096)
def likeness(sign: str) -> str:
    """Return the plain small letters that one character looks like; "" for what is invisible or only separates.

    Accents fall away, decorative and full-width letters become plain (NFKC), Cyrillic and Greek ones become Latin.
    """
    if INVISIBLE.match(sign) or SEPARATOR.match(sign):
        return ""
    plain = unicodedata.normalize("NFKD", sign.translate(_LIKE)).translate(_LIKE)
    return "".join(one for one in plain.casefold() if not unicodedata.category(one).startswith("M"))


def skeleton(word: str) -> str:
    """Return what the word looks like; two words that look alike have one skeleton."""
    return "".join(map(likeness, word))


def likeness_end(text: str, at: int, wanted: str, most: int) -> int:
    """Return where the part of the text that starts at `at` and looks like the skeleton ends; -1 if none does.

    It is at most `most` characters long, so the work does not depend on the text.
    """
    got = 0
    for place in range(at, min(len(text), at + most)):
        sign = likeness(text[place])
        if not wanted.startswith(sign, got):
            return -1
        got += len(sign)
        if got == len(wanted):
            end = place + 1
            while end < min(len(text), at + most) and unicodedata.combining(text[end]):
                end += 1
            return end
    return -1


def one_slip(one: str, other: str) -> bool:
    """Tell whether two different words differ by one letter: another, one too many, or two neighbours exchanged."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    if len(one) > len(other):
        one, other = other, one
    at = next((place for place, sign in enumerate(one) if sign != other[place]), len(one))
    if len(one) < len(other):
        return one[at:] == other[at + 1 :]
    exchanged = one[at : at + 2] == other[at : at + 2][::-1]
    return one[at + 1 :] == other[at + 1 :] or (exchanged and one[at + 2 :] == other[at + 2 :])
