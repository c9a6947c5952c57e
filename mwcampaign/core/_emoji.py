"""The emoji sequences that weigh 2 on X, by their grammar up to Emoji 11 (2018): for core.text.

X's published table stops there, and what its servers do with later sequences is not documented. A sequence that is
not known here is weighed piece by piece, which is more: better a text too short than one X refuses.
"""

from __future__ import annotations

import regex

_LATER_HANDS = (
    r"[\U0001f46b-\U0001f46d\U0001f48f\U0001f491\U0001f90c\U0001f90f\U0001f91d\U0001f977\U0001f9bb"
    r"\U0001f9cd-\U0001f9cf\U0001fa70-\U0001faff]"
)
_TONED = rf"[\p{{EBase}}--{_LATER_HANDS}]\p{{EMod}}"
_SHOWN = r"[\p{Emoji}--\p{EPres}--[0-9#*\u26a7]]\ufe0f"
_MAN_WOMAN = r"[\U0001f468\U0001f469]"
_CHILD = r"[\U0001f466\U0001f467]"
_WORK = (
    r"(?:[\u2695\u2696\u2708]\ufe0f?|[\U0001f33e\U0001f373\U0001f393\U0001f3a4\U0001f3a8\U0001f3eb\U0001f3ed"
    r"\U0001f4bb\U0001f4bc\U0001f527\U0001f52c\U0001f680\U0001f692\U0001f9b0-\U0001f9b3])"
)
_GENDERED = (
    r"[\u26f9\U0001f3c3\U0001f3c4\U0001f3ca-\U0001f3cc\U0001f46e\U0001f46f\U0001f471\U0001f473\U0001f477\U0001f481"
    r"\U0001f482\U0001f486\U0001f487\U0001f575\U0001f645-\U0001f647\U0001f64b\U0001f64d\U0001f64e\U0001f6a3"
    r"\U0001f6b4-\U0001f6b6\U0001f926\U0001f937-\U0001f939\U0001f93c-\U0001f93e\U0001f9b8\U0001f9b9"
    r"\U0001f9d6-\U0001f9df]"
)
_REGIONS = "".join(chr(0xE0000 + ord(letter)) for letter in "gb")
_COUNTRIES = "|".join("".join(chr(0xE0000 + ord(letter)) for letter in name) for name in ("eng", "sct", "wls"))

EMOJI = regex.compile(
    "(?V1)"
    rf"{_MAN_WOMAN}\u200d\u2764\ufe0f?\u200d(?:\U0001f48b\u200d)?{_MAN_WOMAN}"
    rf"|{_MAN_WOMAN}(?:\u200d{_MAN_WOMAN})?(?:\u200d\U0001f467\u200d{_CHILD}|\u200d\U0001f466\u200d\U0001f466"
    rf"|\u200d{_CHILD})"
    rf"|{_MAN_WOMAN}\p{{EMod}}?\u200d{_WORK}"
    rf"|{_GENDERED}(?:\p{{EMod}}|\ufe0f)?\u200d[\u2640\u2642]\ufe0f?"
    r"|\U0001f441\ufe0f?\u200d\U0001f5e8\ufe0f?"
    r"|\U0001f3f3\ufe0f?\u200d\U0001f308"
    r"|\U0001f3f4\u200d\u2620\ufe0f?"
    rf"|\U0001f3f4{_REGIONS}(?:{_COUNTRIES})\U000e007f"
    rf"|\p{{RI}}{{2}}|[0-9#*]\ufe0f?\u20e3|{_TONED}|{_SHOWN}"
)
"""Every emoji of more than one character. Single ones weigh 2 anyway, © and ® alone 1."""
JOINING = "\u200d\u20e3\ufe0f\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff\U000e007f"
"""A class of characters; a text without any of them has no emoji of more than one character."""
