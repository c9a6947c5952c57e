"""Host names in running text, as X's rules see them; Mastodon uses the same rules. For x and mastodon in this package.

Everything here is linear in the text: a run of host characters is cut into labels once, and the labels are judged
from the right, so no text makes it start over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import regex

from mwcampaign.core._tlds import TLDS

SPACES = r"\x09-\x0d\x20\x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
DIRECTION = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
FORBIDDEN = r"\ufffe\ufeff\uffff"
PUNCTUATION = r"!'#%&()*+,\-./:;<=>?@\[\]^_{|}~$\\"
LATIN = (
    r"\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f\u0272\u0289\u028b"
    r"\u02bb\u0300-\u036f\u1e00-\u1eff"
)

MOST_URL = 4096
"""A link over this many characters, host in punycode, is no link."""
MOST_LABEL = 63

_NEVER_IN_HOST = PUNCTUATION.replace(r"\-.", "").replace("_", "") + SPACES + FORBIDDEN + DIRECTION
HOST = rf"[^{_NEVER_IN_HOST}]"
"""What host names are made of, the dots between labels included."""
NOT_BEFORE = rf"A-Za-z0-9@＠$#＃{FORBIDDEN}"
"""Characters that must not stand directly before a link."""
NAME_GOES_ON = regex.compile(rf"[@＠{LATIN}]|://")
"""What must not follow an account's name directly."""
_ASCII_NAME = regex.compile(r"[A-Za-z0-9]++(?![@+-])")
_PUNYCODE = regex.compile(r"(?i:xn--)[-0-9A-Za-z]++")
_OTHER_NAMES = sorted((name for name in TLDS if not name.isascii()), key=lambda name: (-len(name), name))
_OTHER_NAME = regex.compile(rf"(?:{'|'.join(_OTHER_NAMES)})(?![0-9A-Za-z@+-])", regex.IGNORECASE)
_OTHER_FIRST = frozenset(sign for name in _OTHER_NAMES for sign in (name[0], name[0].upper()))
_LATIN_LABELS = regex.compile(rf"(?:[-A-Za-z0-9{LATIN}]++\.)++")


def tld_end(text: str, at: int) -> int:
    """Return where the top-level domain that starts at `at` ends, or -1; text after it may touch it."""
    found = _ASCII_NAME.match(text, at)
    if found and found[0].lower() in TLDS:
        return int(found.end())
    found = _PUNYCODE.match(text, at)
    if not found and text[at] in _OTHER_FIRST:
        found = _OTHER_NAME.match(text, at)
    return int(found.end()) if found else -1


_DOTS = regex.compile(r"[\u3002\uff0e\uff61]")
"""What else DNS takes for a dot between labels."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run of host characters cut at its dots. `start[k]` and `end[k]` bound label k; `reach[k]` is the last label
    that can be the top-level domain of a host whose labels begin with the whole label k, or -1."""

    start: list[int]
    end: list[int]
    tld: list[int]
    reach: list[int]


def cut(text: str, start: int, end: int) -> Run:
    """Cut a run of host characters into labels and judge them from the right."""
    starts, ends = [], []
    at = start
    for label in text[start:end].split("."):
        starts.append(at)
        ends.append(at + len(label))
        at = ends[-1] + 1
    count = len(starts)
    tlds = [-1] + [tld_end(text, starts[k]) if ends[k] > starts[k] else -1 for k in range(1, count)]
    reach = [-1] * (count + 1)
    for k in range(count - 2, -1, -1):
        label = text[starts[k] : ends[k]]
        if not label or label[0] in "-_" or label[-1] in "-_":
            continue
        reach[k] = reach[k + 1]
        if reach[k] < 0 and tlds[k + 1] >= 0 and "_" not in label:
            reach[k] = k + 1
    return Run(starts, ends, tlds, reach)


def host_end(run: Run, text: str, label: int, at: int) -> int:
    """Return where the longest host that starts at `at`, inside this label of the run, ends; -1 if there is none."""
    if label + 1 >= len(run.start) or at >= run.end[label] or text[at] in "-_" or text[run.end[label] - 1] in "-_":
        return -1
    if run.reach[label + 1] >= 0:
        return run.tld[run.reach[label + 1]]
    return run.tld[label + 1] if text.find("_", at, run.end[label]) < 0 else -1


def latin_hosts(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a host that are hosts in Latin letters; only such a part is a link without a scheme."""
    at = start
    while found := _LATIN_LABELS.search(text, at, end):
        best = -1
        dot: int = found.end() - 1
        while dot >= found.start() and best < 0:
            best = tld_end(text, dot + 1) if dot + 1 < end else -1
            dot = text.rfind(".", found.start(), dot)
        if 0 <= best <= end:
            yield found.start(), best
            at = best
        else:
            at = found.end()


def encoded_length(host: str) -> int:
    """Return the length of the host in punycode, or -1 if X takes it for no host."""
    if host.startswith("xn--") and next(latin_hosts(host, 0, len(host)), None) is None:
        return -1
    total = -1
    for label in host.split("."):
        # Punycode takes a character and more for each character, and quadratic time: long labels never get there.
        size = MOST_LABEL + 1 if len(label) > MOST_LABEL else len(label) if label.isascii() else _encoded(label)
        if size > MOST_LABEL:
            return -1
        total += 1 + size
    return total


@lru_cache(maxsize=1024)
def _encoded(label: str) -> int:
    # DNS sees more dots than X; X measures what lies between its own.
    parts = _DOTS.split(label)
    return len(parts) - 1 + sum(len(part) if part.isascii() else 4 + len(part.encode("punycode")) for part in parts)
