"""How a text reads aloud, and whether it is in the language it says: for core.wish; pure.

A screen reader says every emoji by its name and spells decorative letters out one by one. None of this is refused by
a network: it is advice, and each function looks once at a plain text and lets it go.
"""

from __future__ import annotations

import re
import unicodedata

import regex

from mwcampaign.core.tagging import TagRemark

MANY_EMOJI = 3
"""Guides advise one to three in a post, at its end."""
_LINES = 3

_EMOJI = (
    r"(?:\p{RI}{2}|[0-9#*]\ufe0f\u20e3|(?:[\p{EPres}\U0001f300-\U0001faff]|\p{ExtPict}\ufe0f)\p{EMod}?(?:\u200d\p{ExtPict}\ufe0f?\p{EMod}?)*+"
    r"|\p{ExtPict}\p{EMod}(?:\u200d\p{ExtPict}\ufe0f?)*+)"
)
_ANY_EMOJI = regex.compile(_EMOJI)
_FIRST_ON_LINE = regex.compile(rf"^ *+{_EMOJI}", regex.MULTILINE)
# A run of a class is matched several times faster than its end is searched for.
_PLAIN = re.compile("[^\u203c-\u20ab\u20ad-\u2fff\u3297\u3299\ufe0f\uff21-\uff5a\U0001d400-\U0001faff]*+")
_STYLED = re.compile("[\u249c-\u24e9\U0001d400-\U0001d7ff\U0001f110-\U0001f169\U0001f172-\U0001f17d]{2,}")
_WIDE = re.compile("[\uff21-\uff3a\uff41-\uff5a]{2,}")
_EAST_ASIAN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_ENCLOSED = {
    **{start + step: chr(65 + step) for start in (0x1F130, 0x1F150, 0x1F170) for step in range(26)},
    **{0x249C + step: chr(97 + step) for step in range(26)},
    **{0x1F110 + step: chr(65 + step) for step in range(26)},
}
"""Letters in squares, circles and brackets, which NFKC keeps or gives brackets."""

_FILE_NAME = re.compile(r"[^\n]{1,200}\.(?:avif|bmp|gif|heic|heif|jpe?g|png|tiff?|webp)", re.IGNORECASE)
_CAMERA_NAME = re.compile(r"(?:IMG|DSC[NF]?|DSC|P|PXL|image|screenshot)?[-_ ]?\d[\d_ -]{2,}", re.IGNORECASE)


def aloud(text: str) -> list[TagRemark]:
    """Return what makes a text hard to listen to: MW340 emoji, MW341 letters chosen for their looks."""
    if text.isascii() or (begin := _PLAIN.match(text)) is None or begin.end() == len(text):
        return []
    found = []
    # The sign of a keycap is a digit: it stands two before what is not plain.
    if remark := _emoji(text, max(0, begin.end() - 2)):
        found.append(remark)
    styled = _STYLED.search(text) or (_WIDE.search(text) if not _EAST_ASIAN.search(text) else None)
    if styled:
        count = sum(map(len, (_STYLED if _STYLED.match(styled[0]) else _WIDE).findall(text)))
        plain = unicodedata.normalize("NFKC", styled[0].translate(_ENCLOSED))
        found.append(
            TagRemark("MW341", f"{count} letters are symbols that only look like letters", f"write {plain}", styled[0])
        )
    return found


def _emoji(text: str, begin: int) -> TagRemark | None:
    emoji = list(_ANY_EMOJI.finditer(text, begin))
    hint = "one to three at the end of a post read best"
    if len(emoji) > MANY_EMOJI:
        return TagRemark("MW340", f"{len(emoji)} emoji, each read aloud by its name", hint, emoji[MANY_EMOJI][0])
    for one in emoji:
        if _goes_on(text, one.start(), one.end()):
            return TagRemark("MW340", f"{one[0]} interrupts a sentence, 1 of {len(emoji)} emoji", hint, one[0])
    if len(emoji) >= _LINES and len(first := _FIRST_ON_LINE.findall(text)) >= _LINES:
        return TagRemark("MW340", f"{len(first)} lines begin with an emoji", hint, first[0].lstrip())
    return None


def _goes_on(text: str, start: int, end: int) -> bool:
    """Tell whether a sentence goes on behind what stands in it: a word or comma before it, a small letter behind."""
    before = text[max(0, start - 2) : start].rstrip(" ")[-1:]
    behind = text[end : end + 2]
    small = behind[:1].islower() or (behind[:1] == " " and behind[1:].isalpha() and not behind[1:].isupper())
    return small and (before.isalpha() or before == ",")


def of_alt(alt: str, name: str, said: str) -> list[TagRemark]:
    """Return MW343 if an alt text describes nothing: it is a file's name, or repeats what is `said` beside it.

    `name` is the picture's file name, `said` the credit line or the post's text; call it for each. What an empty one
    lacks is MW213.
    """
    told = _squeezed(alt)
    if not told:
        return []
    hint = "say what the picture shows"
    if told in {_squeezed(name), _squeezed(name.rpartition(".")[0])} or _FILE_NAME.fullmatch(alt.strip()):
        return [TagRemark("MW343", "the alt text is a file name", hint, alt)]
    if _CAMERA_NAME.fullmatch(alt.strip()):
        return [TagRemark("MW343", "the alt text is a number from a camera", hint, alt)]
    if told == _squeezed(said):
        return [TagRemark("MW343", "the alt text only repeats the words beside the picture", hint, alt)]
    return []


def _squeezed(told: str) -> str:
    return " ".join(told.casefold().split())


_SCRIPTS = {
    "Latn": "A-Za-z\xaa-\u024f\u1e00-\u1eff",
    "Grek": "\u0370-\u03ff\u1f00-\u1fff",
    "Cyrl": "\u0400-\u052f\u1c80-\u1c8f",
    "Armn": "\u0530-\u058f",
    "Hebr": "\u0590-\u05ff\ufb1d-\ufb4f",
    "Arab": "\u0600-\u06ff\u0750-\u077f\u0870-\u08ff\ufb50-\ufdff\ufe70-\ufefc",
    "Deva": "\u0900-\u097f",
    "Beng": "\u0980-\u09ff",
    "Guru": "\u0a00-\u0a7f",
    "Taml": "\u0b80-\u0bff",
    "Sinh": "\u0d80-\u0dff",
    "Thai": "\u0e00-\u0e7f",
    "Geor": "\u10a0-\u10ff\u1c90-\u1cbf",
    "Ethi": "\u1200-\u139f",
    "Jpan": "\u3040-\u30ff\u3400-\u9fff",
    "Hani": "\u3400-\u9fff",
    "Kore": "\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3",
}
_LANGUAGES = {
    "Latn": "af br ca co cs cy da de en es et eu fi fo fr fy ga gd gl gn ht hr hu id is it jv lb lt lv mg ms mt nb nl "
    "nn no oc pl pt qu rm ro sc sk sl sq sv sw tl tr vi yo zu",
    "Cyrl": "be bg mk ru tg uk",
    "Arab": "ar ckb fa ps ur",
    "Hebr": "he yi",
    "Deva": "hi mr ne",
    **{"Grek": "el", "Armn": "hy", "Beng": "bn", "Taml": "ta", "Sinh": "si", "Thai": "th", "Geor": "ka", "Ethi": "am"},
    **{"Jpan": "ja", "Hani": "zh", "Kore": "ko"},
}
_SCRIPT_OF = {name: script for script, names in _LANGUAGES.items() for name in names.split()}
_SAME = {"hans": "Hani", "hant": "Hani", "hira": "Jpan", "kana": "Jpan", "hang": "Kore"}
_OWN = {script: re.compile(f"[{letters}]+") for script, letters in _SCRIPTS.items()}
_LATIN_ONLY = re.compile(
    "[^\u0370-\u1dff\u2c80-\ud7ff\uf900-\ufdff\ufe70-\ufefc\U00010000-\U0001efff\U00020000-\U0003ffff]*+"
)
_NO_WORD = re.compile("://|[#＃@]")
_LETTERS = regex.compile(r"\p{L}++")
_ENOUGH = 20
"""With fewer letters a text is a name or a cheer, in any language."""
_A_TENTH = 10

_RIGHT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001eeff"
_RIGHT_TO_LEFT = re.compile(f"[{_RIGHT}]")
_ISOLATED = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LEFT_PIECE = re.compile(r"(?<!\S)(?:[#＃@][A-Za-z0-9]|https?://|www\.)\S*")


def in_language(text: str, language: str) -> list[TagRemark]:
    """Return what does not fit a BCP 47 language: MW350 its script, MW351 (advice) the order in which it is shown.

    Links, tags and names are in no language. A language whose script is not known here, or that has several, is let go.
    """
    primary, *subtags = language.lower().split("-")
    told = next((tag for tag in subtags if len(tag) == len("Latn") and tag.isalpha()), "")
    script = _SAME.get(told, told.title()) if told else _SCRIPT_OF.get(primary, "")
    if text.isascii() and script in {"", "Latn"}:
        return []
    foreign = not _LATIN_ONLY.fullmatch(text)
    if script == "Latn" and not foreign:
        return []
    found = []
    own = _OWN.get(script)
    if own is not None and (script == "Latn" or 2 * _length(own, text) < len(text)):
        words = " ".join(word for word in text.split() if not _NO_WORD.search(word))
        letters, fitting = _length(_LETTERS, words), _length(own, words)
        if letters >= _ENOUGH and fitting * _A_TENTH < letters:
            what = f"the language is {language}, but {letters - fitting} of {letters} letters are of another script"
            found.append(TagRemark("MW350", what, "correct the language, or the text", ""))
    if foreign and _RIGHT_TO_LEFT.search(text) and (mixed := _mixed(text)):
        found.append(
            TagRemark(
                "MW351",
                f"{mixed} stands in a line that is read from right to left, and may be shown in a confusing order",
                "put tags, names and links on a line of their own; an invisible mark before # makes a tag dead",
                mixed,
            )
        )
    return found


def _length(letters: re.Pattern[str] | regex.Pattern[str], text: str) -> int:
    return sum(map(len, letters.findall(text)))


def _mixed(text: str) -> str:
    """Return the first tag, name or link in Latin letters that shares a line with right-to-left words."""
    for line in text.splitlines():
        if _RIGHT_TO_LEFT.search(line) and not _ISOLATED.search(line) and (piece := _LEFT_PIECE.search(line)):
            return piece[0]
    return ""
