"""The plain units of text: graphemes, UTF-8 bytes, UTF-16 code units. For core.text, which offers them all."""

from __future__ import annotations

import re

import unicode_segmentation_rs

# Characters no two of which are ever one grapheme (CR LF apart): Latin, Greek, Cyrillic, punctuation, symbols, kana,
# Han, Hangul syllables, emoji that stand alone. Whatever is not here goes to the segmenter, with its neighbours.
_ALONE = (
    "\x00-\u02ff\u0370-\u0482\u048a-\u058f\u2010-\u20cf\u2100-\u2cee\u3001-\u3029\u3030-\u3098\u309b-\ua48c"
    "\uac00-\ud7a3\uff01-\uff9d\U0001f300-\U0001f3fa\U0001f400-\U0001faff"
)
# A run of a class is matched several times faster than its end is searched for.
_RUN = re.compile(f"[{_ALONE}]*+")
_TOGETHER = re.compile(f"[^{_ALONE}]++(?:[{_ALONE}][^{_ALONE}]++)*+")
"""Parts with at most one character between them are one part."""


def graphemes(text: str) -> int:
    """Count the characters as a reader sees them: extended grapheme clusters."""
    if "\r\n" in text:
        return len(unicode_segmentation_rs.graphemes(text, is_extended=True))
    count = size = len(text)
    if text.isascii():
        return count
    at = _run_end(text, 0)
    while at < size:
        part = _TOGETHER.match(text, at)
        assert part is not None
        count -= _joined(text, at, part.end())
        at = _run_end(text, part.end())
    return count


def _run_end(text: str, at: int) -> int:
    run = _RUN.match(text, at)
    assert run is not None
    return run.end()


def _joined(text: str, begin: int, end: int) -> int:
    """Return how many characters of this part and its two neighbours are not graphemes of their own."""
    part = text[max(begin - 1, 0) : end + 1]
    return len(part) - len(unicode_segmentation_rs.graphemes(part, is_extended=True))


def utf8_bytes(text: str) -> int:
    """Count the bytes of the text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode())


def utf16_units(text: str) -> int:
    """Count the code units of the text in UTF-16: two for a character outside the basic plane."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2
